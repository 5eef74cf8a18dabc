// The server's process: started, watched and ended by its own pid.

import { type ChildProcess, spawn } from 'node:child_process';

const STOP_PATIENCE = 5_000;

/** A running program, with all that it has written. */
export class ServerProcess {
  readonly #child: ChildProcess;
  #log = '';
  #failure: Error | undefined;
  readonly #ended: Promise<unknown>;
  // Whatever ends this worker must not leave the server behind.
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

  /** Everything written to stdout and stderr so far, in the order of arrival. */
  get log(): string {
    return this.#log;
  }

  /** Why it runs no longer, or undefined while it does. */
  get ended(): string | undefined {
    if (this.#failure) return `it could not be started: ${this.#failure.message}`;
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null) return `it ended with exit code ${exitCode}`;
    if (signalCode !== null) return `it was ended by ${signalCode}`;
    return undefined;
  }

  /** Asks it to end, and insists after five seconds. */
  async stop(): Promise<void> {
    if (!this.ended) {
      this.#child.kill('SIGTERM');
      const insist = setTimeout(() => this.#child.kill('SIGKILL'), STOP_PATIENCE);
      await this.#ended;
      clearTimeout(insist);
    }
    process.off('exit', this.#atExit);
  }
}
