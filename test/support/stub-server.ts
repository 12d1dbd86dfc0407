import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, type Socket } from 'node:net';

import type { Connection, Credentials } from '../../src/runtime/connection';

/** One request as the server got it. */
export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Answer = (response: ServerResponse, received: Received) => void;

/** An HTTP server on loopback that answers as the test says, and says which requests and connections it got. */
export class StubServer {
  public readonly received: Received[] = [];
  /** Connections that were ever opened. */
  public connections = 0;
  public answer: Answer = (response) => json(response, 200, {});
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {
    server.on('connection', (socket) => {
      this.connections++;
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        const received = { method, url, headers, body: Buffer.concat(chunks).toString('utf8') };
        this.received.push(received);
        this.answer(response, received);
      });
    });
  }

  public static async start(): Promise<StubServer> {
    const server = createServer();
    const stub = new StubServer(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return stub;
  }

  public get url(): URL {
    // A server that listens on TCP has such an address.
    return new URL(`http://127.0.0.1:${(this.server.address() as AddressInfo).port}`);
  }

  /** Connections that are open now. */
  public get open(): number {
    return this.sockets.size;
  }

  public async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** Answers with JSON. */
export function json(response: ServerResponse, status: number, body: object, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** A connection whose credentials are what `current` answers. */
export function connectionTo(server: URL, current: () => Credentials = () => NOBODY): Connection {
  return { server, credentials: () => Promise.resolve(current()), renew: () => Promise.resolve(current()) };
}

const NOBODY: Credentials = { headers: {}, tls: {} };
