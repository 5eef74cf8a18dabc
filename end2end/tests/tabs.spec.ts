// All tabs of a browser share one session: it is refreshed once and ended once.

import type { BrowserContext, Page } from '@playwright/test';

import { PASSWORD, newEmail, register, signIn, signOut, untilHydrated } from '../support/account';
import { expectSignedIn, expectSignedOut, removeApi } from '../support/page';
import { PATHS, requestCount } from '../support/requests';
import { type Settings, expect, test } from '../support/test';

// A refresh is due after 24 to 26 seconds, and times out after 2.7 seconds.
const SHORT_LIVED: Settings = {
  PORTCULLIS_ACCESS_LIFETIME: '32s',
  PORTCULLIS_REPLAY_WINDOW: '8s',
};

test.describe.configure({ timeout: 120_000 });

/** Opens the account page in `count` more tabs. */
async function openTabs(context: BrowserContext, url: string, count: number): Promise<Page[]> {
  const tabs = [];
  for (let n = 0; n < count; n += 1) {
    const tab = await context.newPage();
    await tab.goto(`${url}/account`);
    await untilHydrated(tab);
    tabs.push(tab);
  }
  return tabs;
}

async function expectRotations(tabs: Page[], rotations: number): Promise<void> {
  for (const tab of tabs) {
    await expect(tab.getByTestId('rotations')).toHaveText(`${rotations}`, { timeout: rotations * 45_000 });
  }
}

test('ten tabs send three refreshes for three rotations', async ({ page, context, startServer }) => {
  test.setTimeout(240_000);
  // The lifetime leaves time to open all tabs before the first refresh.
  const server = await startServer({
    PORTCULLIS_ACCESS_LIFETIME: '48s',
    PORTCULLIS_REPLAY_WINDOW: '12s',
  });
  const email = await register(page, server.url);
  const tabs = [page, ...(await openTabs(context, server.url, 9))];
  await expectRotations(tabs, 3);
  expect(requestCount(server, PATHS.refresh)).toBe(3);
  await expectSignedIn(tabs[9], email);
});

test('another tab refreshes after a tab closes during a refresh', async ({
  page,
  context,
  startBehindProxy,
}) => {
  const { server, proxy } = await startBehindProxy(SHORT_LIVED);
  await register(page, server.url);
  const tabs = [page, ...(await openTabs(context, server.url, 2))];
  proxy.next(PATHS.refresh, 'do not respond');
  const sender = await Promise.race(
    tabs.map((tab) => tab.waitForRequest(`**${PATHS.refresh}`, { timeout: 30_000 }).then(() => tab, () => tab)),
  );
  await sender.close();
  await expectRotations(tabs.filter((tab) => tab !== sender), 1);
  expect(requestCount(server, PATHS.refresh)).toBe(1);
});

for (const missing of [['locks'], ['BroadcastChannel'], ['locks', 'BroadcastChannel']] as const) {
  test(`tabs without ${missing.join(' and ')} stay signed in`, async ({ page, context, startServer }) => {
    const server = await startServer(SHORT_LIVED);
    await removeApi(page, ...missing);
    const email = await register(page, server.url);
    const tabs = [page];
    for (let n = 0; n < 2; n += 1) {
      const tab = await context.newPage();
      await removeApi(tab, ...missing);
      await tab.goto(`${server.url}/account`);
      tabs.push(tab);
    }
    // Each tab may refresh for itself, but the session rotates only once.
    await expectRotations(tabs, 1);
    expect(requestCount(server, PATHS.refresh)).toBeLessThanOrEqual(3);
    for (const tab of tabs) await expectSignedIn(tab, email);
  });
}

test('a lock that is never released does not block a refresh', async ({ page, context, startServer }) => {
  const server = await startServer(SHORT_LIVED);
  const email = await register(page, server.url);
  const other = await context.newPage();
  await other.goto(server.url);
  await other.evaluate(() => {
    void navigator.locks.request('portcullis-refresh', () => new Promise(() => {}));
  });
  await expectRotations([page], 1);
  await expectSignedIn(page, email);
});

