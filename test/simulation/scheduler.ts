import type { Random } from './random';

interface Pending {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

/**
 * Virtual time and everything that waits for it. Nothing happens between two steps; time passes only when nothing is due.
 * What is due in the same millisecond runs in an order that the seed decides.
 */
export class Scheduler {
  private readonly random: Random;
  // The next one is last, so that taking it moves nothing.
  private readonly pending: Pending[] = [];
  private order = 0;

  /** @param nowMs where virtual time begins, in milliseconds since 1970. */
  constructor(
    random: Random,
    public nowMs: number,
  ) {
    this.random = random.fork();
  }

  /** How much waits, cancelled things included. */
  public get size(): number {
    return this.pending.length;
  }

  /** Runs it once, so much later in virtual time, unless the returned function is called first. */
  public after(delayMs: number, run: () => void): () => void {
    const entry: Pending = { atMs: this.nowMs + Math.max(0, Math.ceil(delayMs)), order: this.order++, run, cancelled: false };
    this.pending.splice(this.placeOf(entry), 0, entry);
    return () => {
      entry.cancelled = true;
    };
  }

  /** When the next thing is due; undefined if nothing waits. */
  public nextMs(): number | undefined {
    while (this.pending.at(-1)?.cancelled) this.pending.pop();
    return this.pending.at(-1)?.atMs;
  }

  /** Runs one of the things that are due first. Says whether there was one. */
  public step(): boolean {
    const atMs = this.nextMs();
    if (atMs === undefined) return false;
    this.nowMs = atMs;
    let due = 1;
    while (this.pending.at(-1 - due)?.atMs === atMs) due++;
    const [entry] = this.pending.splice(-1 - this.random.below(due), 1);
    if (entry && !entry.cancelled) entry.run();
    return true;
  }

  private placeOf(entry: Pending): number {
    let low = 0;
    let high = this.pending.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.pending[middle];
      if (other && (other.atMs > entry.atMs || (other.atMs === entry.atMs && other.order > entry.order))) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Resolves when every promise that can go on has gone on: Node.js looks at its next ticks only when no promise is left. A turn of the event loop would cost more. */
export const quiescence = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));
