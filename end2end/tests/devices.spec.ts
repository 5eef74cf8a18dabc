// The page with the devices of an account: ending one, or all others, with and without
// JavaScript.

import type { Browser, BrowserContextOptions, Page } from '@playwright/test';

import { register, signIn, tokens, untilHydrated } from '../support/account';
import { expectSignedOut, recordErrors } from '../support/page';
import { expect, test } from '../support/test';

const ENDED_ELSEWHERE = 'You signed out of this device from another one.';
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0';

const devices = (page: Page) => page.getByTestId('device');
const message = (page: Page) => page.getByTestId('devices-message');

/** Signs in on another device, and returns its page. */
async function signInElsewhere(
  browser: Browser,
  url: string,
  email: string,
  options: BrowserContextOptions = { javaScriptEnabled: true },
): Promise<Page> {
  const context = await browser.newContext({ userAgent: FIREFOX, ...options });
  const page = await context.newPage();
  await page.goto(`${url}/login`);
  await signIn(page, email);
  await expect(page.getByTestId('account-email')).toHaveText(email);
  return page;
}

/** Opens the confirmation of the last device, and confirms it. */
async function endLast(page: Page): Promise<void> {
  await devices(page).last().getByText('Sign out Firefox on Linux …').click();
  await page.getByRole('button', { name: 'Yes, sign it out' }).click();
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(`with JavaScript ${javaScriptEnabled ? 'on' : 'off'}`, () => {
    test.use({ javaScriptEnabled });

    test('a user ends another device', async ({ page, browser, server }) => {
      const errors = recordErrors(page);
      const email = await register(page, server.url);
      const other = await signInElsewhere(browser, server.url, email);
      await page.getByRole('link', { name: 'Your devices' }).click();
      await expect(page).toHaveURL(`${server.url}/account/sessions`);
      await expect(devices(page)).toHaveCount(2);
      await expect(devices(page).first()).toContainText('This device');
      await expect(devices(page).last()).toContainText('Firefox on Linux');
      await expect(devices(page).last()).toContainText('127.0.0.1');

      await endLast(page);
      await expect(message(page)).toHaveText('The device has been signed out.');
      await expect(devices(page)).toHaveCount(1);
      await expect(page.getByTestId('devices-empty')).toHaveText('This is your only device.');
      await other.getByTestId('check-session').click();
      await expectSignedOut(other, email, ENDED_ELSEWHERE);
      expect(errors).toEqual([]);
      await other.context().close();
    });

    test('a user ends all other devices', async ({ page, browser, server }) => {
      const email = await register(page, server.url);
      const others = [
        await signInElsewhere(browser, server.url, email),
        await signInElsewhere(browser, server.url, email, { javaScriptEnabled: false }),
      ];
      await page.goto(`${server.url}/account/sessions`);
      await untilHydrated(page);
      await expect(devices(page)).toHaveCount(3);
      await page.getByText('Sign out everywhere else …').click();
      await page.getByRole('button', { name: 'Yes, sign out all others' }).click();
      await expect(message(page)).toHaveText('All other devices have been signed out.');
      await expect(devices(page)).toHaveCount(1);
      for (const other of others) {
        await other.goto(`${server.url}/account`);
        await expectSignedOut(other, email, ENDED_ELSEWHERE);
        await other.context().close();
      }
    });
  });
}

test('an open page of the ended device signs out at its next request', async ({
  page,
  browser,
  server,
}) => {
  const email = await register(page, server.url);
  const other = await signInElsewhere(browser, server.url, email);
  await other.goto(`${server.url}/account/sessions`);
  await untilHydrated(other);
  await page.goto(`${server.url}/account/sessions`);
  await untilHydrated(page);
  await endLast(page);
  await expect(message(page)).toHaveText('The device has been signed out.');
  await other.evaluate(() => window.dispatchEvent(new Event('focus')));
  await expectSignedOut(other, email, ENDED_ELSEWHERE);
  await expect(other).toHaveURL(/\/login\?next=%2Faccount%2Fsessions&reason=ended_elsewhere$/);
  await other.context().close();
});

