// What is between the page and the server fails, and nobody is signed out.

import type { Page } from '@playwright/test';

import { register, tokens } from '../support/account';
import { expectSignedIn, takeAway } from '../support/page';
import { PATHS, answered } from '../support/requests';
import { expect, test } from '../support/test';

const UNREACHABLE = 'The server does not answer as it should. You stay signed in; we keep trying.';

/** What the quiet line says; empty while all is well. */
function connection(page: Page) {
  return page.getByTestId('connection');
}

test('offline over the expiry, then online: still signed in', async ({ page, context, startServer }) => {
  const server = await startServer();
  await page.clock.install();
  const email = await register(page, server.url);
  await expect(connection(page)).toBeEmpty();
  const place = await page.getByTestId('account-email').boundingBox();

  await context.setOffline(true);
  await expect(connection(page)).toHaveText('You are offline. You stay signed in.');
  await page.clock.fastForward('26:00');
  await page.clock.fastForward('02:00');
  await expect(page.getByTestId('account-email')).toHaveText(email);
  expect(await page.getByTestId('account-email').boundingBox()).toEqual(place);
  expect(answered(server, PATHS.refresh)).toBe(0);

  await context.setOffline(false);
  await expect.poll(() => answered(server, PATHS.refresh)).toBe(1);
  await expect(connection(page)).toBeEmpty();
  await expectSignedIn(page, email);
  expect(answered(server, PATHS.refresh)).toBe(1);
});

test('refreshes answered with 500, 429 and not at all, then well', async ({ page, startBehindProxy }) => {
  const { server, proxy } = await startBehindProxy();
  await page.clock.install();
  const email = await register(page, server.url);
  proxy.next(
    PATHS.refresh,
    { status: 500 },
    { status: 429, headers: { 'retry-after': '20' } },
    'keep silent',
  );
  const left = () => proxy.left(PATHS.refresh);

  await page.clock.fastForward('20:00');
  await expect.poll(left).toBe(2);
  await expect.poll(left).toBe(1);
  await expect(connection(page)).toHaveText(UNREACHABLE);
  // The server has asked for twenty seconds; a call does not come sooner.
  await page.clock.fastForward('00:15');
  expect(left()).toBe(1);
  await page.clock.fastForward('00:05');
  await expect.poll(left).toBe(0);
  // Given up after ten seconds, and tried again after at most six.
  await page.clock.fastForward('00:11');
  await page.clock.fastForward('00:07');
  await expect.poll(() => answered(server, PATHS.refresh)).toBe(1);
  await expect(connection(page)).toBeEmpty();
  await expectSignedIn(page, email);
  expect(answered(server, PATHS.refresh)).toBe(1);
});

test('a call whose renewal fails says that it is for now', async ({ page, context, startBehindProxy }) => {
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
  await expect.poll(() => answered(server, PATHS.refresh)).toBe(1);
  await expectSignedIn(page, email);
});

test('without locks, a server that keeps silent is given up as early', async ({ page, startBehindProxy }) => {
  const { server, proxy } = await startBehindProxy();
  await page.clock.install();
  await takeAway(page, 'locks');
  const email = await register(page, server.url);
  proxy.next(PATHS.refresh, 'keep silent');
  // Due by then and hardly late, or else it asks the other tabs for a second.
  await page.clock.fastForward('20:00');
  await page.clock.fastForward('00:01');
  await expect.poll(() => proxy.left(PATHS.refresh)).toBe(0);
  // Given up after ten seconds, and tried again after at most one and a half.
  await page.clock.fastForward('00:10');
  await page.clock.fastForward('00:02');
  await expect.poll(() => answered(server, PATHS.refresh)).toBe(1);
  await expectSignedIn(page, email);
});

test('a refresh whose answer is lost is made good', async ({ page, context, startBehindProxy }) => {
  // A window that is over soon, so that the refresh rotates; the page's clock is
  // ahead of the server's.
  const { server, proxy } = await startBehindProxy({ PORTCULLIS_REPLAY_WINDOW: '4s' });
  await page.clock.install();
  const email = await register(page, server.url);
  const before = await tokens(context);
  await page.waitForTimeout(4_100);
  proxy.next(PATHS.refresh, 'lose the answer');
  await page.clock.fastForward('20:00');
  await expect(page.getByTestId('renewals')).toHaveText('1');
  expect(answered(server, PATHS.refresh)).toBe(2);
  expect(proxy.left(PATHS.refresh)).toBe(0);
  expect((await tokens(context)).refresh).not.toBe(before.refresh);
  await expectSignedIn(page, email);
  expect(server.log()).not.toContain('authn_token_reuse');
});

test('a call that is dropped with its page does not give its refresh up', async ({
  page,
  context,
  startServer,
}) => {
  const server = await startServer();
  await register(page, server.url);
  await context.clearCookies({ name: 'access_token' });
  let go = () => {};
  const left = new Promise<void>((fulfil) => (go = fulfil));
  await page.route(`**${PATHS.refresh}`, async (route) => {
    await left;
    await route.continue();
  });
  const sent = page.waitForRequest(`**${PATHS.refresh}`);
  await page.getByTestId('check-session').click();
  await sent;
  await page.getByRole('link', { name: 'Portcullis' }).click();
  await expect(page).toHaveURL(`${server.url}/`);
  go();
  await expect.poll(async () => (await tokens(context)).access).toBeTruthy();
  // Nobody waits any more, so that nothing is sent again.
  await page.waitForTimeout(1_000);
  expect(answered(server, PATHS.session)).toBe(1);
});
