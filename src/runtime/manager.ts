import type { Clock } from './clock';

/** Something that keeps a view of a resource up to date. */
export interface Watching {
  /** What is watched, for messages. */
  readonly resource: string;
  start(): void;
  stop(): void;
  /** Resolves when the first state is known. */
  readonly cache: { readonly synced: Promise<void> };
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
  readonly workers: readonly Working[];
  /** Absent: everything starts at once (`--leader-elect=false`). */
  readonly leader?: Leading;
  /** Breaks off every request of the workers. */
  readonly breakOff: () => void;
  readonly say: (message: string) => void;
  readonly complain: (message: string) => void;
}

/** How long the first lists may take, for example because a CRD is missing (spec 07 §5). */
const SYNC_MS = 120_000;
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
      await Promise.race([this.sync(), this.ended]);
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
    this.end(0);
  }

  private lead(): void {
    const { leader, workers, say, complain } = this.options;
    const start = (): void => {
      if (this.isWorking) return;
      this.isWorking = true;
      say('starting workers');
      workers.forEach((worker) => worker.start());
    };
    const lost = (reason: string): void => {
      // Requests on their way are harmless by their preconditions; none may begin.
      this.options.breakOff();
      complain(`the lead is lost: ${reason}`);
      this.end(1);
    };
    if (leader) leader.start(start, lost);
    else start();
  }

  private async sync(): Promise<void> {
    const { clock, watches, complain, say } = this.options;
    const waiting = new Set(watches);
    const problems = (): string => [...waiting].map((watch) => `${watch.resource} (${watch.findProblem() ?? 'no answer yet'})`).join(', ');
    const cancel = clock.after(SYNC_MS, () => {
      complain(`no first state after ${SYNC_MS / 1000} s of: ${problems()}. Install the CRDs and grant the rights of the installation, then start again`);
      this.end(1);
    });
    let stopSaying: () => void = () => undefined;
    const keepSaying = (): void => {
      stopSaying = clock.after(SAY_MS, () => {
        say(`waiting for the first state of: ${problems()}`);
        keepSaying();
      });
    };
    keepSaying();
    await Promise.all(
      watches.map(async (watch) => {
        await watch.cache.synced;
        waiting.delete(watch);
      }),
    );
    cancel();
    stopSaying();
    this.isSynced = true;
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
