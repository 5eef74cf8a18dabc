// Addresses that an attacker wrote and a signed-in user opens.

import { register, signIn, signOut } from '../support/account';
import { recordErrors } from '../support/page';
import { expect, test } from '../support/test';

test('no address of the site leads to another host', async ({ page, server }) => {
  await register(page, server.url);
  for (const path of ['//evil.example/a?__err=e30&z=1', '//evil.example', '/.//evil.example/?__err=e30']) {
    await page.goto(`${server.url}${path}`).catch(() => undefined);
    await page.waitForTimeout(500);
    expect(new URL(page.url()).origin).toBe(server.url);
  }
});

test('signing in ignores a next page that is not local', async ({ page, server }) => {
  const errors = recordErrors(page);
  const email = await register(page, server.url);
  for (const next of ['/.//evil.example', '/x/..//e', '/%2e//e', '//e', 'javascript:alert(1)']) {
    await signOut(page);
    await expect(page.getByRole('link', { name: 'Sign in' }).first()).toBeVisible();
    await page.goto(`${server.url}/login?next=${encodeURIComponent(next)}`);
    await signIn(page, email);
    await expect(page).toHaveURL(`${server.url}/account`);
    await expect(page.getByTestId('account-email')).toHaveText(email);
  }
  expect(errors).toEqual([]);
});
