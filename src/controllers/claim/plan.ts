import { endIfFailed, findFailure, firstOf } from '../../runtime/plan';
import {
  boundClaimRecordsItsSandboxBeforeItIsPublished,
  boundSandboxCarriesTheMetadataOfItsClaim,
  readyClaimSaysSinceWhen,
  boundClaimSaysHowItsSandboxIs,
} from './binding';
import { hasLost, nextTries } from './contention';
import { remembering, type Decision } from './decision';
import {
  surplusSandboxIsDeletedWhenAllHaveBeenRead,
  expiredClaimIsMarkedBeforeAnythingIsDeleted,
  markedClaimIsDeletedByItsPolicy,
  markedClaimLosesItsSandbox,
  markedClaimSaysWhatIsLeft,
} from './ending';
import { isExpired, msToExpiry } from './expiry';
import type { Memory, Observed } from './observe';
import { errorSeen } from './problem';
import {
  reservedMemberBecomesTheClaims,
  waitingClaimIsLeftAlone,
  missingTemplateIsReadOnceAndTold,
  sandboxThatCannotBeMadeIsTold,
  unprotectedSandboxIsNotMadeYet,
  coldSandboxIsMade,
} from './provision';
import { whatOnlyTheCacheLacksIsReadOnce, refusedClaimSaysFirstWhenItWasSeen, refusedClaimSaysWhy } from './refusal';
import { statusOf } from './status';
import { statusPatch } from './status-patch';

/**
 * Rules in order; the first that has something to say is the whole decision. What ends is in `ending`, what is refused in `refusal`, what has its Sandbox
 * in `binding`, and what has yet to get one in `provision`.
 */
const decide = firstOf<Observed, Memory>([
  refusedStatusIsToldInBrief,
  unwrittenStatusEndsThePass,
  surplusSandboxIsDeletedWhenAllHaveBeenRead,
  expiredClaimIsMarkedBeforeAnythingIsDeleted,
  markedClaimIsDeletedByItsPolicy,
  markedClaimLosesItsSandbox,
  markedClaimSaysWhatIsLeft,
  whatOnlyTheCacheLacksIsReadOnce,
  refusedClaimSaysFirstWhenItWasSeen,
  refusedClaimSaysWhy,
  boundClaimRecordsItsSandboxBeforeItIsPublished,
  boundSandboxCarriesTheMetadataOfItsClaim,
  readyClaimSaysSinceWhen,
  boundClaimSaysHowItsSandboxIs,
  reservedMemberBecomesTheClaims,
  waitingClaimIsLeftAlone,
  missingTemplateIsReadOnceAndTold,
  sandboxThatCannotBeMadeIsTold,
  unprotectedSandboxIsNotMadeYet,
  coldSandboxIsMade,
]);

// So that it fits into a message whatever it says.
const LONGEST_QUOTE = 1000;

/** The decision for one claim. The timer of its expiry is armed whatever else is decided. */
export function plan(observed: Observed): Decision {
  const decided = decide(observed);
  const { claim, nowMs } = observed;
  const timers = [decided.againMs, msToExpiry(claim, claim.status?.conditions, nowMs)].flatMap((ms) => (ms !== undefined && ms > 0 ? [ms] : []));
  return { ...decided, ...(timers.length > 0 && { againMs: Math.min(...timers) }), ...memoryAfter(observed, decided) };
}

/** The tries of a pass end with it, and where a pass has come to a good end nothing else is kept that it does not ask for. */
function memoryAfter(observed: Observed, { actions, isFailed, memory }: Decision): Pick<Decision, 'memory'> {
  const steps = actions.flat().map(({ step }) => step);
  const tries = steps.length > 0 ? nextTries(observed, steps) : undefined;
  if (tries) return { memory: { ...(memory ?? remembering(observed, {})), tries } };
  if (memory) return { memory: { ...memory, tries: undefined } };
  // What could not be read is no proof, and the next pass reads it again.
  if (actions.length === 0 && findFailure(observed, 'look')) return { memory: remembering(observed, { looked: [], tries: undefined }) };
  return !isFailed && observed.memory ? { memory: { uid: observed.claim.metadata.uid } } : {};
}

/** A defect of ours, which the log tells; what the server takes for certain tells that there is one (spec 08 §4.10). */
function refusedStatusIsToldInBrief(observed: Observed): Decision | undefined {
  const { claim, nowMs } = observed;
  const failure = findFailure(observed, 'status');
  if (!failure?.isPermanent && !failure?.isMalformed) return undefined;
  const problem = errorSeen(`the API server refuses the status of this claim: ${failure.message.slice(0, LONGEST_QUOTE)}`, 'time');
  const patch = statusPatch(observed, statusOf(claim, isExpired(claim, nowMs) ? {} : { problem }, nowMs));
  return patch && !findFailure(observed, 'brief') ? { actions: [{ ...patch, step: 'brief' }] } : undefined;
}

function unwrittenStatusEndsThePass(observed: Observed): Decision | undefined {
  return hasLost(observed, 'status') ? { actions: [], isFailed: true } : endIfFailed(observed, 'status');
}
