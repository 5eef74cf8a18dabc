// A smoke test in Firefox, driven over WebDriver BiDi: sign in, refresh with two tabs,
// sign out.

import puppeteer, { type Browser, type Page } from 'puppeteer-core';

import { PASSWORD } from '../support/account';
import { PATHS, requestCount } from '../support/requests';
import { expect, test } from '../support/test';

const EMAIL = 'ada@example.org';
const WAIT = { timeout: 45_000 };

let firefox: Browser;

test.beforeAll(async () => {
  firefox = await puppeteer.launch({
    browser: 'firefox',
    executablePath: process.env.PORTCULLIS_FIREFOX,
    headless: true,
  });
});

test.afterAll(() => firefox.close());

/** Waits until the element with this test id contains the text. */
async function waitForText(page: Page, testId: string, text: string): Promise<void> {
  const found = (testId: string, text: string) =>
    document.querySelector(`[data-testid="${testId}"]`)?.textContent?.includes(text);
  await page.waitForFunction(found, WAIT, testId, text);
}

async function open(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.waitForSelector('[data-hydrated]', WAIT);
}

async function submitForm(page: Page, form: string, button: string): Promise<void> {
  await open(page, form);
  await page.locator('main input[name=email]').fill(EMAIL);
  await page.locator('main input[name=password]').fill(PASSWORD);
  await page.locator(`main form button::-p-text(${button})`).click();
  await waitForText(page, 'account-email', EMAIL);
}

test('sign in, refresh once for two tabs, sign out of both', async ({ startServer }) => {
  const server = await startServer({
    PORTCULLIS_ACCESS_LIFETIME: '32s',
    PORTCULLIS_REPLAY_WINDOW: '8s',
  });
  const page = await firefox.newPage();
  await submitForm(page, `${server.url}/register`, 'Create account');
  await page.locator('[data-testid=sign-out]').click();
  await page.waitForSelector('.site-nav a[href="/login"]', WAIT);
  await submitForm(page, `${server.url}/login`, 'Sign in');

  const other = await firefox.newPage();
  await open(other, `${server.url}/account`);
  for (const tab of [page, other]) await waitForText(tab, 'rotations', '1');
  expect(requestCount(server, PATHS.refresh)).toBe(1);
  await other.locator('[data-testid=check-session]').click();
  await waitForText(other, 'check-result', `Signed in as ${EMAIL}.`);

  await other.locator('[data-testid=sign-out]').click();
  await waitForText(page, 'notice', 'You have been signed out.');
  expect(await page.$('[data-testid=account-email]')).toBeNull();
  expect(page.url()).toBe(`${server.url}/login?next=%2Faccount&reason=session_ended`);
  expect(requestCount(server, PATHS.refresh)).toBe(1);
});
