// The administration: accounts, events and statistics, with and without JavaScript.

import { readFile } from 'node:fs/promises';

import type { Browser, Locator, Page } from '@playwright/test';

import { newEmail, register, signIn, untilHydrated } from '../support/account';
import { createAccounts, registerAdministrator } from '../support/administrator';
import { expectSignedOut, recordErrors } from '../support/page';
import { expect, test } from '../support/test';

const REVOKED = 'An administrator has signed you out.';

const accounts = (page: Page) => page.getByTestId('account');
const account = (page: Page, email: string) => accounts(page).filter({ hasText: email });
const events = (page: Page) => page.getByTestId('admin-events').getByRole('listitem');
const liveSessions = (row: Locator) =>
  row.locator('dt', { hasText: 'Live sessions' }).locator('xpath=following-sibling::dd');
const message = (page: Page) => page.getByTestId('accounts-message');
const heading = (page: Page) => page.getByRole('heading', { level: 1 });

/** Signs in in another browser, and returns its page. */
async function registerElsewhere(browser: Browser, url: string, email = newEmail()): Promise<Page> {
  const context = await browser.newContext({ javaScriptEnabled: true });
  const page = await context.newPage();
  await register(page, url, email);
  return page;
}

async function search(page: Page, text: string): Promise<void> {
  await untilHydrated(page);
  await page.getByLabel('The beginning of an e-mail address').fill(text);
  await page.getByRole('button', { name: 'Search' }).click();
}

/** Opens what can be done to an account, and does it: with a confirmation, unless the button
 *  needs none. */
