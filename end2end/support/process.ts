// A server process: starts it, records its output and ends it.

import { type ChildProcess, spawn } from 'node:child_process';

const STOP_TIMEOUT = 5_000;

/** A running program, with its output. */
export class ServerProcess {
  readonly #child: ChildProcess;
  #log = '';
  #failure: Error | undefined;
  readonly #ended: Promise<unknown>;
  // The server must not outlive this worker, however the worker ends.
  readonly #atExit = () => this.#child.kill('SIGKILL');

  constructor(binary: string, args: string[], env: NodeJS.ProcessEnv) {
    this.#child = spawn(binary, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8');
      stream?.on('data', (text: string) => (this.#log += text));
    }
    this.#child.on('error', (error) => (this.#failure = error));
    this.#ended = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.once('error', () => process.off('exit', this.#atExit));
    process.once('exit', this.#atExit);
  }

  /** The output to stdout and stderr so far, in the order of arrival. */
  get log(): string {
    return this.#log;
  }

  /** The reason why the process has ended; undefined while it is running. */
  get ended(): string | undefined {
    if (this.#failure) return `it could not be started: ${this.#failure.message}`;
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null) return `it ended with exit code ${exitCode}`;
    if (signalCode !== null) return `it was ended by ${signalCode}`;
    return undefined;
  }

  /** Sends SIGTERM, and SIGKILL after five seconds. */
  async stop(): Promise<void> {
    if (!this.ended) {
      this.#child.kill('SIGTERM');
      const kill = setTimeout(() => this.#child.kill('SIGKILL'), STOP_TIMEOUT);
      await this.#ended;
      clearTimeout(kill);
    }
    process.off('exit', this.#atExit);
  }
}
