import { CONDITION } from '../../api/conditions';
import { LABELS } from '../../api/keys';
import { findCondition } from '../shared/conditions';
import type { Pod, Sandbox } from '../shared/objects';
import { findExtensionOwnerKind } from '../shared/ownership';

/**
 * What a claim may do with a member (spec 05 §6): `ready` and `unready` may be taken, the former first; `starting` is waited for;
 * `stale` is of another template than its Recreate pool wants; `unfit` is neither taken nor waited for.
 */
export type MemberClass = 'ready' | 'unready' | 'starting' | 'stale' | 'unfit';

/** A Sandbox that a pool has made and nobody has claimed. */
export interface Member {
  readonly sandbox: Sandbox;
  readonly class: MemberClass;
  /** Empty before it is scheduled. */
  readonly nodeName: string;
  readonly isTerminating: boolean;
  readonly isReady: boolean;
  /** Since when it is not Ready, wall clock: its last transition, or its creation. Never before that: only a clock that was wrong has written such a transition. */
  readonly unreadySinceMs: number;
}

/** Whether a Sandbox is one of a pool: owned by it and labelled so (spec 06 §3). */
export const isMember = (sandbox: Sandbox): boolean =>
  findExtensionOwnerKind(sandbox) === 'SandboxWarmPool' && sandbox.metadata.labels?.[LABELS.warmPool] !== undefined;

/** What is to be known of a member. `pod` is the one that it owns. */
export function memberOf(sandbox: Sandbox, pod: Pod | undefined, isFresh: boolean): Member {
  const { metadata, status } = sandbox;
  const ready = findCondition(status?.conditions, CONDITION.ready);
  const isReady = ready?.status === 'True';
  return {
    sandbox,
    class: classOf(sandbox, pod, { isReady, isFresh }),
    nodeName: status?.nodeName ?? '',
    isTerminating: metadata.deletionTimestamp !== undefined,
    isReady,
    unreadySinceMs: Math.max(Date.parse(metadata.creationTimestamp), ready?.status === 'False' ? Date.parse(ready.lastTransitionTime) : 0),
  };
}

function classOf(
  { metadata, spec, status }: Sandbox,
  pod: Pod | undefined,
  { isReady, isFresh }: { readonly isReady: boolean; readonly isFresh: boolean },
): MemberClass {
  const hasIp = (status?.podIPs ?? []).length > 0;
  if (metadata.deletionTimestamp || metadata.labels?.[LABELS.templateRefHash] === undefined || spec.operatingMode === 'Suspended') return 'unfit';
  // A Pod that is missing though it had an address was deleted or evicted just now: what comes in its place is not there yet.
  if (pod ? isLeaving(pod) : hasIp) return 'unfit';
  if (!isFresh) return 'stale';
  if (!hasIp) return 'starting';
  if (isReady) return 'ready';
  return hasRestarted(pod) ? 'unfit' : 'unready';
}

const isLeaving = ({ metadata, status }: Pod): boolean =>
  metadata.deletionTimestamp !== undefined || status?.phase === 'Succeeded' || status?.phase === 'Failed';

/** It may be crash-looping. */
const hasRestarted = (pod: Pod | undefined): boolean => pod?.status?.containerStatuses?.some(({ restartCount = 0 }) => restartCount > 0) ?? false;
