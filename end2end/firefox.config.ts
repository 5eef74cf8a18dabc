// Tests in Firefox. Playwright runs the tests but does not drive the browser, because it
// can only drive its own builds of Firefox.

import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: './firefox',
  workers: 1,
  retries: 0,
  forbidOnly: true,
  timeout: 120_000,
  reporter: [['list']],
});
