import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 50;
/** Scenarios in full size (test/cluster/controllers/size.ts) take longer for each step. */
const PATIENCE = process.env.FULL_SIZE === 'true' ? 20 : 1;

/** Asks again and again until `probe` answers something other than undefined. Throws with `what` after `timeoutMs`, in full size later, and at once what `probe` throws. */
export async function until<T>(what: string, probe: () => Promise<T | undefined> | T | undefined, timeoutMs = 30_000): Promise<T> {
  const patienceMs = timeoutMs * PATIENCE;
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const answer = await probe();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`waited ${patienceMs} ms for ${what}`);
    await delay(POLL_MS);
  }
}