async function act(page: Page, email: string, label: string, confirm?: string): Promise<void> {
  await untilHydrated(page);
  const row = account(page, email);
  await row.getByText('Manage').click();
  await row.getByText(label, { exact: true }).click();
  if (confirm) await row.getByRole('button', { name: confirm }).click();
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(`with JavaScript ${javaScriptEnabled ? 'on' : 'off'}`, () => {
    test.use({ javaScriptEnabled });

    test('an administrator deactivates and activates an account', async ({
      page,
      browser,
      server,
    }) => {
      const errors = recordErrors(page);
      await registerAdministrator(page, server);
      const email = newEmail();
      const other = await registerElsewhere(browser, server.url, email);
      await page.goto(`${server.url}/account`);
      await page.getByRole('link', { name: 'Administration' }).click();
      await expect(page).toHaveURL(`${server.url}/admin`);
      await page.getByRole('link', { name: 'Accounts', exact: true }).click();
      await expect(heading(page)).toHaveText('Accounts');
      await search(page, email);
      await expect(accounts(page)).toHaveCount(1);
      await expect(liveSessions(account(page, email))).toHaveText('1');

      await act(page, email, 'Deactivate …', 'Yes, deactivate');
      await expect(message(page)).toHaveText(
        'The account is not active, and all of its sessions have ended.',
      );
      await expect(account(page, email)).toContainText('Deactivated');
      await expect(liveSessions(account(page, email))).toHaveText('None');
      await other.getByTestId('check-session').click();
      await expectSignedOut(other, email, 'This account is not active.');

      await act(page, email, 'Activate');
      await expect(message(page)).toHaveText('The account is active.');
      await expect(account(page, email)).not.toContainText('Deactivated');
      await signIn(other, email);
      await expect(other.getByTestId('account-email')).toHaveText(email);
      expect(errors).toEqual([]);
      await other.context().close();
    });

    test('an administrator ends sessions and changes rights', async ({ page, browser, server }) => {
      await registerAdministrator(page, server);
      const email = newEmail();
      const other = await registerElsewhere(browser, server.url, email);
      await page.goto(`${server.url}/admin/accounts?search=${encodeURIComponent(email)}`);
      await act(page, email, 'Make administrator …', 'Yes, make administrator');
      await expect(message(page)).toHaveText('The account is an administrator.');
      await expect(account(page, email)).toContainText('Administrator');
      await other.goto(`${server.url}/admin/events`);
      await expect(events(other).first()).toContainText('Became an administrator');

      await act(page, email, 'Remove administrator rights …', 'Yes, remove the rights');
      await expect(message(page)).toHaveText('The account is not an administrator.');
      expect((await other.goto(`${server.url}/admin/events`))?.status()).toBe(403);

      await act(page, email, 'End all sessions …', 'Yes, end all sessions');
      await expect(message(page)).toHaveText('All sessions of the account have ended.');
      await other.goto(`${server.url}/account`);
      await expectSignedOut(other, email, REVOKED);
      await other.context().close();
    });

    test('the own account keeps its rights', async ({ page, server }) => {
      const email = await registerAdministrator(page, server);
      await page.goto(`${server.url}/admin/accounts?search=${encodeURIComponent(email)}`);
      await untilHydrated(page);
      const own = account(page, email);
      await expect(own).toContainText('You');
      await own.getByText('Manage').click();
      await expect(own.getByText('End all sessions …', { exact: true })).toBeVisible();
      await expect(own.getByText('Deactivate …')).toHaveCount(0);
      await expect(own.getByText('Remove administrator rights …')).toHaveCount(0);
    });

    test('events are filtered, and downloaded with the same filter', async ({ page, server }) => {
      const email = await registerAdministrator(page, server);
      await page.goto(`${server.url}/admin/accounts?search=${encodeURIComponent(email)}`);
      await untilHydrated(page);
      await account(page, email).getByText('Manage').click();
      await page.getByRole('link', { name: 'Show its events' }).click();
      await expect(heading(page)).toHaveText('Events');
      await expect(events(page)).toHaveCount(3);

      await untilHydrated(page);
      await page.getByLabel('E-mail address or id of an account').fill(email);
      await page.getByLabel('Event', { exact: true }).selectOption('Signed in');
      await page.getByLabel('First day (UTC)').fill('2001-01-01');
      await page.getByRole('button', { name: 'Show events' }).click();
      await expect(events(page)).toHaveCount(1);
      await expect(events(page)).toContainText('Signed in');
      await expect(events(page)).toContainText(email);
      await expect(page.getByLabel('Event', { exact: true })).toHaveValue('authn_login_success');

      const downloading = page.waitForEvent('download');
      await page.getByRole('link', { name: 'Download as CSV' }).click();
      const file = await readFile(await (await downloading).path(), 'utf8');
      const [head, ...lines] = file.trimEnd().split('\r\n');
      expect(head).toContain('id,time,event');
      expect(lines).toHaveLength(1);
      expect(lines[0]).toContain(`authn_login_success`);
      expect(lines[0]).toContain(email);

      await events(page).getByRole('link', { name: /^[0-9a-f]{8}-/ }).click();
      await expect(page.getByLabel('Id of a request')).toHaveValue(/^[0-9a-f-]{36}$/);
      // The registration has created the account and signed in.
      await expect(events(page)).toHaveCount(2);
      await expect(events(page).first()).toContainText('By the user');
      await expect(events(page).first()).toContainText('From 127.0.0.1');

      await untilHydrated(page);
      await page.getByLabel('Last day (UTC)').fill('2001-01-02');
      await page.getByRole('button', { name: 'Show events' }).click();
      await expect(page.getByTestId('events-empty')).toHaveText('No event matches this filter.');
      await page.getByRole('link', { name: 'Show all events' }).click();
      await expect(events(page).first()).toBeVisible();
    });

    test('the overview shows figures as charts and as a table', async ({ page, startServer }) => {
      const server = await startServer();
      await registerAdministrator(page, server);
      await page.goto(`${server.url}/admin`);
      await untilHydrated(page);
      const chart = page.getByRole('img', { name: /^Sign-ins, Last 24 hours: 1;/ });
      await expect(chart).toBeVisible();
      await page.getByText('Show the figures').first().click();
      const table = page.getByRole('region', { name: 'Figures: Last 24 hours' });
      await expect(table.getByRole('row')).toHaveCount(25);
      // In the first row, or in the second if a new hour has begun since the sign-in.
      const hours = (await table.getByRole('row').all()).slice(1);
      const signIns = hours.map((hour) => hour.getByRole('cell').nth(1).textContent());
      expect((await Promise.all(signIns)).filter((count) => count === '1')).toHaveLength(1);
    });

    test('other users get a page that says so', async ({ page, server }) => {
      const email = await register(page, server.url);
      await expect(page.getByRole('link', { name: 'Administration' })).toHaveCount(0);
      for (const path of ['/admin', '/admin/accounts', '/admin/events']) {
        const response = await page.goto(`${server.url}${path}`);
        expect(response?.status()).toBe(403);
        await untilHydrated(page);
        await expect(heading(page)).toHaveText('You may not open this page');
        await expect(page).toHaveTitle('You may not open this page · Portcullis');
        await expect(accounts(page)).toHaveCount(0);
      }
      await page.getByRole('link', { name: 'Go to your account' }).click();
      await expect(page.getByTestId('account-email')).toHaveText(email);
    });
  });
}

