import type { Clock } from '../../src/runtime/clock';

/** The machine's clock, which a test may move on: minutes of silence, back-off and grace pass at once, while a real server answers in real time. */
export class LeapingClock implements Clock {
  private leptMs = 0;
  private readonly timers = new Set<Timer>();

  /** `isStill`: time passes by leaps alone. */
  constructor(private readonly isStill = false) {}

  public nowMs(): number {
    return START_MS + this.monotonicMs();
  }

  public monotonicMs(): number {
    return (this.isStill ? 0 : performance.now() - STARTED_AT_MS) + this.leptMs;
  }

  public after(delayMs: number, callback: () => void): () => void {
    const cancel = (): void => {
      this.timers.delete(timer);
      clearTimeout(timer.real);
    };
    const fire = (): void => {
      cancel();
      callback();
    };
    const timer: Timer = { atMs: this.monotonicMs() + Math.max(0, delayMs), fire };
    this.timers.add(timer);
    this.arm(timer);
    return cancel;
  }

  /** Moves on; what falls due happens in its order. */
  public leap(ms: number): void {
    this.leptMs += ms;
    const nowMs = this.monotonicMs();
    const due = [...this.timers].filter(({ atMs }) => atMs <= nowMs).sort((a, b) => a.atMs - b.atMs);
    for (const timer of due) if (this.timers.has(timer)) timer.fire();
    this.timers.forEach((timer) => this.arm(timer));
  }

  private arm(timer: Timer): void {
    clearTimeout(timer.real);
    // What is due now is due on a clock that stands still too.
    if (this.isStill && timer.atMs > this.monotonicMs()) return;
    timer.real = setTimeout(timer.fire, Math.min(timer.atMs - this.monotonicMs(), LONGEST_TIMEOUT_MS)).unref();
  }
}

interface Timer {
  readonly atMs: number;
  readonly fire: () => void;
  real?: NodeJS.Timeout;
}

const STARTED_AT_MS = performance.now();
const START_MS = Date.now();
// Of setTimeout: 24 days, longer than any test.
const LONGEST_TIMEOUT_MS = 0x7fffffff;
