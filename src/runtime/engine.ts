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
const LOOK_MS = 1000;
/** A second in which the event loop has less to do is one of rest. */
const LITTLE_TO_DO = 0.1;

/**
 * Has V8 give memory back while there is little to do. Its own memory reducer waits for the rate of allocations to fall, and notices that only at the next
 * collection, which at rest does not come. While there is work it is left alone: to save memory then costs a quarter more processor time.
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
    this.stopTimer = this.clock.after(LOOK_MS, () => {
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
