// A page that was hidden, frozen or asleep, or whose clock was changed.

import { register, untilHydrated } from '../support/account';
import { expectSignedIn, freeze, returnToTab } from '../support/page';
import { PATHS, requestCount, successCount } from '../support/requests';
import { expect, test } from '../support/test';

const HOUR = 3_600_000;

test('a tab that was hidden for an hour refreshes once when shown', async ({ page, startServer }) => {
  const server = await startServer();
  await page.clock.install();
  const email = await register(page, server.url);
  // This moves the clock and fires no timer, as in a tab whose timers are stopped.
  await page.clock.setSystemTime(Date.now() + HOUR);
  await expect(page.getByTestId('account-email')).toHaveText(email);
  expect(requestCount(server, PATHS.refresh)).toBe(0);
  await returnToTab(page);
  await expect.poll(() => requestCount(server, PATHS.refresh)).toBe(1);
  await returnToTab(page);
  await expectSignedIn(page, email);
  expect(requestCount(server, PATHS.refresh)).toBe(1);
});

test('a frozen tab takes the refresh of another tab', async ({ page, context, startServer }) => {
  test.setTimeout(120_000);
  // A refresh is due after 36 to 39 seconds, and times out after four seconds.
  const server = await startServer({
    PORTCULLIS_ACCESS_LIFETIME: '48s',
    PORTCULLIS_REPLAY_WINDOW: '12s',
  });
  const email = await register(page, server.url);
  const other = await context.newPage();
  await other.goto(`${server.url}/account`);
  await untilHydrated(other);
  await other.evaluate(recordLongestPause);
  const resume = await freeze(other);
  await expect(page.getByTestId('rotations')).toHaveText('1', { timeout: 60_000 });
  // The frozen tab is past its own refresh time, so it would refresh when it resumes.
  await page.waitForTimeout(7_000);
  await resume();
  await expect(other.getByTestId('rotations')).toHaveText('1');
  await expect.poll(() => other.evaluate(() => window.longestPause)).toBeGreaterThan(30_000);
  expect(successCount(server, PATHS.refresh)).toBe(1);
  await expectSignedIn(other, email);
});

for (const [name, moved] of [['forward', HOUR], ['back', -HOUR]] as const) {
  test(`a clock that is set ${name} an hour signs no user out`, async ({ page, startServer }) => {
    const server = await startServer();
    await page.clock.install();
    const email = await register(page, server.url);
    await page.clock.setSystemTime(Date.now() + moved);
    await returnToTab(page);
    // If the clock is set forward, the page refreshes early, but only once.
    const early = moved > 0 ? 1 : 0;
    await expect.poll(() => requestCount(server, PATHS.refresh)).toBe(early);
    await returnToTab(page);
    await expectSignedIn(page, email);
    expect(requestCount(server, PATHS.refresh)).toBe(early);
    // The next refresh is on time, by the other clock.
    await page.clock.fastForward('20:00');
    await expect.poll(() => requestCount(server, PATHS.refresh)).toBe(early + 1);
    await expectSignedIn(page, email);
  });
}

declare global {
  interface Window {
    longestPause: number;
  }
}

/** Records the longest time, in milliseconds, in which the page did nothing. Runs in the
 *  page. */
function recordLongestPause(): void {
  let last = performance.now();
  window.longestPause = 0;
  setInterval(() => {
    const now = performance.now();
    window.longestPause = Math.max(window.longestPause, now - last);
    last = now;
  }, 100);
}
