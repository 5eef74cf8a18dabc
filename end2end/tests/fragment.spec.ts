// The fragment of a protected page survives the sign-in. Browsers never send it to the server.

import { newEmail, register, signIn, signOut, untilHydrated } from '../support/account';
import { expect, test } from '../support/test';

test('the fragment survives the redirect of the server', async ({ page, server }) => {
  const email = await register(page, server.url);
  await signOut(page);
  await expect(page).toHaveURL(`${server.url}/`);
  for (const fragment of ['#devices', '#//evil.example']) {
    await page.goto(`${server.url}/account?tab=1${fragment}`);
    await expect(page).toHaveURL(`${server.url}/login?next=/account%3Ftab%3D1${fragment}`);
    await signIn(page, email);
    await expect(page).toHaveURL(`${server.url}/account?tab=1${fragment}`);
    await expect(page.getByTestId('account-email')).toHaveText(email);
    await signOut(page);
    await expect(page).toHaveURL(`${server.url}/`);
  }
});

test('the fragment survives the redirect in the browser and a registration', async ({
  page,
  context,
  server,
}) => {
  await register(page, server.url);
  await page.goto(`${server.url}/account#devices`);
  await untilHydrated(page);
  const other = await context.newPage();
  await other.goto(`${server.url}/account`);
  await untilHydrated(other);
  await signOut(other);
  const next = 'next=%2Faccount%23devices';
  await expect(page).toHaveURL(`${server.url}/login?${next}&reason=session_ended`);

  await page.getByRole('link', { name: 'Create an account' }).click();
  await expect(page).toHaveURL(`${server.url}/register?${next}`);
  await page.getByLabel('E-mail').fill(newEmail());
  await page.getByLabel('Password', { exact: true }).fill('correct horse battery staple');
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page).toHaveURL(`${server.url}/account#devices`);
  // The other tab notices the sign-in, and loads again. A page that is still loading when the
  // test ends can keep the browser from closing it.
  await expect(other.getByRole('button', { name: 'Sign out' })).toBeVisible();
  await untilHydrated(other);
});
