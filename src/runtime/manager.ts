import type { Clock } from './clock';

/** Something that keeps a view of a resource up to date. */
export interface Watching {
  /** What is watched, for messages. */
  readonly resource: string;
  start(): void;
  stop(): void;
  /** Resolves when the first state is known. */
  readonly cache: { readonly synced: Promise<void> };
  /** Reads the state anew; resolves when it is known. */
  reread(): Promise<void>;
  /** Why it does not get on, if so. */
  findProblem(): string | undefined;
}

/** Something that works once this process leads. */
export interface Working {
  start(): void;
  /** Takes nothing up any more; resolves when what was under way has ended. */
  stop(): Promise<void>;
}

/** Something that serves, or sends in the background, from the first moment to the last. */
export interface Serving {
  /** Rejects with what a person has to mend. */
  start(): Promise<void>;
  /** Sends what is left, and ends. */
  stop(): Promise<void>;
}

/** Who decides that this process leads. */
export interface Leading {
  /** Calls back at most once each; `lost` means that another process may lead now. */
  start(acquired: () => void, lost: (reason: string) => void): void;
  /** Gives the lead up, so that the next need not wait. */
  release(): Promise<void>;
}

export interface ManagerOptions {
  readonly clock: Clock;
  /** Started in order before anything else, stopped in reverse order when the work has ended. */
  readonly servers: readonly Serving[];
  readonly watches: readonly Watching[];
  /** Read anew when this process comes to lead, before anything works: the watches of a standby may be behind (spec 08 §7.1). */
  readonly rereads: readonly Watching[];
  readonly workers: readonly Working[];
  /** Absent: everything starts at once (`--leader-elect=false`). */
  readonly leader?: Leading;
  /** Breaks off every request of the workers. */
  readonly breakOff: () => void;
  readonly say: (message: string) => void;
  readonly complain: (message: string) => void;
}

/** A state of watches that is waited for, how long, and what to do when it does not come. */
interface Awaited {
  readonly name: string;
  readonly limitMs: number;
  readonly advice: string;
  readonly of: (watch: Watching) => Promise<void>;
}

// Spec 07 §5: a CRD may be missing.
const FIRST_STATE: Awaited = {
  name: 'first state',
  limitMs: 120_000,
  advice: 'Install the CRDs and grant the rights of the installation, then start again',
  of: ({ cache }) => cache.synced,
};
// Nobody works meanwhile: another process may have more luck.
const STATE_OF_THE_TERM: Awaited = {
  name: 'state at the beginning of the term',
  limitMs: 60_000,
  advice: 'This process gives up, so that another may lead; see whether the API server answers lists and watches',
  of: (watch) => watch.reread(),
};
/** How often it is said what they wait for. */
const SAY_MS = 10_000;
/** How long writes under way may take at the end (spec 07 §5). */
const GRACE_MS = 5000;
/** How long each server may take at the end: events are flushed then. */
const SERVER_MS = 1000;

/** Starts and stops the parts of a process in the order of spec 07 §5. */
export class Manager {
  private isSynced = false;
  private end: (code: number) => void = () => undefined;
  private readonly ended = new Promise<number>((resolve) => (this.end = resolve));
  private isOver = false;
  private isWorking = false;

  public constructor(private readonly options: ManagerOptions) {}

  /** Whether the process can do its job: every watch knows its first state. True on a standby too. */
  public get isReady(): boolean {
    return this.isSynced;
  }

  /** Runs until `stop` is called, the lead is lost or the start fails. Answers the exit code. */
  public async run(): Promise<number> {
    const { servers, watches, workers, complain } = this.options;
    let isPolite = false;
    try {
      for (const server of servers) await server.start();
      watches.forEach((watch) => watch.start());
      this.isSynced = await this.know(watches, FIRST_STATE);
      if (this.isSynced) this.lead();
      const code = await this.ended;
      isPolite = code === 0;
      if (code === 0) await this.within(GRACE_MS, Promise.all(workers.map((worker) => worker.stop())));
      this.options.breakOff();
      return code;
    } catch (error) {
      complain(error instanceof Error ? error.message : String(error));
      return 1;
    } finally {
      watches.forEach((watch) => watch.stop());
      // Whoever ends with an error leaves within a second in all (spec 08 §8): what was not sent is lost, and the Lease may not be its own any more.
      if (isPolite) await this.leave();
    }
  }

  /** The next leader may begin when everything of this one has been sent. */
  private async leave(): Promise<void> {
    const { servers, leader } = this.options;
    for (const server of [...servers].reverse()) await this.within(SERVER_MS, server.stop());
    await this.within(GRACE_MS, leader?.release());
  }

  /** Ends the run politely, with exit code 0. */
  public stop(reason: string): void {
    this.options.say(`${reason}: stopping`);
    this.finish(0);
  }

  private lead(): void {
    const { leader, rereads, complain } = this.options;
    const acquired = async (): Promise<void> => {
      if (this.isWorking) return;
      this.isWorking = true;
      if (await this.know(rereads, STATE_OF_THE_TERM)) this.work();
    };
    const lost = (reason: string): void => {
      // Requests on their way are harmless by their preconditions; none may begin.
      this.options.breakOff();
      complain(`the lead is lost: ${reason}`);
      this.finish(1);
    };
    if (leader) leader.start(() => void acquired(), lost);
    else this.work();
  }

  private work(): void {
    const { workers, say } = this.options;
    say('starting workers');
    workers.forEach((worker) => worker.start());
  }

  /** Waits until the state of all of them is known, and says now and then of which it is not. False when the run ends earlier, as it does after the limit. */
  private async know(watches: readonly Watching[], { name, limitMs, advice, of }: Awaited): Promise<boolean> {
    const { clock, complain, say } = this.options;
    const waiting = new Set(watches);
    const problems = (): string => [...waiting].map((watch) => `${watch.resource} (${watch.findProblem() ?? 'no answer yet'})`).join(', ');
    const cancel = clock.after(limitMs, () => {
      complain(`no ${name} after ${limitMs / 1000} s of: ${problems()}. ${advice}`);
      this.finish(1);
    });
    let stopSaying: () => void = () => undefined;
    const keepSaying = (): void => {
      stopSaying = clock.after(SAY_MS, () => {
        say(`waiting for the ${name} of: ${problems()}`);
        keepSaying();
      });
    };
    keepSaying();
    const all = watches.map(async (watch) => {
      await of(watch);
      waiting.delete(watch);
    });
    await Promise.race([Promise.all(all), this.ended]);
    cancel();
    stopSaying();
    return !this.isOver;
  }

  private finish(code: number): void {
    this.isOver = true;
    this.end(code);
  }

  /** Waits for the work, but no longer than that. */
  private async within(limitMs: number, work: Promise<unknown> | undefined): Promise<void> {
    if (!work) return;
    let cancel: () => void = () => undefined;
    const limit = new Promise<void>((resolve) => (cancel = this.options.clock.after(limitMs, resolve)));
    await Promise.race([work.catch((error: unknown) => this.options.complain(String(error))), limit]);
    cancel();
  }
}
