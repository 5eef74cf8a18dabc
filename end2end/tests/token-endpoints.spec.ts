// The routes for clients that are not browsers give nothing to a script, in whatever way it
// sends the request.

import { PASSWORD } from '../support/account';
import { expect, test } from '../support/test';

const EMAIL = 'program@example.org';
const PATHS = ['', 'refresh/', 'verify/', 'blacklist/'].map((name) => `/api/token/${name}`);

test('a script gets no token for clients that are not browsers', async ({
  page,
  request,
  startServer,
}) => {
  const server = await startServer({ PORTCULLIS_TOKEN_ENDPOINTS: 'true' });
  await server.run(['user', 'create', EMAIL], PASSWORD);
  // The same request of a program, with its tokens.
  const signedIn = await request.post(`${server.url}/api/token/`, {
    data: { email: EMAIL, password: PASSWORD },
  });
  expect(signedIn.status()).toBe(200);
  const { access, refresh } = (await signedIn.json()) as { access: string; refresh: string };
  const fields = { email: EMAIL, password: PASSWORD, token: access, refresh };

  await page.goto(`${server.url}/login`);
  for (const path of PATHS) {
    const responses = await page.evaluate(
      async ([path, fields]) => {
        const json = { 'content-type': 'application/json' };
        const body = JSON.stringify(fields);
        const form = new URLSearchParams(fields);
        const read = async (init: RequestInit) => {
          const response = await fetch(path, { method: 'POST', ...init });
          return [response.status, await response.text()] as const;
        };
        const sent = (method: (request: XMLHttpRequest) => void) =>
          new Promise<readonly [number, string]>((fulfil) => {
            const request = new XMLHttpRequest();
            request.open('POST', path);
            method(request);
            request.onloadend = () => fulfil([request.status, request.responseText]);
            request.send(form);
          });
        return [
          await read({ body, headers: json }),
          await read({ body: form, credentials: 'omit' }),
          await read({ body: form, credentials: 'omit', referrerPolicy: 'no-referrer' }),
          await read({ body: form, mode: 'no-cors', credentials: 'omit' }),
          await read({ body: form, mode: 'same-origin', keepalive: true }),
          // A browser ignores the names that it sets itself.
          await read({ body, headers: { ...json, origin: '', 'sec-fetch-site': 'none' } }),
          await sent(() => {}),
          await sent((request) => request.setRequestHeader('sec-fetch-mode', '')),
        ];
      },
      [path, fields] as const,
    );
    expect(responses).toHaveLength(8);
    for (const [status, text] of responses) {
      expect([status, JSON.parse(text)]).toMatchObject([403, { code: 'browser_request' }]);
      expect(text).not.toContain('eyJ');
    }
  }
});

test('a form in another window gets no token for clients that are not browsers', async ({
  page,
  startServer,
}) => {
  const server = await startServer({ PORTCULLIS_TOKEN_ENDPOINTS: 'true' });
  await server.run(['user', 'create', EMAIL], PASSWORD);
  await page.goto(`${server.url}/login`);
  const opened = page.waitForEvent('popup');
  await page.evaluate(
    (fields) => {
      const form = document.createElement('form');
      Object.assign(form, { method: 'post', action: '/api/token/', target: 'another' });
      for (const [name, value] of Object.entries(fields)) {
        const input = document.createElement('input');
        Object.assign(input, { name, value });
        form.append(input);
      }
      document.body.append(form);
      form.submit();
    },
    { email: EMAIL, password: PASSWORD },
  );
  const popup = await opened;
  await popup.waitForURL('**/api/token/');
  // A script of the same origin could read what is shown there.
  await expect(popup.locator('body')).toContainText('browser_request');
  await expect(popup.locator('body')).not.toContainText('eyJ');
});
