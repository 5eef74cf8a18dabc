// Requests as the server saw them, counted in its log.

import type { Server } from './server';

export const PATHS = {
  refresh: '/api/accounts/auth/token/refresh/',
  login: '/api/accounts/auth/login/',
  logout: '/api/accounts/auth/logout/',
  session: '/api/accounts/auth/session/',
} as const;

/** How many requests of that path the server has answered. */
export function answered(server: Server, path: string): number {
  return count(server, path, 'status=');
}

/** How many of them with 200. */
export function succeeded(server: Server, path: string): number {
  return count(server, path, 'status=200');
}

function count(server: Server, path: string, status: string): number {
  const isCounted = (line: string) => line.includes(`path="${path}"`) && line.includes(status);
  return server.log().split('\n').filter(isCounted).length;
}
