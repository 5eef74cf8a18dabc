// Administrators, and the state of accounts in the administration.

import type { Page } from '@playwright/test';

import { PASSWORD, register } from './account';
import { type Server, expect } from './test';

/** Creates an account with the form, and makes it an administrator. */
export async function registerAdministrator(page: Page, server: Server): Promise<string> {
  const email = await register(page, server.url);
  await server.run(['user', 'grant-admin', email]);
  return email;
}

/** How many accounts are created at once: an address holds a quarter of the queue of passwords. */
const AT_ONCE = 8;

/** Creates accounts without a browser. */
export async function createAccounts(server: Server, ...emails: string[]): Promise<void> {
  const create = async (email: string): Promise<void> => {
    const body = JSON.stringify({ email, password: PASSWORD });
    const headers = { accept: 'application/json', 'content-type': 'application/json' };
    const url = `${server.url}/api/accounts/auth/register/`;
    const response = await fetch(url, { method: 'POST', headers, body });
    expect(response.status, email).toBe(200);
  };
  for (let first = 0; first < emails.length; first += AT_ONCE) {
    await Promise.all(emails.slice(first, first + AT_ONCE).map(create));
  }
}

/** Returns the statistics of a month in an installation with many users. */
export function statistics(): object {
  const period = (from: number, n: number, factor: number) => ({
    from,
    live_sessions: n === 3 ? null : 12_345 - Math.round(900 * (1 + Math.sin(n / 4))),
    sign_ins: Math.round(factor * 40 * (1.2 + Math.sin(n / 3))),
    failed_sign_ins: Math.round(factor * (n % 7)),
    rotated: Math.round(factor * 900 * (1.5 + Math.sin(n / 5))),
    repeated: Math.round(factor * 60 * (1 + Math.cos(n / 2))),
    rejected: Math.round(factor * 25 * (n % 3)),
    failed: n === 9 ? Math.round(factor * 300) : 0,
    token_reuse: n === 11 ? 2 : 0,
  });
  const now = Date.UTC(2026, 10, 28, 13) / 1000;
  const hours = Array.from({ length: 24 }, (_, n) => period(now - (23 - n) * 3600, n, 1));
  const midnight = Date.UTC(2026, 10, 28) / 1000;
  const days = Array.from({ length: 30 }, (_, n) => period(midnight - (29 - n) * 86400, n, 24));
  hours[23]!.live_sessions = days[29]!.live_sessions = 12_345;
  return { hours, days };
}
