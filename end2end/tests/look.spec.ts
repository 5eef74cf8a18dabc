// The look of every page: narrow and wide, light and dark. The pictures are in
// `test-results/look/`, for people to look at. The test checks what a program can: the rules of
// axe (WCAG 2.2 AA and its best practices), and that no page scrolls sideways. Two of the four
// variants show axe both widths and both schemes.

import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';

import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from '@playwright/test';

import { newEmail, register, signIn, signOut, untilHydrated } from '../support/account';
import { createAccounts, registerAdministrator, statistics } from '../support/administrator';
import { type Server, expect, test } from '../support/test';

const FOLDER = resolve(__dirname, '../test-results/look');

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

const SIZES = {
  narrow: { width: 360, height: 740 },
  wide: { width: 1280, height: 800 },
};

const SCHEMES = ['light', 'dark'] as const;

/** Takes a picture of the page as it is, and checks it. */
type Look = (name: string) => Promise<void>;

function looker(page: Page, variant: string, withAxe: boolean): Look {
  return async (name) => {
    await untilHydrated(page);
    await page.screenshot({ path: `${FOLDER}/${name}-${variant}.png`, fullPage: true });
    if (withAxe) expect.soft(await violations(page), name).toEqual([]);
    const overflow = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      return scrollWidth - clientWidth;
    });
    expect.soft(overflow, `${name}: pixels beside the page`).toBe(0);
  };
}

/** Returns what axe finds, each with the elements. */
async function violations(page: Page): Promise<object[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
  return violations.map(({ id, help, nodes }) => ({ id, help, nodes: nodes.map((n) => n.html) }));
}

/** Signs in with Firefox's name, from another cookie jar. */
async function signInElsewhere(browser: Browser, url: string, email: string): Promise<void> {
  const userAgent = 'Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0';
  const context = await browser.newContext({ userAgent });
  const page = await context.newPage();
  await page.goto(`${url}/login`);
  await signIn(page, email);
  await expect(page.getByTestId('account-email')).toHaveText(email);
  await context.close();
}

/** Opens the pages of a visitor, also with their errors. */
async function visitSignedOut(page: Page, url: string, look: Look): Promise<void> {
  await page.goto(url);
  await look('home');
  await page.goto(`${url}/login`);
  await look('login');
  await signIn(page, newEmail());
  await expect(page.getByText('The e-mail address or password is incorrect.')).toBeVisible();
  await look('login-error');
  await page.goto(`${url}/register`);
  await look('register');
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.locator('[aria-invalid=true]').first()).toBeVisible();
  await look('register-errors');
  await page.goto(`${url}/nothing-here`);
  await look('not-found');
}

/** Opens the pages of an account. */
async function visitSignedIn(page: Page, browser: Browser, url: string, look: Look): Promise<void> {
  const email = await register(page, url);
  await look('account');
  await page.goto(url);
  await look('home-signed-in');
  await page.goto(`${url}/account/sessions`);
  await expect(page.getByTestId('devices-empty')).toBeVisible();
  await look('sessions-one');
  await signInElsewhere(browser, url, email);
  await page.reload();
  await expect(page.locator('.devices > li')).toHaveCount(2);
  await look('sessions');
  await page.getByText('Sign out everywhere else …').click();
  await look('sessions-question');
  await page.goto(`${url}/account/security`);
  await expect(page.getByTestId('events')).toBeVisible();
  await look('security');
  await page.getByLabel('New password', { exact: true }).fill('short');
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.locator('[aria-invalid=true]').first()).toBeVisible();
  await look('security-errors');
  await page.goto(`${url}/account`);
  await signOut(page);
  await expect(page).toHaveURL(`${url}/`);
  await look('signed-out');
}

