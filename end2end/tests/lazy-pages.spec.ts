// Lazy pages: their code is loaded when they are opened.

import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Page } from '@playwright/test';

import { register, signIn, signOut, tokens, untilHydrated } from '../support/account';
import { recordErrors } from '../support/page';
import { PATHS, successCount } from '../support/requests';
import { SITE } from '../support/server';
import { expect, test } from '../support/test';

const NOT_LOADED = 'This page could not be loaded';

/** Returns the chunks that the page requests from now on, in order. */
function recordChunks(page: Page): string[] {
  const names: string[] = [];
  page.on('request', (request) => {
    const name = /\/split_(\w+)\.wasm$/.exec(request.url())?.[1];
    if (name) names.push(name);
  });
  return names;
}

/** Makes requests for a chunk fail, and returns a function that ends this. */
async function block(page: Page, name: string): Promise<() => Promise<void>> {
  const url = `**/split_${name}.wasm`;
  await page.route(url, (route) => route.abort());
  return () => page.unroute(url);
}

const heading = (page: Page) => page.getByRole('heading', { level: 1 });
const link = (page: Page, name: string) => page.getByRole('link', { name, exact: true }).first();

test('a page loads its own code once, when it is opened', async ({ page, server }) => {
  const loaded = recordChunks(page);
  const errors = recordErrors(page);
  await page.goto(`${server.url}/`);
  await untilHydrated(page);
  await link(page, 'Sign in').click();
  await expect(heading(page)).toHaveText('Sign in');
  expect(loaded).toEqual([]);

  await link(page, 'Create an account').click();
  await expect(heading(page)).toBeFocused();
  await expect(page).toHaveTitle('Create an account · Portcullis');
  expect(loaded).toEqual(['register']);
  await link(page, 'Sign in').click();
  await link(page, 'Create an account').click();
  await expect(page.getByRole('button', { name: 'Create account' })).toBeVisible();
  expect(loaded).toEqual(['register']);
  expect(errors).toEqual([]);
});

test('signing in loads the account page', async ({ page, server }) => {
  const loaded = recordChunks(page);
  const email = await register(page, server.url);
  await expect(page).toHaveURL(`${server.url}/account`);
  await expect(page).toHaveTitle('Your account · Portcullis');
  expect(loaded).toEqual(['register', 'account']);

  // If the page is loaded as a document, its code is loaded before hydration.
  const errors = recordErrors(page);
  loaded.length = 0;
  await page.reload();
  await untilHydrated(page);
  await page.getByTestId('check-session').click();
  await expect(page.getByTestId('check-result')).toContainText(email);
  expect(loaded).toEqual(['account']);
  expect(errors).toEqual([]);
});

test('no code is loaded for a page that needs a session', async ({ page, server }) => {
  const loaded = recordChunks(page);
  await page.goto(`${server.url}/`);
  await untilHydrated(page);
  await page.evaluate(() => {
    const added = document.createElement('a');
    added.href = '/account';
    added.textContent = 'to the account';
    document.querySelector('main')!.append(added);
  });
  await link(page, 'to the account').click();
  await expect(page).toHaveURL(`${server.url}/login?next=%2Faccount`);
  await expect(page.locator('main form')).toBeVisible();
  expect(loaded).toEqual([]);
});

test('code that fails to load is reported and can be retried', async ({ page, server }) => {
  await page.goto(`${server.url}/`);
  await untilHydrated(page);
  const unblock = await block(page, 'register');
  await link(page, 'Register').click();
  await expect(heading(page)).toHaveText(NOT_LOADED);
  await expect(heading(page)).toBeFocused();
  await expect(page).toHaveURL(`${server.url}/register`);

  // The application keeps working: another page can be opened, and then this one again.
  await link(page, 'Sign in').click();
  await expect(heading(page)).toHaveText('Sign in');
  await unblock();
  await link(page, 'Register').click();
  await expect(heading(page)).toHaveText('Create an account');

  // The link loads the page as a document from the server.
  const email = await register(page, server.url);
  await signOut(page);
  await expect(link(page, 'Sign in')).toBeVisible();
  await block(page, 'account');
  await page.goto(`${server.url}/login`);
  await signIn(page, email);
  await expect(heading(page)).toHaveText(NOT_LOADED);
  await page.unrouteAll();
  await link(page, 'Try again').click();
  await untilHydrated(page);
  await expect(page.getByTestId('account-email')).toHaveText(email);
});

test('code that arrives late does not change the page that is open', async ({ page, server }) => {
  await page.goto(`${server.url}/`);
  await untilHydrated(page);
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/split_register.wasm', async (route) => {
    await held;
    await route.continue();
  });
  await link(page, 'Register').click();
  await link(page, 'Sign in').click();
  await page.getByLabel('E-mail').fill('half an address');
  const arrived = page.waitForResponse('**/split_register.wasm');
  release();
  await arrived;
  await page.waitForTimeout(500);
  await expect(page.getByLabel('E-mail')).toBeFocused();
  await expect(heading(page)).toHaveText('Sign in');
  await expect(page).toHaveTitle('Sign in · Portcullis');
  await expect(page).toHaveURL(`${server.url}/login`);
});

test('a document without its code refreshes and signs out', async ({ page, startServer }) => {
  const server = await startServer({
    PORTCULLIS_ACCESS_LIFETIME: '24s',
    PORTCULLIS_REPLAY_WINDOW: '6s',
  });
  const email = await register(page, server.url);
  const errors: string[] = [];
  page.on('pageerror', (error) => {
    // The loader of cargo-leptos starts to load the blocked file before it waits for the
    // code that pages share; the browser reports that, and the page handles it later.
    if (error.message !== 'Failed to fetch') errors.push(error.message);
  });
  await block(page, 'account');
  const before = successCount(server, PATHS.refresh);
  await page.reload();
  await expect(page.getByTestId('account-email')).toHaveText(email);
  await expect.poll(() => successCount(server, PATHS.refresh), { timeout: 40_000 }).toBeGreaterThan(before);
  await expect(page.locator('[data-hydrated]')).toHaveCount(0);
  await signOut(page);
  await expect(page).toHaveURL(`${server.url}/`);
  expect((await tokens(page.context())).refresh).toBeUndefined();
  expect(errors).toEqual([]);
});

test('a tab from before an update runs no code from after it', async ({ page, startBehindProxy, startServer }) => {
  const updated = await mkdtemp(join(tmpdir(), 'portcullis-site-'));
  try {
    await cp(SITE, updated, { recursive: true });
    await writeFile(join(updated, 'pkg/portcullis.css'), 'body { margin: 0 }');
    const { proxy } = await startBehindProxy();
    const next = await startServer({ PORTCULLIS_ORIGIN: proxy.url, PORTCULLIS_SITE_ROOT: updated });

    await page.goto(proxy.url);
    await untilHydrated(page);
    proxy.forwardTo(next.listens);
    const response = page.waitForResponse('**/split_register.wasm');
    await link(page, 'Register').click();
    expect((await response).status()).toBe(404);
    await expect(heading(page)).toHaveText(NOT_LOADED);
    await link(page, 'Try again').click();
    await untilHydrated(page);
    await expect(heading(page)).toHaveText('Create an account');
  } finally {
    await rm(updated, { recursive: true, force: true });
  }
});
