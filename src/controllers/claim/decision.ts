import { findFailure, type Plan } from '../../runtime/plan';
import { CLAIMS, SANDBOXES, type Sandbox } from '../shared/objects';
import { lookOf, type Unread } from './aim';
import { hasLost } from './contention';
import type { Memory, Observed } from './observe';
import type { Problem } from './problem';
import { recordPatch } from './record';
import { statusOf, type Outcome } from './status';
import { statusPatch } from './status-patch';

/** What a rule about claims decides. */
export type Decision = Plan<Memory>;

// Spec 05 §18.
const LOOK_AGAIN_MS = 60_000;

/** The status write that tells what has come out; no action when that is told already. */
export function told(observed: Observed, outcome: Outcome): Decision {
  const patch = statusPatch(observed, statusOf(observed.claim, outcome, observed.nowMs));
  return { actions: patch ? [patch] : [] };
}

/** Reads something past the cache, and remembers that it has done so. */
export function looking(observed: Observed, unread: Unread): Decision {
  const looked = [...(observed.memory?.looked ?? []), lookOf(unread.resource, unread.key)];
  return { actions: [readOf(unread, 'look')], memory: remembering(observed, { looked }) };
}

/** The record that the claim lacks; undefined when it lacks none. */
export function recording(observed: Observed, member: string | undefined): Decision | undefined {
  const { claim, settings, firstSeenMs, traceContext } = observed;
  const patch = recordPatch(claim, { firstSeenMs: settings.areTimesDisabled ? undefined : firstSeenMs, member, traceContext });
  return patch && { actions: [{ ...ofClaim(observed, 'record'), do: 'patch', ifVersion: claim.metadata.resourceVersion, patch }] };
}

/** When a problem is worth another try. */
export function retryOf({ retry }: Problem): Pick<Decision, 'againMs' | 'isFailed'> {
  if (retry === 'minute') return { againMs: LOOK_AGAIN_MS };
  return retry === 'time' ? { isFailed: true } : {};
}

/** The claim's Sandbox, if it is the one that its status names. */
export const publishedSandbox = ({ claim, owned }: Observed): Sandbox | undefined =>
  owned.find(({ metadata: { name } }) => name === claim.status?.sandbox?.name);

/** What is remembered, changed. */
export const remembering = ({ claim, memory }: Observed, change: Partial<Memory>): Memory => ({ ...memory, uid: claim.metadata.uid, ...change });

/** Whether this pass writes no record any more. */
export const isRecordGivenUp = (observed: Observed): boolean => findFailure(observed, 'record') !== undefined || hasLost(observed, 'record');

/** A name in the namespace of the claim. */
export const keyIn = ({ claim }: Observed, name: string) => ({ namespace: claim.metadata.namespace ?? '', name });

/** What every write for a claim says of itself. */
export const stepOf = (step: string) => ({ step, purpose: 'claim' }) as const;

/** The read past the cache. */
export const readOf = ({ resource, key }: Unread, step: string) => ({ do: 'read', resource, key, step }) as const;

/** What every write of the claim itself says. */
export const ofClaim = (observed: Observed, step: string) => {
  const { name, uid } = observed.claim.metadata;
  return { resource: CLAIMS, key: keyIn(observed, name), uid, ...stepOf(step) };
};

/** The deletion of a Sandbox, by UID. */
export const deletionOf = (observed: Observed, { metadata: { name, uid } }: Sandbox, step: string) =>
  ({ do: 'delete', resource: SANDBOXES, key: keyIn(observed, name), uid, ...stepOf(step) }) as const;
