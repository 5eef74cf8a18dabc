// What a person does, in one line each.

import type { BrowserContext, Page } from '@playwright/test';

import { expect } from './test';

export const PASSWORD = 'correct horse battery staple';

let opened = 0;

/** An address that no other test uses. */
export function newEmail(): string {
  opened += 1;
  return `person-${process.pid}-${opened}@example.org`;
}

/** Opens an account by the form, and arrives at the account page. */
export async function register(page: Page, url: string, email = newEmail()): Promise<string> {
  await page.goto(`${url}/register`);
  await fillIn(page, email);
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByTestId('account-email')).toHaveText(email);
  return email;
}

/** Signs in by the form of the page that is open. */
export async function signIn(page: Page, email: string): Promise<void> {
  await fillIn(page, email);
  await page.locator('main form').getByRole('button', { name: 'Sign in' }).click();
}

export async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Sign out' }).first().click();
}

/** Fills in the form, once it is the hydrated one where there is JavaScript. */
async function fillIn(page: Page, email: string): Promise<void> {
  await untilHydrated(page);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
}

/** Waits for hydration; returns at once where JavaScript is off. */
export async function untilHydrated(page: Page): Promise<void> {
  const hasScripts = await page.evaluate(() => matchMedia('(scripting: enabled)').matches);
  if (hasScripts) await page.locator('[data-hydrated]').waitFor({ state: 'attached' });
}

export interface Tokens {
  access: string | undefined;
  refresh: string | undefined;
}

/** The values of both cookies, which the page itself cannot read. */
export async function tokens(context: BrowserContext): Promise<Tokens> {
  const cookies = await context.cookies();
  const value = (name: string) => cookies.find((cookie) => cookie.name === name)?.value;
  return { access: value('access_token'), refresh: value('refresh_token') };
}
