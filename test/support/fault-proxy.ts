import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

import { LineSplitter } from '../../src/runtime/lines';

/** Verbs of the API; a watch is none of a list. */
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'patch' | 'delete';

/** Which requests; what is left out means any. */
export interface Match {
  readonly verb?: Verb;
  /** Plural, with the subresource: `sandboxes/status`. */
  readonly resource?: string;
  /** Name of the object; of a create the name in its body. */
  readonly name?: string;
}

/** A request as it came. */
export interface Arrived extends Required<Match> {
  readonly body: string;
}

/** What becomes of a request instead of being passed on. */
export type Fault =
  /** The server never hears of it. */
  | { readonly do: 'answer'; readonly status: number; readonly message?: string; readonly headers?: Readonly<Record<string, string>> }
  /** The request, or the answer to what the server has carried out, waits until the promise resolves. */
  | { readonly do: 'hold'; readonly what: 'request' | 'answer'; readonly until: Promise<unknown> }
  /** The request, or the answer to what the server has carried out, is lost: the connection breaks, or nothing comes any more. */
  | { readonly do: 'lose'; readonly what: 'request' | 'answer'; readonly how: 'break' | 'silence' };

/** A fault that waits for its requests. */
export interface Injected {
  /** How many requests it has hit. */
  readonly hits: number;
  /** Resolves with the first of them; of a lost or held answer when the server has carried it out. */
  readonly first: Promise<Arrived>;
  /** Takes it away. */
  remove(): void;
}

interface Injection extends Injected {
  hits: number;
  left: number;
  readonly match: Match;
  readonly fault: Fault;
  readonly hit: (request: Arrived) => void;
}

/** A request that is to meet a fault. */
interface Meeting {
  readonly fault: Fault;
  /** It has met it. */
  readonly meet: () => void;
}

/** Where the requests go on to. */
export interface Upstream {
  readonly url: string;
  readonly ca: string;
}

/** Stands between a client and an API server, and lets happen to requests and watches whatever can happen to them on the way. */
export class FaultProxy {
  /** Every request, in the order in which they came. */
  public readonly arrived: Arrived[] = [];
  private readonly injections = new Set<Injection>();
  private readonly pipes = new Set<WatchPipe>();
  private readonly sockets = new Set<Socket>();
  private readonly agent = new Agent({ keepAlive: true });

  private constructor(
    private readonly server: Server,
    private readonly upstream: Upstream,
  ) {
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
    server.on('request', (request, response) => void this.handle(request, response));
  }

