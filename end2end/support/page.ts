// Events of a page, and what it shows about the session.

import type { Page } from '@playwright/test';

import { expect } from './test';

/** Returns the errors and warnings of the scripts of the page, from now on. */
export function recordErrors(page: Page): string[] {
  const texts: string[] = [];
  page.on('pageerror', (error) => texts.push(error.message));
  page.on('console', (message) => {
    // Chromium warns of files that are preloaded and not used within a few seconds, which
    // happens without scripts and on a slow machine.
    const isPreload = message.text().includes('preloaded using link preload');
    if (['error', 'warning'].includes(message.type()) && !isPreload) texts.push(message.text());
  });
  return texts;
}

/** Simulates that the user returns to the tab. */
export async function returnToTab(page: Page): Promise<void> {
  await page.evaluate(() => {
    document.dispatchEvent(new Event('visibilitychange'));
    window.dispatchEvent(new Event('focus'));
  });
}

/** Freezes the page as a browser freezes hidden tabs, and returns a function that
 *  resumes it. Under Playwright every page is visible, and browsers never freeze a
 *  visible page. So the debugger stops the scripts, and the page gets the same events. */
export async function freeze(page: Page): Promise<() => Promise<void>> {
  await page.evaluate(() => document.dispatchEvent(new Event('freeze')));
  const session = await page.context().newCDPSession(page);
  await session.send('Debugger.enable');
  await session.send('Debugger.pause');
  return async () => {
    await session.send('Debugger.resume');
    await session.detach();
    await page.evaluate(() => document.dispatchEvent(new Event('resume')));
  };
}

/** Removes browser APIs before the scripts of the page run. */
export async function removeApi(page: Page, ...names: ('locks' | 'BroadcastChannel')[]): Promise<void> {
  await page.addInitScript((names) => {
    if (names.includes('locks')) Object.defineProperty(Navigator.prototype, 'locks', { value: undefined });
    if (names.includes('BroadcastChannel')) Reflect.deleteProperty(window, 'BroadcastChannel');
  }, names);
}

/** Asks the server who is signed in, with the button on the account page. */
export async function expectSignedIn(page: Page, email: string): Promise<void> {
  await page.getByTestId('check-session').click();
  await expect(page.getByTestId('check-result')).toContainText(`Signed in as ${email}.`);
}

/** Expects that the page shows no account, and shows the message. */
export async function expectSignedOut(page: Page, email: string, message: string): Promise<void> {
  await expect(page.getByTestId('notice')).toContainText(message);
  await expect(page.locator('main form').getByRole('button', { name: 'Sign in' })).toBeVisible();
  await expect(page.locator('body')).not.toContainText(email);
}
