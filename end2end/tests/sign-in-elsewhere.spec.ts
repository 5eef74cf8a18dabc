// A page that shows no account goes on when a user signs in in another tab. What was entered
// into it is kept.

import type { BrowserContext, Page } from '@playwright/test';

import { PASSWORD, register, signIn, signOut, untilHydrated } from '../support/account';
import { removeApi } from '../support/page';
import { PATHS } from '../support/requests';
import { type Server, expect, test } from '../support/test';

/** Creates an account and leaves its user signed out. */
async function registerAndLeave(page: Page, server: Server): Promise<string> {
  const email = await register(page, server.url);
  await signOut(page);
  await expect(page).toHaveURL(`${server.url}/`);
  return email;
}

async function open(context: BrowserContext, address: string): Promise<Page> {
  const tab = await context.newPage();
  await tab.goto(address);
  await untilHydrated(tab);
  return tab;
}

/** Simulates that the browser takes the page from its back-forward cache. */
async function restore(page: Page): Promise<void> {
  await page.evaluate(() => {
    window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
  });
}

test('pages that show no account go on after a sign-in elsewhere', async ({
  page,
  context,
  server,
}) => {
  const { url } = server;
  const email = await registerAndLeave(page, server);
  const devices = await open(context, `${url}/account/sessions?tab=1#list`);
  const elsewhere = await open(context, `${url}/login?next=//evil.example`);
  const registration = await open(context, `${url}/register`);
  const home = await open(context, url);
  await expect(devices).toHaveURL(`${url}/login?next=/account/sessions%3Ftab%3D1#list`);

  await page.goto(`${url}/login`);
  await signIn(page, email);
  await expect(page).toHaveURL(`${url}/account`);
  await expect(devices).toHaveURL(`${url}/account/sessions?tab=1#list`);
  for (const tab of [elsewhere, registration, home]) {
    await expect(tab.locator('main')).toContainText(`You are signed in as ${email}`);
  }
  await expect(elsewhere).toHaveURL(`${url}/login?next=//evil.example`);
});

test('a sign-in without scripts is noticed too', async ({ page, context, server }) => {
  const email = await registerAndLeave(page, server);
  const home = await open(context, server.url);
  await page.goto(`${server.url}/login`);
  await page.evaluate(
    ({ path, email, password }) => {
      const form = document.querySelector<HTMLFormElement>('main form')!;
      const field = (name: string) => form.querySelector<HTMLInputElement>(`[name=${name}]`)!;
      [field('email').value, field('password').value] = [email, password];
      form.action = path;
      // No event is sent, so the script of the page does not send the form.
      form.submit();
    },
    { path: PATHS.login, email, password: PASSWORD },
  );
  await expect(page.getByTestId('account-email')).toHaveText(email);
  await expect(home.locator('main')).toContainText(`You are signed in as ${email}`);
});

test('a form that is being filled is kept', async ({ page, context, server }) => {
  const { url } = server;
  const email = await registerAndLeave(page, server);
  const login = await open(context, `${url}/login?next=/account`);
  await login.getByLabel('E-mail').pressSequentially('ada@');
  // A password manager fills in fields by a script.
  const filled = await open(context, `${url}/login?next=/account`);
  await filled.getByLabel('E-mail').evaluate((field: HTMLInputElement) => {
    field.value = 'ada@example.org';
    field.dispatchEvent(new Event('input', { bubbles: true }));
  });

  await page.goto(`${url}/login`);
  await signIn(page, email);
  // The other tabs have received the message by the time at which these have gone on.
  for (const tab of [page, filled]) await expect(tab).toHaveURL(`${url}/account`);
  await expect(login.getByLabel('E-mail')).toHaveValue('ada@');
  await restore(login);
  await expect(login.getByLabel('E-mail')).toBeVisible();
  await expect(login.getByLabel('E-mail')).toHaveValue('ada@');
  await signIn(login, email);
  await expect(login.getByTestId('account-email')).toHaveText(email);
});

test('a page without an account from the back-forward cache looks again', async ({
  page,
  context,
  server,
}) => {
  const email = await registerAndLeave(page, server);
  const home = await context.newPage();
  // The page receives no messages, as in the cache.
  await removeApi(home, 'BroadcastChannel');
  await home.goto(server.url);
  await untilHydrated(home);
  await page.goto(`${server.url}/login`);
  await signIn(page, email);
  await expect(page.getByTestId('account-email')).toHaveText(email);
  await expect(home.locator('main')).toContainText('Create an account');
  await restore(home);
  await expect(home.locator('main')).toContainText(`You are signed in as ${email}`);
});
