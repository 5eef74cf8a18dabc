// Tests the promises in the README of `examples/leptos`, with and without JavaScript.

import type { Page } from '@playwright/test';

import { expect, test } from './server';

const PASSWORD = 'correct horse battery staple';
const REFRESH = '/api/accounts/auth/token/refresh/';

/** Fills in and sends the form of the page; with JavaScript, once it is hydrated. */
async function submit(page: Page, email: string, button: string): Promise<void> {
  await untilHydrated(page);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: button }).click();
}

/** The library's forms leave validation to the browser until they are hydrated. */
async function untilHydrated(page: Page): Promise<void> {
  const hasScripts = await page.evaluate(() => matchMedia('(scripting: enabled)').matches);
  if (hasScripts) await page.locator('form[novalidate]').first().waitFor();
}

async function register(page: Page, email: string): Promise<void> {
  await page.goto('/register');
  await submit(page, email, 'Create account');
  await expect(page.getByRole('heading', { name: 'Your account' })).toBeVisible();
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(`with JavaScript ${javaScriptEnabled ? 'on' : 'off'}`, () => {
    test.use({ javaScriptEnabled });

    test('an account is created, signed out of and signed in to', async ({ page, url, context }) => {
      const email = `ada-${javaScriptEnabled}@example.org`;
      await register(page, email);
      await expect(page).toHaveURL(`${url}/account`);
      await page.getByRole('button', { name: 'Sign out' }).click();
      await expect(page.getByRole('heading', { name: 'Welcome to Leptos!' })).toBeVisible();
      expect(await context.cookies()).toEqual([]);

      await page.goto('/account');
      await expect(page).toHaveURL(`${url}/login?next=/account`);
      await submit(page, email, 'Sign in');
      await expect(page).toHaveURL(`${url}/account`);
      await expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible();
    });
  });
}

test('a wrong password is announced and focused without a page load', async ({ page }) => {
  await register(page, 'edith@example.org');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { name: 'Welcome to Leptos!' })).toBeVisible();
  await page.goto('/login');
  await untilHydrated(page);
  const loads: string[] = [];
  page.on('load', () => loads.push(page.url()));
  const alert = page.getByRole('alert');
  await expect(alert).toBeEmpty();
  await page.getByLabel('E-mail').fill('edith@example.org');
  await page.getByLabel('Password').fill(`${PASSWORD}!`);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(alert).toHaveText('The e-mail address or password is incorrect.');
  await expect(alert).toBeFocused();
  await expect(page.getByLabel('E-mail')).toHaveValue('edith@example.org');
  expect(loads).toEqual([]);

  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { name: 'Your account' })).toBeVisible();
  expect(loads).toEqual([]);
});

test('an invalid field is announced and focused', async ({ page }) => {
  await page.goto('/register');
  await untilHydrated(page);
  const password = page.getByLabel('Password');
  const hint = 'Use at least 15 characters. A few words make a good password.';
  await expect(password).toHaveAccessibleDescription(hint);
  const email = page.getByLabel('E-mail');
  await password.fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(email).toBeFocused();
  await expect(email).toHaveAttribute('aria-invalid', 'true');
  await expect(email).toHaveAccessibleDescription(/e-mail|fill this in/i);
  await expect(password).not.toHaveAttribute('aria-invalid');

  await email.fill('hedy@example.org');
  await password.fill('x'.repeat(1001));
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(password).toBeFocused();
  await expect(password).toHaveAccessibleDescription('Use at most 1000 characters.');
  await expect(email).not.toHaveAttribute('aria-invalid');
  await expect(email).toHaveAccessibleDescription('');
});

test('a form is not sent again while a submission is in progress', async ({ page }) => {
  const sent: (string | null)[] = [];
  let release = () => {};
  const held = new Promise<void>((fulfil) => (release = fulfil));
  await page.route('**/api/accounts/auth/login/', async (route) => {
    sent.push(new URLSearchParams(route.request().postData() ?? '').get('password'));
    await held;
    await route.continue();
  });
  await page.goto('/login');
  await submit(page, 'mae@example.org', 'Sign in');
  const button = page.getByRole('button', { name: 'Sign in' });
  await expect(button).toHaveAttribute('aria-disabled', 'true');
  await page.getByLabel('Password').fill('while it is being sent');
  // With `force`, because Playwright considers the button disabled.
  await button.click({ force: true });
  await page.getByLabel('Password').press('Enter');
  release();
  await expect(page.getByRole('alert')).not.toBeEmpty();

  // Sign-in requests wait for each other, so this one is sent after all others.
  await page.getByLabel('Password').fill('afterwards');
  await button.click();
  await expect.poll(() => sent).toContain('afterwards');
  expect(sent).toEqual([PASSWORD, 'afterwards']);
});

test('an error in the address is shown once and leaves the address', async ({ page }) => {
  const error = Buffer.from('{"code":"invalid_credentials"}').toString('base64url');
  const path = encodeURIComponent('/api/accounts/auth/login/');
  await page.goto(`/login?next=/account&__path=${path}&__err=${error}`);
  await untilHydrated(page);
  await expect(page.getByRole('alert')).toHaveText('The e-mail address or password is incorrect.');
  expect(new URL(page.url()).search).toBe('?next=%2Faccount');
  await page.reload();
  await untilHydrated(page);
  await expect(page.getByRole('alert')).toBeEmpty();
});

test('a call without an access token is retried after a refresh', async ({ page, context }) => {
  await register(page, 'grace@example.org');
  await untilHydrated(page);
  await context.clearCookies({ name: 'access_token' });
  const responses: string[] = [];
  page.on('response', (response) => {
    const path = new URL(response.url()).pathname;
    responses.push(`${path === REFRESH ? 'refresh' : 'greet'} ${response.status()}`);
  });
  await page.getByRole('button', { name: 'Greet me' }).click();
  await expect(page.getByText('Hello, grace@example.org!')).toBeVisible();
  expect(responses).toEqual(['greet 401', 'refresh 200', 'greet 200']);
});

test('a page load without an access token is refreshed', async ({ page, context }) => {
  await register(page, 'joan@example.org');
  await context.clearCookies({ name: 'access_token' });
  await page.goto('/account');
  await expect(page.getByRole('heading', { name: 'Your account' })).toBeVisible();
  const names = (await context.cookies()).map((cookie) => cookie.name).sort();
  expect(names).toEqual(['access_token', 'refresh_token']);
});

test('signing out in one tab leaves the protected page in the other', async ({ page, context, url }) => {
  await register(page, 'mary@example.org');
  const other = await context.newPage();
  await other.goto(`${url}/account`);
  await untilHydrated(other);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(other).toHaveURL(/\/login\?next=/);
});

test('the pages of the example report no error in the console', async ({ page }) => {
  const errors: string[] = [];
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(error.message));
  await register(page, 'rosa@example.org');
  await page.goto('/');
  await page.getByRole('button', { name: 'Click Me: 0' }).click();
  await expect(page.getByRole('button', { name: 'Click Me: 1' })).toBeVisible();
  expect(errors).toEqual([]);
});
