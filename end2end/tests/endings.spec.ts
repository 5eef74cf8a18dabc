// A session that ends for a reason outside of the page: the page shows the reason and
// nothing private, and leads back after signing in.

import { PASSWORD, register, signIn, signOut, tokens, untilHydrated } from '../support/account';
import { expectSignedIn, expectSignedOut } from '../support/page';
import { PATHS, requestCount } from '../support/requests';
import { type Server, expect, test } from '../support/test';

const REUSE_DETECTED =
  'You were signed out because your session was used from two places at once. If that was not you, change your password.';
const NO_COOKIES = 'Your browser does not store cookies for this site';

/** Ends the session of an access token. The browser keeps its cookies, and no tab is
 *  notified. */
async function endSession(server: Server, access: string | undefined): Promise<void> {
  const headers = { cookie: `access_token=${access}`, origin: server.url };
  const response = await fetch(`${server.url}${PATHS.logout}`, { method: 'POST', headers });
  expect(response.status).toBe(200);
}

test('going back after signing out shows nothing private', async ({ page, startServer }) => {
  const server = await startServer();
  const email = await register(page, server.url);
  await signOut(page);
  await expect(page).toHaveURL(`${server.url}/`);
  await page.goBack();
  await expect(page).toHaveURL(/\/login|\/register/);
  await expect(page.locator('body')).not.toContainText(email);

  // Also with page loads, where the browser may have the page in its back-forward cache.
  await page.goto(`${server.url}/login`);
  await signIn(page, email);
  await expect(page.getByTestId('account-email')).toHaveText(email);
  await page.goto(`${server.url}/healthz`);
  await endSession(server, (await tokens(page.context())).access);
  await page.goBack();
  await expect(page).toHaveURL(/\/login/);
  await expect(page.locator('body')).not.toContainText(email);
});

test('a page from the back-forward cache is hidden and reloaded', async ({
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

test('the sign-in page shows why a session ended and leads back', async ({
  page,
  startServer,
}) => {
  const server = await startServer();
  const email = await register(page, server.url);
  await page.goto(`${server.url}/account?tab=1`);
  await untilHydrated(page);
  await endSession(server, (await tokens(page.context())).access);
  await page.getByTestId('check-session').click();
  await expectSignedOut(page, email, 'You have been signed out.');
  await expect(page).toHaveURL(`${server.url}/login?next=%2Faccount%3Ftab%3D1&reason=session_ended`);
  await signIn(page, email);
  await expect(page).toHaveURL(`${server.url}/account?tab=1`);
});

test('a user of a deactivated account is told the reason', async ({ page, startServer }) => {
  const server = await startServer();
  const email = await register(page, server.url);
  await server.run(['user', 'deactivate', email]);
  await page.getByTestId('check-session').click();
  await expectSignedOut(page, email, 'This account is not active.');
  await expect(page).toHaveURL(`${server.url}/login?next=%2Faccount&reason=account_inactive`);
  // The reason is a code in the address, so a reload shows it again.
  await page.reload();
  await expectSignedOut(page, email, 'This account is not active.');
  expect(requestCount(server, PATHS.refresh)).toBe(1);

  await page.goto(`${server.url}/login?reason=<b>send_your_password</b>`);
  await expect(page.getByTestId('notice')).toBeEmpty();
});

for (const [when, days, message] of [
  ['before they expire', 0, 'You have been signed out.'],
  ['after a week asleep', 8, 'Your sign-in has expired. Please sign in again.'],
] as const) {
  test(`cookies that are lost ${when} end the session with the reason`, async ({ page, context, startServer }) => {
    const server = await startServer();
    await page.clock.install();
    const email = await register(page, server.url);
    // The cookies have worked before, so the page does not report them as blocked.
    await expectSignedIn(page, email);
    await context.clearCookies();
    if (days > 0) await page.clock.fastForward(days * 86_400_000);
    else await page.getByTestId('check-session').click();
    await expectSignedOut(page, email, message);
    expect(requestCount(server, PATHS.refresh)).toBe(1);
  });
}

test('a session that an administrator ended is shown as such', async ({ page, startServer }) => {
  const server = await startServer();
  const email = await register(page, server.url);
  await server.run(['session', 'revoke', '--account', email]);
  // The running server reads the ended session within a second.
  await page.waitForTimeout(1_000);
  await page.getByTestId('check-session').click();
  await expectSignedOut(page, email, 'An administrator has signed you out.');
  await expect(page).toHaveURL(`${server.url}/login?next=%2Faccount&reason=session_revoked`);
  expect(requestCount(server, PATHS.refresh)).toBe(1);
});

test('a stolen cookie jar is detected, and both parties are signed out', async ({
  page,
  context,
  browser,
  startServer,
}) => {
  const server = await startServer({ PORTCULLIS_REPLAY_WINDOW: '4s' });
  const email = await register(page, server.url);
  const thief = await browser.newContext();
  await thief.addCookies(await context.cookies());
  const thiefPage = await thief.newPage();
  await thiefPage.goto(`${server.url}/account`);
  await expect(thiefPage.getByTestId('account-email')).toHaveText(email);

  // The replay window passes; then the owner refreshes and continues.
  await page.waitForTimeout(4_100);
  await context.clearCookies({ name: 'access_token' });
  await expectSignedIn(page, email);
  // The use of the access token is recorded within a second, and the replay window passes.
  await page.waitForTimeout(5_200);

  await thief.clearCookies({ name: 'access_token' });
  await thiefPage.goto(`${server.url}/account`);
  await expectSignedOut(thiefPage, email, REUSE_DETECTED);
  await page.getByTestId('check-session').click();
  await expectSignedOut(page, email, REUSE_DETECTED);
  expect(server.log()).toContain('authn_token_reuse');
  await thief.close();
});

test('cookies that are not stored are reported as blocked after a refresh', async ({
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
  expect(requestCount(server, PATHS.refresh)).toBe(1);
  expect(requestCount(server, PATHS.session)).toBe(1);
});

test('disabled cookies are reported before anything is entered', async ({ page, server }) => {
  await page.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, 'cookieEnabled', { get: () => false });
  });
  await page.goto(`${server.url}/login`);
  await untilHydrated(page);
  await expect(page.getByTestId('notice')).toContainText(NO_COOKIES);
  // Dismissing the notice moves the focus to the heading of the page.
  await page.getByRole('button', { name: 'Dismiss' }).click();
  await expect(page.getByTestId('notice')).toBeEmpty();
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();

  // The message is shown once, even if the address contains the same reason.
  await page.goto(`${server.url}/login?reason=cookies_blocked`);
  await untilHydrated(page);
  await expect(page.getByRole('button', { name: 'Dismiss' })).toBeVisible();
  await expect(page.getByText(NO_COOKIES)).toHaveCount(1);
});
