import type { Client } from './client';
import type { Clock } from './clock';
import { keyOf, keyText, type KubeObject, type Resource } from './object';
import { versionOf } from './own-writes';
import { pause } from './pause';
import { RecentEvents } from './recent-events';
import type { Transport, WatchRequest } from './transport';

/** Receives what a resource looks like, and then what changes. */
export interface StateSink<T> {
  /** From now on the whole state is read: whatever was stored before is in it. */
  begin(): void;
  /** The whole state; what is not in it is gone. */
  replace(objects: readonly T[]): void;
  /** A change, in the order of the server. */
  event(type: EventType, object: T): void;
}

export type EventType = 'ADDED' | 'MODIFIED' | 'DELETED';

export interface ReflectorOptions<T extends KubeObject> {
  readonly client: Client;
  readonly transport: Transport;
  readonly clock: Clock;
  /** Answers at least 0 and less than 1. */
  readonly random: () => number;
  readonly resource: Resource<T>;
  /** Empty for all namespaces. */
  readonly namespace: string;
  readonly labelSelector?: string;
  /** Sees each object as it arrives; what it answers is kept. */
  readonly reduce: (object: T) => T;
  readonly sink: StateSink<T>;
  /** Told why it does not get on; `failures` counts those in a row. */
  readonly trouble: (problem: string, failures: number) => void;
}

/** One watch. */
interface Session<T> {
  readonly startMs: number;
  /** The initial state as far as it has come; absent when only changes come. */
  initial?: Map<string, T>;
  /** Whether anything came after the initial state. */
  isAlive: boolean;
}

/** How a session came to its end. */
interface End {
  readonly status?: number;
  readonly message: string;
  /** It did what it should, and has only to be opened again. */
  readonly isHealthy?: boolean;
}

const BROKEN_OFF: End = { message: 'broken off', isHealthy: true };
const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';
// As client-go: 0.8 s to 30 s, and watches of 5–10 min.
const BACK_OFF_MS = 800;
const LONGEST_BACK_OFF_MS = 30_000;
const SHORTEST_WATCH_SECONDS = 300;
// A session that lasted so long was none of a series of failures.
const HEALTHY_MS = 30_000;
// The server sends a bookmark about every minute: a watch that is silent for longer is dead without having said so.
const IDLE_MS = 90_000;
// 4xx that say nothing about sendInitialEvents.
const OTHER_REFUSALS: readonly number[] = [401, 403, 404, 408, 410, 429];

/** Keeps a sink equal to what the API server stores: the whole state once, then every change, through every kind of interruption. */
export class Reflector<T extends KubeObject> {
  /** How often the whole state was read. */
  public lists = 0;
  /** When something was last heard, by the monotonic clock. */
  public heardAtMs: number;
  /** Why it does not get on at the moment, if so. */
  public problem?: string;
  private isStopped = false;
  /** Ends the session that is under way, or the pause after it. */
  private session = new AbortController();
  /** Told when the whole state has come. */
  private readonly rereads: (() => void)[] = [];
  /** Where to go on; absent when the whole state is needed. */
  private resourceVersion?: string;
  /** The server does not do `sendInitialEvents`. */
  private isPaged = false;
  private failures = 0;
  private readonly recent = new RecentEvents();

  constructor(private readonly options: ReflectorOptions<T>) {
    this.heardAtMs = options.clock.monotonicMs();
  }

  /** Begins, and goes on until `stop`. */
  public start(): void {
    void this.run();
  }

  public stop(): void {
    this.isStopped = true;
    this.session.abort();
  }

  /** Reads the whole state again, as the server has it now or later. Resolves when the sink has it; never when it is stopped before. */
  public reread(): Promise<void> {
    this.resourceVersion = undefined;
    // What is under way may have begun with an older state.
    this.session.abort();
    return new Promise((resolve) => this.rereads.push(resolve));
  }

  private async run(): Promise<void> {
    const { clock } = this.options;
    while (!this.isStopped) {
      this.session = new AbortController();
      const { signal } = this.session;
      const startMs = clock.monotonicMs();
      const end = this.resourceVersion === undefined && this.isPaged ? await this.list(signal) : await this.watch(signal);
      if (clock.monotonicMs() - startMs >= HEALTHY_MS) this.failures = 0;
      if (!end.isHealthy) await pause(clock, this.delayAfter(end), signal);
    }
  }

  /** Reads the whole state in pages. */
  private async list(signal: AbortSignal): Promise<End> {
    const { client, resource, namespace, labelSelector, reduce, sink } = this.options;
    sink.begin();
    const selection = { namespace, ...(labelSelector !== undefined && { labelSelector }) };
    const outcome = await client.list(resource, selection, { purpose: 'watch', traffic: 'bulk', reduce });
    if (signal.aborted) return BROKEN_OFF;
    if (outcome.result === 'unknown') return { message: outcome.cause };
    if (outcome.result === 'rejected') return outcome;
    this.synced(outcome.value.items, outcome.value.resourceVersion);
    return { message: 'read', isHealthy: true };
  }

