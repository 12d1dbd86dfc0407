import type { JsonObject } from '../api/json';
import { timeText } from '../api/rules';
import { listOf, partOf, type Stored } from '../api/stored';

/** Statuses of Pods as scheduler and kubelet write them: whole, as bodies of merge patches of `/status`. */

/** A condition that the Pod has, with one of its members changed, or a new one. The time moves only with the status. */
function condition(pod: Stored, nowMs: number, type: string, members: JsonObject): JsonObject {
  const before = listOf(partOf(pod, 'status'), 'conditions').find((other) => other.type === type);
  const moved = before?.status !== members.status;
  return { type, lastProbeTime: null, ...members, lastTransitionTime: moved ? timeText(nowMs) : before?.lastTransitionTime };
}

/** The conditions with one replaced or added. */
export function withCondition(pod: Stored, nowMs: number, type: string, members: JsonObject): readonly JsonObject[] {
  const others = listOf(partOf(pod, 'status'), 'conditions').filter((other) => other.type !== type);
  return [...others, condition(pod, nowMs, type, members)];
}

/** The message of the scheduler that there is no place for the Pod. */
export const unschedulable = (pod: Stored, nowMs: number, message: string): JsonObject => ({
  conditions: withCondition(pod, nowMs, 'PodScheduled', { status: 'False', reason: 'Unschedulable', message }),
});

/** Containers run; whether they are ready is another thing. */
export function running(pod: Stored, nowMs: number, podIPs: readonly string[], isReady: boolean): JsonObject {
  return {
    phase: 'Running',
    podIP: podIPs[0],
    podIPs: podIPs.map((ip) => ({ ip })),
    startTime: partOf(pod, 'status').startTime ?? timeText(nowMs),
    conditions: withCondition(pod, nowMs, 'Ready', isReady ? { status: 'True' } : { status: 'False', reason: 'ContainersNotReady' }),
    containerStatuses: containersOf(pod).map((name) => ({ name, ready: isReady, state: { running: { startedAt: timeText(nowMs) } } })),
  };
}

/** Every container has ended. */
export function ended(pod: Stored, nowMs: number, phase: 'Succeeded' | 'Failed', reason?: string): JsonObject {
  const exitCode = phase === 'Succeeded' ? 0 : 137;
  return {
    phase,
    ...(reason && { reason, message: `The Pod was ended: ${reason}` }),
    conditions: withCondition(pod, nowMs, 'Ready', { status: 'False', reason: phase === 'Succeeded' ? 'PodCompleted' : 'PodFailed' }),
    containerStatuses: containersOf(pod).map((name) => ({ name, ready: false, state: { terminated: { exitCode, finishedAt: timeText(nowMs) } } })),
  };
}

const containersOf = (pod: Stored): readonly unknown[] => listOf(partOf(pod, 'spec'), 'containers').map(({ name }) => name);

/** Whether the Pod's own condition says so. */
export const isReadyPod = (pod: Stored): boolean => hasCondition(pod, 'Ready', 'True');

export const hasCondition = (pod: Stored, type: string, status: string): boolean =>
  listOf(partOf(pod, 'status'), 'conditions').some((other) => other.type === type && other.status === status);

/** Whether the Pod has come to its end. */
export function isEnded(pod: Stored): boolean {
  const { phase } = partOf(pod, 'status');
  return phase === 'Succeeded' || phase === 'Failed';
}
