import type { Client, Errand } from './client';
import type { Clock } from './clock';
import { claimedSpec, CORE_EVENTS, leaseEvent, leaseMsOf, LEASES, releasedSpec, RENEW_DEADLINE_MS, RETRY_MS, type Lease, type LeaseSpec } from './lease';
import type { Key } from './object';
import { causeOf, type Outcome } from './outcome';
import { pause } from './pause';

/** What the election tells. */
export interface ElectionObserver {
  /** This process leads. Called at most once. */
  acquired(): void;
  /** This process led, and must stop at once. Called at most once; nothing is tried any more afterwards. */
  lost(reason: string): void;
  /** Another process leads. */
  following(holder: string): void;
  /** A try has failed; there will be another. Not told again and again of the same trouble. */
  failed(problem: string): void;
}

export interface ElectionOptions {
  /** Not the client of the workers: it must go on while theirs is broken off. */
  readonly client: Client;
  readonly clock: Clock;
  /** Answers at least 0 and less than 1. */
  readonly random: () => number;
  /** Where the Lease is. */
  readonly key: Key;
  /** Names this process and no other, not even its next life. */
  readonly identity: string;
  /** Name of the program, as Events about the Lease show it. */
  readonly component: string;
  readonly observer: ElectionObserver;
}

// A request that hangs on a dead connection leaves time for a read, a pause and another request before the renew deadline.
const REQUEST_MS = 3000;
const RELEASE_MS = 2000;
// Processes that wait for the same Lease should not all try in the same moment.
const JITTER = 0.2;

/**
 * Takes and keeps a Lease (spec 07 §4, 08 §8). All spans are measured by the local monotonic clock, so the clocks of two machines need not
 * agree; every write relies on the resourceVersion that was read. Loss is final: the process has to end.
 */
