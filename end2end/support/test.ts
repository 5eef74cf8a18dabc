// What a spec imports instead of Playwright's own `test`.

import { test as base, type TestInfo } from '@playwright/test';

import { Server, type Settings } from './server';

export { expect } from '@playwright/test';
export { Server, type Settings } from './server';

interface TestFixtures {
  /** Starts a server with settings of its own; it ends with the test. */
  startServer: (settings?: Settings) => Promise<Server>;
  defaultServerLog: void;
}

interface WorkerFixtures {
  /** The server that tests without special settings share. Its data stays from
   *  test to test: use names of your own. */
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

  defaultServerLog: [
    async ({ server }, use, testInfo) => {
      const before = server.log().length;
      await use();
      await attachLog(testInfo, server.log().slice(before));
    },
    { auto: true },
  ],
});

/** A failed test shows what the server wrote meanwhile. */
async function attachLog(testInfo: TestInfo, log: string): Promise<void> {
  if (testInfo.status === testInfo.expectedStatus || log === '') return;
  await testInfo.attach('server log', { body: log, contentType: 'text/plain' });
}
