import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import type { ServerTls } from './server-tls';

/** What a path answers. */
export interface Answer {
  readonly status: number;
  /** @default text/plain */
  readonly contentType?: string;
  /** Name under which a browser saves it. */
  readonly fileName?: string;
  readonly body: string | Readable;
}

/** Answers a GET of one path. */
export type Route = (query: URLSearchParams, gone: AbortSignal) => Answer | Promise<Answer>;

export interface HttpServerOptions {
  /** What is served, for messages: `metrics`. */
  readonly name: string;
  /** `host:port`; without a host all addresses of the machine. */
  readonly address: string;
  readonly routes: Readonly<Record<string, Route>>;
  /**
   * Serves by HTTPS.
   *
   * @default - plain HTTP
   */
  readonly tls?: ServerTls;
}

/** A small server of a few paths that are only read. */
export class HttpServer {
  private server?: Server | SecureServer;
  private readonly ended = new AbortController();

  constructor(private readonly options: HttpServerOptions) {}

  /** Rejects with a message that says what a person has to mend. */
  public async start(): Promise<void> {
    const { name, address } = this.options;
    try {
      this.server = await this.listen(partsOf(address));
    } catch (error) {
      throw new Error(`cannot serve ${name} on ${address}: ${error instanceof Error ? error.message : String(error)}`);
    }
    // A connection that cannot be accepted, as when all file descriptors are in use, is no reason to end the process.
    this.server.on('error', () => undefined);
  }

  /** Ends it, and every connection. */
  public async stop(): Promise<void> {
    const { server } = this;
    this.ended.abort();
    this.options.tls?.stop();
    if (!server) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  /** The port that it listens on. Throws before it has started. */
  public get port(): number {
    // A server that listens on TCP has such an address.
    const address = this.server?.address() as AddressInfo | null | undefined;
    if (!address) throw new Error(`the server of ${this.options.name} does not listen`);
    return address.port;
  }

  private async listen({ host, port }: { readonly host: string; readonly port: number }): Promise<Server | SecureServer> {
    const { tls } = this.options;
    const respond = (request: IncomingMessage, response: ServerResponse): void => void this.respond(request, response);
    const secure = tls && createSecureServer(await tls.settings(), respond);
    if (secure) tls.onRenewal((settings) => secure.setSecureContext(settings));
    const server = secure ?? createServer(respond);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port, ...(host && { host }) }, resolve);
    });
    return server;
  }

  private async respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://server');
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    try {
      const answer = await this.answer(request.method ?? '', pathname, (route) => route(searchParams, AbortSignal.any([gone.signal, this.ended.signal])));
      const { status, body, fileName, contentType = 'text/plain; charset=utf-8' } = answer;
      const saved = fileName === undefined ? {} : { 'content-disposition': `attachment; filename="${fileName}"` };
      response.writeHead(status, { 'content-type': contentType, 'x-content-type-options': 'nosniff', 'cache-control': 'no-store', ...saved });
      if (request.method === 'HEAD' || typeof body === 'string') response.end(request.method === 'HEAD' ? undefined : body);
      else await pipeline(body, response);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' }).end(`${error instanceof Error ? error.message : String(error)}\n`);
    }
  }

  private async answer(method: string, path: string, ask: (route: Route) => Answer | Promise<Answer>): Promise<Answer> {
    const { routes } = this.options;
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (!route) return { status: 404, body: `there is nothing at ${path}; there are ${Object.keys(routes).join(', ')}\n` };
    return method === 'GET' || method === 'HEAD' ? ask(route) : { status: 405, body: 'only GET\n' };
  }
}

/** `[::1]:80` is the host `::1` and the port 80; the form of the flag has been checked. */
function partsOf(address: string): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(address.slice(colon + 1)) };
}
