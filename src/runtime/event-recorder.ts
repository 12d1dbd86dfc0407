import { BoundedMap } from './bounded-map';
import type { Client, Errand } from './client';
import type { Clock } from './clock';
import { eventName, eventNamespace, EVENTS, newEvent, seriesPatch } from './event';
import type { KubeObject } from './object';
import type { Outcome } from './outcome';
import { pause } from './pause';
import type { EventDraft } from './plan';
import { TokenBucket } from './token-bucket';

/** Why an event, or the count of a series, was not sent. */
export type DropReason = 'queue_full' | 'object_limit' | 'low_priority' | 'refused' | 'failed' | 'stopped';

export interface EventRecorderOptions {
  /** Not limited by `--kube-api-qps`: events have their own limit. */
  readonly client: Client;
  readonly clock: Clock;
  /** Answers at least 0 and less than 1. */
  readonly random: () => number;
  /** Name of this process, as `reportingInstance` shows it. */
  readonly instance: string;
  /** Most writes per second (`--event-qps`), and how many may go at once (`--event-burst`). */
  readonly qps: number;
  readonly burst: number;
  /** Normal events that are sent only while there is plenty of room. */
  readonly isMinor: (draft: EventDraft) => boolean;
  /** Told of each event that is not sent. */
  readonly dropped: (reason: DropReason) => void;
}

/** The same event again and again. Spans are by the monotonic clock. */
interface Series {
  readonly key: string;
  readonly draft: EventDraft;
  readonly reportingController: string;
  readonly name: string;
  count: number;
  /** The count that the server has been told. */
  told: number;
  /** When it happened last, by the wall clock and by the monotonic one. */
  lastMs: number;
  seenAtMs: number;
  /** When it was last on its way to the server. */
  sentAtMs: number;
  isStored: boolean;
  /** Takes back the next count, if one is planned. */
  cancel?: () => void;
}

interface Job {
  readonly series: Series;
  readonly tries: number;
}

// Spec 08 §6.
const SERIES_MS = 10 * 60_000;
const COUNT_EVERY_MS = 5 * 60_000;
const OBJECT_BURST = 25;
const OBJECT_EVERY_MS = 5 * 60_000;
// As client-go's cache of events.
const REMEMBERED = 4096;
// Waiting events of each type: 50 s of the usual rate.
const LONGEST_QUEUE = 1000;
const AT_ONCE = 4;
const TRIES = 2;
const ERRAND: Errand = { purpose: 'event', traffic: 'event' };

/** Writes Events, and never lets anybody wait for one: what is too much is dropped and counted (spec 08 §6). */
export class EventRecorder {
  private readonly bucket: TokenBucket;
  private readonly series = new BoundedMap<Series>(REMEMBERED, ({ cancel }) => cancel?.());
  private readonly objects = new BoundedMap<TokenBucket>(REMEMBERED);
  private readonly waiting: Readonly<Record<EventDraft['type'], Job[]>> = { Warning: [], Normal: [] };
  private readonly underWay = new Set<Promise<void>>();
  /** Keeps names of two lives of a process apart. */
  private readonly salt: string;
  private named = 0;
  private isTimerSet = false;
  private isEnding = false;
  private isStopped = false;

  constructor(private readonly options: EventRecorderOptions) {
    const { clock, qps, burst, random } = options;
    this.bucket = new TokenBucket(clock, qps, burst);
    this.salt = Math.floor(random() * 0x10_0000).toString(16);
  }

  /** Takes an event. */
  public record(draft: EventDraft, reportingController: string): void {
    if (this.isStopped) return this.options.dropped('stopped');
    const { clock } = this.options;
    const key = [reportingController, draft.regarding.metadata.uid, draft.type, draft.reason, draft.action, draft.note].join('\n');
    const known = this.series.find(key);
    if (known && clock.monotonicMs() - known.seenAtMs < SERIES_MS) return this.repeat(known);
    known?.cancel?.();
    const nowMs = clock.nowMs();
    const suffix = `${Math.floor(nowMs).toString(16)}-${this.salt}-${this.named++}`;
    const [seenAtMs, name] = [clock.monotonicMs(), eventName(draft.regarding, suffix)];
    const kept = { ...draft, regarding: named(draft.regarding) };
    const series: Series = {
      ...{ key, draft: kept, reportingController, name, seenAtMs },
      count: 1,
      told: 0,
      lastMs: nowMs,
      sentAtMs: seenAtMs,
      isStored: false,
    };
    this.series.set(key, series);
    if (!this.queue(series)) this.series.delete(key);
  }

  /** Sends what waits, counts of series included, for at most so long; then stops. Resolves when that is done. */
  public async flush(withinMs: number): Promise<void> {
    const { clock, dropped } = this.options;
    this.isEnding = true;
    for (const series of this.series.values()) if (series.cancel) this.count(series);
    const late = new AbortController();
    const stopTimer = clock.after(withinMs, () => late.abort());
    while (!late.signal.aborted && this.depth + this.underWay.size > 0) {
      await (this.underWay.size > 0 ? Promise.race([...this.underWay, aborted(late.signal)]) : pause(clock, 10, late.signal));
    }
    stopTimer();
    this.isStopped = true;
    for (let left = this.depth; left > 0; left--) dropped('stopped');
    for (const jobs of Object.values(this.waiting)) jobs.length = 0;
    for (const { cancel } of this.series.values()) cancel?.();
  }

