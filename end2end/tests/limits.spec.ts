// What a user sees of the limits on attempts, and of a registration that an operator closed.

import { newEmail, signIn, untilHydrated } from '../support/account';
import { expect, test } from '../support/test';

const LIMIT = { PORTCULLIS_ACCOUNT_LIMIT: '2 then 1 per 5m' } as const;
const MESSAGE = 'Too many attempts. Please try again in 5 minutes.';

for (const javaScriptEnabled of [true, false]) {
  const scripts = javaScriptEnabled ? 'with JavaScript' : 'without JavaScript';

  test(`the sign-in page says how long to wait, ${scripts}`, async ({ browser, startServer }) => {
    const server = await startServer(LIMIT);
    const page = await browser.newPage({ javaScriptEnabled });
    const email = newEmail();
    const error = page.getByTestId('form-error');
    const wrong = 'The e-mail address or password is incorrect.';
    for (const message of [wrong, wrong, MESSAGE]) {
      // A new page, so that the message is not that of the attempt before.
      await page.goto(`${server.url}/login`);
      await signIn(page, email, 'not the right password');
      await expect(error).toHaveText(message);
    }
    await page.close();
  });

  test(`a closed registration is not linked, ${scripts}`, async ({ browser, startServer }) => {
    const server = await startServer({ PORTCULLIS_REGISTRATION: 'closed' });
    const page = await browser.newPage({ javaScriptEnabled });
    const links = page.getByRole('link', { name: /register|create an account/i });
    for (const path of ['/', '/login']) {
      await page.goto(server.url + path);
      await untilHydrated(page);
      await expect(page.getByRole('link', { name: 'Sign in' }).first()).toBeVisible();
      await expect(links).toHaveCount(0);
    }
    await page.goto(`${server.url}/register`);
    await untilHydrated(page);
    await expect(page.getByTestId('registration-closed')).toBeVisible();
    await expect(page.getByTestId('registration-closed')).toContainText('Registration is closed.');
    await expect(page.getByRole('button', { name: 'Create account' })).toHaveCount(0);
    await page.close();
  });
}

test('the page says why a password is rejected', async ({ page, server }) => {
  await page.goto(`${server.url}/register`);
  await untilHydrated(page);
  await page.getByLabel('E-mail').fill('grace.hopper@example.org');
  for (const [password, problem] of [
    ['password1234567', 'This password is easy to guess.'],
    ['grace.hopper1906', 'Do not make the password from your name'],
  ] as const) {
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByRole('button', { name: 'Create account' }).click();
    await expect(page.locator('#field-password-problem')).toContainText(problem);
  }
});
