import { CLAIM_MESSAGE as MESSAGE, CLAIM_REASON as REASON, CONDITION, SANDBOX_REASON } from '../../api/conditions';
import { findCondition, withCondition, withoutCondition, type Wanted } from '../shared/conditions';
import type { Condition, Sandbox, SandboxClaim, SandboxClaimStatus } from '../shared/objects';
import { isExpired } from './expiry';
import type { Problem } from './problem';

/** What a pass came to. */
export interface Outcome {
  /** The Sandbox that the claim owns and that it may speak of. */
  readonly sandbox?: Sandbox;
  readonly problem?: Problem;
  /** Name of a Sandbox of somebody else that an expired claim must leave alone. */
  readonly foreign?: string;
}

/** The status of a claim (spec 05 §16). */
export function statusOf(claim: SandboxClaim, outcome: Outcome, nowMs: number): SandboxClaimStatus {
  const stored = claim.status?.conditions ?? [];
  const finished = finishedOf(stored, outcome, isExpired(claim, nowMs));
  const others = withoutCondition(stored, CONDITION.finished);
  const kept = finished ? [...others, finished] : others;
  // The end of the Pod that is told now may have started a time to live of nothing.
  const ready = readyOf(claim, outcome, isExpired(claim, nowMs, kept));
  const conditions = withCondition(kept, { ...ready, observedGeneration: claim.metadata.generation }, nowMs);
  const sandbox = bindingOf(claim, outcome);
  return { conditions: [...conditions].sort(({ type: a }, { type: b }) => (a < b ? -1 : 1)), ...(sandbox && { sandbox }) };
}

/** Copied whole, transition time and generation included. */
function finishedOf(stored: readonly Condition[], { sandbox }: Outcome, hasExpired: boolean): Condition | undefined {
  if (sandbox) return findCondition(sandbox.status?.conditions, CONDITION.finished);
  return hasExpired ? findCondition(stored, CONDITION.finished) : undefined;
}

function readyOf(claim: SandboxClaim, { sandbox, problem, foreign }: Outcome, hasExpired: boolean): Wanted {
  const not = (reason: string, message: string): Wanted => ({ type: CONDITION.ready, status: 'False', reason, message });
  if (problem) return not(problem.reason, problem.message);
  if (hasExpired) return not(REASON.claimExpired, expiredMessage(claim, { sandbox, foreign }));
  if (!sandbox) return not(REASON.sandboxMissing, MESSAGE.sandboxMissing);
  const ready = findCondition(sandbox.status?.conditions, CONDITION.ready);
  if (ready?.reason === SANDBOX_REASON.sandboxExpired) return not(ready.reason, MESSAGE.sandboxExpired);
  // What a terminating Sandbox says of itself nobody keeps up to date.
  if (!ready || sandbox.metadata.deletionTimestamp) return not(REASON.sandboxNotReady, MESSAGE.sandboxNotReady);
  const { status, reason, message, lastTransitionTime } = ready;
  return { type: CONDITION.ready, status, reason, message, lastTransitionTime };
}

/** What was said of a foreign Sandbox stays said, although the name under which it was found is no longer in the status. */
function expiredMessage(claim: SandboxClaim, { sandbox, foreign }: Outcome): string {
  if (sandbox) return MESSAGE.claimExpired;
  if (foreign !== undefined) {
    return `Claim expired. sandbox not owned by this claim: sandbox "${foreign}" is not owned by claim "${claim.metadata.name}"; deletion skipped.`;
  }
  const stored = findCondition(claim.status?.conditions, CONDITION.ready);
  return stored?.reason === REASON.claimExpired ? stored.message : MESSAGE.claimExpired;
}

/** A problem never takes a binding away: only a Sandbox that is gone does. */
function bindingOf(claim: SandboxClaim, { sandbox, problem }: Outcome): SandboxClaimStatus['sandbox'] {
  if (!sandbox) return problem ? claim.status?.sandbox : undefined;
  const { podIPs = [], serviceFQDN } = sandbox.status ?? {};
  return { name: sandbox.metadata.name, ...(podIPs.length > 0 && { podIPs }), ...(serviceFQDN && { serviceFQDN }) };
}
