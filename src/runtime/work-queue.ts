import type { Clock } from './clock';

/** Which keys go first: what just happened overtakes the backlog of a start or a resync. */
export type Lane = 'fresh' | 'backlog';

/** What a queue tells whoever counts. Spans are in milliseconds by the monotonic clock. */
export interface QueueObserver {
  added(): void;
  retried(): void;
  started(waitedMs: number): void;
  ended(workedMs: number): void;
}

export interface WorkQueueOptions {
  readonly clock: Clock;
  /** How many keys are worked on at the same time; at least 1. */
  readonly concurrency: number;
  /** Works on one key. Must not reject: a failure is reported by `retry`. */
  readonly work: (key: string) => Promise<void>;
  /** A number from 0 up to 1, for the jitter of the back-off. */
  readonly random: () => number;
  readonly observer?: QueueObserver;
}

/** Failures of a key in a row. */
export interface Trouble {
  readonly passes: number;
  /** Since the first of them. */
  readonly forMs: number;
}

// Of client-go: 5 ms, doubled with each failure, up to 1000 s. The jitter of ±20 % keeps keys that failed together from coming back together.
const FIRST_BACKOFF_MS = 5;
const LONGEST_BACKOFF_MS = 1_000_000;
const JITTER = 0.2;
// Short beside the time that a claim takes, long beside a turn of the event loop.
const LONGEST_TURN_MS = 10;

/**
 * Keys that want a pass. One pass per key at a time; a key that is added while it waits is there once, and one that is added during its
 * pass gets another one afterwards. Keys of the same lane are served in the order in which they came.
 */
export class WorkQueue {
  private readonly waiting: Readonly<Record<Lane, Map<string, number>>> = { fresh: new Map(), backlog: new Map() };
  private readonly working = new Map<string, number>();
  private readonly addedMeanwhile = new Map<string, Lane>();
  private readonly timers = new Map<string, { readonly dueMs: number; readonly cancel: () => void }>();
  private readonly failures = new Map<string, { readonly passes: number; readonly sinceMs: number }>();
  /** Keys that are worked on and take up no worker at the moment. */
  private aside = 0;
  /** When the backlog last had to wait for the event loop. */
  private gaveWayAtMs = 0;
  private isGivingWay = false;
  private isRunning = false;
  private isStopped = false;

  public constructor(private readonly options: WorkQueueOptions) {}

  /** Lets the work begin; keys may have been added before. */
  public start(): void {
    this.isRunning = true;
    this.pump();
  }

  /** Takes nothing up any more and drops what waits. Work that is under way goes on. */
  public stop(): void {
    this.isStopped = true;
    for (const { cancel } of this.timers.values()) cancel();
    for (const keys of [...Object.values(this.waiting), this.timers, this.addedMeanwhile]) keys.clear();
  }

  /** Asks for a pass over the key. */
  public add(key: string, lane: Lane = 'fresh'): void {
    if (this.isStopped) return;
    if (this.working.has(key)) {
      if (this.addedMeanwhile.get(key) !== 'fresh') this.addedMeanwhile.set(key, lane);
      return;
    }
    const sinceMs = this.waiting.backlog.get(key);
    if (this.waiting.fresh.has(key) || (sinceMs !== undefined && lane === 'backlog')) return;
    this.waiting.backlog.delete(key);
    this.waiting[lane].set(key, sinceMs ?? this.options.clock.monotonicMs());
    this.options.observer?.added();
    this.pump();
  }

  /** Asks for a pass after that many milliseconds, unless an earlier one is asked for already. */
  public addAfter(key: string, delayMs: number): void {
    if (this.isStopped) return;
    const { clock } = this.options;
    const dueMs = clock.monotonicMs() + delayMs;
    const planned = this.timers.get(key);
    if (planned && planned.dueMs <= dueMs) return;
    planned?.cancel();
    const fire = (): void => {
      this.timers.delete(key);
      this.add(key);
    };
    this.timers.set(key, { dueMs, cancel: clock.after(delayMs, fire) });
  }

  /** Asks for a pass after the back-off, because this one failed. The back-off grows up to `longestMs`. */
  public retry(key: string, longestMs = LONGEST_BACKOFF_MS): void {
    const nowMs = this.options.clock.monotonicMs();
    const before = this.failures.get(key);
    const passes = (before?.passes ?? 0) + 1;
    this.failures.set(key, { passes, sinceMs: before?.sinceMs ?? nowMs });
    this.options.observer?.retried();
    const backoffMs = Math.min(FIRST_BACKOFF_MS * 2 ** (passes - 1), longestMs);
    this.addAfter(key, backoffMs * (1 - JITTER + 2 * JITTER * this.options.random()));
  }

  /** Waits for what may take long, on behalf of a key that is worked on: meanwhile its worker works on another. */
  public async stepAside<T>(waiting: Promise<T>): Promise<T> {
    this.aside++;
    this.pump();
    try {
      return await waiting;
    } finally {
      this.aside--;
    }
  }

  /** The key's pass was no failure: the next back-off starts from the beginning. */
  public forget(key: string): void {
    this.failures.delete(key);
  }

  public troubleOf(key: string): Trouble {
    const failure = this.failures.get(key);
    return failure ? { passes: failure.passes, forMs: this.options.clock.monotonicMs() - failure.sinceMs } : { passes: 0, forMs: 0 };
  }

  /** Keys that wait for a worker. */
  public get depth(): number {
    return this.waiting.fresh.size + this.waiting.backlog.size;
  }

  /** How long each pass that is under way has taken so far. */
  public get workingForMs(): readonly number[] {
    const nowMs = this.options.clock.monotonicMs();
    return [...this.working.values()].map((sinceMs) => nowMs - sinceMs);
  }

  private pump(): void {
    while (this.isRunning && !this.isStopped && this.working.size - this.aside < this.options.concurrency) {
      const isFresh = this.waiting.fresh.size > 0;
      const lane = isFresh ? this.waiting.fresh : this.waiting.backlog;
      const [next] = lane;
      if (!next || (!isFresh && this.givesWay())) return;
      const [key, sinceMs] = next;
      lane.delete(key);
      void this.work(key, sinceMs);
    }
  }

  /**
   * Passes that write nothing follow each other without a turn of the event loop between them. So that a long backlog keeps nobody waiting, neither a
   * probe nor what just happened, it waits for one now and then.
   */
  private givesWay(): boolean {
    const { clock } = this.options;
    if (this.isGivingWay || clock.monotonicMs() - this.gaveWayAtMs < LONGEST_TURN_MS) return this.isGivingWay;
    this.isGivingWay = true;
    clock.after(0, () => {
      this.isGivingWay = false;
      this.gaveWayAtMs = clock.monotonicMs();
      this.pump();
    });
    return true;
  }

  private async work(key: string, sinceMs: number): Promise<void> {
    const { clock, observer, work } = this.options;
    const startMs = clock.monotonicMs();
    this.working.set(key, startMs);
    observer?.started(startMs - sinceMs);
    await work(key);
    observer?.ended(clock.monotonicMs() - startMs);
    this.working.delete(key);
    const lane = this.addedMeanwhile.get(key);
    this.addedMeanwhile.delete(key);
    if (lane) this.add(key, lane);
    this.pump();
  }
}
