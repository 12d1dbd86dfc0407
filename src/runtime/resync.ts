import type { Clock } from './clock';
import { keyOf, type Key, type KubeObject } from './object';

const TICK_MS = 60_000;
// Half of the 10 h within which every object is looked at again (spec 07 §6): what comes in the middle of a round is named in the next.
const TICKS_OF_ROUND = 300;

/** Names every object once in 5 h, spread evenly, for ever. Returns a function that ends it. */
export function resync(objects: { entries(): Iterable<readonly [string, KubeObject]> }, again: (key: Key) => void, clock: Clock): () => void {
  let round: readonly Key[] = [];
  let ticks = 0;
  let stopTimer: () => void;
  const tick = (): void => {
    if (ticks === 0) round = Array.from(objects.entries(), ([, object]) => keyOf(object));
    const end = (part: number): number => Math.floor((round.length * part) / TICKS_OF_ROUND);
    for (const key of round.slice(end(ticks), end(ticks + 1))) again(key);
    ticks = (ticks + 1) % TICKS_OF_ROUND;
    stopTimer = clock.after(TICK_MS, tick);
  };
  stopTimer = clock.after(TICK_MS, tick);
  return () => stopTimer();
}
