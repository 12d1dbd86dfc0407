import type { Clock } from './clock';
import type { Key, KubeObject, ObjectMeta, Resource } from './object';
import { isPutOff, isTransient, outcomeOf, type Outcome } from './outcome';
import { pause } from './pause';
import { TokenBucket } from './token-bucket';
import { TrafficGate, type Turn } from './traffic-gate';
import type { ApiRequest, Reply, TrafficClass, Transport } from './transport';

/** What a request is for. */
export interface Errand {
  /** Counts it: claim, sandbox, refill, event, lease, … (spec 02 §8.4). */
  readonly purpose: string;
  /** Which connections it may use. */
  readonly traffic: TrafficClass;
  /** Bulk that does not give way to claims: stock that is nearly used up (spec 08 §9). */
  readonly isUrgent?: boolean;
  /**
   * How long it may take in all, in milliseconds, waits that the server asks for included.
   *
   * @default - the client's requestTimeoutMs
   */
  readonly deadlineMs?: number;
}

/** One request that is over; repeated ones count each time. */
export interface RequestSeen {
  readonly verb: ApiRequest['verb'];
  /** Plural, with the subresource: `sandboxes/status`. */
  readonly resource: string;
  readonly purpose: string;
  readonly traffic: TrafficClass;
  /** The status of the answer; absent when there was none. */
  readonly status?: number;
}

export interface ClientOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  /** Answers at least 0 and less than 1. */
  readonly random: () => number;
  /** Stands in managedFields as the author of what this client writes. */
  readonly fieldManager: string;
  /**
   * How long a request may take, in milliseconds.
   *
   * @default 30000 - the default of `--api-request-timeout`
   */
  readonly requestTimeoutMs?: number;
  /**
   * Limit of the requests each second; negative is none (`--kube-api-qps`).
   *
   * @default -1
   */
  readonly qps?: number;
  /**
   * How many requests may go at once before the limit counts (`--kube-api-burst`).
   *
   * @default 10
   */
  readonly burst?: number;
  /**
   * Decides when a write is sent. Clients that talk to the same server share it.
   *
   * @default - a gate of its own
   */
  readonly gate?: TrafficGate;
  /**
   * Breaks off what is on its way and lets nothing new begin, as when the lease is lost.
   *
   * @default - nothing breaks it off
   */
  readonly signal?: AbortSignal;
  /**
   * Asked before each write; when it says no, nothing is sent. A process that has slept may not lead any more and not know it yet (spec 08 §8).
   *
   * @default - writes always go
   */
  readonly mayWrite?: () => boolean;
  /**
   * Called for each request.
   *
   * @default - nobody counts
   */
  readonly seen?: (request: RequestSeen) => void;
}

/** Where to list, and what. */
export interface Selection {
  /** Empty for all namespaces. */
  readonly namespace: string;
  readonly labelSelector?: string;
}

/** What a list answers: a consistent state and its version. */
export interface Listed<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
}

/** What a DELETE may rely on. */
export interface DeleteOptions {
  readonly uid: string;
  readonly resourceVersion?: string;
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan';
  readonly gracePeriodSeconds?: number;
}

// As client-go.
const PAGE_SIZE = 500;
const PUT_OFF_TRIES = 10;
const PUT_OFF_MS = 1000;
const READ_TRIES = 3;
const READ_AGAIN_MS = 100;
// Many who were put off together should not come back together.
const JITTER = 0.2;

/** Sends requests and answers what became of them; knows no kind. */
export class Client {
  private readonly bucket?: TokenBucket;
  private readonly gate: TrafficGate;
  private readonly requestTimeoutMs: number;

  constructor(private readonly options: ClientOptions) {
    const { clock, gate = new TrafficGate(clock), qps = -1, burst = 10, requestTimeoutMs = 30_000 } = options;
    this.gate = gate;
    this.requestTimeoutMs = requestTimeoutMs;
    if (qps > 0) this.bucket = new TokenBucket(clock, qps, burst);
  }

