import type { Clock } from './clock';

/** Resolves after that many milliseconds, or earlier when the signal says so; at once for 0. */
export function pause(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  if (ms <= 0 || signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const stopTimer = clock.after(ms, over);
    function over(): void {
      stopTimer();
      signal?.removeEventListener('abort', over);
      resolve();
    }
    signal?.addEventListener('abort', over);
  });
}