test('the list follows another tab', async ({ page, context, browser, server }) => {
  const email = await register(page, server.url);
  const other = await signInElsewhere(browser, server.url, email);
  const second = await context.newPage();
  for (const tab of [page, second]) {
    await tab.goto(`${server.url}/account/sessions`);
    await untilHydrated(tab);
    await expect(devices(tab)).toHaveCount(2);
  }
  await endLast(page);
  await expect(devices(second)).toHaveCount(1);
  await expect(message(second)).toHaveText('');

  // A device that signs in appears when the user returns to the window.
  const another = await signInElsewhere(browser, server.url, email);
  await second.evaluate(() => window.dispatchEvent(new Event('focus')));
  await expect(devices(second)).toHaveCount(2);
  await other.context().close();
  await another.context().close();
});

test('hydration keeps the list, and the times become local', async ({ browser, server }) => {
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'Asia/Tokyo' });
  const page = await context.newPage();
  const errors = recordErrors(page);
  await register(page, server.url);
  const requests: string[] = [];
  page.on('request', (request) => requests.push(new URL(request.url()).pathname));
  const loaded = await page.goto(`${server.url}/account/sessions`);
  const html = (await loaded?.text()) ?? '';
  expect(html).toMatch(/<time datetime="[\d-]+T[\d:]+Z">\d+ \w{3} \d{4}, \d\d:\d\d UTC<\/time>/);
  await untilHydrated(page);
  const time = page.locator('time').first();
  await expect(time).not.toContainText('UTC');
  const expected = await time.evaluate((element: HTMLTimeElement) =>
    new Date(element.dateTime).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' }),
  );
  await expect(time).toHaveText(expected);
  expect(requests).not.toContain('/api/accounts/sessions/');
  expect(errors).toEqual([]);
  await context.close();
});

test('a failed action says why and keeps the list', async ({ page, browser, server }) => {
  const email = await register(page, server.url);
  const other = await signInElsewhere(browser, server.url, email);
  await page.goto(`${server.url}/account/sessions`);
  await untilHydrated(page);
  await page.route('**/revoke/', (route) => route.abort());
  await endLast(page);
  await expect(message(page)).toContainText('The server could not be reached.');
  await expect(devices(page)).toHaveCount(2);
  await page.unroute('**/revoke/');
  await other.context().close();
});

test('a list that cannot be read says so', async ({ page, server }) => {
  await register(page, server.url);
  await page.route(/\/api\/accounts\/sessions\/\??$/, (route) =>
    route.fulfill({
      status: 503,
      contentType: 'application/json',
      headers: { 'x-portcullis-code': 'busy' },
      body: JSON.stringify({ detail: 'busy', code: 'busy' }),
    }),
  );
  await page.getByRole('link', { name: 'Your devices' }).click();
  await expect(page.getByTestId('devices-failed')).toContainText('The server is busy.');
  await expect(page.getByTestId('devices-failed').getByRole('link')).toHaveText('Try again');
});

test('another device is ended by keyboard alone', async ({ page, browser, server }) => {
  const email = await register(page, server.url);
  const other = await signInElsewhere(browser, server.url, email);
  await page.goto(`${server.url}/account/sessions`);
  await untilHydrated(page);
  await devices(page).last().locator('summary').focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'Yes, sign it out' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(devices(page)).toHaveCount(1);
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
  expect((await tokens(page.context())).access).toBeDefined();
  await other.context().close();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the devices fit 360 pixels, ${colorScheme}`, async ({ page, browser, server }, testInfo) => {
    await page.setViewportSize({ width: 360, height: 740 });
    await page.emulateMedia({ colorScheme });
    const email = await register(page, server.url);
    const other = await signInElsewhere(browser, server.url, email);
    await page.goto(`${server.url}/account/sessions`);
    await untilHydrated(page);
    for (const label of ['Sign out Firefox on Linux …', 'Sign out everywhere else …']) {
      await page.getByText(label).click();
    }
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBe(0);
    await page.screenshot({ path: testInfo.outputPath('devices.png'), fullPage: true });
    await other.context().close();
  });
}
