import { findFailure } from '../../runtime/plan';
import { backOffMs } from './health';
import { desiredOf, gracePeriodMs, type Memory, type Observed } from './observe';
import { nextHold, nextTokens } from './pacing';

/** A round with what it has learned by looking. */
export type Remembered = Observed & { readonly memory: Memory };

// Spec 07 §6: errors that people mend where no watch sees it are looked at once a minute.
const LONGEST_REFUSAL_MS = 60_000;
const FIRST_REFUSAL_MS = 1000;
// Texts differ in numbers that count up.
const MOST_REFUSALS = 20;

/** Takes down what this look tells beside the objects: losses, members that became Ready, creations that were refused. */
export function remembered(observed: Observed): Remembered {
  const { memory, pool, settings, stock, created, names, monotonicMs: nowMs } = observed;
  const { ready, active } = stock;
  const desired = desiredOf(pool);
  const has = { active, created, desired, delayMs: settings.replenishDelayMs, nowMs };
  const isOneReadyNow = memory !== undefined && ready > memory.ready;
  return {
    ...observed,
    memory: {
      ...{ of: pool.metadata.uid, firstSeenMs: nowMs, isToldHeld: false, isToldTemplateMissing: false },
      ...memory,
      ...{ names, ready, refusal: refusalOf(observed) },
      hold: nextHold(memory?.hold, has),
      tokens: nextTokens(memory?.tokens, settings.maxRefillRate, nowMs),
      refusals: active >= desired ? [] : (memory?.refusals ?? []),
      replacements: isOneReadyNow ? undefined : memory?.replacements,
      recreating: active >= desired ? 0 : Math.max(0, (memory?.recreating ?? 0) - created),
    },
  };
}

function refusalOf(observed: Observed): Memory['refusal'] {
  const { memory, pool, template, created, monotonicMs: nowMs } = observed;
  const by = `${pool.metadata.generation} ${template?.metadata.uid} ${template?.metadata.generation}`;
  const before = memory?.refusal?.for === by ? memory.refusal : undefined;
  // Later rounds of a pass are told of the same failure.
  if (refusedForMs(before, nowMs) > 0) return before;
  if (findFailure(observed, 'create')) return { for: by, count: (before?.count ?? 0) + 1, lastMs: nowMs };
  return created > 0 ? undefined : before;
}

/** How long nothing is created, because the server has refused it. */
export const refusedForMs = (refusal: Memory['refusal'], nowMs: number): number =>
  refusal ? Math.max(0, refusal.lastMs + Math.min(FIRST_REFUSAL_MS * 2 ** (refusal.count - 1), LONGEST_REFUSAL_MS) - nowMs) : 0;

/** How long no stuck member is replaced; replacements of one pass belong together. */
export const replacedInMs = (observed: Remembered): number =>
  observed.memory.run?.step === 'stuck' ? 0 : backOffMs(observed.memory.replacements, gracePeriodMs(observed), observed.monotonicMs);

/** The texts of the refusals that are new, and all of them. Names that were chosen at random are left out. */
export function newRefusals({ failures, memory, pool }: Remembered): { readonly fresh: readonly string[]; readonly all: readonly string[] } {
  const texts = failures.filter(({ step }) => step === 'create').map(({ message }) => withoutNames(message, pool.metadata.name));
  const fresh = [...new Set(texts)].filter((text) => !memory.refusals.includes(text));
  return { fresh, all: [...memory.refusals, ...fresh].slice(-MOST_REFUSALS) };
}

const withoutNames = (message: string, pool: string): string => {
  const base = `${pool}-`.slice(0, 58);
  return message
    .split(base)
    .map((part, index) => (index === 0 ? part : part.replace(/^[b-df-hj-np-tv-xz24-9]{5}/, '…')))
    .join(base);
};
