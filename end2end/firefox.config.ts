// Firefox: Playwright runs the tests, and does not drive the browser, for it
// cannot drive one that is not its own build.

import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: './firefox',
  workers: 1,
  retries: 0,
  forbidOnly: true,
  timeout: 120_000,
  reporter: [['list']],
});
