import type { Dispatcher } from 'undici';

import { systemClock, type Clock } from './clock';
import type { Connection, Credentials } from './connection';
import { HttpExchange } from './http-exchange';
import { HttpWatch } from './http-watch';
import { pathOf, watchPathOf } from './paths';
import { SOCKET_COUNTS, Sockets, type SocketCounts } from './sockets';
import type { ApiRequest, Reply, SendOptions, Transport, WatchRequest, WatchSink } from './transport';

/** One HTTP request that is over, as `rest_client_requests_total` counts it. */
export interface HttpRequestSeen {
  readonly method: string;
  /** The status, or `<error>` when there was no answer. */
  readonly code: string;
  readonly host: string;
}

export interface HttpTransportOptions {
  /** Goes into `User-Agent: <program>/<version>`. */
  readonly version: string;
  /**
   * Name of the program that asks.
   *
   * @default agent-sandbox-controller
   */
  readonly program?: string;
  /**
   * Called for each HTTP request, repeated ones and watches included.
   *
   * @default - nobody counts
   */
  readonly seen?: (request: HttpRequestSeen) => void;
  /**
   * How many sockets each class may open.
   *
   * @default - SOCKET_COUNTS
   */
  readonly sockets?: SocketCounts;
  /**
   * Where the time comes from.
   *
   * @default - the machine's clock
   */
  readonly clock?: Clock;
}

const METHODS = { get: 'GET', list: 'GET', create: 'POST', patch: 'PATCH', delete: 'DELETE' } as const;

/** The transport that speaks HTTP/1.1 to a real API server. */
export class HttpTransport implements Transport {
  private readonly sockets: Sockets;
  private readonly clock: Clock;
  private readonly basePath: string;

  constructor(
    private readonly connection: Connection,
    private readonly options: HttpTransportOptions,
  ) {
    this.clock = options.clock ?? systemClock;
    this.sockets = new Sockets(connection.server.origin, options.sockets ?? SOCKET_COUNTS);
    this.basePath = connection.server.pathname.replace(/\/$/, '');
  }

  public send(request: ApiRequest, options: SendOptions): Promise<Reply> {
    return this.ask((credentials) => this.httpOf(request, credentials), options);
  }

  /** Reads what is no resource: `/version`. */
  public read(path: string, options: SendOptions): Promise<Reply> {
    return this.ask((credentials) => this.http('GET', path, credentials), options);
  }

  private async ask(httpOf: HttpOf, options: SendOptions): Promise<Reply> {
    const endMs = this.clock.monotonicMs() + options.deadlineMs;
    const first = await this.attempt(httpOf, options, this.connection.credentials());
    // 401 is an answer before anything was carried out; with newer credentials the same request may be sent once more.
    if (!first.credentials || !first.reply.answered || first.reply.status !== 401) return first.reply;
    const left = { ...options, deadlineMs: endMs - this.clock.monotonicMs() };
    const second = await this.attempt(httpOf, left, this.renewed(first.credentials));
    return second.credentials ? second.reply : first.reply;
  }

  public watch(request: WatchRequest, sink: WatchSink): () => void {
    let used: Credentials | undefined;
    const watch = new HttpWatch(sink, (status) => {
      this.count('GET', status);
      // Whoever watches tries again and then finds what this has read.
      if (status === 401 && used) void this.connection.renew(used).catch(() => undefined);
    });
    this.connection.credentials().then(
      (credentials) => {
        used = credentials;
        this.sockets.of('watch', credentials.tls).dispatch(this.http('GET', watchPathOf(request), credentials), watch);
      },
      (error: unknown) => watch.end(undefined, noCredentials(error)),
    );
    return () => watch.stop();
  }

  /** Breaks off everything that is on its way and closes the sockets. */
  public close(): Promise<void> {
    return this.sockets.destroy();
  }

  private async attempt(httpOf: HttpOf, options: SendOptions, wanted: Promise<Credentials | undefined>): Promise<Attempt> {
    const exchange = new HttpExchange(this.clock, options);
    let used: { readonly credentials: Credentials; readonly method: string } | undefined;
    wanted.then(
      (credentials) => {
        if (!credentials) return exchange.giveUp('nothing newer to send');
        const http = httpOf(credentials);
        used = { credentials, method: http.method };
        this.sockets.of(options.traffic, credentials.tls).dispatch(http, exchange);
      },
      (error: unknown) => exchange.giveUp(noCredentials(error)),
    );
    const reply = await exchange.reply;
    if (used) this.count(used.method, reply.answered ? reply.status : undefined);
    if (exchange.wasSilent) this.sockets.retire(options.traffic);
    return { reply, credentials: used?.credentials };
  }

  /** Credentials other than the refused ones, if there are any. */
  private async renewed(refused: Credentials): Promise<Credentials | undefined> {
    const credentials = await this.connection.renew(refused);
    return credentials === refused ? undefined : credentials;
  }

  private httpOf(request: ApiRequest, credentials: Credentials): Dispatcher.DispatchOptions {
    const http = this.http(METHODS[request.verb], pathOf(request), credentials);
    if (request.body === undefined) return http;
    const contentType = request.verb === 'patch' ? 'application/merge-patch+json' : 'application/json';
    return { ...http, body: JSON.stringify(request.body), headers: { ...http.headers, 'content-type': contentType } };
  }

  private http(method: string, path: string, { headers }: Credentials): Dispatcher.DispatchOptions & { readonly headers: Record<string, string> } {
    const { program = 'agent-sandbox-controller', version } = this.options;
    const userAgent = `${program}/${version}`;
    return { method, path: this.basePath + path, headers: { accept: 'application/json', 'user-agent': userAgent, ...headers } };
  }

  private count(method: string, status: number | undefined): void {
    this.options.seen?.({ method, code: status === undefined ? '<error>' : String(status), host: this.connection.server.host });
  }
}

/** The HTTP request that these credentials make. */
type HttpOf = (credentials: Credentials) => Dispatcher.DispatchOptions;

interface Attempt {
  readonly reply: Reply;
  /** What was sent with it; absent if it was not sent. */
  readonly credentials?: Credentials;
}

const noCredentials = (error: unknown): string => `no credentials: ${error instanceof Error ? error.message : String(error)}`;
