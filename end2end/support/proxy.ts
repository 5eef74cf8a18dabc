// A proxy in front of the server that simulates network faults: it loses responses,
// does not respond, or sends responses of its own.

import { type IncomingMessage, type Server, type ServerResponse, createServer, request } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** What happens to a request. */
export type Fate =
  | 'pass'
  /** The server handles the request, and its response never arrives. */
  | 'lose the response'
  /** The request is not forwarded, and there is no response. */
  | 'do not respond'
  /** The proxy responds itself, and the request is not forwarded. */
  | { status: number; headers?: Record<string, string> };

export class Proxy {
  readonly url: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #fates = new Map<string, Fate[]>();
  #target: URL | undefined;
  /** Whether the proxy removes cookies from responses, as if the browser blocked them. */
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

  /** Sets the server to which requests are forwarded. */
  forwardTo(url: string): void {
    this.#target = new URL(url);
  }

  /** Sets what happens to the next requests of a path, in order; later requests pass. */
  next(path: string, ...fates: Fate[]): void {
    this.#fates.set(path, fates);
  }

  /** Returns how many of the fates that were set for a path are still to come. */
  remaining(path: string): number {
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
    } else if (fate === 'do not respond') {
      incoming.resume();
    } else {
      this.#forward(incoming, outgoing, fate);
    }
  }

  #forward(incoming: IncomingMessage, outgoing: ServerResponse, fate: Fate): void {
    const { method, url, headers } = incoming;
    const { hostname, port } = this.#target!;
    const forwarded = request({ hostname, port, method, path: url, headers }, (response) => {
      if (fate === 'lose the response') {
        response.resume();
        response.once('end', () => outgoing.destroy());
        return;
      }
      const kept = { ...response.headers };
      if (this.stripsCookies) delete kept['set-cookie'];
      outgoing.writeHead(response.statusCode ?? 502, kept);
      response.pipe(outgoing);
    });
    forwarded.once('error', () => outgoing.destroy());
    incoming.pipe(forwarded);
  }
}
