// The page on which a user changes the password and sees the recent events.

import type { Page } from '@playwright/test';

import { PASSWORD, register, signIn, untilHydrated } from '../support/account';
import { recordErrors } from '../support/page';
import { expect, test } from '../support/test';

const NEW = 'wrong horse, right stable, one fence';
const CHANGED = 'Your password has been changed. All other devices have been signed out.';
const REASON = 'Your password was changed. Please sign in with the new password.';

async function fill(page: Page, current: string, next: string): Promise<void> {
  await page.getByLabel('Current password', { exact: true }).fill(current);
  await page.getByLabel('New password', { exact: true }).fill(next);
}

const submit = (page: Page) => page.getByRole('button', { name: 'Change password' }).click();

test('a changed password signs out all other devices', async ({ page, browser, server }) => {
  const email = await register(page, server.url);
  const other = await browser.newContext();
  const elsewhere = await other.newPage();
  await elsewhere.goto(`${server.url}/login`);
  await signIn(elsewhere, email);
  await expect(elsewhere.getByTestId('account-email')).toHaveText(email);

  await page.getByRole('link', { name: 'Password and recent events' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Security');
  await expect(page.getByTestId('events')).toContainText('Signed in');
  await fill(page, 'not the password', NEW);
  await submit(page);
  await expect(page.getByText('This is not your current password.')).toBeVisible();
  await expect(page.getByLabel('Current password', { exact: true })).toBeFocused();

  await fill(page, PASSWORD, NEW);
  await submit(page);
  await expect(page.getByTestId('password-changed')).toHaveText(CHANGED);
  await expect(page.getByLabel('New password', { exact: true })).toHaveValue('');
  await expect(page.getByTestId('events').getByRole('listitem').first()).toContainText(
    'Password changed',
  );
  await page.reload();
  await expect(page.getByTestId('events')).toBeVisible();

  await elsewhere.reload();
  await expect(elsewhere).toHaveURL(/\/login/);
  await expect(elsewhere.getByTestId('notice')).toHaveText(REASON);
  await elsewhere.goto(`${server.url}/login`);
  await signIn(elsewhere, email, NEW);
  await expect(elsewhere.getByTestId('account-email')).toHaveText(email);
  await other.close();
});

test('the meter advises and does not block', async ({ page, server }) => {
  await register(page, server.url);
  await page.goto(`${server.url}/account/security`);
  await untilHydrated(page);
  const meter = page.getByTestId('strength');
  // Its text grows to the right; nothing below it moves.
  const rows = async () => {
    const box = await meter.boundingBox();
    return [box?.y, box?.height];
  };
  const before = await rows();
  for (const [password, level, words] of [
    ['short', '1', 'Too short'],
    ['dragon and monkey', '2', 'Weak'],
    [NEW, '4', 'Strong'],
  ] as const) {
    await page.getByLabel('New password', { exact: true }).fill(password);
    await expect(meter).toHaveAttribute('data-level', level);
    await expect(meter).toContainText(words);
  }
  expect(await rows()).toEqual(before);
  await fill(page, PASSWORD, 'dragon and monkey');
  await submit(page);
  await expect(page.getByTestId('password-changed')).toHaveText(CHANGED);
});

test('the page is hydrated with the events of the server', async ({ page, server }) => {
  await register(page, server.url);
  const errors = recordErrors(page);
  const requests: string[] = [];
  page.on('request', (request) => requests.push(new URL(request.url()).pathname));
  await page.goto(`${server.url}/account/security`);
  await untilHydrated(page);
  await expect(page.getByTestId('events').getByRole('listitem')).toHaveCount(2);
  expect(requests).not.toContain('/api/accounts/events/');
  expect(errors).toEqual([]);
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('the password can be changed', async ({ page, server }) => {
    const email = await register(page, server.url);
    await page.goto(`${server.url}/account/security`);
    await fill(page, 'not the password', NEW);
    await submit(page);
    await expect(page.getByText('This is not your current password.')).toBeVisible();
    await fill(page, PASSWORD, NEW);
    await submit(page);
    await expect(page.getByTestId('password-changed')).toHaveText(CHANGED);
    await expect(page.getByTestId('strength')).toBeHidden();
    await page.goto(`${server.url}/account`);
    await expect(page.getByTestId('account-email')).toHaveText(email);
  });
});