export class LeaderElection {
  private state: 'waiting' | 'leading' | 'over' = 'waiting';
  /** The Lease as it was read or written last. */
  private lease?: Lease;
  /** A write has had no known outcome, and nothing was read since. */
  private isInDoubt = false;
  /** When the present state of the Lease was first seen. */
  private observedAtMs = 0;
  /** When the request began that has taken or renewed it last. */
  private renewedAtMs = 0;
  private followed?: string;
  private problem?: string;
  private cancelDeadline: () => void = () => undefined;
  private readonly stopped = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly options: ElectionOptions) {}

  public start(): void {
    this.running = this.run();
  }

  /** Whether the Lease was renewed so recently that nobody else can have it, even if this process has slept since. */
  public isHeldAt(monotonicMs: number): boolean {
    return this.state === 'leading' && monotonicMs - this.renewedAtMs < RENEW_DEADLINE_MS;
  }

  public get isLeading(): boolean {
    return this.state === 'leading';
  }

  /** Stops, and gives the Lease back if it is ours, so that the next leader need not wait. Takes at most about 2 s beside a request that is under way. */
  public async release(): Promise<void> {
    const wasLeading = this.isHeldAt(this.options.clock.monotonicMs());
    this.end();
    await this.running;
    if (!wasLeading || !this.lease) return;
    const { client, clock, key } = this.options;
    this.tell('stopped leading', this.lease);
    await client.patch(LEASES, key, patchOf(this.lease, releasedSpec(clock.nowMs())), { ...ERRAND, deadlineMs: RELEASE_MS });
  }

  private async run(): Promise<void> {
    const { clock, random } = this.options;
    while (this.state !== 'over') {
      await this.attempt();
      await pause(clock, RETRY_MS * (1 + JITTER * random()), this.stopped.signal);
    }
  }

  /** Takes or renews the Lease, if that is possible now. After a conflict it looks and tries once more. */
  private async attempt(): Promise<void> {
    const { clock, key, identity } = this.options;
    // Who leads knows the Lease from its own last write, if it knows what became of that: one request per renewal.
    let lease = this.isLeading && !this.isInDoubt ? this.lease : await this.look();
    for (let tries = 0; tries < 2; tries++) {
      if (lease === 'unseen' || this.isForeign(lease) || this.isOver()) return;
      const startMs = clock.monotonicMs();
      const spec = claimedSpec(lease?.spec, { identity, nowMs: clock.nowMs() });
      const outcome = await this.write(lease ? patchOf(lease, spec) : leaseObject(key, spec), lease !== undefined);
      if (outcome.result === 'ok') return this.renewed(outcome.value, startMs);
      this.isInDoubt = outcome.result === 'unknown';
      const isStale = outcome.result === 'rejected' && (outcome.status === 409 || outcome.status === 404);
      if (!isStale) this.fail(`cannot ${this.isLeading ? 'renew' : 'take'} the Lease: ${causeOf(outcome)}`);
      if (outcome.result === 'rejected' && !isStale) return;
      lease = await this.look();
      // The outcome was unknown: what is stored now tells it.
      if (lease !== 'unseen' && isStoredIn(lease, spec)) return this.renewed(lease, startMs);
      if (!isStale) return;
    }
  }

  /** Reads the Lease; undefined when there is none. */
  private async look(): Promise<Lease | undefined | 'unseen'> {
    const { client, key } = this.options;
    const outcome = await client.get(LEASES, key, { ...ERRAND, deadlineMs: REQUEST_MS });
    if (outcome.result === 'ok') return this.observe(outcome.value);
    if (outcome.result === 'rejected' && outcome.status === 404) return this.observe(undefined);
    this.fail(`cannot read the Lease: ${causeOf(outcome)}`);
    return 'unseen';
  }

  private observe(lease: Lease | undefined): Lease | undefined {
    // Somebody who only changes a label does not renew it.
    if (JSON.stringify(lease?.spec) !== JSON.stringify(this.lease?.spec)) this.observedAtMs = this.options.clock.monotonicMs();
    this.lease = lease;
    this.isInDoubt = false;
    return lease;
  }

  /** Whether somebody else has it. Whoever led until now has lost it then. */
  private isForeign(lease: Lease | undefined): boolean {
    const holder = lease?.spec?.holderIdentity ?? '';
    const { identity, clock, observer } = this.options;
    if (holder === '' || holder === identity) return false;
    if (this.state === 'leading') {
      this.lose(`${holder} holds the Lease`);
      return true;
    }
    if (holder !== this.followed) observer.following((this.followed = holder));
    return clock.monotonicMs() - this.observedAtMs < leaseMsOf(lease?.spec);
  }

  private write(body: object, exists: boolean): Promise<Outcome<Lease>> {
    const { client, key } = this.options;
    const errand = { ...ERRAND, deadlineMs: REQUEST_MS };
    return exists ? client.patch(LEASES, key, body, errand) : client.create(LEASES, key.namespace, body, errand);
  }

  private renewed(lease: Lease, startMs: number): void {
    this.observe(lease);
    this.problem = undefined;
    if (this.isOver()) return;
    const leftMs = startMs + RENEW_DEADLINE_MS - this.options.clock.monotonicMs();
    // The answer comes so late that the term it confirms is over: whoever led has lost, whoever waited tries again.
    if (leftMs <= 0) return this.isLeading ? this.expire() : undefined;
    const isNew = this.state === 'waiting';
    this.renewedAtMs = startMs;
    this.state = 'leading';
    this.cancelDeadline();
    this.cancelDeadline = this.options.clock.after(leftMs, () => this.expire());
    if (!isNew) return;
    this.tell('became leader', lease);
    this.options.observer.acquired();
  }

  private fail(problem: string): void {
    // Of a leader the first failure after a renewal is news; the rest stands in the reason of the loss.
    const isNews = this.isLeading ? this.problem === undefined : this.problem !== problem;
    if (isNews && !this.isOver()) this.options.observer.failed(problem);
    this.problem = problem;
  }

  private expire(): void {
    this.lose(`the Lease was not renewed for ${RENEW_DEADLINE_MS / 1000} s${this.problem === undefined ? '' : `: ${this.problem}`}`);
  }

  private lose(reason: string): void {
    if (this.isOver()) return;
    this.end();
    this.options.observer.lost(reason);
  }

  private end(): void {
    this.state = 'over';
    this.cancelDeadline();
    this.stopped.abort();
  }

  // A method, because the state changes while others wait for the server.
  private isOver(): boolean {
    return this.state === 'over';
  }

  private tell(message: string, { metadata: { uid } }: Lease): void {
    const { client, clock, key, identity, component } = this.options;
    const event = leaseEvent(key, uid, { component, nowMs: clock.nowMs(), message: `${identity} ${message}` });
    // Nothing depends on it.
    void client.create(CORE_EVENTS, key.namespace, event, { ...ERRAND, purpose: 'event' });
  }
}

const ERRAND: Errand = { purpose: 'lease', traffic: 'background' };

const patchOf = ({ metadata: { resourceVersion } }: Lease, spec: LeaseSpec): object => ({ metadata: { resourceVersion }, spec });

const leaseObject = ({ namespace, name }: Key, spec: LeaseSpec): object => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { namespace, name },
  spec,
});

const isStoredIn = (lease: Lease | undefined, { holderIdentity, renewTime }: LeaseSpec): lease is Lease =>
  lease?.spec?.holderIdentity === holderIdentity && lease?.spec?.renewTime === renewTime;