  /** The object as it is stored now. */
  public async get<T extends KubeObject>(resource: Resource<T>, { namespace, name }: Key, errand: Errand): Promise<Outcome<T>> {
    return objectIn<T>(await this.send({ verb: 'get', resource, namespace, name }, errand));
  }

  /** All objects, read in pages of one consistent state. `reduce` sees each object as it arrives, so that a large list is never whole in memory. */
  public async list<T extends KubeObject>(
    resource: Resource<T>,
    selection: Selection,
    { reduce = (object) => object, ...errand }: Errand & { readonly reduce?: (object: T) => T },
  ): Promise<Outcome<Listed<T>>> {
    const items: T[] = [];
    const { namespace, labelSelector } = selection;
    const query = { limit: String(PAGE_SIZE), ...(labelSelector !== undefined && { labelSelector }) };
    for (let next = ''; ;) {
      const outcome = await this.send({ verb: 'list', resource, namespace, query: { ...query, ...(next !== '' && { continue: next }) } }, errand);
      if (outcome.result !== 'ok') return outcome;
      // Of a list the API server answers with a list of that resource.
      const page = outcome.value as ListPage<T> | null;
      if (page?.metadata?.resourceVersion === undefined) return { result: 'unknown', cause: 'the answer is no list' };
      for (const item of page.items ?? []) items.push(reduce(item));
      next = page.metadata.continue ?? '';
      if (next === '') return { result: 'ok', value: { items, resourceVersion: page.metadata.resourceVersion } };
    }
  }

  /** POST. */
  public async create<T extends KubeObject>(resource: Resource<T>, namespace: string, object: object, errand: WriteErrand): Promise<Outcome<T>> {
    return objectIn<T>(await this.send({ verb: 'create', resource, namespace, body: object, query: this.author(errand) }, errand));
  }

  /** JSON merge patch. A `metadata.resourceVersion` in it makes it conditional. */
  public async patch<T extends KubeObject>(resource: Resource<T>, key: Key, patch: object, errand: WriteErrand): Promise<Outcome<T>> {
    return objectIn<T>(await this.send({ verb: 'patch', resource, ...key, body: patch, query: this.author(errand) }, errand));
  }

  /** JSON merge patch of the status. */
  public async patchStatus<T extends KubeObject>(resource: Resource<T>, key: Key, patch: object, errand: WriteErrand): Promise<Outcome<T>> {
    return objectIn<T>(await this.send({ verb: 'patch', resource, ...key, subresource: 'status', body: patch, query: this.author(errand) }, errand));
  }

  /** DELETE. The value is the object while it is still there, waiting for its grace period or its finalizers; undefined when it is gone. */
  public async delete<T extends KubeObject>(resource: Resource<T>, key: Key, what: DeleteOptions, errand: Errand): Promise<Outcome<T | undefined>> {
    const { uid, resourceVersion, propagation, gracePeriodSeconds } = what;
    const body = {
      preconditions: { uid, ...(resourceVersion !== undefined && { resourceVersion }) },
      ...(propagation !== undefined && { propagationPolicy: propagation }),
      ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
    };
    const outcome = await this.send({ verb: 'delete', resource, ...key, body }, errand);
    if (outcome.result !== 'ok') return outcome;
    // Either the object or a Status, which has no such metadata.
    const remains = outcome.value as Partial<T> | null;
    return { result: 'ok', value: remains?.metadata && isWaitingForItsEnd(remains.metadata) ? (remains as T) : undefined };
  }

  private author({ fieldManager = this.options.fieldManager }: WriteErrand): Readonly<Record<string, string>> {
    return { fieldManager };
  }

  /** Sends a request when its turn has come. Waiting for it is not part of the deadline. */
  private async send(request: ApiRequest, errand: Errand): Promise<Outcome<unknown>> {
    const { clock, signal } = this.options;
    const turn = await this.findTurn(request, errand);
    try {
      await pause(clock, this.bucket?.reserveMs() ?? 0, signal);
      return await this.sendUntilAnswered(request, errand, turn);
    } finally {
      turn?.end();
    }
  }

