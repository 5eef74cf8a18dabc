// Runs the example `examples/leptos` as a process with its own port and data folder.

import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { test as base } from '@playwright/test';

import { ServerProcess } from '../support/process';

export { expect } from '@playwright/test';

const START_TIMEOUT = 20_000;

/** The tests share one server: use e-mail addresses that no other test uses. */
export const test = base.extend<object, { url: string }>({
  url: [
    async ({}, use) => {
      const folder = await mkdtemp(join(tmpdir(), 'portcullis-example-'));
      const address = `127.0.0.1:${await freePort()}`;
      const server = start(folder, address);
      try {
        await untilItListens(server, `http://${address}`);
        await use(`http://${address}`);
      } finally {
        await server.stop();
        await rm(folder, { recursive: true, force: true });
      }
    },
    { scope: 'worker' },
  ],
  baseURL: async ({ url }, use) => use(url),
});

/** Starts the example. `cargo xtask test examples` sets the paths of the program and its site. */
function start(folder: string, address: string): ServerProcess {
  const { EXAMPLE_BIN, EXAMPLE_SITE_ROOT, ...all } = process.env;
  if (!EXAMPLE_BIN || !EXAMPLE_SITE_ROOT) throw new Error('run this with `cargo xtask test examples`');
  const env = Object.fromEntries(Object.entries(all).filter(([name]) => !name.startsWith('LEPTOS_')));
  // The example keeps its data in the folder where it runs.
  return new ServerProcess('env', ['-C', folder, EXAMPLE_BIN], {
    ...env,
    LEPTOS_SITE_ADDR: address,
    LEPTOS_SITE_ROOT: EXAMPLE_SITE_ROOT,
  });
}

async function untilItListens(server: ServerProcess, url: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT;
  while (!(await fetch(url).catch(() => undefined))?.ok) {
    if (server.ended || Date.now() > deadline) {
      throw new Error(`The example does not respond: ${server.ended ?? 'it is still running'}.\n${server.log}`);
    }
    await sleep(50);
  }
}

/** Returns a port that no program listens on now. */
function freePort(): Promise<number> {
  return new Promise((fulfil, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => fulfil(port));
    });
  });
}
