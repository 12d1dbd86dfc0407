import { LABELS } from '../../../src/api/keys';
import { nameHash } from '../../../src/api/names';
import type { Observed, Settings } from '../../../src/controllers/sandbox/observe';
import { SANDBOXES, type Condition, type Pod, type Sandbox, type Service, type VolumeClaim } from '../../../src/controllers/shared/objects';
import { controllerReference } from '../../../src/controllers/shared/ownership';
import type { ObjectMeta, OwnerReference } from '../../../src/runtime/object';

/** Objects of one small world, in which `alice` is a Sandbox of the namespace `team`. */

export const NOW_MS = Date.parse('2026-11-24T12:00:00Z');
export const HASH = nameHash('alice');

export const settings: Settings = {
  clusterDomain: 'cluster.local',
  createdByValues: [],
  isWarmPoolEvictionEnabled: true,
  isPodSandboxUidLabelled: false,
  isAdoptionLean: true,
  areEventsDisabled: false,
  transitionalStatusWindowMs: 0,
  writeBehindWindowMs: 0,
};

type Meta = Partial<ObjectMeta>;

const metadata = (name: string, uid: string, more: Meta = {}): ObjectMeta => ({
  name,
  namespace: 'team',
  uid,
  resourceVersion: `rv-${uid}`,
  creationTimestamp: '2026-11-24T11:00:00Z',
  ...more,
});

export function sandbox(spec: Partial<Sandbox['spec']> = {}, more: { readonly metadata?: Meta; readonly status?: Sandbox['status'] } = {}): Sandbox {
  return {
    metadata: metadata('alice', 'sandbox-uid', { generation: 3, ...more.metadata }),
    spec: { podTemplate: { spec: { containers: [{ name: 'main' }] } }, ...spec },
    ...(more.status && { status: more.status }),
  };
}

const OWNER = controllerReference(SANDBOXES, sandbox());
export const FOREIGN: OwnerReference = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'other-uid', controller: true };

/** Metadata of a child that this Sandbox owns and labels. */
const owned: Meta = { ownerReferences: [OWNER], labels: { [LABELS.sandboxNameHash]: HASH } };

export function pod(status: Pod['status'] = {}, more: Meta = {}, uid = 'pod-uid'): Pod {
  return { metadata: metadata('alice', uid, { ...owned, ...more }), spec: { nodeName: 'node-1' }, status };
}

export const RUNNING: Pod['status'] = {
  phase: 'Running',
  podIPs: [{ ip: '10.0.0.7' }],
  conditions: [
    { type: 'PodScheduled', status: 'True' },
    { type: 'Ready', status: 'True' },
  ],
};

export function service(spec: Service['spec'] = {}, more: Meta = {}): Service {
  return {
    metadata: metadata('alice', 'service-uid', { ...owned, ...more }),
    spec: { clusterIP: 'None', selector: { [LABELS.sandboxNameHash]: HASH }, ...spec },
  };
}

export const volumeClaim = (name: string, more: Meta = {}): VolumeClaim => ({ metadata: metadata(name, `${name}-uid`, { ...owned, ...more }) });

/** Metadata of an object that nobody controls. */
export const unowned = (labels: Readonly<Record<string, string>> = {}): Meta => ({ ownerReferences: [], labels });

/** What a round sees: the Pod counts as owned or as merely of that name, by its owner. */
export function seen(
  of: Partial<Omit<Observed, 'settings'>> & { readonly pod?: Pod; readonly claims?: readonly VolumeClaim[]; readonly settings?: Partial<Settings> } = {},
): Observed {
  const { pod: one, claims = [], ...rest } = of;
  const mine = one?.metadata.ownerReferences?.some(({ uid }) => uid === 'sandbox-uid') === true;
  return {
    nowMs: NOW_MS,
    monotonicMs: 1000,
    failures: [],
    trouble: { passes: 0, forMs: 0 },
    memory: undefined,
    sandbox: sandbox(),
    hash: HASH,
    ownedPods: one && mine ? [one] : [],
    namedPod: one?.metadata.name === 'alice' ? one : undefined,
    service: undefined,
    volumeClaims: new Map(claims.map((claim) => [claim.metadata.name, claim])),
    rival: undefined,
    missingTraceContext: undefined,
    isUrgent: false,
    ...rest,
    settings: { ...settings, ...of.settings },
  };
}

export const condition = (type: string, status: Condition['status'], reason: string, message = ''): Condition => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: '2026-11-24T11:30:00Z',
  observedGeneration: 3,
});
