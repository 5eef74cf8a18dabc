// Counts the requests in the log of the server.

import type { Server } from './server';

export const PATHS = {
  refresh: '/api/accounts/auth/token/refresh/',
  login: '/api/accounts/auth/login/',
  logout: '/api/accounts/auth/logout/',
  session: '/api/accounts/auth/session/',
} as const;

/** Returns how many requests of a path the server has responded to. */
export function requestCount(server: Server, path: string): number {
  return count(server, path, 'status=');
}

/** Returns how many of them it has responded to with 200. */
export function successCount(server: Server, path: string): number {
  return count(server, path, 'status=200');
}

function count(server: Server, path: string, status: string): number {
  const isCounted = (line: string) => line.includes(`path="${path}"`) && line.includes(status);
  return server.log().split('\n').filter(isCounted).length;
}
