import { monitorEventLoopDelay } from 'node:perf_hooks';

import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

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

/** Name and meaning of a family, and the names of its labels. */
export interface Family<L extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly L[];
}

// Of controller-runtime and client-go, in seconds: dashboards and load gates know these boundaries.
const RECONCILE_BUCKETS = [
  ...[0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 1.75],
  ...[2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60],
];
const QUEUE_BUCKETS = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10, 100, 1000];
const RESULTS = ['success', 'error', 'requeue', 'requeue_after'];
// How far apart the samples of the event loop are; each takes a wake-up.
const LOOP_SAMPLE_MS = 20;

/** Everything that is counted in the process, in the text format of Prometheus (spec 02 §8.3, §8.4). Families of kinds are added by their rooms. */
export class Metrics {
  public readonly contentType = Registry.PROMETHEUS_CONTENT_TYPE;
  private readonly registry = new Registry();
  private readonly loops: MeasuredLoop[] = [];
  private watches: readonly MeasuredWatch[] = [];
  private readonly passes = this.counter({ name: 'controller_runtime_reconcile_total', help: 'Passes.', labelNames: ['controller', 'result'] });
  private readonly errors = this.counter({ name: 'controller_runtime_reconcile_errors_total', help: 'Passes that failed.', labelNames: ['controller'] });
  private readonly passSeconds = this.histogram(
    { name: 'controller_runtime_reconcile_time_seconds', help: 'Duration of passes.', labelNames: ['controller'] },
    RECONCILE_BUCKETS,
  );
  private readonly workers = this.gauge({
    ...{ name: 'controller_runtime_max_concurrent_reconciles', help: 'Most passes at the same time.', labelNames: ['controller'] as const },
  });
  private readonly added = this.counter({ name: 'workqueue_adds_total', help: 'Keys that were added.', labelNames: ['name'] });
  private readonly retried = this.counter({ name: 'workqueue_retries_total', help: 'Keys that came back after a failure.', labelNames: ['name'] });
  private readonly waited = this.histogram(
    { name: 'workqueue_queue_duration_seconds', help: 'How long keys waited for a worker.', labelNames: ['name'] },
    QUEUE_BUCKETS,
  );
  private readonly worked = this.histogram(
    { name: 'workqueue_work_duration_seconds', help: 'How long keys were worked on.', labelNames: ['name'] },
    QUEUE_BUCKETS,
  );
  private readonly requests = this.counter({
    ...{ name: 'rest_client_requests_total', help: 'HTTP requests to the API server.', labelNames: ['code', 'host', 'method'] as const },
  });
  private readonly leader = this.gauge({ name: 'leader_election_master_status', help: '1 for the leader.', labelNames: ['name'] });
  private readonly writes = this.counter({
    ...{ name: 'agent_sandbox_ext_api_writes_total', help: 'Writes that were sent, by purpose.', labelNames: ['verb', 'resource', 'path'] as const },
  });
  private readonly conflicts = this.counter({
    ...{ name: 'agent_sandbox_ext_conflicts_total', help: 'Writes that were based on an old state.', labelNames: ['resource', 'resolution'] as const },
  });
  private readonly droppedEvents = this.counter({
    ...{ name: 'agent_sandbox_ext_events_dropped_total', help: 'Events that were not sent.', labelNames: ['reason'] as const },
  });

  constructor(private readonly clock: Clock) {
    collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: LOOP_SAMPLE_MS });
    this.addQueueGauges();
    this.addWatchFamilies();
    this.addEventLoopDelay();
  }

  /** A family of counters; `collect` sets them when they are read. */
  public counter<L extends string>(family: Family<L>, collect?: (counter: Counter<L>) => void): Counter<L> {
    const counter: Counter<L> = new Counter({ ...family, registers: [this.registry], ...(collect && { collect: () => collect(counter) }) });
    return counter;
  }

  /** A family of gauges; `collect` sets them when they are read. */
  public gauge<L extends string>(family: Family<L>, collect?: (gauge: Gauge<L>) => void): Gauge<L> {
    const gauge: Gauge<L> = new Gauge({ ...family, registers: [this.registry], ...(collect && { collect: () => collect(gauge) }) });
    return gauge;
  }

  /** A family of histograms with these upper boundaries. */
  public histogram<L extends string>(family: Family<L>, buckets: readonly number[]): Histogram<L> {
    return new Histogram({ ...family, buckets: [...buckets], registers: [this.registry] });
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

  private addQueueGauges(): void {
    const perLoop = (name: string, help: string, value: (queue: MeasuredLoop['workQueue']) => number): void => {
      this.gauge({ name, help, labelNames: ['name'] }, (gauge) => this.loops.forEach((loop) => gauge.set({ name: loop.name }, value(loop.workQueue))));
    };
    perLoop('workqueue_depth', 'Keys that wait for a worker.', ({ depth }) => depth);
    perLoop('workqueue_unfinished_work_seconds', 'How long all passes under way have taken so far, in sum.', ({ workingForMs }) => sum(workingForMs) / 1000);
    perLoop(
      'workqueue_longest_running_processor_seconds',
      'How long the longest pass under way has taken so far.',
      ({ workingForMs }) => Math.max(0, ...workingForMs) / 1000,
    );
    this.gauge({ name: 'controller_runtime_active_workers', help: 'Passes under way.', labelNames: ['controller'] }, (gauge) =>
      this.loops.forEach(({ name, workQueue }) => gauge.set({ controller: name }, workQueue.workingForMs.length)),
    );
  }

  private addWatchFamilies(): void {
    const age = { name: 'agent_sandbox_ext_watch_age_seconds', help: 'Since when nothing was heard of a watch.', labelNames: ['resource'] as const };
    this.gauge(age, (gauge) =>
      this.watches.forEach(({ resource, heardAtMs }) => gauge.set({ resource }, Math.max(0, this.clock.monotonicMs() - heardAtMs) / 1000)),
    );
    const relists = { name: 'agent_sandbox_ext_relists_total', help: 'How often the whole state was read again.', labelNames: ['resource'] as const };
    this.counter(relists, (counter) => {
      counter.reset();
      for (const watch of this.watches) counter.inc({ resource: watch.resource }, watch.relists);
    });
  }

  private addEventLoopDelay(): void {
    const delay = monitorEventLoopDelay({ resolution: LOOP_SAMPLE_MS });
    delay.enable();
    const help = '99th percentile since the last time this was read of how late the event loop came to a timer.';
    this.gauge({ name: 'agent_sandbox_ext_event_loop_delay_seconds', help, labelNames: [] }, (gauge) => {
      // A sample is the whole time between two ticks, in nanoseconds.
      gauge.set(Math.max(0, delay.percentile(99) / 1e9 - LOOP_SAMPLE_MS / 1000));
      delay.reset();
    });
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