  private get depth(): number {
    return this.waiting.Warning.length + this.waiting.Normal.length;
  }

  private repeat(series: Series): void {
    const { clock } = this.options;
    series.count++;
    series.lastMs = clock.nowMs();
    series.seenAtMs = clock.monotonicMs();
    if (series.isStored) this.plan(series);
  }

  /** Lets the server be told in due time how often it has happened. */
  private plan(series: Series): void {
    const { clock } = this.options;
    if (this.isEnding) return this.count(series);
    series.cancel ??= clock.after(Math.max(0, series.sentAtMs + COUNT_EVERY_MS - clock.monotonicMs()), () => this.count(series));
  }

  /** Sends how often it has happened by now. */
  private count(series: Series): void {
    series.cancel?.();
    series.cancel = undefined;
    series.sentAtMs = this.options.clock.monotonicMs();
    this.queue(series);
  }

  /** Puts it in the queue, if all limits allow it. */
  private queue(series: Series): boolean {
    const { draft } = series;
    const jobs = this.waiting[draft.type];
    const reason = jobs.length >= LONGEST_QUEUE ? 'queue_full' : this.bucketOf(draft.regarding.metadata.uid).tryTake() > 0 ? 'object_limit' : undefined;
    if (reason) this.options.dropped(reason);
    else {
      jobs.push({ series, tries: 1 });
      this.pump();
    }
    return reason === undefined;
  }

  private bucketOf(uid: string): TokenBucket {
    const bucket = this.objects.find(uid) ?? new TokenBucket(this.options.clock, 1000 / OBJECT_EVERY_MS, OBJECT_BURST);
    this.objects.set(uid, bucket);
    return bucket;
  }

  private pump(): void {
    while (!this.isStopped && this.underWay.size < AT_ONCE) {
      const jobs = this.waiting.Warning.length > 0 ? this.waiting.Warning : this.waiting.Normal;
      const [job] = jobs;
      if (!job) return;
      const isHeldBack = job.series.draft.type === 'Normal' && this.options.isMinor(job.series.draft) && this.bucket.level <= this.options.burst / 2;
      const waitMs = isHeldBack ? 0 : this.bucket.tryTake();
      if (waitMs > 0) return this.pumpAfter(waitMs);
      jobs.shift();
      if (isHeldBack) this.drop(job.series, 'low_priority');
      else this.send(job);
    }
  }

  private pumpAfter(waitMs: number): void {
    if (this.isTimerSet) return;
    this.isTimerSet = true;
    this.options.clock.after(waitMs, () => {
      this.isTimerSet = false;
      this.pump();
    });
  }

  private send(job: Job): void {
    const sending = this.write(job.series).then((outcome) => {
      this.underWay.delete(sending);
      this.sent(job, outcome);
      this.pump();
    });
    this.underWay.add(sending);
  }

  private write(series: Series): Promise<Outcome<unknown>> {
    const { draft, reportingController, name, count, lastMs, isStored } = series;
    series.told = isStored ? count : 1;
    const { client, instance: reportingInstance } = this.options;
    const namespace = eventNamespace(draft.regarding);
    if (isStored) return client.patch(EVENTS, { namespace, name }, seriesPatch(count, lastMs), ERRAND);
    return client.create(EVENTS, namespace, newEvent(draft, { name, reportingController, reportingInstance, nowMs: lastMs }), ERRAND);
  }

  private sent({ series, tries }: Job, outcome: Outcome<unknown>): void {
    // The first try was stored although nobody said so.
    const isThere = outcome.result === 'rejected' && outcome.reason === 'AlreadyExists' && tries > 1;
    if (outcome.result === 'ok' || isThere) {
      series.isStored = true;
      if (series.count > series.told) this.plan(series);
    } else if (outcome.result === 'rejected') this.drop(series, 'refused');
    else if (tries < TRIES && !this.isStopped) this.waiting[series.draft.type].push({ series, tries: tries + 1 });
    else this.drop(series, this.isStopped ? 'stopped' : 'failed');
  }

  /** The next time it happens it is new: the server has not got it, or somebody has removed it. */
  private drop(series: Series, reason: DropReason): void {
    series.cancel?.();
    this.series.delete(series.key);
    this.options.dropped(reason);
  }
}

/** An object without what no Event says of it: thousands are remembered, each as it was when something happened to it. */
const named = ({ apiVersion, kind, metadata }: KubeObject): KubeObject => {
  const { name, namespace, uid, resourceVersion, creationTimestamp, ownerReferences } = metadata;
  return { apiVersion, kind, metadata: { name, namespace, uid, resourceVersion, creationTimestamp, ownerReferences } };
};

const aborted = (signal: AbortSignal): Promise<void> => new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
