// Browser extensions, translators and filters add elements to the page before it is
// hydrated. The session works even if the view then fails to hydrate.

import type { Page } from '@playwright/test';

import { PASSWORD, newEmail, signOut, tokens } from '../support/account';
import { PATHS, successCount } from '../support/requests';
import { type Settings, expect, test } from '../support/test';

const SHORT_LIVED: Settings = {
  PORTCULLIS_ACCESS_LIFETIME: '24s',
  PORTCULLIS_REPLAY_WINDOW: '6s',
};

/** The place of the added element: before the first match of the selector, or around it. */
interface Place {
  name: string;
  selector: string;
  position: 'before' | 'around';
  /** Whether the view is hydrated all the same. */
  isHydrated: boolean;
}

const PLACES: Place[] = [
  { name: 'first in the body', selector: 'body > *', position: 'before', isHydrated: true },
  { name: 'first in the application', selector: '#app > *', position: 'before', isHydrated: false },
  { name: 'before the heading', selector: 'main h1', position: 'before', isHydrated: false },
  // Here hydration fails after the forms have been hydrated.
  { name: 'before the footer', selector: 'footer', position: 'before', isHydrated: false },
  { name: 'around the navigation', selector: 'header nav', position: 'around', isHydrated: false },
];

// The WASM of the last page of a test may still wait for the element.
test.afterEach(({ page }) => page.unrouteAll({ behavior: 'ignoreErrors' }));

for (const place of PLACES) {
  test(`an element added ${place.name} does not break the session`, async ({
    page,
    context,
    request,
    startServer,
  }) => {
    const server = await startServer(SHORT_LIVED);
    const email = newEmail();
    const form = { email, password: PASSWORD };
    await request.post(`${server.url}/api/accounts/auth/register/`, { form });
    const errors = await addElement(page, place);

    await page.goto(`${server.url}/login?next=/account`);
    await expectHydrated(page, place, errors);
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.locator('main form').getByRole('button', { name: 'Sign in' }).click();
    await expect(page).toHaveURL(`${server.url}/account`);
    await expect(page.getByTestId('account-email')).toHaveText(email);

    const before = await tokens(context);
    expect(before.refresh).toBeTruthy();
    await expect.poll(() => successCount(server, PATHS.refresh), { timeout: 25_000 }).toBe(1);
    const after = await tokens(context);
    expect(after.access).not.toBe(before.access);
    expect(after.refresh).not.toBe(before.refresh);

    await signOut(page);
    await expect(page).toHaveURL(`${server.url}/`);
    await expect(page.getByRole('link', { name: 'Sign in' }).first()).toBeVisible();
    expect(await context.cookies()).toEqual([]);
  });
}

test('links of a page that failed to hydrate load the next page', async ({ page, server }) => {
  const place = PLACES[1];
  const errors = await addElement(page, place);
  await page.goto(`${server.url}/`);
  await expectHydrated(page, place, errors);
  await page.getByRole('link', { name: 'Create an account' }).click();
  await expect(page).toHaveURL(`${server.url}/register`);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Create an account');
});

/** Adds an element to every page once it is parsed, and delays the WASM until then.
 *  Returns the errors that the scripts of the page throw. */
async function addElement(page: Page, { selector, position }: Place): Promise<string[]> {
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

/** Waits until the view is hydrated, or has failed to hydrate. */
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