test('signing out in one tab signs out all without a request', async ({
  page,
  context,
  startServer,
}) => {
  const server = await startServer();
  const email = await register(page, server.url);
  const others = await openTabs(context, server.url, 4);
  await signOut(page);
  await expect(page).toHaveURL(`${server.url}/`);
  for (const tab of others) {
    await expect(tab).toHaveURL(`${server.url}/login?next=%2Faccount&reason=session_ended`);
    await expectSignedOut(tab, email, 'You have been signed out.');
  }
  expect(requestCount(server, PATHS.refresh)).toBe(0);
  expect(requestCount(server, PATHS.session)).toBe(0);

  // After signing in again in one of them, the others go on too.
  await signIn(others[0], email);
  for (const tab of others) {
    await expect(tab).toHaveURL(`${server.url}/account`);
    await expect(tab.getByTestId('account-email')).toHaveText(email);
  }
});

test('a tab that is loading during a sign-out is signed out too', async ({ page, context, startServer }) => {
  const server = await startServer();
  const email = await register(page, server.url);
  const loading = await context.newPage();
  let release = () => {};
  const held = new Promise<void>((fulfil) => (release = fulfil));
  await loading.route('**/*.wasm', async (route) => {
    await held;
    await route.continue();
  });
  await loading.goto(`${server.url}/account`, { waitUntil: 'commit' });
  await expect(loading.getByTestId('account-email')).toHaveText(email);
  await signOut(page);
  await expect(page).toHaveURL(`${server.url}/`);
  release();
  await expectSignedOut(loading, email, 'You have been signed out.');
  expect(requestCount(server, PATHS.refresh)).toBe(0);
});

test('signing in again without scripts reaches the other tabs', async ({
  page,
  context,
  startServer,
}) => {
  const server = await startServer();
  const email = await register(page, server.url);
  const other = await context.newPage();
  await other.goto(`${server.url}/login`);
  await other.evaluate(sendForm, { path: PATHS.login, fields: { email, password: PASSWORD } });
  await expect(other.getByTestId('account-email')).toHaveText(email);
  await untilHydrated(other);
  // The sign-out ends the new session.
  await signOut(other);
  await expectSignedOut(page, email, 'You have been signed out.');
  expect(requestCount(server, PATHS.refresh)).toBe(0);
});

test('signing in with another account reloads the other tabs', async ({
  page,
  context,
  startServer,
}) => {
  const server = await startServer();
  const people = [newEmail(), newEmail()];
  for (const email of people) {
    await register(page, server.url, email);
    await signOut(page);
    await expect(page.getByRole('link', { name: 'Sign in' }).first()).toBeVisible();
  }
  const [ada, bob] = people;

  // Both forms are open before the first is sent, and the second is not empty.
  const other = await context.newPage();
  for (const tab of [page, other]) {
    await tab.goto(`${server.url}/login?next=/account`);
    await untilHydrated(tab);
  }
  await other.getByLabel('E-mail').pressSequentially('b');
  await signIn(page, ada);
  await expect(page.getByTestId('account-email')).toHaveText(ada);
  await signIn(other, bob);
  await expect(other.getByTestId('account-email')).toHaveText(bob);
  await expect(page.getByTestId('account-email')).toHaveText(bob);
  await expect(page.locator('body')).not.toContainText(ada);
});

/** Sends a form as a browser does without JavaScript. Runs in the page. */
function sendForm({ path, fields }: { path: string; fields: Record<string, string> }): void {
  const form = document.createElement('form');
  form.method = 'post';
  form.action = path;
  for (const [name, value] of Object.entries(fields)) {
    const field = document.createElement('input');
    field.name = name;
    field.value = value;
    form.append(field);
  }
  document.body.append(form);
  form.submit();
}
