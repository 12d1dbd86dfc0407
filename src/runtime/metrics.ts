import { monitorEventLoopDelay } from 'node:perf_hooks';

import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

import { METRICS, type CounterFamily, type Family, type GaugeFamily, type HistogramFamily } from '../api/metrics';
import type { RequestSeen } from './client';
import type { Clock } from './clock';
import type { HttpRequestSeen } from './http-transport';
import type { PassSeen } from './reconcile';
import type { QueueObserver } from './work-queue';

/** A controller as the metrics see it. */
export interface MeasuredLoop {
  readonly name: string;
  readonly workQueue: { readonly depth: number; readonly workingForMs: readonly number[] };
}

/** A watch as the metrics see it. */
export interface MeasuredWatch {
  /** Plural of what it watches. */
  readonly resource: string;
  /** When it was last heard, by the monotonic clock. */
  readonly heardAtMs: number;
  /** How often the whole state was read again after the first time. */
  readonly relists: number;
}

const RESULTS = ['success', 'error', 'requeue', 'requeue_after'];
// How far apart the samples of the event loop are; each takes a wake-up.
const LOOP_SAMPLE_MS = 20;

/** Everything that is counted in the process, in the text format of Prometheus (spec 02 §8.3, §8.4). Families of kinds are added by their rooms. */
export class Metrics {
  public readonly contentType = Registry.PROMETHEUS_CONTENT_TYPE;
  private readonly registry = new Registry();
  private readonly loops: MeasuredLoop[] = [];
  private watches: readonly MeasuredWatch[] = [];
  private readonly passes = this.counter(METRICS.passes);
  private readonly errors = this.counter(METRICS.passErrors);
  private readonly passSeconds = this.histogram(METRICS.passSeconds);
  private readonly workers = this.gauge(METRICS.maxWorkers);
  private readonly added = this.counter(METRICS.queueAdds);
  private readonly retried = this.counter(METRICS.queueRetries);
  private readonly waited = this.histogram(METRICS.queueSeconds);
  private readonly worked = this.histogram(METRICS.workSeconds);
  private readonly requests = this.counter(METRICS.requests);
  private readonly leader = this.gauge(METRICS.leader);
  private readonly writes = this.counter(METRICS.writes);
  private readonly conflicts = this.counter(METRICS.conflicts);
  private readonly droppedEvents = this.counter(METRICS.droppedEvents);

  constructor(private readonly clock: Clock) {
    collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: LOOP_SAMPLE_MS });
    this.addQueueGauges();
    this.addWatchFamilies();
    this.addEventLoopDelay();
  }

  /** A family of counters; `collect` sets them when they are read. */
  public counter<L extends string>(family: CounterFamily<L>, collect?: (counter: Counter<L>) => void): Counter<L> {
    const counter: Counter<L> = new Counter({ ...this.configurationOf(family), ...(collect && { collect: () => collect(counter) }) });
    return counter;
  }

  /** A family of gauges; `collect` sets them when they are read. */
  public gauge<L extends string>(family: GaugeFamily<L>, collect?: (gauge: Gauge<L>) => void): Gauge<L> {
    const gauge: Gauge<L> = new Gauge({ ...this.configurationOf(family), ...(collect && { collect: () => collect(gauge) }) });
    return gauge;
  }

  /** A family of histograms. */
  public histogram<L extends string>(family: HistogramFamily<L>): Histogram<L> {
    return new Histogram({ ...this.configurationOf(family), buckets: [...family.buckets] });
  }

  /** What `/metrics` answers. */
  public text(): Promise<string> {
    return this.registry.metrics();
  }

  /** Counts for the queue of a controller. */
  public queueObserver(name: string): QueueObserver {
    this.added.inc({ name }, 0);
    this.retried.inc({ name }, 0);
    return {
      added: () => this.added.inc({ name }),
      retried: () => this.retried.inc({ name }),
      started: (waitedMs) => this.waited.observe({ name }, waitedMs / 1000),
      ended: (workedMs) => this.worked.observe({ name }, workedMs / 1000),
    };
  }

  /** Shows how much a controller has to do. */
  public measureLoop(loop: MeasuredLoop, concurrency: number): void {
    this.loops.push(loop);
    this.workers.set({ controller: loop.name }, concurrency);
    for (const result of RESULTS) this.passes.inc({ controller: loop.name, result }, 0);
    this.errors.inc({ controller: loop.name }, 0);
  }

  /** Shows how the watches do. */
  public measureWatches(watches: readonly MeasuredWatch[]): void {
    this.watches = watches;
  }

  /** Counts a pass. */
  public passed({ controller, result, tookMs }: Pick<PassSeen, 'controller' | 'result' | 'tookMs'>): void {
    this.passes.inc({ controller, result });
    if (result === 'error') this.errors.inc({ controller });
    this.passSeconds.observe({ controller }, tookMs / 1000);
  }

  /** Counts a write, for the client's `seen`. */
  public requestSeen({ verb, resource, purpose, status }: RequestSeen): void {
    if (verb === 'get' || verb === 'list') return;
    this.writes.inc({ verb, resource, path: purpose });
    // The kernel resolves every conflict in one way: it reads the object and decides anew.
    if (status === 409) this.conflicts.inc({ resource, resolution: 'reread' });
  }

  /** Counts an HTTP request, for the transport's `seen`. */
  public httpSeen({ code, host, method }: HttpRequestSeen): void {
    this.requests.inc({ code, host, method });
  }

  /** Counts an event that was not sent. */
  public eventDropped(reason: string): void {
    this.droppedEvents.inc({ reason });
  }

  /** Shows whether this process leads. */
  public leads(name: string, isLeader: boolean): void {
    this.leader.set({ name }, isLeader ? 1 : 0);
  }

  private configurationOf<L extends string>({ name, help, labelNames }: Family<L>) {
    return { name, help, labelNames, registers: [this.registry] };
  }

  private addQueueGauges(): void {
    const perLoop = (family: GaugeFamily<'name'>, value: (queue: MeasuredLoop['workQueue']) => number): void => {
      this.gauge(family, (gauge) => this.loops.forEach((loop) => gauge.set({ name: loop.name }, value(loop.workQueue))));
    };
    perLoop(METRICS.queueDepth, ({ depth }) => depth);
    perLoop(METRICS.unfinishedSeconds, ({ workingForMs }) => sum(workingForMs) / 1000);
    perLoop(METRICS.longestSeconds, ({ workingForMs }) => Math.max(0, ...workingForMs) / 1000);
    this.gauge(METRICS.activeWorkers, (gauge) => this.loops.forEach(({ name, workQueue }) => gauge.set({ controller: name }, workQueue.workingForMs.length)));
  }

  private addWatchFamilies(): void {
    this.gauge(METRICS.watchAge, (gauge) =>
      this.watches.forEach(({ resource, heardAtMs }) => gauge.set({ resource }, Math.max(0, this.clock.monotonicMs() - heardAtMs) / 1000)),
    );
    this.counter(METRICS.relists, (counter) => {
      counter.reset();
      for (const watch of this.watches) counter.inc({ resource: watch.resource }, watch.relists);
    });
  }

  private addEventLoopDelay(): void {
    const delay = monitorEventLoopDelay({ resolution: LOOP_SAMPLE_MS });
    delay.enable();
    this.gauge(METRICS.eventLoopDelay, (gauge) => {
      // A sample is the whole time between two ticks, in nanoseconds.
      gauge.set(Math.max(0, delay.percentile(99) / 1e9 - LOOP_SAMPLE_MS / 1000));
      delay.reset();
    });
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
