import { CLAIM_REASON, CONDITION, SANDBOX_REASON } from '../../api/conditions';
import { mergePatch } from '../../runtime/merge-patch';
import type { Action, EventDraft } from '../../runtime/plan';
import { findCondition } from '../shared/conditions';
import { CLAIMS, type SandboxClaim, type SandboxClaimStatus } from '../shared/objects';
import { sameValue } from '../shared/status-values';
import type { Observed } from './observe';

/**
 * The status write, or undefined when the stored status says the same. Name, addresses and Ready of one moment go into one write, which relies on the
 * version seen: a published binding is never taken back by an old view (spec 08 I8, I9).
 */
export function statusPatch({ claim, settings, memory }: Observed, status: SandboxClaimStatus): Action | undefined {
  const stored = claim.status ?? {};
  const conditions = sameValue(stored.conditions, status.conditions) ? undefined : status.conditions;
  const sandbox = status.sandbox ? mergePatch(stored.sandbox ?? {}, status.sandbox) : stored.sandbox && null;
  if (conditions === undefined && sandbox === undefined) return undefined;
  const { namespace = '', name, uid, resourceVersion } = claim.metadata;
  return {
    do: 'patch',
    resource: CLAIMS,
    key: { namespace, name },
    uid,
    ifVersion: resourceVersion,
    subresource: 'status',
    patch: { status: { ...(conditions && { conditions }), ...(sandbox !== undefined && { sandbox }) } },
    step: 'status',
    purpose: 'claim',
    ...(!settings.areEventsDisabled && { events: transitions(claim, status, memory?.adopting) }),
  };
}

/** What the write tells for the first time. An adoption is told by the process that made it. */
function transitions(claim: SandboxClaim, next: SandboxClaimStatus, adopting: string | undefined): readonly EventDraft[] {
  const isExpired = ({ conditions }: SandboxClaimStatus): boolean => findCondition(conditions, CONDITION.ready)?.reason === CLAIM_REASON.claimExpired;
  const event = (reason: string, action: string, note: string): EventDraft => ({ regarding: claim, type: 'Normal', reason, action, note });
  const bound = next.sandbox?.name;
  return [
    ...(bound !== undefined && bound === adopting && bound !== claim.status?.sandbox?.name
      ? [event('SandboxAdopted', 'Adoption', `Adopted warm pool Sandbox "${bound}"`)]
      : []),
    ...(isExpired(next) && !isExpired(claim.status ?? {}) ? [event('ClaimExpired', 'Claim Expired', 'Claim expired')] : []),
  ];
}

/** Whether two statuses of one binding differ only in how far a Sandbox is that is not Ready yet: the next real change tells more. */
export function differsOnlyInPassing(
  { conditions: one, sandbox: before }: SandboxClaimStatus,
  { conditions: other, sandbox: after }: SandboxClaimStatus,
): boolean {
  const [ready, next] = [findCondition(one, CONDITION.ready), findCondition(other, CONDITION.ready)];
  const isStarting = (reason: string | undefined): boolean => reason !== undefined && PASSING.includes(reason);
  const isFinished = findCondition(other, CONDITION.finished) !== undefined || findCondition(one, CONDITION.finished) !== undefined;
  return before?.name === after?.name && isStarting(ready?.reason) && isStarting(next?.reason) && !isFinished && ready?.status === next?.status;
}

const PASSING: readonly string[] = [CLAIM_REASON.sandboxNotReady, SANDBOX_REASON.dependenciesNotReady];
