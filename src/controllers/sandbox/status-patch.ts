import { CONDITION, SANDBOX_REASON as REASON } from '../../api/conditions';
import type { Action, EventDraft } from '../../runtime/plan';
import { findCondition } from '../shared/conditions';
import { SANDBOXES, type SandboxStatus } from '../shared/objects';
import { sameValue } from '../shared/status-values';
import type { Observed } from './observe';
import { errandOf } from './step';

const FIELDS = ['conditions', 'service', 'serviceFQDN', 'selector', 'podIPs', 'nodeName'] as const;

/**
 * The status write, or undefined when the stored status says the same. Its events tell of the transitions that it stores. It relies on the version seen:
 * the API server takes a status whatever UID stands beside it, so nothing else keeps a late one from a Sandbox that was made anew under the name.
 */
export function statusPatch(observed: Observed, status: SandboxStatus): Action | undefined {
  const { sandbox } = observed;
  const stored = sandbox.status ?? {};
  const changed = FIELDS.filter((field) => !sameValue(stored[field], status[field]));
  if (changed.length === 0) return undefined;
  const { namespace = '', name, uid, resourceVersion } = sandbox.metadata;
  return {
    do: 'patch',
    resource: SANDBOXES,
    key: { namespace, name },
    uid,
    ifVersion: resourceVersion,
    subresource: 'status',
    patch: { status: Object.fromEntries(changed.map((field) => [field, status[field] ?? null])) },
    step: 'status',
    ...errandOf(observed),
    events: transitions(observed, status),
  };
}

/** Whether two statuses differ only in what passes by itself (spec 03 §10): such a difference may wait for the next real change. */
export function differsOnlyInPassing(stored: SandboxStatus | undefined, next: SandboxStatus): boolean {
  const [one, other] = [lasting(stored ?? {}), lasting(next)];
  return [...FIELDS].every((field) => sameValue(one[field], other[field]));
}

/** The status without node, mirrored scheduling, and the message of a Ready that waits for its dependencies. */
function lasting(status: SandboxStatus): SandboxStatus {
  const conditions = status.conditions?.filter(({ type }) => type !== CONDITION.podScheduled);
  return {
    ...status,
    nodeName: undefined,
    conditions: conditions?.map((each) => (each.type === CONDITION.ready && each.reason === REASON.dependenciesNotReady ? { ...each, message: '' } : each)),
  };
}

function transitions({ sandbox, settings }: Observed, next: SandboxStatus): readonly EventDraft[] {
  const before = (type: string) => findCondition(sandbox.status?.conditions, type);
  const after = (type: string) => findCondition(next.conditions, type);
  const turnedTrue = (type: string) => after(type)?.status === 'True' && before(type)?.status !== 'True';
  const [readyBefore, readyAfter, finished] = [before(CONDITION.ready), after(CONDITION.ready), after(CONDITION.finished)];
  const isNowBecause = (reason: string) => readyAfter?.reason === reason && readyBefore?.reason !== reason;
  const event = (type: EventDraft['type'], reason: string, action: string, note: string): EventDraft => ({ regarding: sandbox, type, reason, action, note });
  const multiple = isNowBecause(REASON.multiplePods) ? [event('Warning', REASON.multiplePods, 'Reconciling', readyAfter?.message ?? '')] : [];
  if (settings.areEventsDisabled) return multiple;
  return [
    ...multiple,
    ...(turnedTrue(CONDITION.ready) ? [event('Normal', 'SandboxReady', 'Ready', 'Sandbox is ready')] : []),
    ...(turnedTrue(CONDITION.suspended) ? [event('Normal', 'SandboxSuspended', 'Suspension', 'Sandbox is suspended')] : []),
    ...(isNowBecause(REASON.sandboxExpired) && sandbox.spec.shutdownPolicy !== 'Delete'
      ? [event('Normal', 'SandboxExpired', 'Expiry', 'Sandbox has expired')]
      : []),
    ...(turnedTrue(CONDITION.finished) && finished
      ? [event(finished.reason === REASON.podFailed ? 'Warning' : 'Normal', finished.reason, 'PodCompletion', finished.message)]
      : []),
  ];
}
