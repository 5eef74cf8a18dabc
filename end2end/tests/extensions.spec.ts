// Extensions, translators and filters put elements into the page before it is
// hydrated. The session does not depend on what becomes of the view.

import type { Page } from '@playwright/test';

import { PASSWORD, newEmail, signOut, tokens } from '../support/account';
import { PATHS, succeeded } from '../support/requests';
import { type Settings, expect, test } from '../support/test';

const SHORT_LIVED: Settings = {
  PORTCULLIS_ACCESS_LIFETIME: '24s',
  PORTCULLIS_REPLAY_WINDOW: '6s',
};

/** Where the extension puts its element: before the first match, or around it. */
interface Place {
  name: string;
  selector: string;
  position: 'before' | 'around';
  /** Whether the view is hydrated in spite of it. */
  isHydrated: boolean;
}

const PLACES: Place[] = [
  { name: 'first in the body', selector: 'body > *', position: 'before', isHydrated: true },
  { name: 'first in the application', selector: '#app > *', position: 'before', isHydrated: false },
  { name: 'before the heading', selector: 'main h1', position: 'before', isHydrated: false },
  // Here the forms have been hydrated when it fails.
  { name: 'before the footer', selector: 'footer', position: 'before', isHydrated: false },
  { name: 'around the navigation', selector: 'header nav', position: 'around', isHydrated: false },
];

for (const place of PLACES) {
  test(`an element ${place.name} leaves signing in, refreshing and signing out`, async ({
    page,
    context,
    request,
    startServer,
  }) => {
    const server = await startServer(SHORT_LIVED);
    const email = newEmail();
    const form = { email, password: PASSWORD };
    await request.post(`${server.url}/api/accounts/auth/register/`, { form });
    const errors = await extend(page, place);

    await page.goto(`${server.url}/login?next=/account`);
    await expectHydrated(page, place, errors);
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.locator('main form').getByRole('button', { name: 'Sign in' }).click();
    await expect(page).toHaveURL(`${server.url}/account`);
    await expect(page.getByTestId('account-email')).toHaveText(email);

    const before = await tokens(context);
    expect(before.refresh).toBeTruthy();
    await expect.poll(() => succeeded(server, PATHS.refresh), { timeout: 25_000 }).toBe(1);
    const after = await tokens(context);
    expect(after.access).not.toBe(before.access);
    expect(after.refresh).not.toBe(before.refresh);

    await signOut(page);
    await expect(page).toHaveURL(`${server.url}/`);
    await expect(page.getByRole('link', { name: 'Sign in' }).first()).toBeVisible();
    expect(await context.cookies()).toEqual([]);
  });
}

test('links of a page that could not be hydrated load the next page', async ({ page, server }) => {
  const place = PLACES[1];
  const errors = await extend(page, place);
  await page.goto(`${server.url}/`);
  await expectHydrated(page, place, errors);
  await page.getByRole('link', { name: 'Create an account' }).click();
  await expect(page).toHaveURL(`${server.url}/register`);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Create an account');
});

/** Puts an element into every page once it is parsed, and holds the WASM back
 *  until it is there. Returns what the page's scripts throw. */
async function extend(page: Page, { selector, position }: Place): Promise<string[]> {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  await page.addInitScript(
    ({ selector, position }) => {
      document.addEventListener('DOMContentLoaded', () => {
        const found = document.querySelector(selector)!;
        const added = document.createElement('x-extension');
        added.textContent = 'from an extension';
        found.before(added);
        if (position === 'around') added.append(found);
      });
    },
    { selector, position },
  );
  await page.route('**/*.wasm', async (route) => {
    await page.locator('x-extension').waitFor({ state: 'attached' });
    await route.continue();
  });
  return errors;
}

/** Waits until the view has been hydrated, or could not be. */
async function expectHydrated(page: Page, place: Place, errors: string[]): Promise<void> {
  await expect(page.locator('x-extension')).toBeAttached();
  if (place.isHydrated) {
    await page.locator('[data-hydrated]').waitFor({ state: 'attached' });
    expect(errors).toEqual([]);
  } else {
    await expect.poll(() => errors.length).toBeGreaterThan(0);
    await expect(page.locator('[data-hydrated]')).toHaveCount(0);
  }
}
