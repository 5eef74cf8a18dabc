// Takes the screenshot for the README, and checks that the pages fit their screens.

import { resolve } from 'node:path';

import { register } from '../support/account';
import { expect, test } from '../support/test';

test.use({ viewport: { width: 1000, height: 640 }, colorScheme: 'light' });

test('the account page fits its screen', async ({ page, startServer }, testInfo) => {
  const server = await startServer();
  await register(page, server.url, 'ada@example.org');
  await expect(page.getByTestId('next-refresh')).toBeVisible();
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow).toBe(0);
  const isForReadme = process.env.PORTCULLIS_SCREENSHOT !== undefined;
  const path = isForReadme
    ? resolve(__dirname, '../../docs/account.png')
    : testInfo.outputPath('account.png');
  await page.screenshot({ path });
});

for (const path of ['/', '/login', '/register', '/account', '/account/sessions']) {
  test(`${path} fits a screen of 360 pixels`, async ({ page, startServer }) => {
    await page.setViewportSize({ width: 360, height: 740 });
    const server = await startServer();
    if (path.startsWith('/account')) await register(page, server.url);
    await page.goto(`${server.url}${path}`);
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBe(0);
  });
}

test('messages fit a narrow screen in dark mode', async ({ page, context, startServer }, testInfo) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.emulateMedia({ colorScheme: 'dark' });
  const server = await startServer();
  const overflow = () =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  await page.goto(`${server.url}/login?next=/account&reason=reuse_detected`);
  await expect(page.getByTestId('notice')).toContainText('used from two places at once');
  expect(await overflow()).toBe(0);
  await page.screenshot({ path: testInfo.outputPath('reason.png') });
  await register(page, server.url);
  await context.setOffline(true);
  await expect(page.getByTestId('connection')).toHaveText('You are offline. You are still signed in.');
  expect(await overflow()).toBe(0);
  await page.screenshot({ path: testInfo.outputPath('offline.png') });
});
