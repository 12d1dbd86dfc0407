import type { ApiRequest, Reply, SendOptions, Transport } from '../../../src/runtime/transport';
import type { Answer, ApiModel } from '../api/api-model';
import { frozen } from '../api/json';
import { Refusal } from '../api/refusal';
import { findType } from '../api/resource-types';
import type { Stored } from '../api/stored';
import { EFFECTS, type Effect, type RequestFault } from './faults';
import type { Process } from './process';
import { WatchStream, type WatchFault } from './watch-stream';
import type { Weather } from './weather';

/** A request that a program has sent. */
export interface Sent {
  readonly process: Process;
  readonly request: ApiRequest;
  /** How many requests of programs were sent before it, and how many of them were writes. */
  readonly count: number;
  readonly writeCount: number;
  /** Whether the process had known for a while, when it sent, that an object is gone. */
  readonly knewGone: (uid: string) => boolean;
}

/** Says what is to happen to a request, if anything. */
export type FaultRule = (sent: Sent) => RequestFault | undefined;

/** A request that the server has carried out, and what it answered. */
export interface Landed {
  readonly sent: Sent;
  readonly answer: Answer;
  /** The object before and after, where there was or is one. */
  readonly before: Stored | undefined;
  readonly after: Stored | undefined;
}

/** How a request ended for its sender. */
export interface Settled {
  readonly sent: Sent;
  readonly reply: Reply;
}

// What a program has begun it finishes: a few requests, each of which may take as long as its deadline.
const LONGEST_PASS_MS = 120_000;

const NORMAL: Effect = { says: '' };

/** Everything between programs and the server. */
export class Network {
  /** Asked in turn for each request; the first that names a fault decides. */
  public readonly rules: FaultRule[] = [];
  public onSent: ((sent: Sent) => void) | undefined;
  public onLanded: ((landed: Landed) => void) | undefined;
  public onSettled: ((settled: Settled) => void) | undefined;
  /** Called when a process dies, of a fault or by itself. */
  public onCrash: ((process: Process) => void) | undefined;
  private readonly streams = new Map<Process, Set<WatchStream>>();
  private count = 0;
  private writeCount = 0;

  constructor(
    private readonly model: ApiModel,
    private readonly weather: Weather,
  ) {}

  /** The transport of one process. */
  public connect(process: Process): Transport {
    return {
      send: (request, options) => (process.isAlive ? this.send(process, request, options) : new Promise(() => undefined)),
      watch: (request, sink) => {
        const stream = new WatchStream(process, this.weather, request, sink);
        const streams = this.streams.get(process) ?? new Set();
        this.streams.set(process, streams.add(stream));
        this.weather.tell(process.name, () => `watches ${request.resource.plural} from ${request.initialEvents ? 'now' : (request.resourceVersion ?? 'any')}`);
        stream.open(this.model);
        return () => {
          streams.delete(stream);
          stream.stop();
        };
      },
    };
  }

  /** Lets something happen to all watches of a process. */
  public disturbWatches(process: Process, fault: WatchFault): void {
    this.streams.get(process)?.forEach((stream) => stream.suffer(fault));
  }

  /** Ends a process: what it has sent may still land, but nothing reaches it any more. */
  public kill(process: Process): void {
    process.kill();
    this.streams.get(process)?.forEach((stream) => stream.stop());
    this.streams.delete(process);
  }

  /** Ends a process that nobody wanted to end. */
  public crash(process: Process): void {
    if (!process.isAlive) return;
    this.kill(process);
    this.onCrash?.(process);
  }

  private send(process: Process, request: ApiRequest, options: SendOptions): Promise<Reply> {
    // The sender may change its objects afterwards; what is on the way stays as it was.
    const frozenRequest = { ...request, body: request.body && frozen(request.body) };
    const sentMs = this.weather.scheduler.nowMs;
    const knewGone = (uid: string): boolean => process.knewGone(uid, this.weather.scheduler.nowMs - sentMs + LONGEST_PASS_MS);
    const sent: Sent = { process, request: frozenRequest, count: this.count++, writeCount: this.writeCount, knewGone };
    if (isWrite(request)) this.writeCount++;
    this.onSent?.(sent);
    const effect = this.effectOn(sent);
    this.weather.tell(process.name, () => `${targetOf(request)}${effect.says && ` (${effect.says})`} ${detailOf(request)}`);
    if (effect.crash === 'sent') this.crash(process);
    return new Promise((resolve) => this.carry(sent, effect, options, resolve));
  }

