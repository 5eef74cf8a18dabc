import { defineConfig } from '@playwright/test';

const isRoot = process.getuid?.() === 0;

export default defineConfig({
  testDir: './tests',
  // Tests that wait for a token to expire mostly sleep, so two workers suit two cores.
  workers: 2,
  // A test that passes only on a retry has found a defect, so it must fail.
  retries: 0,
  forbidOnly: true,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env.PORTCULLIS_CHROMIUM,
      args: [
        // Chromium's sandbox does not work as root, the user in most containers.
        ...(isRoot ? ['--no-sandbox'] : []),
        // Chromium must send requests only to the server under test.
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
        '--disable-gpu',
      ],
    },
  },
});
