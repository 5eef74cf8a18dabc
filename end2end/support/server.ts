// A real server for a test, with its own port, data folder and settings.

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { ServerProcess } from './process';

/** Settings, keyed by their environment variables, such as
 *  `{ PORTCULLIS_ACCESS_LIFETIME: '10s' }`. */
export type Settings = Record<`PORTCULLIS_${string}`, string>;

const WORKSPACE = resolve(__dirname, '../..');
const BINARY = process.env.PORTCULLIS_BIN ?? join(WORKSPACE, 'target/debug/portcullis');
export const SITE = process.env.PORTCULLIS_SITE_ROOT ?? join(WORKSPACE, 'target/site');
const START_TIMEOUT = 20_000;

export class Server {
  /** The public origin, without a slash at the end. */
  readonly url: string;
  /** The address where the server listens, which may be behind a proxy. */
  readonly listens: string;
  readonly dataDir: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #process: ServerProcess;

  private constructor(url: string, dataDir: string, env: NodeJS.ProcessEnv) {
    this.url = url;
    this.dataDir = dataDir;
    this.listens = `http://${env.PORTCULLIS_LISTEN}`;
    this.#env = env;
    this.#process = new ServerProcess(BINARY, ['serve'], env);
  }

  /** Starts a server and waits until it is healthy. */
  static async start(settings: Settings = {}): Promise<Server> {
    const dataDir = await mkdtemp(join(tmpdir(), 'portcullis-e2e-'));
    const listen = `127.0.0.1:${await freePort()}`;
    const url = settings.PORTCULLIS_ORIGIN ?? `http://${listen}`;
    const env = environment({
      PORTCULLIS_ORIGIN: url,
      PORTCULLIS_LISTEN: listen,
      PORTCULLIS_DATA_DIR: dataDir,
      PORTCULLIS_SITE_ROOT: SITE,
      ...settings,
    });
    const server = new Server(url, dataDir, env);
    try {
      await server.#untilHealthy(`${server.listens}/healthz`);
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  /** Returns the output of the server to stdout and stderr. */
  log(): string {
    return this.#process.log;
  }

  /** Runs `portcullis <args>` with the settings and data of this server and returns its
   *  stdout. Throws an error with its stderr if it fails. `input`, such as a password, is
   *  written to its stdin. */
  run(args: string[], input = ''): Promise<string> {
    return new Promise((fulfil, reject) => {
      const child = execFile(BINARY, args, { env: this.#env }, (error, stdout, stderr) => {
        if (error) reject(new Error(`portcullis ${args.join(' ')}: ${error.message}\n${stderr}`));
        else fulfil(stdout);
      });
      // A command that does not read its stdin may already have ended.
      child.stdin?.on('error', () => {});
      child.stdin?.end(input);
    });
  }

  /** Ends the server and removes its data. */
  async stop(): Promise<void> {
    await this.#process.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  async #untilHealthy(url: string): Promise<void> {
    const deadline = Date.now() + START_TIMEOUT;
    for (;;) {
      if (this.#process.ended) await this.#fail(this.#process.ended);
      const response = await fetch(url).catch(() => undefined);
      if (response?.status === 200) return;
      if (Date.now() > deadline) await this.#fail(`${url} did not respond with 200 within 20 s`);
      await sleep(50);
    }
  }

  async #fail(reason: string): Promise<never> {
    await this.#process.stop();
    throw new Error(`The server did not start: ${reason}.\n${BINARY} wrote:\n${this.log()}`);
  }
}

/** Returns the environment of this process with the given settings. Settings from the
 *  developer's shell are left out, because they would leak into the test. */
function environment(settings: Settings): NodeJS.ProcessEnv {
  const foreign = /^(PORTCULLIS|LEPTOS)_/;
  const kept = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return { ...Object.fromEntries(kept), ...settings };
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
