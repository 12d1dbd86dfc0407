import { apply, failureOf, what, type ApplyContext } from './apply';
import type { Clock } from './clock';
import { keyIn, keyText, type Key, type KubeObject } from './object';
import { versionOf } from './own-writes';
import { PassSpan } from './pass-span';
import type { Action, EventDraft, Failure, Plan, Reconciler } from './plan';
import type { Tracing } from './tracing';
import { WorkQueue, type QueueObserver, type Trouble } from './work-queue';

/** What one pass came to. */
export interface PassSeen {
  readonly controller: string;
  readonly key: string;
  readonly result: 'success' | 'requeue_after' | 'error';
  readonly tookMs: number;
  /** The rules that decided, in order, without repetition. */
  readonly rules: readonly string[];
  /** The writes that were sent, such as `POST Pod team/alice`. */
  readonly writes: readonly string[];
  readonly failures: readonly Failure[];
}

export interface LoopOptions<Observed, Memory> extends Omit<ApplyContext, 'writer' | 'emit'> {
  readonly reconciler: Reconciler<Observed, Memory>;
  readonly clock: Clock;
  /** A number from 0 up to 1. */
  readonly random: () => number;
  /** Keys that are worked on at the same time. */
  readonly concurrency: number;
  /** Takes an event; where it goes is the recorder's business. */
  readonly emit: (event: EventDraft, reporter: string) => void;
  /** Told of every pass: for the log line and the metrics. */
  readonly passed: (pass: PassSeen) => void;
  /** Told what a rule throws: a fault of ours. */
  readonly report: (error: unknown, key: string) => void;
  readonly queueObserver?: QueueObserver;
  /** Absent: no traces are sent. */
  readonly tracing?: Tracing;
}

/** What a cache tells of one object. */
export interface Wake<T extends KubeObject> {
  readonly object: T;
  readonly old?: T;
  readonly writer?: string;
}

// A pass that still wants to write after so many rounds contends with somebody; it comes back later.
const LONGEST_PASS_ROUNDS = 20;

// For errors whose cause people can mend and no watch can see (spec 07 §6).
const LONGEST_BACKOFF_UNSEEN_MS = 60_000;

/** One kind's controller: events wake keys, and a pass over a key repeats observe → plan → apply until nothing is asked for. */
export class ReconcileLoop<Observed, Memory = undefined> {
  private readonly queue: WorkQueue;
  private readonly memories = new Map<string, Memory>();
  private readonly passes = new Set<Promise<void>>();
  private readonly underWay = new Map<string, Pass<Observed, Memory>>();
  private isStarted = false;
  private isStopped = false;

  public constructor(private readonly options: LoopOptions<Observed, Memory>) {
    const { clock, random, concurrency, queueObserver } = options;
    this.queue = new WorkQueue({ clock, random, concurrency, work: (key) => this.work(key), ...(queueObserver && { observer: queueObserver }) });
  }

  public get name(): string {
    return this.options.reconciler.name;
  }

  public get workQueue(): Pick<WorkQueue, 'depth' | 'workingForMs'> {
    return this.queue;
  }

  /** Whether it decides at present: it has been started and not stopped. */
  public get isDeciding(): boolean {
    return this.isStarted && !this.isStopped;
  }

  /** Lets the passes begin; keys that were woken before are the backlog, which fresh events overtake. */
  public start(): void {
    this.isStarted = true;
    this.queue.start();
  }

  /** Takes nothing up any more. Resolves when the passes under way have ended. */
  public async stop(): Promise<void> {
    this.isStopped = true;
    this.queue.stop();
    await Promise.all(this.passes);
  }

  /** Asks for a pass over a key. */
  public wake({ namespace, name }: Key, lane: 'fresh' | 'backlog' = this.isStarted ? 'fresh' : 'backlog'): void {
    this.queue.add(keyText({ namespace, name }), lane);
  }

  /**
   * A handler for a cache: wakes the keys that a change concerns. Echoes of what this loop wrote itself wake nobody, also those that come before the answer,
   * and neither does what a pass under way has still looked at.
   */
  public waking<T extends KubeObject>(keysOf: (object: T) => readonly Key[]): (change: Wake<T>) => void {
    return ({ object, old, writer }) => {
      if (writer === this.name || old?.metadata.resourceVersion === object.metadata.resourceVersion) return;
      // Each key once: the pass begins at once, and a second wake would lead to a second one.
      const keys = new Map((old ? [object, old] : [object]).flatMap(keysOf).map((key) => [keyText(key), key]));
      for (const [text, key] of keys) {
        const pass = this.underWay.get(text);
        if (pass) pass.hear(object);
        else this.wake(key);
      }
    };
  }

  private async work(key: string): Promise<void> {
    const pass = this.pass(key);
    this.passes.add(pass);
    await pass;
    this.passes.delete(pass);
  }

