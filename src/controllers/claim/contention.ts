import { CLAIM_REASON } from '../../api/conditions';
import type { Circumstances } from '../../runtime/plan';
import type { Known, Memory } from './observe';
import type { Problem } from './problem';

// Spec 08 §4.8 to §4.10: a pass that goes on losing to changes by others lets them.
const MOST_TRIES = 5;

/** How often the steps of a pass were sent: of the one before which so many passes had failed. */
export interface Tries {
  readonly inPass: number;
  readonly ofStep: Readonly<Record<string, number>>;
}

type Trying = Pick<Circumstances<Memory>, 'memory' | 'trouble'>;

/** Whether a step was tried so often in this pass that it is left to the next one. */
export const hasLost = (trying: Trying, step: string): boolean => (triesIn(trying)[step] ?? 0) >= MOST_TRIES;

/** The tries after those steps have been sent once more. */
export function nextTries(trying: Trying, steps: readonly string[]): Tries {
  const before = triesIn(trying);
  const sent = [...new Set(steps)].map((step) => [step, (before[step] ?? 0) + 1] as const);
  return { inPass: trying.trouble.passes, ofStep: { ...before, ...Object.fromEntries(sent) } };
}

/** What is told of a race that the pass could not settle (spec 05 §7). */
export const adoptionConflict = ({ claim }: Pick<Known, 'claim'>, sandbox: string): Problem => ({
  reason: CLAIM_REASON.adoptionConflict,
  message: `adoption write conflict: completing adoption of ${sandbox} for claim ${claim.metadata.name} (conflicting concurrent write); the next pass retries from a converged view`,
  retry: 'time',
});

const triesIn = ({ memory, trouble }: Trying): Tries['ofStep'] => (memory?.tries?.inPass === trouble.passes ? memory.tries.ofStep : {});
