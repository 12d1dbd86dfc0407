import { CONDITION, SANDBOX_MESSAGE as MESSAGE, SANDBOX_REASON as REASON } from '../../api/conditions';
import { LABELS } from '../../api/keys';
import { findCondition, isReason, withCondition, withoutCondition, type Wanted } from '../shared/conditions';
import type { Condition, Pod, SandboxStatus, Service } from '../shared/objects';
import { isOwnedBy } from '../shared/ownership';
import type { Observed } from './observe';
import { isEnded, isSuspended, type PodStep } from './pod';
import type { Problem } from './step';

/** What the steps of the pass came to; the status says it. */
export interface Result {
  readonly pod: PodStep;
  /** Problems of volume claims, Pod and Service, in this order. */
  readonly problems: readonly Problem[];
  /** The Service could not be judged: what the status says of it stays. */
  readonly isServiceUnknown: boolean;
}

/** How long, and over how many passes, an error must last before it takes a healthy Sandbox's Ready away (spec 03 §8.1). */
const TOLERATED_MS = 10_000;
const TOLERATED_PASSES = 5;

/** The status of a Sandbox that has not expired (spec 03 §3, §7, §8). */
export function statusOf(observed: Observed, result: Result): SandboxStatus {
  const { sandbox, hash } = observed;
  const { pod, isOwned } = result.pod;
  const stored = sandbox.status ?? {};
  const podIPs = (isOwned && pod?.status?.podIPs?.flatMap(({ ip }) => ip ?? [])) || [];
  const nodeName = isOwned ? pod?.spec.nodeName : undefined;
  return {
    conditions: conditionsOf(observed, result),
    ...serviceStatus(observed, result),
    ...((pod || stored.selector) && { selector: pod ? `${LABELS.sandboxNameHash}=${hash}` : stored.selector }),
    ...(podIPs.length > 0 && { podIPs }),
    ...(nodeName && { nodeName }),
  };
}

function serviceStatus(observed: Observed, { isServiceUnknown }: Result): Pick<SandboxStatus, 'service' | 'serviceFQDN'> {
  const { service, serviceFQDN } = observed.sandbox.status ?? {};
  if (isServiceUnknown) return { ...(service && { service }), ...(serviceFQDN && { serviceFQDN }) };
  const used = usedService(observed);
  if (!used) return {};
  const { name, namespace = '' } = used.metadata;
  return { service: name, serviceFQDN: `${name}.${namespace}.svc.${observed.settings.clusterDomain}` };
}

/** The owned Service, unless it is not wanted. */
const usedService = ({ sandbox, service }: Observed): Service | undefined =>
  service && isOwnedBy(service, sandbox) && sandbox.spec.service !== false ? service : undefined;

function conditionsOf(observed: Observed, result: Result): readonly Condition[] {
  const wanted = [suspended(observed, result), podScheduled(result), finished(observed, result), ready(observed, result)];
  const { generation } = observed.sandbox.metadata;
  const stored = observed.sandbox.status?.conditions ?? [];
  const types = [CONDITION.podScheduled, CONDITION.finished];
  const cleared = types.filter((type) => !wanted.some((condition) => condition?.type === type)).reduce<readonly Condition[]>(withoutCondition, stored);
  return wanted.reduce<readonly Condition[]>(
    (conditions, condition) => (condition ? withCondition(conditions, { ...condition, observedGeneration: generation }, observed.nowMs) : conditions),
    cleared,
  );
}

const condition = (type: string, status: Condition['status'], reason: string, message: string): Wanted => ({ type, status, reason, message });

function suspended(observed: Observed, { pod: { pod, isOwned, problem } }: Result): Wanted {
  const is = (status: Condition['status'], reason: string, message: string) => condition(CONDITION.suspended, status, reason, message);
  if (!isSuspended(observed)) return is('False', REASON.notSuspended, MESSAGE.notSuspended);
  if (!pod) return problem ? is('Unknown', REASON.podStateUnknown, MESSAGE.suspensionUnknown) : is('True', REASON.podTerminated, MESSAGE.podTerminated);
  return isOwned ? is('False', REASON.podTerminating, MESSAGE.podTerminating) : is('False', REASON.podNotOwned, MESSAGE.podNotOwned);
}

function podScheduled({ pod: { pod, isOwned, problem } }: Result): Wanted | undefined {
  const is = (status: Condition['status'], reason: string, message: string) => condition(CONDITION.podScheduled, status, reason, message);
  if (!pod) return problem ? is('Unknown', REASON.podSchedulingUnknown, MESSAGE.schedulingUnknown) : undefined;
  if (!isOwned) return undefined;
  const reported = pod.status?.conditions?.find(({ type }) => type === CONDITION.podScheduled);
  if (!reported) return is('Unknown', REASON.podSchedulingUnknown, MESSAGE.schedulingNotReported);
  const fallback = reported.status === 'True' ? REASON.podScheduled : REASON.podSchedulingUnknown;
  return is(reported.status, isReason(reported.reason) ? reported.reason : fallback, reported.message ?? '');
}