  private effectOn(sent: Sent): Effect {
    for (const rule of this.rules) {
      const fault = rule(sent);
      if (fault) return EFFECTS[fault];
    }
    return NORMAL;
  }

  private carry(sent: Sent, effect: Effect, options: SendOptions, resolve: (reply: Reply) => void): void {
    const { scheduler, latencyMs, lateMs } = this.weather;
    let isSettled = false;
    const settle = (reply: Reply): void =>
      sent.process.deliver(() => {
        if (isSettled) return;
        isSettled = true;
        cancelDeadline();
        this.weather.tell(sent.process.name, () => `  ${targetOf(sent.request)}: ${replyText(reply)}`);
        this.onSettled?.({ sent, reply });
        resolve(reply);
      });
    const cancelDeadline = scheduler.after(options.deadlineMs, () => settle({ answered: false, cause: `no answer within ${options.deadlineMs} ms` }));
    options.signal?.addEventListener('abort', () => settle({ answered: false, cause: 'aborted' }));
    if (effect.answer === 'broken') scheduler.after(latencyMs(), () => settle({ answered: false, cause: 'connection lost' }));
    const back = (answer: Answer): void => {
      if (effect.answer === undefined || effect.answer === 'back') scheduler.after(latencyMs(), () => settle(replyOf(effect, answer)));
    };
    if (effect.arrives === 'never') back({ status: 0, body: {} });
    else scheduler.after(effect.arrives === 'late' ? lateMs() : latencyMs(), () => back(this.land(sent, effect)));
  }

  private land(sent: Sent, effect: Effect): Answer {
    const { process, request } = sent;
    if (effect.touched) this.touch(request);
    const before = this.find(request);
    const answer = this.model.handle(request, process.name);
    this.weather.tell('server', () => `${targetOf(request)} of ${process.name}: ${answer.status}`);
    this.onLanded?.({ sent, answer, before, after: this.find(request, answer) });
    if (effect.crash === 'stored') this.crash(process);
    return answer;
  }

  /** The object of a request; a new one has its name from the answer. */
  private find({ resource, namespace, name }: ApiRequest, answer?: Answer): Stored | undefined {
    const type = findType(resource);
    const known = name ?? (answer?.status === 201 ? (answer.body as Stored).metadata.name : undefined);
    return type && known !== undefined ? this.model.store.find(type, { namespace, name: known }) : undefined;
  }

  private touch({ resource, namespace, name }: ApiRequest): void {
    if (name === undefined) return;
    const annotations = { 'example.com/touched': String(this.model.store.revision) };
    this.model.handle({ verb: 'patch', resource, namespace, name, body: { metadata: { annotations } } }, 'somebody');
  }
}

export const isWrite = ({ verb }: ApiRequest): boolean => verb !== 'get' && verb !== 'list';

function replyOf({ status, retryAfterMs }: Effect, answer: Answer): Reply {
  if (status === undefined) return { answered: true, ...answer };
  const reason = { 403: 'Forbidden', 429: 'TooManyRequests', 500: 'InternalError', 503: 'ServiceUnavailable' }[status];
  const body = new Refusal(status, reason, status === 403 ? 'exceeded quota: test' : 'injected').status();
  return { answered: true, status, body, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}

/** What a request does to what, as the story shows it. */
function targetOf({ verb, resource, namespace, name, subresource, body }: ApiRequest): string {
  const metadata = (body as { metadata?: { name?: string } } | undefined)?.metadata;
  return `${verb} ${resource.kind} ${namespace}/${name ?? metadata?.name ?? ''}${subresource ? `/${subresource}` : ''}`;
}

const detailOf = ({ verb, body, query }: ApiRequest): string => (verb === 'create' ? '' : JSON.stringify(body ?? query ?? ''));

const replyText = (reply: Reply): string => {
  if (!reply.answered) return `no answer: ${reply.cause}`;
  const { message } = (reply.body ?? {}) as { message?: unknown };
  return `${reply.status}${typeof message === 'string' ? ` ${message}` : ''}`;
};
