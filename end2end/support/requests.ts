// Requests as the server saw them, counted in its log.

import type { Server } from './server';

export const PATHS = {
  refresh: '/api/accounts/auth/token/refresh/',
  logout: '/api/accounts/auth/logout/',
  session: '/api/accounts/auth/session/',
} as const;

/** How many requests of that path the server has answered. */
export function answered(server: Server, path: string): number {
  const ofPath = (line: string) => line.includes(`path="${path}"`) && line.includes('status=');
  return server.log().split('\n').filter(ofPath).length;
}
