import { sayFailure } from '../cluster/failure';

const PROGRESS_MS = 2000;

/** Somebody has pressed Ctrl-C. */
class Interrupted extends Error {}

/** Everything that was started, and how it is stopped: also what is still being started when the end comes. */
export class Session {
  /** Rejects at Ctrl-C and at a polite kill. */
  public readonly interrupted: Promise<never>;
  private readonly stops: (() => Promise<unknown>)[] = [];

  public constructor(private readonly say: (line: string) => void) {
    this.interrupted = new Promise((_, reject) => {
      // Again and again: a second Ctrl-C must not leave behind what the first is about to stop.
      for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => reject(new Interrupted(signal)));
    });
    this.interrupted.catch(() => undefined);
  }

  /** Does a step, saying so every two seconds. `stop` is called at the end of the session with what came of it. */
  public async step<T>(what: string, work: () => Promise<T>, stop?: (made: T) => Promise<unknown>): Promise<T> {
    const startMs = performance.now();
    const seconds = (): string => ((performance.now() - startMs) / 1000).toFixed(1);
    this.say(`${what} …`);
    const progress = setInterval(() => this.say(`${what} … ${seconds()} s`), PROGRESS_MS);
    const working = work();
    working.catch(() => undefined);
    if (stop) this.stops.push(() => working.then(stop, () => undefined));
    try {
      return await Promise.race([working, this.interrupted]);
    } finally {
      clearInterval(progress);
    }
  }

  /** Stops everything, the newest first. */
  public async close(): Promise<void> {
    for (const stop of this.stops.reverse()) await stop();
  }
}

/** Runs a program in a session and stops what it started, whatever comes. Resolves to its exit code; at an interruption that is what `interrupted` says. */
export async function inSession(say: (line: string) => void, work: (session: Session) => Promise<number>, interrupted = () => 130): Promise<number> {
  const session = new Session(say);
  try {
    return await work(session);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    say('stopping …');
    return interrupted();
  } finally {
    await session.close();
  }
}

/** Ends the process with the exit code of its program. What the user has to install is said without a stack. */
export function exitWith(program: Promise<number>): void {
  program.then(
    (code) => process.exit(code),
    (error: unknown) => {
      sayFailure(error);
      process.exit(1);
    },
  );
}
