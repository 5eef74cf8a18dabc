// A page that was away: hidden, frozen, asleep, or with a clock that moved.

import { register, untilHydrated } from '../support/account';
import { comesBack, expectSignedIn, freeze } from '../support/page';
import { PATHS, answered, succeeded } from '../support/requests';
import { expect, test } from '../support/test';

const HOUR = 3_600_000;

test('a tab that was hidden for an hour renews once when it is shown', async ({ page, startServer }) => {
  const server = await startServer();
  await page.clock.install();
  const email = await register(page, server.url);
  // Moves the clock and fires no timer, as in a tab whose timers stand still.
  await page.clock.setSystemTime(Date.now() + HOUR);
  await expect(page.getByTestId('account-email')).toHaveText(email);
  expect(answered(server, PATHS.refresh)).toBe(0);
  await comesBack(page);
  await expect.poll(() => answered(server, PATHS.refresh)).toBe(1);
  await comesBack(page);
  await expectSignedIn(page, email);
  expect(answered(server, PATHS.refresh)).toBe(1);
});

test('a frozen tab takes what another renewed meanwhile', async ({ page, context, startServer }) => {
  test.setTimeout(120_000);
  // Due between 36 and 39 seconds, and four seconds for a refresh.
  const server = await startServer({
    PORTCULLIS_ACCESS_LIFETIME: '48s',
    PORTCULLIS_REPLAY_WINDOW: '12s',
  });
  const email = await register(page, server.url);
  const other = await context.newPage();
  await other.goto(`${server.url}/account`);
  await untilHydrated(other);
  await other.evaluate(noteStandstill);
  const goOn = await freeze(other);
  await expect(page.getByTestId('renewals')).toHaveText('1', { timeout: 60_000 });
  // Past its own time, so that it has every reason to refresh when it wakes.
  await page.waitForTimeout(7_000);
  await goOn();
  await expect(other.getByTestId('renewals')).toHaveText('1');
  await expect.poll(() => other.evaluate(() => window.standstill)).toBeGreaterThan(30_000);
  expect(succeeded(server, PATHS.refresh)).toBe(1);
  await expectSignedIn(other, email);
});

for (const [name, moved] of [['forward', HOUR], ['back', -HOUR]] as const) {
  test(`a clock that is set ${name} an hour signs nobody out`, async ({ page, startServer }) => {
    const server = await startServer();
    await page.clock.install();
    const email = await register(page, server.url);
    await page.clock.setSystemTime(Date.now() + moved);
    await comesBack(page);
    // Early where the clock says that time has passed, and never twice for it.
    const early = moved > 0 ? 1 : 0;
    await expect.poll(() => answered(server, PATHS.refresh)).toBe(early);
    await comesBack(page);
    await expectSignedIn(page, email);
    expect(answered(server, PATHS.refresh)).toBe(early);
    // The renewal comes in its time, by the other clock.
    await page.clock.fastForward('20:00');
    await expect.poll(() => answered(server, PATHS.refresh)).toBe(early + 1);
    await expectSignedIn(page, email);
  });
}

declare global {
  interface Window {
    standstill: number;
  }
}

/** Notes for how many milliseconds the page did nothing, at the longest. Runs in
 *  the page. */
function noteStandstill(): void {
  let last = performance.now();
  window.standstill = 0;
  setInterval(() => {
    const now = performance.now();
    window.standstill = Math.max(window.standstill, now - last);
    last = now;
  }, 100);
}