  /** Reads and the Lease do not wait. */
  private async findTurn(request: ApiRequest, { traffic, isUrgent = false }: Errand): Promise<Turn | undefined> {
    if (isRead(request) || traffic === 'background') return undefined;
    return this.gate.enter({ traffic, isUrgent }, this.options.signal);
  }

  /** Sends a request until the answer means something, or until its time is over. A request that is put off keeps its turn. */
  private async sendUntilAnswered(request: ApiRequest, errand: Errand, turn: Turn | undefined): Promise<Outcome<unknown>> {
    const { transport, clock, signal } = this.options;
    const { traffic, deadlineMs = this.requestTimeoutMs } = errand;
    const endMs = clock.monotonicMs() + deadlineMs;
    for (let tries = 1; ; tries++) {
      if (signal?.aborted) return { result: 'unknown', cause: 'broken off' };
      if (!isRead(request) && this.options.mayWrite?.() === false) return { result: 'unknown', cause: 'not sent, because another process may lead by now' };
      const reply = await transport.send(request, { traffic, deadlineMs: endMs - clock.monotonicMs(), ...(signal && { signal }) });
      this.count(request, errand, reply);
      if (isPutOff(reply)) turn?.putOff();
      const againMs = this.againMs(request, reply, tries);
      if (againMs === undefined || clock.monotonicMs() + againMs >= endMs) return outcomeOf(reply);
      await pause(clock, againMs, signal);
      // The process may have slept longer than it wanted.
      if (clock.monotonicMs() >= endMs && !signal?.aborted) return outcomeOf(reply);
    }
  }

  /** When to send the same request again, or undefined when its answer stands. */
  private againMs(request: ApiRequest, reply: Reply, tries: number): number | undefined {
    const jitter = 1 + JITTER * this.options.random();
    if (isPutOff(reply)) return tries < PUT_OFF_TRIES ? (retryAfterMsOf(reply) ?? PUT_OFF_MS) * jitter : undefined;
    return isRead(request) && isTransient(reply) && tries < READ_TRIES ? READ_AGAIN_MS * 2 ** (tries - 1) * jitter : undefined;
  }

  private count({ verb, resource, subresource }: ApiRequest, { purpose, traffic }: Errand, reply: Reply): void {
    const name = subresource === undefined ? resource.plural : `${resource.plural}/${subresource}`;
    this.options.seen?.({ verb, resource: name, purpose, traffic, ...(reply.answered && { status: reply.status }) });
  }
}

/** An errand of a write. */
export interface WriteErrand extends Errand {
  /**
   * The author that managedFields name.
   *
   * @default - the client's own
   */
  readonly fieldManager?: string;
}

interface ListPage<T> {
  readonly items: readonly T[] | null;
  readonly metadata?: { readonly resourceVersion: string; readonly continue?: string };
}

/** The object of a successful answer. An answer that has none says nothing about what was done. */
function objectIn<T extends KubeObject>(outcome: Outcome<unknown>): Outcome<T> {
  if (outcome.result !== 'ok') return outcome;
  // The API server answers with an object of the resource that was asked for; what stands in between may answer anything.
  const object = outcome.value as Partial<T> | null;
  if (object?.metadata?.uid === undefined) return { result: 'unknown', cause: 'the answer is no object' };
  return { result: 'ok', value: object as T };
}

/** Of some kinds the server answers with the object that it has just removed: a Pod without a node even with a deletionTimestamp, but with no time left. */
function isWaitingForItsEnd({ deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] }: ObjectMeta): boolean {
  return deletionTimestamp !== undefined && (deletionGracePeriodSeconds > 0 || finalizers.length > 0);
}

const isRead = ({ verb }: ApiRequest): boolean => verb === 'get' || verb === 'list';
const retryAfterMsOf = (reply: Reply): number | undefined => (reply.answered ? reply.retryAfterMs : undefined);
