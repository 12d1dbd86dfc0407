/** Where the kernel gets the time from. The only one that is not this is in the simulation, whose time is virtual. */
export interface Clock {
  /** Wall clock in milliseconds since 1970. It may jump: only compare it with times that came from outside. */
  nowMs(): number;
  /** Milliseconds since some start; never goes back. Everything that measures a span uses it. */
  monotonicMs(): number;
  /** Calls back once after that many milliseconds, or never if the returned function is called first. */
  after(delayMs: number, callback: () => void): () => void;
}

// setTimeout takes at most 2³¹−1 ms; a longer delay would fire at once.
const LONGEST_TIMEOUT_MS = 0x7fffffff;

/** The machine's own clock. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, callback) {
    const end = performance.now() + delayMs;
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const left = Math.max(0, end - performance.now());
      timer = left > LONGEST_TIMEOUT_MS ? setTimeout(arm, LONGEST_TIMEOUT_MS) : setTimeout(callback, left);
      timer.unref();
    };
    arm();
    return () => clearTimeout(timer);
  },
};
