// Tokens do not appear where a script, a user or a log could contain them.

import { register, tokens, untilHydrated } from '../support/account';
import { expect, test } from '../support/test';

test('no token is in a body, page, address, storage or log', async ({ page, context, startServer }) => {
  const server = await startServer();
  const bodies: string[] = [];
  const addresses: string[] = [];
  page.on('response', async (response) => {
    addresses.push(response.url());
    bodies.push(await response.text().catch(() => ''));
  });

  await register(page, server.url);
  const first = await tokens(context);
  await context.clearCookies({ name: 'access_token' });
  await page.getByTestId('check-session').click();
  await expect(page.getByTestId('check-result')).toContainText('Signed in');
  await page.reload();
  await untilHydrated(page);
  const second = await tokens(context);

  const inPage = await page.evaluate(async () => ({
    cookies: document.cookie,
    html: document.documentElement.outerHTML,
    local: JSON.stringify(localStorage),
    session: JSON.stringify(sessionStorage),
    databases: (await indexedDB.databases()).length,
    caches: await caches.keys(),
  }));
  expect(inPage.cookies).toBe('');
  expect(inPage).toMatchObject({ local: '{}', session: '{}', databases: 0, caches: [] });

  const secrets = [first, second].flatMap(({ access, refresh }) => [access, refresh]);
  expect(secrets.filter(Boolean)).toHaveLength(4);
  const everything = [inPage.html, server.log(), ...bodies, ...addresses].join('\n');
  expect(bodies.length).toBeGreaterThan(5);
  for (const secret of secrets) {
    // The signature identifies a token, so it must not appear anywhere.
    expect(everything).not.toContain(secret!.split('.')[2]);
  }
  expect(everything).not.toContain('correct horse');
});

test('foreign scripts do not run, and each page has a new nonce', async ({ page, server }) => {
  const nonces = [];
  for (let load = 0; load < 2; load += 1) {
    const response = await page.goto(server.url);
    const policy = (await response?.headerValue('content-security-policy')) ?? '';
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1];
    expect(nonce).toBeTruthy();
    expect(policy).not.toContain('unsafe-inline');
    expect(await response?.text()).toContain(`nonce="${nonce}"`);
    nonces.push(nonce);
  }
  expect(nonces[0]).not.toBe(nonces[1]);

  const ran = await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'window.ran = true';
    document.body.append(script);
    return 'ran' in window;
  });
  expect(ran).toBe(false);
});
