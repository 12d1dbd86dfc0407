import { ANNOTATIONS } from '../../api/keys';
import { findFailure } from '../../runtime/plan';
import { timeText } from '../shared/conditions';
import { SANDBOXES, type Sandbox } from '../shared/objects';
import { isAdopted } from './bound';
import { adoptionConflict, hasLost } from './contention';
import { isRecordGivenUp, keyIn, ofClaim, publishedSandbox, recording, remembering, retryOf, stepOf, told, type Decision } from './decision';
import { isReady } from './first-seen';
import type { Observed } from './observe';
import { errorSeen, type Problem } from './problem';
import { statusOf } from './status';
import { differsOnlyInPassing } from './status-patch';

/** How long, and over how many passes, an error must last before it takes a healthy claim's Ready away (spec 03 §8.1, 05 §9). */
const TOLERATED_MS = 10_000;
const TOLERATED_PASSES = 5;

export function boundClaimRecordsItsSandboxBeforeItIsPublished(observed: Observed): Decision | undefined {
  const { aim, claim } = observed;
  if (aim.is !== 'bound' || publishedSandbox(observed) || isRecordGivenUp(observed)) return undefined;
  return recording(observed, isAdopted(claim, aim.sandbox) ? aim.sandbox.metadata.name : undefined);
}

export function boundSandboxCarriesTheMetadataOfItsClaim(observed: Observed): Decision | undefined {
  const { aim, claim } = observed;
  if (aim.is !== 'bound' || !aim.patch || findFailure(observed, 'metadata')) return undefined;
  const { name, uid } = aim.sandbox.metadata;
  const failure = `failed to patch sandbox metadata for claim "${claim.metadata.name}": `;
  return { actions: [{ do: 'patch', resource: SANDBOXES, key: keyIn(observed, name), uid, patch: aim.patch, failure, ...stepOf('metadata') }] };
}

/** In the background, after the claim was told to be Ready, and only where somebody asks for it (spec 08 §5). */
export function readyClaimSaysSinceWhen(observed: Observed): Decision | undefined {
  const { aim, claim, firstReadyMs, settings } = observed;
  const isDue = settings.isFirstReadyWritten && firstReadyMs !== undefined && isReady(claim) && !claim.metadata.annotations?.[ANNOTATIONS.firstReadyAt];
  if (aim.is !== 'bound' || !isDue || findFailure(observed, 'firstReady')) return undefined;
  const patch = { metadata: { annotations: { [ANNOTATIONS.firstReadyAt]: timeText(firstReadyMs) } } };
  return { actions: [{ ...ofClaim(observed, 'firstReady'), do: 'patch', ifVersion: claim.metadata.resourceVersion, patch }] };
}

/** Writes the status, or waits a little where the difference passes by itself. */
export function boundClaimSaysHowItsSandboxIs(observed: Observed): Decision | undefined {
  const { aim, claim, memory, monotonicMs, settings } = observed;
  if (aim.is !== 'bound') return undefined;
  // A binding is published when the claim's record of it is stored, and not before.
  const isUnrecorded = isRecordGivenUp(observed) && !publishedSandbox(observed);
  const conflict = isUnrecorded && hasLost(observed, 'record') ? adoptionConflict(observed, aim.sandbox.metadata.name) : undefined;
  const problem = aim.problem ?? failureProblem(observed, aim.sandbox) ?? conflict;
  const decision = told(observed, { problem, ...(!isUnrecorded && { sandbox: aim.sandbox }) });
  const sinceMs = memory?.transitionalSinceMs ?? monotonicMs;
  const heldMs = sinceMs + settings.transitionalStatusWindowMs - monotonicMs;
  const next = statusOf(claim, { problem, sandbox: aim.sandbox }, observed.nowMs);
  if (decision.actions.length > 0 && heldMs > 0 && differsOnlyInPassing(claim.status ?? {}, next)) {
    return { actions: [], againMs: heldMs, memory: remembering(observed, { transitionalSinceMs: sinceMs }) };
  }
  const isFailed = observed.failures.some(({ step }) => step === 'metadata' || step === 'record');
  return { ...decision, ...(problem && retryOf(problem)), ...(isFailed && { isFailed }) };
}

/** What a failed write means for a bound claim: what time may mend takes a claim that is well down only when it lasts. */
function failureProblem(observed: Observed, sandbox: Sandbox): Problem | undefined {
  const { claim, trouble } = observed;
  const failure = findFailure(observed, 'record') ?? findFailure(observed, 'metadata');
  if (!failure) return undefined;
  const isWell = isReady(claim) && isReady({ ...claim, status: sandbox.status });
  const hasLasted = trouble.forMs >= TOLERATED_MS && trouble.passes >= TOLERATED_PASSES;
  return isWell && !failure.isPermanent && !hasLasted ? undefined : errorSeen(failure.message, 'time');
}
