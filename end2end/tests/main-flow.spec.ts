// Register, sign in, reload and sign out, with and without JavaScript.

import {
  PASSWORD,
  newEmail,
  register,
  signIn,
  signOut,
  tokens,
  untilHydrated,
} from '../support/account';
import { expect, test } from '../support/test';

for (const javaScriptEnabled of [true, false]) {
  test.describe(`with JavaScript ${javaScriptEnabled ? 'on' : 'off'}`, () => {
    test.use({ javaScriptEnabled });

    test('a user registers, reloads, signs out and signs in again', async ({ page, server, context }) => {
      const email = await register(page, server.url);
      await expect(page).toHaveURL(`${server.url}/account`);
      await expect(page.getByTestId('session-panel')).toBeVisible();
      expect((await tokens(context)).refresh).toBeTruthy();

      await page.reload();
      await expect(page.getByTestId('account-email')).toHaveText(email);

      await signOut(page);
      await expect(page.getByRole('link', { name: 'Sign in' }).first()).toBeVisible();
      expect(await context.cookies()).toEqual([]);

      await page.goto(`${server.url}/account`);
      await expect(page).toHaveURL(`${server.url}/login?next=/account`);
      await signIn(page, email);
      await expect(page).toHaveURL(`${server.url}/account`);
      await expect(page.getByTestId('account-email')).toHaveText(email);
    });

    test('a wrong password is reported and signs no user in', async ({ page, server, context }) => {
      const email = await register(page, server.url);
      await signOut(page);
      await expect(page.getByRole('link', { name: 'Sign in' }).first()).toBeVisible();
      await page.goto(`${server.url}/login`);
      await untilHydrated(page);
      await page.getByLabel('E-mail').fill(email);
      await page.getByLabel('Password', { exact: true }).fill(`${PASSWORD}!`);
      await page.locator('main form').getByRole('button', { name: 'Sign in' }).click();
      await expect(page.getByRole('alert')).toContainText('The e-mail address or password is incorrect.');
      expect(await context.cookies()).toEqual([]);
    });

    test('the problem with a field is shown beside it', async ({ page, server }) => {
      await page.goto(`${server.url}/register`);
      await untilHydrated(page);
      const email = page.getByLabel('E-mail');
      await email.fill('name@example.org');
      await page.getByLabel('Password', { exact: true }).fill('too short');
      await page.getByRole('button', { name: 'Create account' }).click();
      await expect(page.locator('[aria-invalid=true]')).toHaveAttribute('name', 'password');
      await expect(page.locator('main')).toContainText('Use at least 15 characters.');
      if (javaScriptEnabled) await expect(email).toHaveValue('name@example.org');
    });

    test('page paths work with and without a slash at the end', async ({ page, server }) => {
      await page.goto(`${server.url}/login/?next=/account`);
      await expect(page.getByLabel('E-mail')).toBeVisible();
      await expect(page).toHaveURL(`${server.url}/login?next=/account`);
    });
  });
}

test('a page load without an access token resumes the session', async ({ page, server, context }) => {
  const email = await register(page, server.url, newEmail());
  await context.clearCookies({ name: 'access_token' });
  const response = await page.goto(`${server.url}/account`);
  // The first HTML already contains it; no script adds it later.
  expect(await response?.text()).toContain(email);
  expect((await tokens(context)).access).toBeTruthy();
});
