// The `test` that specs import instead of Playwright's own.

import { test as base, type TestInfo } from '@playwright/test';

import { Proxy } from './proxy';
import { Server, type Settings } from './server';

export { expect } from '@playwright/test';
export { Server, type Settings } from './server';

interface TestFixtures {
  /** Starts a server with its own settings; it is stopped after the test. */
  startServer: (settings?: Settings) => Promise<Server>;
  /** Starts a server behind a proxy, which is its public origin. */
  startBehindProxy: (settings?: Settings) => Promise<{ server: Server; proxy: Proxy }>;
  defaultServerLog: void;
}

interface WorkerFixtures {
  /** The server that tests without special settings share. Its data is kept between
   *  tests: use e-mail addresses that no other test uses. */
  server: Server;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  server: [
    async ({}, use) => {
      const server = await Server.start();
      await use(server);
      await server.stop();
    },
    { scope: 'worker' },
  ],

  // `page.goto('/login')` and `request.get('/healthz')` go to the shared server.
  baseURL: async ({ server }, use) => use(server.url),

  startServer: async ({}, use, testInfo) => {
    const started: Server[] = [];
    await use(async (settings) => {
      const server = await Server.start(settings);
      started.push(server);
      return server;
    });
    for (const server of started) {
      await server.stop();
      await attachLog(testInfo, server.log());
    }
  },

  startBehindProxy: async ({ startServer }, use) => {
    const started: Proxy[] = [];
    await use(async (settings) => {
      const proxy = await Proxy.start();
      started.push(proxy);
      const server = await startServer({ PORTCULLIS_ORIGIN: proxy.url, ...settings });
      proxy.forwardTo(server.listens);
      return { server, proxy };
    });
    for (const proxy of started) await proxy.stop();
  },

  defaultServerLog: [
    async ({ server }, use, testInfo) => {
      const before = server.log().length;
      await use();
      await attachLog(testInfo, server.log().slice(before));
    },
    { auto: true },
  ],
});

/** Attaches the output of the server to a failed test. */
async function attachLog(testInfo: TestInfo, log: string): Promise<void> {
  if (testInfo.status === testInfo.expectedStatus || log === '') return;
  await testInfo.attach('server log', { body: log, contentType: 'text/plain' });
}
