/** How fast a pool may grow (spec 06 §8). Pure: what is remembered goes in and comes out. Times are by the monotonic clock. */

/** A hold after a loss: so that a burst of claims is over before the pool refills. */
export interface Hold {
  /** Active members when last looked. */
  readonly active: number;
  readonly sinceMs?: number;
  readonly untilMs?: number;
}

// However often members are lost meanwhile (spec 06 §8).
const LONGEST_HOLD_DELAYS = 2;

/** The hold after this look: a loss arms it, a full pool ends it, and so does its time. The first look never arms it. `created` are own ones since the last look. */
export function nextHold(
  hold: Hold | undefined,
  {
    active,
    created,
    desired,
    delayMs,
    nowMs,
  }: { readonly active: number; readonly created: number; readonly desired: number; readonly delayMs: number; readonly nowMs: number },
): Hold {
  if (!hold || delayMs === 0 || active >= desired) return { active };
  const { sinceMs = nowMs, untilMs } = hold;
  // A loss in the moment in which it ends does not prolong it, or steady losses would keep a pool from ever refilling.
  if (untilMs !== undefined && untilMs <= nowMs) return { active };
  if (active >= hold.active + created) return { ...hold, active };
  return { active, sinceMs, untilMs: Math.min(nowMs + delayMs, sinceMs + LONGEST_HOLD_DELAYS * delayMs) };
}

/** How long nothing is created: 0 when there is no hold. */
export const heldForMs = ({ untilMs }: Hold, nowMs: number): number => Math.max(0, (untilMs ?? nowMs) - nowMs);

/** Whether so few members are free that no hold and no claim in a hurry may delay a refill. */
export const isNearlyEmpty = (free: number, desired: number, minFreePercent: number): boolean => free * 100 < desired * minFreePercent;

/** Members that may be created now, and when that was counted. */
export interface Tokens {
  readonly count: number;
  readonly atMs: number;
}

// Sums of fractions: a timer for the moment when there is one may find a little less.
const ALMOST = 1e-6;

/** The tokens there are now, at `rate` per second; as many at most, and at first, as come in a second, but one in any case. */
export function nextTokens(tokens: Tokens | undefined, rate: number, nowMs: number): Tokens {
  const capacity = Math.max(1, rate);
  if (!tokens) return { count: capacity, atMs: nowMs };
  return { count: Math.min(capacity, tokens.count + ((nowMs - tokens.atMs) / 1000) * rate), atMs: nowMs };
}

/** How many of the wanted members the rate allows now; 0 means that it allows any number. */
export const granted = (wanted: number, { count }: Tokens, rate: number): number => (rate === 0 ? wanted : Math.min(wanted, Math.floor(count + ALMOST)));

/** How long until there is a token. */
export const nextTokenMs = ({ count }: Tokens, rate: number): number => Math.max(0, ((1 - count) / rate) * 1000);

/** A run of writes that grows while all goes well. */
export interface Run {
  readonly step: string;
  readonly size: number;
  readonly total: number;
}

/** How many writes the next batch may have: 1, 2, 4, 8, … up to the most that one pass makes. */
export function nextBatch(run: Run | undefined, step: string, longest: number): number {
  const { size, total } = run?.step === step ? run : { size: 0.5, total: 0 };
  return Math.min(size * 2, longest - total);
}

/** The run after a batch of that size. */
export const afterBatch = (run: Run | undefined, step: string, size: number): Run => ({ step, size, total: (run?.step === step ? run.total : 0) + size });
