import { CLAIM_REASON, CONDITION } from '../../api/conditions';
import { findCondition } from '../shared/conditions';
import type { Condition, SandboxClaim } from '../shared/objects';

/**
 * Milliseconds until the claim expires, not positive once it has; undefined when it never does (spec 05 §14). `conditions` are those that it has or is
 * about to have: the end of the Pod may start a time to live.
 */
export function msToExpiry({ spec: { lifecycle = {} } }: SandboxClaim, conditions: readonly Condition[] | undefined, nowMs: number): number | undefined {
  const { shutdownTime, ttlSecondsAfterFinished: ttl } = lifecycle;
  const finished = findCondition(conditions, CONDITION.finished);
  const finishedMs = finished?.status === 'True' ? Date.parse(finished.lastTransitionTime) : NaN;
  const instants = [Date.parse(shutdownTime ?? ''), ...(ttl === undefined ? [] : [finishedMs + ttl * 1000])].filter((ms) => !Number.isNaN(ms));
  return instants.length > 0 ? Math.min(...instants) - nowMs : undefined;
}

/** Whether the claim has expired, by its own conditions or by others. */
export const isExpired = (claim: SandboxClaim, nowMs: number, conditions = claim.status?.conditions): boolean =>
  (msToExpiry(claim, conditions, nowMs) ?? 1) <= 0;

/** Whether its status says so, which must be stored before anything is deleted. */
export const isMarked = ({ status }: SandboxClaim): boolean => findCondition(status?.conditions, CONDITION.ready)?.reason === CLAIM_REASON.claimExpired;
