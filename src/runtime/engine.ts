import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import type { Clock } from './clock';

/** What the MemorySaver knows of the process, and does to it. */
export interface EngineHooks {
  /** The share of the time since the last call in which the event loop had something to do. */
  readonly share: () => number;
  readonly setFlag: (flag: string) => void;
}

// That of Node.js 22 does not, and says so on stderr.
const KNOWS_MEMORY_SAVER = Number.parseInt(process.versions.v8) >= 13;
/** How far looks are apart: at work, and while memory is saved, when what is left of a burst's first quarter of a second is all that saving slows down. */
const LOOK_MS = { atWork: 2000, saving: 250 };
/** At rest the event loop has 0.3 % of the time to do. A few claims each second are 2 to 5 %: little work, but saving would cost half as much again for each. */
const LITTLE_TO_DO = 0.01;

/**
 * Has V8 give memory back while there is nothing to do. Its own memory reducer waits for the rate of allocations to fall, and notices that only at the next
 * collection, which at rest does not come. While there is work it is left alone, because saving means to collect everything again and again.
 */
export class MemorySaver {
  private isSaving = false;
  private stopTimer: () => void = () => undefined;

  constructor(
    private readonly clock: Clock,
    private readonly hooks: EngineHooks = { share: shareOfLoop(), setFlag: KNOWS_MEMORY_SAVER ? setFlagsFromString : () => undefined },
  ) {}

  public start(): Promise<void> {
    this.wait();
    return Promise.resolve();
  }

  public stop(): Promise<void> {
    this.stopTimer();
    return Promise.resolve();
  }

  private wait(): void {
    this.stopTimer = this.clock.after(this.isSaving ? LOOK_MS.saving : LOOK_MS.atWork, () => {
      this.look();
      this.wait();
    });
  }

  private look(): void {
    const isAtRest = this.hooks.share() < LITTLE_TO_DO;
    if (isAtRest === this.isSaving) return;
    this.isSaving = isAtRest;
    this.hooks.setFlag(isAtRest ? '--memory-saver-mode' : '--no-memory-saver-mode');
  }
}

function shareOfLoop(): () => number {
  let last = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return utilization;
  };
}