  public static async start(upstream: Upstream): Promise<FaultProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new FaultProxy(server, upstream);
  }

  public get url(): URL {
    // A server that listens on TCP has such an address.
    return new URL(`http://127.0.0.1:${(this.server.address() as AddressInfo).port}`);
  }

  /** The next `times` requests that match meet the fault; without a number all of them. Of several faults the first injected counts. */
  public inject(match: Match, fault: Fault, times = Infinity): Injected {
    let hit: Injection['hit'] = () => undefined;
    const first = new Promise<Arrived>((resolve) => (hit = resolve));
    const injection: Injection = { hits: 0, left: times, match, fault, first, hit, remove: () => this.injections.delete(injection) };
    this.injections.add(injection);
    return injection;
  }

  /** The watches of a resource that are open now. */
  public watches(resource: string): readonly WatchPipe[] {
    return [...this.pipes].filter((pipe) => pipe.resource === resource);
  }

  public async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.agent.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await textOf(request);
    const arrived = arrivedOf(request, body);
    this.arrived.push(arrived);
    const meeting = this.take(arrived);
    if (meeting && (await isOver(meeting, 'request', response))) return;
    if (arrived.verb === 'watch') return this.watch(arrived.resource, request, response);
    const answer = await this.forward(request, body).catch(() => undefined);
    if (meeting && (await isOver(meeting, 'answer', response))) return;
    if (answer) response.writeHead(answer.status, answer.headers).end(answer.body);
    else response.destroy();
  }

  private take(arrived: Arrived): Meeting | undefined {
    const injection = [...this.injections].find(({ left, match }) => left > 0 && matches(match, arrived));
    if (!injection) return undefined;
    injection.left--;
    const meet = (): void => {
      injection.hits++;
      injection.hit(arrived);
    };
    return { fault: injection.fault, meet };
  }

  private forward(request: IncomingMessage, body: string): Promise<{ readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string }> {
    return new Promise((resolve, reject) => {
      const sent = this.send(request, (answer) => {
        textOf(answer).then((text) => resolve({ status: answer.statusCode ?? 0, headers: passed(answer.headers), body: text }), reject);
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  private watch(resource: string, request: IncomingMessage, response: ServerResponse): void {
    const sent = this.send(request, (answer) => {
      response.writeHead(answer.statusCode ?? 0, passed(answer.headers));
      response.flushHeaders();
      const pipe = new WatchPipe(resource, response);
      this.pipes.add(pipe);
      const lines = new LineSplitter((line) => pipe.deliver(line));
      answer.on('data', (chunk: Buffer) => lines.push(chunk));
      answer.on('end', () => pipe.end());
      answer.on('error', () => pipe.break());
      response.on('close', () => {
        this.pipes.delete(pipe);
        sent.destroy();
      });
    });
    sent.on('error', () => response.destroy());
    sent.end();
  }

  private send(request: IncomingMessage, answered: (answer: IncomingMessage) => void) {
    const { url, ca } = this.upstream;
    return httpsRequest(`${url}${request.url}`, { method: request.method, headers: passed(request.headers), agent: this.agent, ca }, answered);
  }
}

/** An open watch. */
export class WatchPipe {
  /** Lines that the server has sent so far. */
  public readonly lines: string[] = [];
  private isSilent = false;
  private isDoubled = false;
  private withheld?: string[];

  constructor(
    public readonly resource: string,
    private readonly response: ServerResponse,
  ) {}

  /** A line of the server's. */
  public deliver(line: string): void {
    this.lines.push(line);
    if (this.withheld) this.withheld.push(line);
    else this.send(line);
  }

  /** From now on nothing comes any more, and nobody says so: as when a router forgets a connection. */
  public silence(): void {
    this.isSilent = true;
  }

  /** From now on every line comes twice. */
  public double(): void {
    this.isDoubled = true;
  }

  /** Keeps what comes until `release`. */
  public withhold(): void {
    this.withheld = [];
  }

  public release(): void {
    const lines = this.withheld ?? [];
    this.withheld = undefined;
    for (const line of lines) this.send(line);
  }

  /** Sends a line once more, or one of its own. */
  public send(line: string): void {
    if (this.isSilent || this.response.writableEnded) return;
    this.response.write(`${line}\n`);
    if (this.isDoubled) this.response.write(`${line}\n`);
  }

  /** Ends it as the server does after some minutes. */
  public end(): void {
    if (!this.isSilent) this.response.end();
  }

  /** Breaks the connection. */
  public break(): void {
    this.response.destroy();
  }
}

/** Lets the fault happen if it belongs to this part of the exchange; whether that was the end of it. */
async function isOver({ fault, meet }: Meeting, part: 'request' | 'answer', response: ServerResponse): Promise<boolean> {
  if ((fault.do === 'answer' ? 'request' : fault.what) !== part) return false;
  meet();
  if (fault.do === 'hold') await fault.until;
  if (fault.do === 'answer') refuse(response, fault);
  if (fault.do === 'lose' && fault.how === 'break') response.destroy();
  return fault.do !== 'hold';
}

function refuse(response: ServerResponse, { status, message = 'injected', headers = {} }: Fault & { readonly do: 'answer' }): void {
  const body = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status, reason: REASONS[status] ?? '', message };
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

const REASONS: Readonly<Record<number, string>> = { 403: 'Forbidden', 409: 'Conflict', 410: 'Expired', 429: 'TooManyRequests', 500: 'InternalError' };
const VERBS: Readonly<Record<string, Verb>> = { POST: 'create', PATCH: 'patch', DELETE: 'delete' };

const matches = (match: Match, arrived: Arrived): boolean =>
  (['verb', 'resource', 'name'] as const).every((part) => match[part] === undefined || match[part] === arrived[part]);

/** Reads the path of the API: `/api/v1/…` or `/apis/<group>/<version>/…`, then the namespace, the resource, a name and a subresource. */
function arrivedOf({ method = '', url = '' }: IncomingMessage, body: string): Arrived {
  const { pathname, searchParams } = new URL(url, 'http://server');
  const parts = pathname.split('/').filter((part) => part !== '');
  const rest = parts.slice(parts[0] === 'api' ? 2 : 3);
  const [resource = '', name = '', subresource] = rest[0] === 'namespaces' && rest.length > 2 ? rest.slice(2) : rest;
  const reading = searchParams.get('watch') === 'true' ? 'watch' : name === '' ? 'list' : 'get';
  return {
    verb: VERBS[method] ?? reading,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    name: name === '' && method === 'POST' ? nameIn(body) : name,
    body,
  };
}

// What our clients create has a name.
const nameIn = (body: string): string => (JSON.parse(body) as { readonly metadata: { readonly name: string } }).metadata.name;

/** Headers that mean the same on another connection. */
const passed = (headers: IncomingHttpHeaders): IncomingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !['connection', 'host', 'keep-alive', 'transfer-encoding'].includes(name)));

async function textOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
