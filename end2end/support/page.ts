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

/** Freezes the page as browsers freeze hidden tabs, or lets it go on. */
export async function setFrozen(page: Page, isFrozen: boolean): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const state = isFrozen ? 'frozen' : 'active';
  await session.send('Page.setWebLifecycleState', { state });
  await session.detach();
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
