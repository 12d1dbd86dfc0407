import type { Clock } from '../../src/runtime/clock';

interface Timer {
  readonly atMs: number;
  readonly callback: () => void;
}

/** A clock that stands still until a test moves it. */
export class VirtualClock implements Clock {
  private spentMs = 0;
  private readonly timers = new Set<Timer>();

  public nowMs(): number {
    return Date.UTC(2030, 0, 1) + this.spentMs;
  }

  public monotonicMs(): number {
    return this.spentMs;
  }

  public after(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.spentMs + Math.max(0, delayMs), callback };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  /** How many timers wait. */
  public get waiting(): number {
    return this.timers.size;
  }

  /** Moves on by that much; everything that falls due happens in its order, and what follows from it without waiting happens too. */
  public async advance(ms: number): Promise<void> {
    const endMs = this.spentMs + ms;
    await settled();
    for (let next = this.next(endMs); next; next = this.next(endMs)) {
      this.timers.delete(next);
      this.spentMs = next.atMs;
      next.callback();
      await settled();
    }
    this.spentMs = endMs;
  }

  private next(endMs: number): Timer | undefined {
    // Timers of the same moment fire in the order in which they were set: a Set keeps it.
    let first: Timer | undefined;
    for (const timer of this.timers) if (timer.atMs <= endMs && (!first || timer.atMs < first.atMs)) first = timer;
    return first;
  }
}

/** Resolves when every promise that could go on has gone on. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
