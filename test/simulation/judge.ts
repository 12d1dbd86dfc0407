import { CLAIMS, EVENTS, findType, LEASES, SANDBOXES } from './api/resource-types';
import type { Invariant, InvariantOf } from './invariants/invariant';
import { isWrite, type Landed } from './network/network';
import type { World } from './world';

/** By what a run is judged. */
export interface Law {
  readonly invariants: readonly InvariantOf[];
  /**
   * Invariants that are known to be violated, by id, so that others can be looked for.
   *
   * @default - none
   */
  readonly without?: readonly string[];
  /**
   * Whether a write follows on nothing but time, so that it cannot be late; others may follow on it.
   *
   * @default - no write does
   */
  readonly isTimed?: (landed: Landed, world: World) => boolean;
  /**
   * How long after the last thing that happened programs may still undo each other's work: until the one that hears nothing has noticed it.
   * Writes without end are those that come after that.
   *
   * @default 0
   */
  readonly quarrelMs?: number;
}

/** A watch that is silent is noticed after 108 s, by a process that may have slept for 40 s (spec 07 §6); then it reads everything anew. */
const LONGEST_QUARREL_MS = 180_000;

/** Of leaders that are not elected the one that hears late and the one that hears soon answer each other until both have heard. */
export const quarrelOf = (processes: readonly string[]): number => (processes.length > 1 ? LONGEST_QUARREL_MS : 0);

// Whatever happens leads to a few writes.
const MOST_WRITES = 200;
// A cold claim makes a Sandbox and a Pod, and tells of them several times.
const WRITES_OF_EACH = 5;
// A watch that is silent is noticed after 90 s, and a key that has failed all through a history waits for about three minutes (spec 07 §6).
const TIMELY_MS = 300_000;

/** Watches what programs do in a world: counts their writes, and remembers the first thing that was wrong. */
export class Judge {
  /** What was wrong first: the invariant and a sentence. */
  public found: string | undefined;
  /** Writes of programs that were carried out. */
  public writes = 0;
  private readonly invariants: readonly Invariant[];
  private lastWriteMs = 0;
  private writesSinceCause = 0;
  private lastCauseMs = Infinity;
  private disturbedMs = 0;

  constructor(
    private readonly world: World,
    private readonly law: Law,
    isProgram: (actor: string) => boolean,
  ) {
    this.invariants = law.invariants.map((invariantOf) => invariantOf(world));
    const { network, model } = world;
    world.onPassed = (passed) => this.check((invariant) => invariant.passed?.(passed));
    network.onSent = (sent) => this.check((invariant) => invariant.sent?.(sent));
    network.onSettled = (settled) => this.check((invariant) => invariant.settled?.(settled));
    network.onLanded = (landed) => {
      if (countsAsWrite(landed)) this.count(landed);
      this.check((invariant) => invariant.landed?.(landed));
    };
    model.store.onChange(({ actor }) => {
      if (!isProgram(actor)) this.happened();
    });
  }

  /** Calm weather begins: what has to be done is done soon. */
  public expectTimeliness(): void {
    this.lastWriteMs = this.lastCauseMs = this.world.scheduler.nowMs;
  }

  /** How long nothing has been written, at most since calm weather began. */
  public get restedMs(): number {
    return this.world.scheduler.nowMs - this.lastWriteMs;
  }

  /** Nothing happens any more. */
  public checkAtRest(): void {
    this.check((invariant) => invariant.atRest?.());
  }

  private check(faultOf: (invariant: Invariant) => string | undefined): void {
    for (const invariant of this.invariants) this.note(invariant.id, faultOf(invariant));
  }

  /** Whether programs may still undo each other's work. */
  public get mayBeQuarrel(): boolean {
    return this.world.scheduler.nowMs - this.disturbedMs < (this.law.quarrelMs ?? 0);
  }

  /** Something happens to the programs themselves. */
  public disturbed(): void {
    this.disturbedMs = this.world.scheduler.nowMs;
  }

  /** Something happens that programs have to answer. */
  private happened(): void {
    this.writesSinceCause = 0;
    this.disturbed();
    if (this.lastCauseMs < Infinity) this.lastCauseMs = this.world.scheduler.nowMs;
  }

  private count(landed: Landed): void {
    this.writes++;
    if (!this.mayBeQuarrel) this.writesSinceCause++;
    this.lastWriteMs = this.world.scheduler.nowMs;
    if (this.writesSinceCause > MOST_WRITES) this.note('I6', this.endlessness());
    if (this.law.isTimed?.(landed, this.world) === true) this.happened();
    else this.note('I11', this.latenessOf(landed));
  }

  private endlessness(): string | undefined {
    const { store } = this.world.model;
    const most = MOST_WRITES + WRITES_OF_EACH * (store.list(SANDBOXES).length + store.list(CLAIMS).length);
    return this.writesSinceCause > most ? `${most} writes and no end, although nothing happens any more` : undefined;
  }

  /** In calm weather a write follows soon on what made it necessary; one that comes much later had been forgotten until some timer. */
  private latenessOf({ sent: { request } }: Landed): string | undefined {
    const spanMs = this.world.scheduler.nowMs - this.lastCauseMs;
    return spanMs > TIMELY_MS ? `${request.verb} ${request.resource.kind} came ${Math.round(spanMs / 1000)} s after the last thing that happened` : undefined;
  }

  private note(id: string, fault: string | undefined): void {
    if (fault === undefined || this.found !== undefined || this.law.without?.includes(id)) return;
    this.found = `${id}: ${fault}`;
    this.world.weather.tell('VIOLATION', () => `${id}: ${fault}`);
  }
}

/** Leases are renewed for ever, and events tell of what happened, not of what is. */
function countsAsWrite({ sent: { request }, answer }: Landed): boolean {
  const type = findType(request.resource);
  return isWrite(request) && answer.status < 300 && type !== LEASES && type !== EVENTS;
}