  /** Watches until the watch ends; begins with the whole state if that is needed. */
  private watch(signal: AbortSignal): Promise<End> {
    const { transport, clock, sink } = this.options;
    const isInitial = this.resourceVersion === undefined;
    const session: Session<T> = { startMs: clock.monotonicMs(), isAlive: false, ...(isInitial && { initial: new Map<string, T>() }) };
    this.heardAtMs = session.startMs;
    if (isInitial) sink.begin();
    return new Promise((resolve) => {
      let stopWatch = (): void => undefined;
      const over = (end: End): void => {
        stopWatch();
        stopWatchdog();
        signal.removeEventListener('abort', stop);
        resolve(end);
      };
      const stop = (): void => over(BROKEN_OFF);
      signal.addEventListener('abort', stop);
      const stopWatchdog = this.watchdog(() => over({ message: 'neither an event nor a bookmark came for too long' }));
      stopWatch = transport.watch(this.watchRequest(isInitial), {
        event: (type, object) => this.hear(session, type, object as T), // The server sends objects of the resource that was asked for.
        end: (status, message) => over(this.endOf(session, status, message)),
      });
    });
  }

  private hear(session: Session<T>, type: EventType | 'BOOKMARK', object: T): void {
    this.heardAtMs = this.options.clock.monotonicMs();
    const { initial } = session;
    if (initial) this.hearInitial(session, initial, type, object);
    else this.hearChange(session, type, object);
  }

  private hearInitial(session: Session<T>, initial: Map<string, T>, type: EventType | 'BOOKMARK', object: T): void {
    const key = keyText(keyOf(object));
    if (type === 'DELETED') initial.delete(key);
    else if (type !== 'BOOKMARK') initial.set(key, this.options.reduce(object));
    else if (object.metadata.annotations?.[INITIAL_EVENTS_END] === 'true') {
      delete session.initial;
      this.synced([...initial.values()], object.metadata.resourceVersion);
    }
  }

  private hearChange(session: Session<T>, type: EventType | 'BOOKMARK', object: T): void {
    session.isAlive = true;
    this.problem = undefined;
    // To go on from an event that has only come again would bring back what is gone since.
    if (type !== 'BOOKMARK' && !this.recent.isNew(`${type === 'DELETED' ? 'end of ' : ''}${versionOf(object.metadata)}`)) return;
    this.resourceVersion = object.metadata.resourceVersion;
    if (type !== 'BOOKMARK') this.options.sink.event(type, this.options.reduce(object));
  }

  private endOf({ isAlive, startMs }: Session<T>, status: number | undefined, message: string): End {
    if (isAlive) this.failures = 0;
    const isLong = this.options.clock.monotonicMs() - startMs >= HEALTHY_MS;
    return { message, ...(status === undefined ? { isHealthy: isAlive || isLong } : { status }) };
  }

  private synced(objects: readonly T[], resourceVersion: string): void {
    this.lists++;
    this.resourceVersion = resourceVersion;
    this.problem = undefined;
    this.recent.clear();
    for (const { metadata } of objects) this.recent.isNew(versionOf(metadata));
    this.options.sink.replace(objects);
    for (const arrived of this.rereads.splice(0)) arrived();
  }

  private watchRequest(initialEvents: boolean): WatchRequest {
    const { resource, namespace, labelSelector, random } = this.options;
    return {
      ...{ resource, namespace, timeoutSeconds: Math.round(SHORTEST_WATCH_SECONDS * (1 + random())) },
      ...(labelSelector !== undefined && { labelSelector }),
      ...(this.resourceVersion !== undefined && { resourceVersion: this.resourceVersion }),
      ...(initialEvents && { initialEvents }),
    };
  }

  /** Calls back when nothing has been heard for too long. */
  private watchdog(bark: () => void): () => void {
    const { clock, random } = this.options;
    const patienceMs = Math.round(IDLE_MS * (1 + random() / 5));
    let stopTimer: () => void;
    const look = (): void => {
      const leftMs = this.heardAtMs + patienceMs - clock.monotonicMs();
      if (leftMs <= 0) bark();
      else stopTimer = clock.after(leftMs, look);
    };
    look();
    return () => stopTimer();
  }

  /** How long to wait after a session that failed, and what to do differently then. */
  private delayAfter(end: End): number {
    if (this.isAboutInitialEvents(end)) {
      this.isPaged = true;
      return 0;
    }
    if (end.status === 410 || /too large resource version/i.test(end.message)) this.resourceVersion = undefined;
    this.failures++;
    this.problem = problemOf(this.options.resource, end);
    this.options.trouble(this.problem, this.failures);
    const longestMs = Math.min(LONGEST_BACK_OFF_MS, BACK_OFF_MS * 2 ** (this.failures - 1));
    return longestMs * (0.5 + this.options.random() / 2);
  }

  private isAboutInitialEvents({ status = 0 }: End): boolean {
    return this.resourceVersion === undefined && !this.isPaged && status >= 400 && status < 500 && !OTHER_REFUSALS.includes(status);
  }
}

function problemOf({ plural, group, version }: Resource, { status, message }: End): string {
  const name = group === '' ? plural : `${plural}.${group}`;
  if (status === 404) return `the API server does not know ${name} in version ${version}: is its CRD installed? (404: ${message})`;
  return `cannot watch ${name}: ${status === undefined ? '' : `${status}: `}${message}`;
}
