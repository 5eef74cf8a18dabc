// The actions of a user: register, sign in, sign out.

import type { BrowserContext, Page } from '@playwright/test';

import { expect } from './test';

export const PASSWORD = 'correct horse battery staple';

let emailCount = 0;

/** Returns an e-mail address that no other test uses. */
export function newEmail(): string {
  emailCount += 1;
  return `person-${process.pid}-${emailCount}@example.org`;
}

/** Creates an account with the form, and waits for the account page. */
export async function register(page: Page, url: string, email = newEmail()): Promise<string> {
  await page.goto(`${url}/register`);
  await fillIn(page, email, PASSWORD);
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByTestId('account-email')).toHaveText(email);
  return email;
}

/** Signs in with the form of the open page. */
export async function signIn(page: Page, email: string, password = PASSWORD): Promise<void> {
  await fillIn(page, email, password);
  await page.locator('main form').getByRole('button', { name: 'Sign in' }).click();
}

export async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Sign out' }).first().click();
}

/** Fills in the form; with JavaScript, once the page is hydrated. */
async function fillIn(page: Page, email: string, password: string): Promise<void> {
  await untilHydrated(page);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
}

/** Waits for hydration; returns at once if JavaScript is off. */
export async function untilHydrated(page: Page): Promise<void> {
  const hasScripts = await page.evaluate(() => matchMedia('(scripting: enabled)').matches);
  if (hasScripts) await page.locator('[data-hydrated]').waitFor({ state: 'attached' });
}

export interface Tokens {
  access: string | undefined;
  refresh: string | undefined;
}

/** Returns the values of both cookies, which the page itself cannot read. */
export async function tokens(context: BrowserContext): Promise<Tokens> {
  const cookies = await context.cookies();
  const value = (name: string) => cookies.find((cookie) => cookie.name === name)?.value;
  return { access: value('access_token'), refresh: value('refresh_token') };
}
