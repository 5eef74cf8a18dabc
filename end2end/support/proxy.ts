// A proxy in front of the server, for what goes wrong on the way: it loses
// answers, gives none, or answers by itself.

import { type IncomingMessage, type Server, type ServerResponse, createServer, request } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** What happens to a request. */
export type Fate =
  | 'pass'
  /** The server answers, and the answer never arrives. */
  | 'lose the answer'
  /** Nothing is passed on, and nothing comes back. */
  | 'keep silent'
  /** The proxy answers itself, and the server sees nothing. */
  | { status: number; headers?: Record<string, string> };

export class Proxy {
  readonly url: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #fates = new Map<string, Fate[]>();
  #target: URL | undefined;
  /** Whether answers lose their cookies, as where a browser blocks them. */
  stripsCookies = false;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    server.on('request', (incoming, outgoing) => this.#handle(incoming, outgoing));
  }

  static start(): Promise<Proxy> {
    const server = createServer();
    return new Promise((fulfil, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () => fulfil(new Proxy(server)));
    });
  }

  /** Where requests go that pass. */
  forwardTo(url: string): void {
    this.#target = new URL(url);
  }

  /** What happens to the next requests of that path, in order; later ones pass. */
  next(path: string, ...fates: Fate[]): void {
    this.#fates.set(path, fates);
  }

  /** How many of the fates for that path have not been met yet. */
  left(path: string): number {
    return this.#fates.get(path)?.length ?? 0;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((fulfil) => this.#server.close(fulfil));
  }

  #handle(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const path = (incoming.url ?? '/').split('?')[0];
    const fate = this.#fates.get(path)?.shift() ?? 'pass';
    if (typeof fate === 'object') {
      incoming.resume();
      outgoing.writeHead(fate.status, fate.headers).end('not from the server');
    } else if (fate === 'keep silent') {
      incoming.resume();
    } else {
      this.#forward(incoming, outgoing, fate);
    }
  }

  #forward(incoming: IncomingMessage, outgoing: ServerResponse, fate: Fate): void {
    const { method, url, headers } = incoming;
    const { hostname, port } = this.#target!;
    const forwarded = request({ hostname, port, method, path: url, headers }, (answer) => {
      if (fate === 'lose the answer') {
        answer.resume();
        answer.once('end', () => outgoing.destroy());
        return;
      }
      const kept = { ...answer.headers };
      if (this.stripsCookies) delete kept['set-cookie'];
      outgoing.writeHead(answer.statusCode ?? 502, kept);
      answer.pipe(outgoing);
    });
    forwarded.once('error', () => outgoing.destroy());
    incoming.pipe(forwarded);
  }
}
