// The page refreshes the tokens in the background.

import { register, tokens } from '../support/account';
import { PATHS, requestCount } from '../support/requests';
import { type Settings, expect, test } from '../support/test';

// The lead is five seconds and the jitter one. A third of the replay window is two seconds,
// which are enough for a refresh on a busy machine.
const SHORT_LIVED: Settings = {
  PORTCULLIS_ACCESS_LIFETIME: '24s',
  PORTCULLIS_REPLAY_WINDOW: '6s',
};

test('a refresh changes both cookies and does not move the page', async ({
  page,
  context,
  startServer,
}) => {
  const server = await startServer(SHORT_LIVED);
  await register(page, server.url);
  const before = await tokens(context);

  await page.evaluate(watchForChanges);
  const email = await page.getByTestId('account-email').elementHandle();
  const place = await email?.boundingBox();
  const navigations: string[] = [];
  page.on('framenavigated', (frame) => navigations.push(frame.url()));

  await expect(page.getByTestId('rotations')).toHaveText('1', { timeout: 25_000 });
  const after = await tokens(context);
  expect(after.access).not.toBe(before.access);
  expect(after.refresh).not.toBe(before.refresh);

  expect(navigations).toEqual([]);
  expect(requestCount(server, PATHS.refresh)).toBe(1);
  expect(await email?.evaluate((element) => element.isConnected)).toBe(true);
  expect(await email?.boundingBox()).toEqual(place);
  // Only the figures of the panel changed; no element was added or removed.
  const touched = await page.evaluate(() => window.touched);
  expect(touched).toEqual([]);
});

test('a refresh without a response times out, and the next succeeds', async ({
  page,
  startServer,
}) => {
  const server = await startServer(SHORT_LIVED);
  let sent = 0;
  await page.route(`**${PATHS.refresh}`, async (route) => {
    sent += 1;
    if (sent > 1) await route.continue();
  });
  await register(page, server.url);
  await expect(page.getByTestId('rotations')).toHaveText('1', { timeout: 30_000 });
  expect(sent).toBe(2);
  expect(requestCount(server, PATHS.refresh)).toBe(1);
  await expect(page).toHaveURL(`${server.url}/account`);
});

test('the default lifetimes refresh between 18:45 and 20:00', async ({
  page,
  server,
}) => {
  await page.clock.install();
  await register(page, server.url);
  const before = requestCount(server, PATHS.refresh);

  // Jitter is at most a twentieth of 25 minutes, so nothing is due before 18:45.
  await page.clock.fastForward('18:40');
  await expect(page.getByTestId('rotations')).toHaveText('0');
  expect(requestCount(server, PATHS.refresh)).toBe(before);

  await page.clock.fastForward('01:25');
  await expect.poll(() => requestCount(server, PATHS.refresh)).toBe(before + 1);
});

test('a call that gets a 401 is retried after one refresh', async ({ page, context, startServer }) => {
  const server = await startServer();
  const email = await register(page, server.url);
  await context.clearCookies({ name: 'access_token' });

  await page.getByTestId('check-session').click();
  await expect(page.getByTestId('check-result')).toContainText(`Signed in as ${email}.`);
  expect(requestCount(server, PATHS.refresh)).toBe(1);
  expect(requestCount(server, PATHS.session)).toBe(2);
  expect((await tokens(context)).access).toBeTruthy();
});

test('an ended session leads to the sign-in page', async ({
  page,
  startServer,
}) => {
  const server = await startServer();
  const email = await register(page, server.url);
  await server.run(['user', 'deactivate', email]);
  await page.getByTestId('check-session').click();
  await expect(page).toHaveURL(/\/login/);
  await expect(page.getByTestId('account-email')).toHaveCount(0);
  expect(requestCount(server, PATHS.refresh)).toBeLessThanOrEqual(1);
});

declare global {
  interface Window {
    touched: string[];
  }
}

/** Records every element that is added or removed, and every attribute that changes
 *  outside of the session panel. Runs in the page. */
function watchForChanges(): void {
  window.touched = [];
  const panel = document.querySelector('[data-testid=session-panel]');
  new MutationObserver((mutations) => {
    for (const { type, target, addedNodes, removedNodes } of mutations) {
      const changed = [...addedNodes, ...removedNodes].filter((node) => node.nodeType === 1);
      const isElsewhere = !panel?.contains(target);
      if (changed.length > 0 || (type === 'attributes' && isElsewhere)) {
        window.touched.push(`${type} in ${target.nodeName}`);
      }
    }
  }).observe(document.documentElement, { subtree: true, childList: true, attributes: true });
}
