// What happens to a page in a person's day.

import type { Page } from '@playwright/test';

import { expect } from './test';

/** The person comes back to the tab. */
export async function comesBack(page: Page): Promise<void> {
  await page.evaluate(() => {
    document.dispatchEvent(new Event('visibilitychange'));
    window.dispatchEvent(new Event('focus'));
  });
}

/** Stops the page as browsers freeze hidden tabs, until what this returns is
 *  called. Under Playwright every page is visible, and a visible one is never
 *  frozen: the debugger stops its scripts, and it is told as it would be. */
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

/** Takes an interface away, before the page's own scripts run. */
export async function takeAway(page: Page, ...names: ('locks' | 'BroadcastChannel')[]): Promise<void> {
  await page.addInitScript((names) => {
    if (names.includes('locks')) Object.defineProperty(Navigator.prototype, 'locks', { value: undefined });
    if (names.includes('BroadcastChannel')) Reflect.deleteProperty(window, 'BroadcastChannel');
  }, names);
}

/** Asks the server who is signed in, by the button that does. */
export async function expectSignedIn(page: Page, email: string): Promise<void> {
  await page.getByTestId('check-session').click();
  await expect(page.getByTestId('check-result')).toContainText(`Signed in as ${email}.`);
}

/** The page shows nothing of an account, and says why. */
export async function expectSignedOut(page: Page, email: string, sentence: string): Promise<void> {
  await expect(page.getByTestId('notice')).toContainText(sentence);
  await expect(page.locator('main form').getByRole('button', { name: 'Sign in' })).toBeVisible();
  await expect(page.locator('body')).not.toContainText(email);
}
