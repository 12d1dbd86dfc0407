import type { Clock } from './clock';

/** Lets `burst` things happen at once and then so many each second. */
export class TokenBucket {
  private tokens: number;
  private countedAtMs: number;

  constructor(
    private readonly clock: Clock,
    private readonly perSecond: number,
    private readonly burst: number,
  ) {
    this.tokens = burst;
    this.countedAtMs = clock.monotonicMs();
  }

  /** Takes a token, if need be one of the future, and answers how many milliseconds to wait for it. Who asks first waits least. */
  public reserveMs(): number {
    this.fill();
    this.tokens--;
    return this.tokens >= 0 ? 0 : (-this.tokens / this.perSecond) * 1000;
  }

  /** Takes a token if there is one and answers 0; else takes none, and answers in how many milliseconds there will be one. */
  public tryTake(): number {
    // Sums of fractions: a timer for the moment when there is one may find a little less.
    const lacking = 1 - this.level;
    if (lacking > 1e-6) return (lacking / this.perSecond) * 1000;
    this.tokens--;
    return 0;
  }

  /** How many tokens there are; less than 0 when some of the future are taken. */
  public get level(): number {
    this.fill();
    return this.tokens;
  }

  private fill(): void {
    const nowMs = this.clock.monotonicMs();
    this.tokens = Math.min(this.burst, this.tokens + ((nowMs - this.countedAtMs) / 1000) * this.perSecond);
    this.countedAtMs = nowMs;
  }
}
