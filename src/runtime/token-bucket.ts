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

  private fill(): void {
    const nowMs = this.clock.monotonicMs();
    this.tokens = Math.min(this.burst, this.tokens + ((nowMs - this.countedAtMs) / 1000) * this.perSecond);
    this.countedAtMs = nowMs;
  }
}
