import type { Clock } from './clock';
import type { Route } from './http-server';

const BEAT_MS = 1000;
// Spec 07 §5.
const LONGEST_BLOCK_MS = 10_000;
// The liveness probe of the installation comes every 20 s: it shall see a block at least once.
const REMEMBER_MS = 30_000;

/** Notices when the event loop has been blocked: a beat that comes much too late. */
export class EventLoopWatch {
  private beatAtMs = 0;
  private longBlock?: { readonly ms: number; readonly endedAtMs: number };
  private stopTimer: () => void = () => undefined;

  constructor(private readonly clock: Clock) {}

  public start(): Promise<void> {
    this.beatAtMs = this.clock.monotonicMs();
    this.wait();
    return Promise.resolve();
  }

  public stop(): Promise<void> {
    this.stopTimer();
    return Promise.resolve();
  }

  /** How long the loop was blocked, if that was too long and not long ago. */
  public findBlockMs(): number | undefined {
    this.look();
    const block = this.longBlock;
    return block && this.clock.monotonicMs() - block.endedAtMs < REMEMBER_MS ? block.ms : undefined;
  }

  private wait(): void {
    this.stopTimer = this.clock.after(BEAT_MS, () => {
      this.look();
      this.beatAtMs = this.clock.monotonicMs();
      this.wait();
    });
  }

  private look(): void {
    const nowMs = this.clock.monotonicMs();
    const lateMs = nowMs - this.beatAtMs - BEAT_MS;
    if (lateMs > LONGEST_BLOCK_MS) this.longBlock = { ms: lateMs, endedAtMs: nowMs };
  }
}

/** `/healthz` and `/readyz` (spec 07 §5). `findReasons` says what the process still waits for; nothing means ready. */
export function healthRoutes(loop: EventLoopWatch, findReasons: () => readonly string[]): Readonly<Record<string, Route>> {
  return {
    '/healthz': () => {
      const blockMs = loop.findBlockMs();
      return blockMs === undefined ? OK : { status: 500, body: `the event loop was blocked for ${(blockMs / 1000).toFixed(1)} s\n` };
    },
    '/readyz': () => {
      const reasons = findReasons();
      return reasons.length === 0 ? OK : { status: 503, body: reasons.map((reason) => `${reason}\n`).join('') };
    },
  };
}

const OK = { status: 200, body: 'ok\n' };
