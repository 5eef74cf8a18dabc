// The connection between the page and the server fails, and no user is signed out.

import type { Page } from '@playwright/test';

import { register, tokens } from '../support/account';
import { expectSignedIn, removeApi } from '../support/page';
import { PATHS, requestCount } from '../support/requests';
import { expect, test } from '../support/test';

const UNREACHABLE = 'The server is not responding properly. You are still signed in, and this page keeps trying.';

/** Returns the line about the connection, which is empty while there is no problem. */
function connection(page: Page) {
  return page.getByTestId('connection');
}

test('a user who is offline past the expiry stays signed in', async ({ page, context, startServer }) => {
  const server = await startServer();
  await page.clock.install();
  const email = await register(page, server.url);
  await expect(connection(page)).toBeEmpty();
  const place = await page.getByTestId('account-email').boundingBox();

  await context.setOffline(true);
  await expect(connection(page)).toHaveText('You are offline. You are still signed in.');
  await page.clock.fastForward('26:00');
  await page.clock.fastForward('02:00');
  await expect(page.getByTestId('account-email')).toHaveText(email);
  expect(await page.getByTestId('account-email').boundingBox()).toEqual(place);
  expect(requestCount(server, PATHS.refresh)).toBe(0);

  await context.setOffline(false);
  await expect.poll(() => requestCount(server, PATHS.refresh)).toBe(1);
  await expect(connection(page)).toBeEmpty();
  await expectSignedIn(page, email);
  expect(requestCount(server, PATHS.refresh)).toBe(1);
});

test('a refresh succeeds after a 500, a 429 and a timeout', async ({ page, startBehindProxy }) => {
  const { server, proxy } = await startBehindProxy();
  await page.clock.install();
  const email = await register(page, server.url);
  proxy.next(
    PATHS.refresh,
    { status: 500 },
    { status: 429, headers: { 'retry-after': '20' } },
    'do not respond',
  );
  const remaining = () => proxy.remaining(PATHS.refresh);

  await page.clock.fastForward('20:00');
  await expect.poll(remaining).toBe(2);
  await expect.poll(remaining).toBe(1);
  await expect(connection(page)).toHaveText(UNREACHABLE);
  // The response asked for a delay of twenty seconds, so no refresh is sent before that.
  await page.clock.fastForward('00:15');
  expect(remaining()).toBe(1);
  await page.clock.fastForward('00:05');
  await expect.poll(remaining).toBe(0);
  // The refresh times out after ten seconds, and is retried after at most six.
  await page.clock.fastForward('00:11');
  await page.clock.fastForward('00:07');
  await expect.poll(() => requestCount(server, PATHS.refresh)).toBe(1);
  await expect(connection(page)).toBeEmpty();
  await expectSignedIn(page, email);
  expect(requestCount(server, PATHS.refresh)).toBe(1);
});

test('a call whose refresh fails reports a transient error', async ({ page, context, startBehindProxy }) => {
  const { server, proxy } = await startBehindProxy();
  await page.clock.install();
  const email = await register(page, server.url);
  await context.clearCookies({ name: 'access_token' });
  proxy.next(PATHS.refresh, { status: 503 });
  await page.getByTestId('check-session').click();
  const result = page.getByTestId('check-result');
  await expect(result).toHaveText('The server is busy. Please try again in a moment.');
  await expect(page.getByTestId('account-email')).toHaveText(email);
  await page.clock.fastForward('00:02');
  await expect.poll(() => requestCount(server, PATHS.refresh)).toBe(1);
  await expectSignedIn(page, email);
});

test('a refresh without locks times out just as early', async ({ page, startBehindProxy }) => {
  const { server, proxy } = await startBehindProxy();
  await page.clock.install();
  await removeApi(page, 'locks');
  const email = await register(page, server.url);
  proxy.next(PATHS.refresh, 'do not respond');
  // The refresh is due by then and hardly late; a late tab would first ask the other
  // tabs, for up to a second.
  await page.clock.fastForward('20:00');
  await page.clock.fastForward('00:01');
  await expect.poll(() => proxy.remaining(PATHS.refresh)).toBe(0);
  // The refresh times out after ten seconds, and is retried after at most one and a half.
  await page.clock.fastForward('00:10');
  await page.clock.fastForward('00:02');
  await expect.poll(() => requestCount(server, PATHS.refresh)).toBe(1);
  await expectSignedIn(page, email);
});

test('a lost refresh response is recovered', async ({ page, context, startBehindProxy }) => {
  // The short replay window has passed when the refresh is sent, so that it rotates. The
  // clock of the page is ahead of the server's.
  const { server, proxy } = await startBehindProxy({ PORTCULLIS_REPLAY_WINDOW: '4s' });
  await page.clock.install();
  const email = await register(page, server.url);
  const before = await tokens(context);
  await page.waitForTimeout(4_100);
  proxy.next(PATHS.refresh, 'lose the response');
  await page.clock.fastForward('20:00');
  await expect(page.getByTestId('rotations')).toHaveText('1');
  expect(requestCount(server, PATHS.refresh)).toBe(2);
  expect(proxy.remaining(PATHS.refresh)).toBe(0);
  expect((await tokens(context)).refresh).not.toBe(before.refresh);
  await expectSignedIn(page, email);
  expect(server.log()).not.toContain('authn_token_reuse');
});

test('a refresh continues when its call is dropped with the page', async ({
  page,
  context,
  startServer,
}) => {
  const server = await startServer();
  await register(page, server.url);
  await context.clearCookies({ name: 'access_token' });
  let release = () => {};
  const released = new Promise<void>((fulfil) => (release = fulfil));
  await page.route(`**${PATHS.refresh}`, async (route) => {
    await released;
    await route.continue();
  });
  const sent = page.waitForRequest(`**${PATHS.refresh}`);
  await page.getByTestId('check-session').click();
  await sent;
  await page.getByRole('link', { name: 'Portcullis' }).click();
  await expect(page).toHaveURL(`${server.url}/`);
  release();
  await expect.poll(async () => (await tokens(context)).access).toBeTruthy();
  // No call is waiting, so no call is sent again.
  await page.waitForTimeout(1_000);
  expect(requestCount(server, PATHS.session)).toBe(1);
});
