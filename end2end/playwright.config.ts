import { defineConfig } from '@playwright/test';

const isRoot = process.getuid?.() === 0;

export default defineConfig({
  testDir: './tests',
  // Tests that wait for short lifetimes mostly sleep, so two share two cores well.
  workers: 2,
  // A test that passes the second time has found something: it must fail.
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
        // Chromium's sandbox does not run as root, as in most containers.
        ...(isRoot ? ['--no-sandbox'] : []),
        // Nothing but the server under test is ever to be asked for anything.
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
        '--disable-gpu',
      ],
    },
  },
});
