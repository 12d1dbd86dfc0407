import type { History, Mishap } from './history';
import { Judge, type Law } from './judge';
import { isWrite } from './network/network';
import type { Process, Program } from './network/process';
import { World } from './world';

/** What a history is run on. */
export interface Setup<Action> extends Law {
  /** The program under test; one process runs it for each name. More than one means as many leaders, unless the program elects one. */
  readonly program: Program;
  readonly processes: readonly string[];
  /** Carries out an action. */
  readonly perform: (world: World, action: Action) => void;
  /**
   * Whether there is something in the world that is tried again for ever: a restart may try it at once.
   *
   * @default - there is not
   */
  readonly isRestless?: (world: World) => boolean;
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
// A run in which so much happens has run in circles.
const MOST_STEPS = 50_000;
// A quarrel of leaders is bounded by time: in calm weather one answers the other after 1 ms, for as long as it takes until a silent watch is noticed.
const MOST_QUARREL_STEPS = 5_000_000;
// Requests go on failing while programs do what the last actions have led to.
const AFTERMATH_MS = 60_000;
const RESTART_MS = 3000;
const CLOCK_JUMP_MS = 7_200_000;

/** Runs a history to its end: the actions, then calm weather until nothing is written any more, then a restart, which must write nothing. */
export async function simulate<Action>(history: History<Action>, setup: Setup<Action>, keepStory = false): Promise<Outcome> {
  const run = new Run(history, setup, keepStory);
  const violation = await run.play();
  return { violation, story: run.world.story.text(), steps: run.steps, writes: run.judge.writes };
}

class Violation extends Error {}

class Run<Action> {
  public readonly world: World;
  public readonly judge: Judge;
  public steps = 0;
  private quarrelSteps = 0;
  private readonly processes = new Map<string, Process>();
  private lives = 0;
  private left: number;

  constructor(
    private readonly history: History<Action>,
    private readonly setup: Setup<Action>,
    keepStory: boolean,
  ) {
    this.world = new World(history.seed, { keepStory });
    this.world.nodes.lives = history.lives;
    this.judge = new Judge(this.world, setup, (actor) => [...this.processes.values()].some(({ name }) => name === actor));
    // The last one is the end of all trouble.
    this.left = history.actions.length + history.mishaps.length + 1;
  }

  public async play(): Promise<string | undefined> {
    try {
      this.plan();
      await this.go(() => this.left === 0);
      await this.calmDown();
      this.judge.checkAtRest();
      this.endIfWrong();
      if (this.setup.isRestless?.(this.world) !== true) await this.restart();
      return undefined;
    } catch (error) {
      if (error instanceof Violation) return error.message;
      throw error;
    }
  }

  private plan(): void {
    const { network, scheduler, weather } = this.world;
    network.onCrash = (process) => this.bringBack(process);
    const planned = new Map(this.history.faults.map(({ nth, of, fault }) => [`${of} ${nth}`, fault]));
    network.rules.push(({ request, count, writeCount }) => planned.get(isWrite(request) ? `write ${writeCount}` : `read ${count - writeCount}`));
    for (const name of this.setup.processes) this.startProcess(name);
    const actionsMs = this.planEach(this.history.actions, ({ action }) => {
      weather.tell('user', () => JSON.stringify(action));
      this.setup.perform(this.world, action);
    });
    const mishapsMs = this.planEach(this.history.mishaps, (mishap) => this.befall(mishap));
    scheduler.after(Math.max(actionsMs, mishapsMs) + AFTERMATH_MS, () => this.left--);
  }

  /** Lets them happen one after the other. Answers when the last one does. */
  private planEach<T extends { readonly afterMs: number }>(list: readonly T[], happen: (item: T) => void): number {
    let atMs = 0;
    for (const item of list) {
      atMs += item.afterMs;
      this.world.scheduler.after(atMs, () => {
        this.left--;
        happen(item);
      });
    }
    return atMs;
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
    this.judge.disturbed();
    if (what === 'crash') network.crash(process);
    else if (what === 'pause') process.pause(random.between(100, 40_000));
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
    const { network, nodes, weather } = this.world;
    network.rules.length = 0;
    // A pool goes on until it has Pods that get ready.
    nodes.lives = ['ready'];
    weather.isCalm = true;
    weather.tell('world', () => 'no more trouble');
    this.setClock();
    this.judge.expectTimeliness();
    await this.go(() => this.judge.restedMs > QUIET_MS);
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

  /** I7: what starts anew finds everything as it should be. */
  private async restart(): Promise<void> {
    this.world.weather.tell('world', () => 'everything rests; all programs start anew');
    this.startAllAnew();
    const before = this.judge.writes;
    this.judge.expectTimeliness();
    await this.go(() => this.judge.writes > before || this.judge.restedMs > QUIET_MS);
    if (this.judge.writes > before) throw new Violation('I7: a restart on a converged state wrote something');
  }

  private async go(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      this.countStep();
      // With nothing left to happen, time passes all the same.
      if (!(await this.world.step())) this.world.scheduler.nowMs += QUIET_MS;
      this.endIfWrong();
    }
  }

  private countStep(): void {
    this.steps++;
    if (this.judge.mayBeQuarrel) this.quarrelSteps++;
    const isCircling = this.steps - this.quarrelSteps > MOST_STEPS || this.quarrelSteps > MOST_QUARREL_STEPS;
    if (isCircling) throw new Violation(`I6: does not come to rest within ${this.steps - 1} steps`);
  }

  private endIfWrong(): void {
    const [error] = this.world.errors;
    if (error !== undefined) throw new Violation(`crash: the program threw ${error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error)}`);
    if (this.judge.found !== undefined) throw new Violation(this.judge.found);
  }
}