  private async pass(text: string): Promise<void> {
    const pass = new Pass(text, this.options, this.queue, this.memories);
    const { clock, reconciler, passed, report } = this.options;
    const startMs = clock.monotonicMs();
    this.underWay.set(text, pass);
    let plan: Plan<Memory> | undefined;
    try {
      plan = await pass.run(() => this.isStopped);
    } catch (error) {
      report(error, text);
      plan = { actions: [], isFailed: true };
    }
    this.underWay.delete(text);
    if (this.isStopped) return;
    if (pass.hasMissedNews) this.queue.add(text);
    if (plan?.isFailed) this.queue.retry(text, pass.failures.some(({ isForbidden }) => isForbidden) ? LONGEST_BACKOFF_UNSEEN_MS : undefined);
    else this.queue.forget(text);
    if (plan?.againMs !== undefined) this.queue.addAfter(text, plan.againMs);
    pass.span.end(plan?.isFailed === true, pass.failures);
    const result = plan?.isFailed ? 'error' : plan?.againMs !== undefined ? 'requeue_after' : 'success';
    const { rules, writes, failures } = pass;
    passed({ controller: reconciler.name, key: text, result, tookMs: clock.monotonicMs() - startMs, rules: [...rules], writes, failures });
  }
}

/** One pass over one key. */
class Pass<Observed, Memory> {
  public readonly rules = new Set<string>();
  public readonly writes: string[] = [];
  public readonly failures: Failure[] = [];
  private readonly unknownSteps = new Set<string>();
  /** Steps of this round in which something else was found than the plan knew of. */
  private readonly surprisedSteps = new Set<string>();
  /** Versions that came while it was under way, and those that it wrote itself. */
  private readonly heard = new Set<string>();
  private readonly written = new Set<string>();
  private readonly key: Key;
  private readonly trouble: Trouble;
  public readonly span: PassSpan<Observed>;

  public constructor(
    private readonly text: string,
    private readonly options: LoopOptions<Observed, Memory>,
    private readonly queue: Pick<WorkQueue, 'troubleOf' | 'stepAside'>,
    private readonly memories: Map<string, Memory>,
  ) {
    this.key = keyIn(text);
    this.trouble = queue.troubleOf(text);
    const { tracing, reconciler, clock } = options;
    this.span = new PassSpan(this.key, { ...(tracing && { tracing }), ...(reconciler.trace && { trace: reconciler.trace }), clock });
  }

  /** Something has changed that concerns the key. */
  public hear({ metadata }: KubeObject): void {
    this.heard.add(versionOf(metadata));
  }

  /** Whether something has changed that no round has looked at, or only with a failure in mind that it may have mended. */
  public get hasMissedNews(): boolean {
    return [...this.heard].some((version) => !this.written.has(version));
  }

  /** Rounds until a plan asks for nothing. Answers that plan, or undefined when there is nothing to decide. */
  public async run(isStopped: () => boolean): Promise<Plan<Memory> | undefined> {
    const { reconciler, emit } = this.options;
    for (let round = 0; round < LONGEST_PASS_ROUNDS; round++) {
      if (this.failures.length === 0) this.heard.clear();
      const observed = this.span.look(() => reconciler.observe(this.key, this.circumstances()));
      if (observed === undefined) {
        this.memories.delete(this.text);
        return undefined;
      }
      const plan = reconciler.plan(observed);
      if (plan.memory !== undefined) this.memories.set(this.text, plan.memory);
      if (plan.by !== undefined) this.rules.add(plan.by);
      plan.events?.forEach((event) => emit(event, `${reconciler.name}-controller`));
      if (plan.actions.length === 0) return plan;
      this.surprisedSteps.clear();
      for (const group of plan.actions) {
        if (isStopped()) return undefined;
        await Promise.all(('do' in group ? [group] : group).map((action) => this.span.step(action.step, () => this.act(action))));
      }
    }
    return { actions: [], isFailed: true, by: 'contention' };
  }

  private circumstances() {
    const { clock } = this.options;
    const { failures, trouble, memories, text } = this;
    return { nowMs: clock.nowMs(), monotonicMs: clock.monotonicMs(), failures, trouble, memory: memories.get(text) };
  }

  private async act(action: Action): Promise<void> {
    if (this.surprisedSteps.has(action.step) || this.failures.some(({ step }) => step === action.step)) return;
    const { reconciler, emit } = this.options;
    if (action.do !== 'read') this.writes.push(what(action));
    const applying = apply(action, {
      ...this.options,
      writer: reconciler.name,
      emit: (event) => emit(event, `${reconciler.name}-controller`),
    });
    // Refill waits for claims: it must not keep the workers from what they wait for.
    const { result, object, failure, wasUnknown } = await (isRefill(action) ? this.queue.stepAside(applying) : applying);
    if (object) this.written.add(versionOf(object.metadata));
    if (failure) this.failures.push(failure);
    if (result === 'looked') this.surprisedSteps.add(action.step);
    if (!wasUnknown) return;
    // Once it may have been an accident; a server that goes on like this is left alone for a while.
    if (this.unknownSteps.has(action.step)) this.failures.push(failureOf(action, `${what(action)}: no definite answer, twice`, false));
    this.unknownSteps.add(action.step);
  }
}

const isRefill = (action: Action): boolean => action.do !== 'read' && action.purpose === 'refill';