test.describe('with many accounts, and JavaScript off', () => {
  test.use({ javaScriptEnabled: false });

  test('accounts are searched, sorted and paged', async ({ page, startServer }) => {
    test.slow();
    const server = await startServer();
    const name = (n: number) => `paged-${String(n).padStart(2, '0')}@example.org`;
    await createAccounts(server, ...Array.from({ length: 52 }, (_, n) => name(n)));
    await registerAdministrator(page, server);
    await page.goto(`${server.url}/admin/accounts`);
    await expect(accounts(page)).toHaveCount(50);
    await expect(accounts(page).first()).toContainText('Administrator');
    await page.getByRole('link', { name: 'Next page' }).click();
    await expect(accounts(page)).toHaveCount(3);
    await page.getByRole('link', { name: 'First page' }).click();
    await expect(accounts(page)).toHaveCount(50);
    await expect(page.getByRole('link', { name: 'Previous page' })).toHaveCount(0);

    await page.getByRole('link', { name: 'By e-mail address' }).click();
    await expect(accounts(page).first()).toContainText(name(0));
    await page.getByRole('link', { name: 'Next page' }).click();
    await expect(accounts(page).nth(1)).toContainText(name(51));
    await page.getByRole('link', { name: 'Previous page' }).click();
    await expect(accounts(page).first()).toContainText(name(0));
    await expect(accounts(page)).toHaveCount(50);
    await search(page, 'PAGED-1');
    await expect(accounts(page)).toHaveCount(10);
    await search(page, 'eve <b>');
    await expect(page.getByTestId('accounts-empty')).toHaveText(
      'No account begins with “eve <b>”.',
    );
    await page.getByRole('link', { name: 'Show all accounts' }).click();
    await expect(accounts(page)).toHaveCount(50);
  });
});

test('the list is kept while it is navigated by script', async ({ page, server }) => {
  const errors = recordErrors(page);
  const email = await registerAdministrator(page, server);
  await page.goto(`${server.url}/admin/accounts?search=${encodeURIComponent(email)}`);
  await untilHydrated(page);
  await page.getByRole('link', { name: 'Account', exact: true }).click();
  await expect(page.getByTestId('account-email')).toHaveText(email);
  await page.goBack();
  await expect(accounts(page)).toHaveCount(1);
  await expect(account(page, email)).toContainText('Administrator');
  expect(errors).toEqual([]);
});

test('rights that were removed meanwhile show in the open page', async ({ page, server }) => {
  const email = await registerAdministrator(page, server);
  const other = newEmail();
  await createAccounts(server, other);
  await page.goto(`${server.url}/admin/accounts?search=${encodeURIComponent(other)}`);
  await untilHydrated(page);
  await server.run(['user', 'revoke-admin', email]);
  await act(page, other, 'Deactivate …', 'Yes, deactivate');
  await expect(heading(page)).toHaveText('You may not open this page');
  await expect(page.locator('body')).not.toContainText(other);
});