/** Opens the pages of the administration. */
async function visitAdministration(page: Page, server: Server, look: Look): Promise<void> {
  const url = server.url;
  const long = `${'long-name-'.repeat(6)}@${'example-'.repeat(14)}host.example.org`;
  await createAccounts(server, 'ada@example.org', long);
  await register(page, url);
  await page.goto(`${url}/admin`);
  await expect(page.getByTestId('forbidden')).toBeVisible();
  await look('admin-forbidden');
  await signOut(page);
  await expect(page).toHaveURL(`${url}/`);
  await registerAdministrator(page, server);
  await look('account-administrator');
  await page.goto(`${url}/admin`);
  await expect(page.locator('.chart').first()).toBeVisible();
  await look('admin-first-minute');
  // The statistics of a month come from the test: the browser requests them if a script
  // navigates to the page.
  await page.goto(`${url}/account`);
  await untilHydrated(page);
  await page.route(/\/api\/admin\/statistics\//, (route) => route.fulfill({ json: statistics() }));
  await page.getByRole('link', { name: 'Administration' }).click();
  await expect(page.getByText('12,345').first()).toBeVisible();
  await look('admin');
  await page.getByText('Show the figures').first().click();
  await look('admin-figures');
  await server.run(['user', 'deactivate', 'ada@example.org']);
  await page.goto(`${url}/admin/accounts`);
  await expect(page.getByTestId('account')).toHaveCount(4);
  await look('admin-accounts');
  await untilHydrated(page);
  const account = page.getByTestId('account').filter({ hasText: 'long-name' });
  await account.getByText('Manage').click();
  await account.getByText('Deactivate …').click();
  await look('admin-accounts-question');
  await account.getByRole('button', { name: 'Yes, deactivate' }).click();
  await expect(account).toContainText('Deactivated');
  await look('admin-accounts-done');
  await page.goto(`${url}/admin/accounts?search=unknown`);
  await expect(page.getByTestId('accounts-empty')).toBeVisible();
  await look('admin-accounts-empty');
  await page.goto(`${url}/admin/accounts?after=x`);
  await expect(page.getByTestId('list-failed')).toBeVisible();
  await look('admin-accounts-failed');
  await page.goto(`${url}/admin/invitations`);
  await expect(page.getByTestId('invitations-empty')).toBeVisible();
  await look('admin-invitations-empty');
  await page.getByLabel('E-mail address of a new user').fill(`${'new-user-'.repeat(6)}@example.org`);
  await page.getByRole('button', { name: 'Create invitation' }).click();
  await expect(page.getByTestId('invitation-link')).toBeVisible();
  const link = (await page.getByTestId('invitation-link').textContent())!;
  await look('admin-invitations');
  await visitInvited(page, link, look);
  await page.goto(`${url}/admin/events`);
  await expect(page.getByTestId('admin-events')).toBeVisible();
  await look('admin-events');
  await page.goto(`${url}/admin/events?account=unknown@example.org`);
  await expect(page.getByTestId('list-failed')).toBeVisible();
  await look('admin-events-failed');
  await page.goto(`${url}/admin/events?kind=user_deleted`);
  await expect(page.getByTestId('events-empty')).toBeVisible();
  await look('admin-events-empty');
}

/** Opens the registration page by a link, in a browser of its own, and by a link that is not valid. */
async function visitInvited(page: Page, link: string, look: Look): Promise<void> {
  const cookies = await page.context().cookies();
  await page.context().clearCookies();
  await page.goto(link);
  await expect(page.getByLabel('E-mail')).toHaveAttribute('readonly');
  await look('register-invited');
  await page.goto(`${link}x`);
  await expect(page.getByTestId('invitation-failed')).toBeVisible();
  await look('register-invitation-invalid');
  await page.context().addCookies(cookies);
}

test.beforeAll(() => mkdir(FOLDER, { recursive: true }));

for (const [size, viewport] of Object.entries(SIZES)) {
  for (const colorScheme of SCHEMES) {
    test(`every page looks right: ${size}, ${colorScheme}`, async ({ browser, server }) => {
      test.setTimeout(180_000);
      const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' });
      const page = await context.newPage();
      const withAxe = (size === 'narrow') === (colorScheme === 'light');
      const look = looker(page, `${size}-${colorScheme}`, withAxe);
      await visitSignedOut(page, server.url, look);
      await visitSignedIn(page, browser, server.url, look);
      await context.close();
    });

    test(`the administration looks right: ${size}, ${colorScheme}`, async ({
      browser,
      startServer,
    }) => {
      test.setTimeout(180_000);
      const server = await startServer();
      const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' });
      const page = await context.newPage();
      const withAxe = (size === 'narrow') === (colorScheme === 'light');
      await visitAdministration(page, server, looker(page, `${size}-${colorScheme}`, withAxe));
      await context.close();
    });
  }
}
