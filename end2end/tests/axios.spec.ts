// A common browser client: axios with credentials, and an interceptor that refreshes once
// and retries.

import { resolve } from 'node:path';

import type { AxiosError, AxiosInstance, AxiosStatic, InternalAxiosRequestConfig } from 'axios';

import { newEmail, PASSWORD, tokens } from '../support/account';
import { PATHS, requestCount } from '../support/requests';
import { expect, test } from '../support/test';

// The test adds axios to a page whose Content-Security-Policy does not allow it.
test.use({ bypassCSP: true });

const AXIOS = resolve(__dirname, '../node_modules/axios/dist/axios.min.js');

declare global {
  interface Window {
    axios: AxiosStatic;
    client: AxiosInstance;
  }
}

/** Creates the client. Runs in the page. */
function makeClient(): void {
  const client = window.axios.create({ baseURL: '/api/accounts/', withCredentials: true });
  client.interceptors.response.use(
    (response) => response,
    async (error: AxiosError) => {
      const request = error.config as InternalAxiosRequestConfig & { _retry?: boolean };
      if (error.response?.status === 401 && !request._retry) {
        request._retry = true;
        try {
          await window.axios.post('/api/accounts/auth/token/refresh/', {}, { withCredentials: true });
          return await client(request);
        } catch {
          window.location.href = '/login/';
        }
      }
      return Promise.reject(error);
    },
  );
  window.client = client;
}

test('axios with a refreshing interceptor works unchanged', async ({ page, context, startServer }) => {
  const server = await startServer();
  await page.goto(server.url);
  await page.addScriptTag({ path: AXIOS });
  await page.evaluate(makeClient);
  const email = newEmail();

  const registered = await page.evaluate(
    ([email, password]) =>
      window.client
        .post('auth/register/', new URLSearchParams({ email, password }))
        .then(({ status, data }) => ({ status, data })),
    [email, PASSWORD] as const,
  );
  expect(registered.status).toBe(200);
  expect(registered.data).toMatchObject({ account: { email }, expires_in: 1500 });

  // The access token has expired: the browser has deleted its cookie.
  await context.clearCookies({ name: 'access_token' });
  const session = await page.evaluate(() =>
    window.client.get('auth/session/').then(({ status, data }) => ({ status, data })),
  );
  expect(session).toMatchObject({ status: 200, data: { account: { email } } });
  expect(requestCount(server, PATHS.refresh)).toBe(1);
  expect(requestCount(server, PATHS.session)).toBe(2);

  const refreshed = await page.evaluate(() =>
    window.axios.post('/api/accounts/auth/token/refresh/').then(({ data }) => data),
  );
  expect(refreshed).toMatchObject({ detail: 'Token refreshed successfully', expires_in: 1500 });

  const json = await page.evaluate(
    ([email, password]) =>
      window.client.post('auth/login/', { email, password }).then(({ data }) => data),
    [email, PASSWORD] as const,
  );
  expect(json).toMatchObject({ account: { email } });

  await page.evaluate(() => window.client.post('auth/logout/'));
  expect(await tokens(context)).toEqual({ access: undefined, refresh: undefined });
  await page.evaluate(() => void window.client.get('auth/session/').catch(() => {}));
  await expect(page).toHaveURL(`${server.url}/login`);
  await expect(page.getByLabel('E-mail')).toBeVisible();
});
