import { EVENTS, findType, LEASES } from './api/resource-types';
import type { History, Mishap } from './history';
import type { Invariant, InvariantOf } from './invariants/invariant';
import { isWrite, type Landed } from './network/network';
import type { Process, Program } from './network/process';
import { World } from './world';

/** What a history is run on. */
export interface Setup<Action> {
  /** The program under test; one process runs it for each name. More than one means as many leaders. */
  readonly program: Program;
  readonly processes: readonly string[];
  readonly invariants: readonly InvariantOf[];
  /**
   * Invariants that are known to be violated, by id, so that others can be looked for.
   *
   * @default - none
   */
  readonly without?: readonly string[];
  /** Carries out an action. */
  readonly perform: (world: World, action: Action) => void;
}

/** How a run ended. */
export interface Outcome {
  /** What was wrong, if something was: the invariant and a sentence. */
  readonly violation: string | undefined;
  readonly story: string;
  /** Things that happened, and writes of programs that were carried out. */
  readonly steps: number;
  readonly writes: number;
}

// What has been forgotten by then is found by the restart.
const QUIET_MS = 400_000;
// Whatever happens leads to a few writes.
const MOST_WRITES = 200;
// A run in which so much happens has run in circles.
const MOST_STEPS = 50_000;
// Requests go on failing while programs do what the last actions have led to.
const AFTERMATH_MS = 60_000;
const RESTART_MS = 3000;
const CLOCK_JUMP_MS = 7_200_000;
// A watch that is silent is noticed after 90 s, and a key that has failed all through a history waits for about three minutes (spec 07 §6).
const TIMELY_MS = 300_000;

/** Runs a history to its end: the actions, then calm weather until nothing is written any more, then a restart, which must write nothing. */
export async function simulate<Action>(history: History<Action>, setup: Setup<Action>, keepStory = false): Promise<Outcome> {
  const run = new Run(history, setup, keepStory);
  const violation = await run.play();
  return { violation, story: run.world.story.text(), steps: run.steps, writes: run.writes };
}

class Violation extends Error {}

class Run<Action> {
  public readonly world: World;
  public steps = 0;
  public writes = 0;
  private readonly invariants: readonly Invariant[];
  private readonly processes = new Map<string, Process>();
  private lives = 0;
  private lastWriteMs = 0;
  private lastCauseMs = Infinity;
  private writesSinceCause = 0;
  private found: string | undefined;
  private left: number;

  constructor(
    private readonly history: History<Action>,
    private readonly setup: Setup<Action>,
    keepStory: boolean,
  ) {
    this.world = new World(history.seed, { keepStory });
    this.world.nodes.lives = history.lives;
    this.invariants = setup.invariants.map((invariantOf) => invariantOf(this.world));
    // The last one is the end of all trouble.
    this.left = history.actions.length + history.mishaps.length + 1;
    this.watchNetwork();
  }

  public async play(): Promise<string | undefined> {
    try {
      this.plan();
      await this.go(() => this.left === 0);
      await this.calmDown();
      for (const invariant of this.invariants) this.assert(invariant.id, invariant.atRest?.());
      await this.restart();
      return undefined;
    } catch (error) {
      if (error instanceof Violation) return error.message;
      throw error;
    }
  }

  private watchNetwork(): void {
    const { network } = this.world;
    const check = (select: (invariant: Invariant) => string | undefined) => {
      for (const invariant of this.invariants) this.note(invariant.id, select(invariant));
    };
    network.onSent = (sent) => check((invariant) => invariant.sent?.(sent));
    network.onSettled = (settled) => check((invariant) => invariant.settled?.(settled));
    network.onLanded = (landed) => {
      if (countsAsWrite(landed)) {
        this.writes++;
        this.lastWriteMs = this.world.scheduler.nowMs;
        this.writesSinceCause++;
        if (this.writesSinceCause > MOST_WRITES) this.note('I6', `${MOST_WRITES} writes and no end, although nothing happens any more`);
        this.note('I11', this.latenessOf(landed));
      }
      check((invariant) => invariant.landed?.(landed));
    };
    this.world.model.store.onChange(({ actor }) => {
      const isProgram = [...this.processes.values()].some(({ name }) => name === actor);
      if (isProgram) return;
      this.writesSinceCause = 0;
      if (this.lastCauseMs < Infinity) this.lastCauseMs = this.world.scheduler.nowMs;
    });
    network.onCrash = (process) => this.bringBack(process);
    const planned = new Map(this.history.faults.map(({ nth, of, fault }) => [`${of} ${nth}`, fault]));
    network.rules.push(({ request, count, writeCount }) => planned.get(isWrite(request) ? `write ${writeCount}` : `read ${count - writeCount}`));
  }