function finished(observed: Observed, { pod: { pod, isOwned } }: Result): Wanted | undefined {
  if (!pod || !isOwned || !isEnded(pod)) return undefined;
  const stored = findCondition(observed.sandbox.status?.conditions, CONDITION.finished);
  if (stored?.status !== 'True' && !endedByItself(pod)) return undefined;
  return pod.status?.phase === 'Succeeded'
    ? condition(CONDITION.finished, 'True', REASON.podSucceeded, MESSAGE.podSucceeded)
    : condition(CONDITION.finished, 'True', REASON.podFailed, MESSAGE.podFailed);
}

/** Kubelets set a final phase before they remove a deleted Pod; such a Pod counts as ended only if its containers ended before the deletion was asked for. */
export function endedByItself({ metadata, status }: Pod): boolean {
  if (!metadata.deletionTimestamp) return true;
  const askedMs = Date.parse(metadata.deletionTimestamp) - (metadata.deletionGracePeriodSeconds ?? 0) * 1000;
  const containers = status?.containerStatuses ?? [];
  return (
    containers.length > 0 && containers.every(({ state }) => state?.terminated?.finishedAt !== undefined && Date.parse(state.terminated.finishedAt) < askedMs)
  );
}

function ready(observed: Observed, result: Result): Wanted {
  const is = (status: Condition['status'], reason: string, message: string) => condition(CONDITION.ready, status, reason, message);
  const { pod, isOwned } = result.pod;
  const serving = servingState(observed, result);
  const error = errorOf(observed, result, serving.isReady);
  if (error) return is('False', error.reason, error.message);
  if (isSuspended(observed)) return is('False', REASON.sandboxSuspended, pod ? MESSAGE.isSuspending : MESSAGE.isSuspended);
  const hasFinished = finished(observed, result);
  if (hasFinished) return is('False', hasFinished.reason, hasFinished.message);
  if (pod && isOwned && pod.metadata.deletionTimestamp) return is('False', REASON.dependenciesNotReady, MESSAGE.podIsTerminating + serving.suffix);
  return is(serving.isReady ? 'True' : 'False', serving.isReady ? REASON.dependenciesReady : REASON.dependenciesNotReady, serving.message);
}

/** Whether Pod and Service serve, in the words of spec 02 §4.1. */
function servingState(observed: Observed, { pod: { pod } }: Result): { readonly isReady: boolean; readonly message: string; readonly suffix: string } {
  const exists = usedService(observed) !== undefined;
  const isRequired = observed.sandbox.spec.service ?? exists;
  const suffix = !isRequired ? '' : exists ? MESSAGE.serviceExists : MESSAGE.serviceDoesNotExist;
  const message = podMessage(pod);
  const isReady = message === MESSAGE.podIsReady && pod?.metadata.deletionTimestamp === undefined && (!isRequired || exists);
  return { isReady, message: message + suffix, suffix };
}

function podMessage(pod: Pod | undefined): string {
  if (!pod) return MESSAGE.podDoesNotExist;
  const { phase = '', conditions = [], podIPs = [] } = pod.status ?? {};
  if (phase !== 'Running') return `Pod exists with phase: ${phase}`;
  if (!conditions.some(({ type, status }) => type === CONDITION.ready && status === 'True')) return MESSAGE.podIsRunning;
  return podIPs.some(({ ip }) => ip) ? MESSAGE.podIsReady : MESSAGE.podHasNoIps;
}

/** The worst problem (spec 03 §8.1). What time may mend takes a Sandbox that serves down only when it lasts. */
function errorOf({ sandbox, trouble }: Observed, { problems }: Result, isServing: boolean): { readonly reason: string; readonly message: string } | undefined {
  const multiple = problems.find(({ kind }) => kind === 'multiplePods');
  if (multiple) return { reason: REASON.multiplePods, message: multiple.message };
  if (problems.length === 0) return undefined;
  const isPermanent = problems.some(({ kind }) => kind === 'permanent');
  const wasReady = findCondition(sandbox.status?.conditions, CONDITION.ready)?.status === 'True';
  const hasLasted = trouble.forMs >= TOLERATED_MS && trouble.passes >= TOLERATED_PASSES;
  if (!isPermanent && isServing && wasReady && !hasLasted) return undefined;
  const message = `Error seen: ${problems.map((problem) => problem.message).join('\n')}`;
  return { reason: isPermanent ? REASON.invalidConfiguration : REASON.reconcilerError, message };
}
