// Registering by invitation, with and without JavaScript.

import type { Page } from '@playwright/test';

import { PASSWORD, newEmail, signIn, untilHydrated } from '../support/account';
import { recordErrors } from '../support/page';
import { type Server, expect, test } from '../support/test';

const INVITED_ONLY = { PORTCULLIS_REGISTRATION: 'invited' } as const;
const INVALID = 'This invitation is not valid any more.';

/** Invites a user at the command line, and returns the link. */
async function invite(server: Server, email: string): Promise<string> {
  const out = await server.run(['user', 'invite', email]);
  return /https?:\/\/\S+\/register\?invitation=[\w-]{43}/.exec(out)![0];
}

/** Signs in as an administrator who was invited too. */
async function signInAsAdministrator(page: Page, server: Server): Promise<void> {
  const email = newEmail();
  await register(page, await invite(server, email));
  await expect(page.getByTestId('account-email')).toHaveText(email);
  await server.run(['user', 'grant-admin', email]);
}

/** Registers by a link. */
async function register(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await untilHydrated(page);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account' }).click();
}

for (const javaScriptEnabled of [true, false]) {
  const scripts = javaScriptEnabled ? 'with JavaScript' : 'without JavaScript';

  test(`an invited user registers by a link, ${scripts}`, async ({ browser, startServer }) => {
    const server = await startServer(INVITED_ONLY);
    const page = await browser.newPage({ javaScriptEnabled });
    const errors = recordErrors(page);
    await signInAsAdministrator(page, server);
    await page.goto(`${server.url}/admin/invitations`);
    await untilHydrated(page);
    await expect(page.getByTestId('invitations-empty')).toBeVisible();
    const email = newEmail();
    await page.getByLabel('E-mail address of a new user').fill(email);
    await page.getByRole('button', { name: 'Create invitation' }).click();
    const link = (await page.getByTestId('invitation-link').textContent())!;
    await page.goto(`${server.url}/admin/invitations`);
    await expect(page.getByTestId('invitation')).toContainText(email);
    await expect(page.getByTestId('invitation-link')).toHaveCount(0);

    const user = await browser.newPage({ javaScriptEnabled });
    await user.goto(`${server.url}/register`);
    await expect(user.getByTestId('registration-closed')).toBeVisible();
    await register(user, link);
    await expect(user.getByTestId('account-email')).toHaveText(email);
    await expect(user).toHaveURL(`${server.url}/account`);

    const stranger = await browser.newPage({ javaScriptEnabled });
    await stranger.goto(link);
    await expect(stranger.getByTestId('invitation-failed')).toContainText(INVALID);
    await expect(stranger.getByRole('button', { name: 'Create account' })).toHaveCount(0);
    expect(errors).toEqual([]);
    for (const open of [page, user, stranger]) await open.close();
  });

  test(`an administrator withdraws an invitation, ${scripts}`, async ({ browser, startServer }) => {
    const server = await startServer(INVITED_ONLY);
    const page = await browser.newPage({ javaScriptEnabled });
    await signInAsAdministrator(page, server);
    const link = await invite(server, newEmail());
    const user = await browser.newPage({ javaScriptEnabled });
    await user.goto(link);
    await untilHydrated(user);
    await expect(user.getByLabel('E-mail')).toHaveAttribute('readonly');
    await page.goto(`${server.url}/admin/invitations`);
    await untilHydrated(page);
    await page.getByRole('button', { name: /^Withdraw/ }).click();
    await expect(page.getByTestId('invitations-empty')).toBeVisible();

    await user.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await user.getByRole('button', { name: 'Create account' }).click();
    await expect(user.getByText(INVALID)).toBeVisible();
    for (const open of [page, user]) await open.close();
  });
}

test('the invited address is kept while the pages are navigated by script', async ({
  page,
  startServer,
}) => {
  const server = await startServer(INVITED_ONLY);
  const email = newEmail();
  await page.goto(await invite(server, email));
  await untilHydrated(page);
  await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click();
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await page.goBack();
  await expect(page.getByLabel('E-mail')).toHaveValue(email);
  await register(page, page.url());
  await expect(page.getByTestId('account-email')).toHaveText(email);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.goto(`${server.url}/login`);
  await signIn(page, email);
  await expect(page.getByTestId('account-email')).toHaveText(email);
});
