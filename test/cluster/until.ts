import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 50;

/** Asks again and again until `probe` answers something other than undefined; throws with `what` and the last error after `timeoutMs`. */
export async function until<T>(what: string, probe: () => Promise<T | undefined> | T | undefined, timeoutMs = 30_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let last = '';
  for (;;) {
    try {
      const answer = await probe();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = `; last error: ${String(error)}`;
    }
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms for ${what}${last}`);
    await delay(POLL_MS);
  }
}
