// A session that ends without the page's doing: it says why, shows nothing
// private, and leads back.

import { PASSWORD, register, signIn, signOut, tokens, untilHydrated } from '../support/account';
import { expectSignedIn, expectSignedOut } from '../support/page';
import { PATHS, answered } from '../support/requests';
import { type Server, expect, test } from '../support/test';

const STOLEN =
  'You were signed out because your session was used from two places at once. If that was not you, change your password.';
const NO_COOKIES = 'Your browser keeps no cookies of this site';

/** Ends the session of that access token, and leaves the browser's cookies. */
async function signOutUnheard(server: Server, access: string | undefined): Promise<void> {
  const headers = { cookie: `access_token=${access}`, origin: server.url };
  const answer = await fetch(`${server.url}${PATHS.logout}`, { method: 'POST', headers });
  expect(answer.status).toBe(200);
}

test('signing out, then going back, shows nothing private', async ({ page, startServer }) => {
  const server = await startServer();
  const email = await register(page, server.url);
  await signOut(page);
  await expect(page).toHaveURL(`${server.url}/`);
  await page.goBack();
  await expect(page).toHaveURL(/\/login|\/register/);
  await expect(page.locator('body')).not.toContainText(email);

  // Through whole page loads too, where the browser may have kept the page.
  await page.goto(`${server.url}/login`);
  await signIn(page, email);
  await expect(page.getByTestId('account-email')).toHaveText(email);
  await page.goto(`${server.url}/healthz`);
  await signOutUnheard(server, (await tokens(page.context())).access);
  await page.goBack();
  await expect(page).toHaveURL(/\/login/);
  await expect(page.locator('body')).not.toContainText(email);
});

test('a page that the browser kept whole is loaded anew before it shows anything', async ({
  page,
  startServer,
}) => {
  const server = await startServer();
  const email = await register(page, server.url);
  const loaded = page.waitForEvent('load');
  const hidden = await page.evaluate(() => {
    window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
    return document.documentElement.checkVisibility() === false;
  });
  expect(hidden).toBe(true);
  await loaded;
  await expect(page.getByTestId('account-email')).toHaveText(email);
});

test('a session ended elsewhere is told on the sign-in page, with the way back', async ({
  page,
  startServer,
}) => {
  const server = await startServer();
  const email = await register(page, server.url);
  await page.goto(`${server.url}/account?tab=1`);
  await untilHydrated(page);
  // By a client that tells no tab of it.
  await signOutUnheard(server, (await tokens(page.context())).access);
  await page.getByTestId('check-session').click();
  await expectSignedOut(page, email, 'You have been signed out.');
  await expect(page).toHaveURL(`${server.url}/login?next=%2Faccount%3Ftab%3D1&reason=session_ended`);
  await signIn(page, email);
  await expect(page).toHaveURL(`${server.url}/account?tab=1`);
});

test('an account that was switched off is told so', async ({ page, startServer }) => {
  const server = await startServer();
  const email = await register(page, server.url);
  await server.run(['user', 'deactivate', email]);
  await page.getByTestId('check-session').click();
  await expectSignedOut(page, email, 'This account is not active.');
  await expect(page).toHaveURL(`${server.url}/login?next=%2Faccount&reason=account_inactive`);
  // The reason is a code, and survives a reload.
  await page.reload();
  await expectSignedOut(page, email, 'This account is not active.');
  expect(answered(server, PATHS.refresh)).toBe(1);

  await page.goto(`${server.url}/login?reason=<b>send_your_password</b>`);
  await expect(page.getByTestId('notice')).toBeEmpty();
});

for (const [when, days, sentence] of [
  ['before their time', 0, 'You have been signed out.'],
  ['after a week of sleep', 8, 'Your sign-in has run out. Please sign in again.'],
] as const) {
  test(`cookies that are gone ${when} are told so`, async ({ page, context, startServer }) => {
    const server = await startServer();
    await page.clock.install();
    const email = await register(page, server.url);
    // They have worked: they are not said to be blocked.
    await expectSignedIn(page, email);
    await context.clearCookies();
    if (days > 0) await page.clock.fastForward(days * 86_400_000);
    else await page.getByTestId('check-session').click();
    await expectSignedOut(page, email, sentence);
    expect(answered(server, PATHS.refresh)).toBe(1);
  });
}

test('an administrator who ends a session is named', async ({ page, startServer }) => {
  const server = await startServer();
  const email = await register(page, server.url);
  await server.run(['session', 'revoke', '--account', email]);
  // The running server learns of it within a second.
  await page.waitForTimeout(1_000);
  await page.getByTestId('check-session').click();
  await expectSignedOut(page, email, 'An administrator has signed you out.');
  await expect(page).toHaveURL(`${server.url}/login?next=%2Faccount&reason=session_revoked`);
  expect(answered(server, PATHS.refresh)).toBe(1);
});

test('a stolen cookie jar is found out: both are out, and told so', async ({
  page,
  context,
  browser,
  startServer,
}) => {
  const server = await startServer({ PORTCULLIS_REPLAY_WINDOW: '4s' });
  const email = await register(page, server.url);
  const thief = await browser.newContext();
  await thief.addCookies(await context.cookies());
  const theirs = await thief.newPage();
  await theirs.goto(`${server.url}/account`);
  await expect(theirs.getByTestId('account-email')).toHaveText(email);

  // The owner renews and goes on; the window closes.
  await page.waitForTimeout(4_100);
  await context.clearCookies({ name: 'access_token' });
  await expectSignedIn(page, email);
  // Its use is recorded within a second.
  await page.waitForTimeout(5_200);

  await thief.clearCookies({ name: 'access_token' });
  await theirs.goto(`${server.url}/account`);
  await expectSignedOut(theirs, email, STOLEN);
  await page.getByTestId('check-session').click();
  await expectSignedOut(page, email, STOLEN);
  expect(server.log()).toContain('authn_token_reuse');
  await thief.close();
});

test('cookies that do not stick are said to be blocked, after one refresh', async ({
  page,
  startBehindProxy,
}) => {
  const { server, proxy } = await startBehindProxy();
  await register(page, server.url);
  await signOut(page);
  await expect(page).toHaveURL(`${server.url}/`);
  proxy.stripsCookies = true;
  await page.goto(`${server.url}/register`);
  await untilHydrated(page);
  await page.getByLabel('E-mail').fill('blocked@example.org');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByTestId('check-session').click();
  await expectSignedOut(page, 'blocked@example.org', NO_COOKIES);
  expect(answered(server, PATHS.refresh)).toBe(1);
  expect(answered(server, PATHS.session)).toBe(1);
});

test('a browser that keeps no cookies is told before anything is entered', async ({ page, server }) => {
  await page.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, 'cookieEnabled', { get: () => false });
  });
  await page.goto(`${server.url}/login`);
  await untilHydrated(page);
  await expect(page.getByTestId('notice')).toContainText(NO_COOKIES);
  // Dismissed, it leaves the focus where the page begins.
  await page.getByRole('button', { name: 'Dismiss' }).click();
  await expect(page.getByTestId('notice')).toBeEmpty();
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();

  // Once, where the address says it too.
  await page.goto(`${server.url}/login?reason=cookies_blocked`);
  await untilHydrated(page);
  await expect(page.getByRole('button', { name: 'Dismiss' })).toBeVisible();
  await expect(page.getByText(NO_COOKIES)).toHaveCount(1);
});