  private plan(): void {
    const { scheduler } = this.world;
    for (const name of this.setup.processes) this.startProcess(name);
    let atMs = 0;
    for (const { afterMs, action } of this.history.actions) {
      atMs += afterMs;
      scheduler.after(atMs, () => {
        this.left--;
        this.world.weather.tell('user', () => JSON.stringify(action));
        this.setup.perform(this.world, action);
      });
    }
    let endMs = atMs;
    atMs = 0;
    for (const mishap of this.history.mishaps) {
      atMs += mishap.afterMs;
      scheduler.after(atMs, () => {
        this.left--;
        this.befall(mishap);
      });
    }
    endMs = Math.max(endMs, atMs) + AFTERMATH_MS;
    scheduler.after(endMs, () => this.left--);
  }

  private startProcess(name: string): void {
    this.world.weather.tell(name, () => 'starts');
    this.processes.set(name, this.world.start(this.lives === 0 ? name : `${name}#${this.lives}`, this.setup.program));
    this.lives++;
  }

  /** Something happens to one of the programs, or to the server's memory. */
  private befall({ what }: Mishap): void {
    const { random, network, model, weather } = this.world;
    const process = random.pick([...this.processes.values()]);
    weather.tell(process.name, () => `suffers: ${what}`);
    if (what === 'crash') {
      if (process.isAlive) this.bringBack(process);
      network.kill(process);
    } else if (what === 'pause') process.pause(random.between(100, 40_000));
    else if (what === 'clockForward') this.world.wallClockErrorMs += CLOCK_JUMP_MS;
    else if (what === 'clockBack') this.world.wallClockErrorMs -= CLOCK_JUMP_MS;
    else if (what === 'compaction') model.store.compact();
    else network.disturbWatches(process, what);
  }

  private bringBack(process: Process): void {
    const [name] = [...this.processes].find(([, other]) => other === process) ?? [];
    if (name === undefined) return;
    this.world.weather.tell(name, () => 'is dead');
    this.world.scheduler.after(this.world.random.below(RESTART_MS), () => this.startProcess(name));
  }

  /** No more trouble: waits until nothing has been written for a long time. */
  private async calmDown(): Promise<void> {
    const { network, scheduler, weather } = this.world;
    network.rules.length = 0;
    weather.isCalm = true;
    weather.tell('world', () => 'no more trouble');
    this.setClock();
    this.lastWriteMs = scheduler.nowMs;
    this.lastCauseMs = scheduler.nowMs;
    await this.go(() => scheduler.nowMs - this.lastWriteMs > QUIET_MS);
  }

  /** Nobody can wait for a time of day under a clock that is set. When it is right again the programs start anew, as after a repair. */
  private setClock(): void {
    const wasWrong = this.history.mishaps.some(({ what }) => what === 'clockBack' || what === 'clockForward');
    this.world.wallClockErrorMs = 0;
    if (wasWrong) this.startAllAnew();
  }

  private startAllAnew(): void {
    for (const [name, process] of [...this.processes]) {
      this.world.network.kill(process);
      this.startProcess(name);
    }
  }

  /** In calm weather a write follows soon on what made it necessary; one that comes much later had been forgotten until some timer. */
  private latenessOf({ sent: { request } }: Landed): string | undefined {
    const spanMs = this.world.scheduler.nowMs - this.lastCauseMs;
    return spanMs > TIMELY_MS ? `${request.verb} ${request.resource.kind} came ${Math.round(spanMs / 1000)} s after the last thing that happened` : undefined;
  }

  /** I7: what starts anew finds everything as it should be. */
  private async restart(): Promise<void> {
    const { scheduler, weather } = this.world;
    weather.tell('world', () => 'everything rests; all programs start anew');
    this.startAllAnew();
    const before = this.writes;
    this.lastWriteMs = scheduler.nowMs;
    await this.go(() => this.writes > before || scheduler.nowMs - this.lastWriteMs > QUIET_MS);
    if (this.writes > before) throw new Violation('I7: a restart on a converged state wrote something');
  }

  private async go(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      if (this.steps++ > MOST_STEPS) throw new Violation(`I6: does not come to rest within ${MOST_STEPS} steps`);
      // With nothing left to happen, time passes all the same.
      if (!(await this.world.step())) this.world.scheduler.nowMs += QUIET_MS;
      const [error] = this.world.errors;
      if (error !== undefined)
        throw new Violation(`crash: the program threw ${error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error)}`);
      if (this.found !== undefined) throw new Violation(this.found);
    }
  }

  private note(id: string, fault: string | undefined): void {
    if (fault === undefined || this.found !== undefined || this.setup.without?.includes(id)) return;
    this.found = `${id}: ${fault}`;
    this.world.weather.tell('VIOLATION', () => `${id}: ${fault}`);
  }

  private assert(id: string, fault: string | undefined): void {
    this.note(id, fault);
    if (this.found !== undefined) throw new Violation(this.found);
  }
}

/** Leases are renewed for ever, and events tell of what happened, not of what is. */
function countsAsWrite({ sent: { request }, answer }: Landed): boolean {
  const type = findType(request.resource);
  return isWrite(request) && answer.status < 300 && type !== LEASES && type !== EVENTS;
}
