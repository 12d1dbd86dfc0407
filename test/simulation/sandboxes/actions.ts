import fc from 'fast-check';
import { LABELS } from '../../../src/api/keys';
import { nameHash } from '../../../src/api/names';
import { CLAIMS, NETWORK_POLICIES, PODS, POOLS, SANDBOXES, SERVICES, TEMPLATES, VOLUME_CLAIMS, type ResourceType } from '../api/resource-types';
import { timeText } from '../api/rules';
import { histories, type History } from '../history';
import { NAMESPACE, type World } from '../world';

/** What people and the cluster do to Sandboxes and what belongs to them. */
export type SandboxAction =
  | { readonly do: 'create'; readonly kind: Kind; readonly name: string; readonly metadata?: object; readonly spec: object }
  | { readonly do: 'patch'; readonly kind: Kind; readonly name: string; readonly body: object }
  | { readonly do: 'delete'; readonly kind: Kind; readonly name: string; readonly options: object }
  | { readonly do: 'expire'; readonly name: string; readonly inMs: number; readonly policy: 'Delete' | 'Retain' }
  | { readonly do: 'end'; readonly name: string; readonly phase: 'Succeeded' | 'Failed'; readonly reason?: string }
  | { readonly do: 'drain'; readonly name: string };

const TYPES = {
  ...{ Sandbox: SANDBOXES, Pod: PODS, Service: SERVICES, PersistentVolumeClaim: VOLUME_CLAIMS },
  ...{ SandboxTemplate: TEMPLATES, NetworkPolicy: NETWORK_POLICIES, SandboxWarmPool: POOLS, SandboxClaim: CLAIMS },
} as const satisfies Record<string, ResourceType>;
type Kind = keyof typeof TYPES;
type Child = 'Pod' | 'Service' | 'PersistentVolumeClaim';

/** Carries out an action. What the server refuses, for example a name that is taken, simply does not happen. */
export function performOnSandboxes({ model, nodes, scheduler }: World, action: SandboxAction): void {
  const at = { namespace: NAMESPACE, name: action.name };
  switch (action.do) {
    case 'create': {
      const { apiVersion, kind } = TYPES[action.kind];
      const body = { apiVersion, kind, metadata: { ...action.metadata, name: action.name }, spec: action.spec };
      model.handle({ verb: 'create', resource: TYPES[action.kind], namespace: NAMESPACE, body }, 'user');
      return;
    }
    case 'patch':
      model.handle({ verb: 'patch', resource: TYPES[action.kind], ...at, body: action.body }, 'user');
      return;
    case 'delete':
      model.handle({ verb: 'delete', resource: TYPES[action.kind], ...at, body: action.options }, 'user');
      return;
    case 'expire': {
      const spec = { shutdownTime: timeText(scheduler.nowMs + action.inMs), shutdownPolicy: action.policy };
      model.handle({ verb: 'patch', resource: SANDBOXES, ...at, body: { spec } }, 'user');
      return;
    }
    case 'end':
      return nodes.end(at, action.phase, action.reason);
    case 'drain':
      return nodes.drain(at);
  }
}

// Two names are enough for everything that can go wrong between two.
const name = fc.constantFrom('a', 'b');
const container = { name: 'main', image: 'i', ports: [{ containerPort: 8080 }] };
const CLAIM = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
const SPECS: Readonly<Record<Child, object>> = {
  Pod: { containers: [container] },
  Service: { clusterIP: 'None' },
  PersistentVolumeClaim: CLAIM,
};

const podTemplate = fc.record({
  metadata: fc.constantFrom({}, { labels: { app: 'x' } }, { labels: { app: 'y', [LABELS.claimUid]: 'forged' }, annotations: { note: 'n' } }),
  spec: fc.constantFrom(
    ...[{ containers: [container] }, { containers: [container] }, { containers: [container] }],
    { containers: [container], terminationGracePeriodSeconds: 0 },
    { containers: [container], schedulingGates: [{ name: 'example.com/gate' }] },
  ),
});

const spec = fc.record(
  {
    podTemplate,
    service: fc.boolean(),
    operatingMode: fc.constantFrom('Running', 'Suspended'),
    volumeClaimTemplates: fc.constant([{ metadata: { name: 'data' }, spec: CLAIM }]),
  },
  { requiredKeys: ['podTemplate'] },
);

const sandboxPatches = fc.oneof(
  fc.constantFrom<object>({ spec: { operatingMode: 'Suspended' } }, { spec: { operatingMode: 'Running' } }),
  fc.constantFrom<object>({ spec: { service: true } }, { spec: { service: false } }, { spec: { service: null } }),
  podTemplate.map((template) => ({ spec: { podTemplate: { metadata: template.metadata } } })),
  fc.constantFrom<object>({ spec: { shutdownTime: null } }, { metadata: { annotations: { 'agents.x-k8s.io/pod-name': 'b' } } }),
  fc.constantFrom<object>({ metadata: { finalizers: ['example.com/hold'] } }, { metadata: { finalizers: null } }),
);

const foreignMetadata = (taken: string) =>
  fc.constantFrom(
    {},
    { labels: { [LABELS.adoptable]: 'true' } },
    { labels: { [LABELS.sandboxNameHash]: nameHash(taken) } },
    { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'other', uid: 'somebody-else', controller: true }] },
  );

const child = fc.constantFrom<Child>('Pod', 'Pod', 'Service', 'PersistentVolumeClaim');
const childName = (kind: Kind, taken: string): string => (kind === 'PersistentVolumeClaim' ? `data-${taken}` : taken);

const foreign = fc
  .tuple(child, name)
  .chain(([kind, taken]) =>
    foreignMetadata(taken).map((metadata): SandboxAction => ({ do: 'create', kind, name: childName(kind, taken), metadata, spec: SPECS[kind] })),
  );

const childPatches = fc.constantFrom<object>(
  { metadata: { labels: null } },
  { metadata: { labels: { app: 'changed', extra: 'kept' } } },
  { metadata: { annotations: { note: 'changed', extra: 'kept' } } },
  { metadata: { finalizers: ['example.com/hold'] } },
  { metadata: { finalizers: null } },
  { spec: { schedulingGates: null } },
);

const creation: fc.Arbitrary<SandboxAction> = fc.record({ do: fc.constant('create' as const), kind: fc.constant('Sandbox' as const), name, spec });

/** Everything above, Sandboxes more often than the rest. */
const actions: fc.Arbitrary<SandboxAction> = fc.oneof(
  { weight: 6, arbitrary: creation },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('patch' as const), kind: fc.constant('Sandbox' as const), name, body: sandboxPatches }) },
  {
    weight: 3,
    arbitrary: fc.record({
      ...{ do: fc.constant('delete' as const), kind: fc.constantFrom<Kind>('Sandbox', 'Sandbox', 'Pod'), name },
      options: fc.constantFrom({}, { propagationPolicy: 'Foreground' }, { gracePeriodSeconds: 0 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      ...{ do: fc.constant('expire' as const), name, inMs: fc.integer({ min: -1000, max: 20_000 }) },
      policy: fc.constantFrom('Delete' as const, 'Retain' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('end' as const), name, phase: fc.constantFrom('Succeeded' as const, 'Failed' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('drain' as const), name }) },
  { weight: 2, arbitrary: foreign },
  {
    weight: 2,
    arbitrary: fc
      .record({ do: fc.constant('patch' as const), kind: child, name, body: childPatches })
      .map((action): SandboxAction => ({ ...action, name: childName(action.kind, action.name) })),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({ do: fc.constant('delete' as const), kind: child, name, options: fc.constant({}) })
      .map((action): SandboxAction => ({ ...action, name: childName(action.kind, action.name) })),
  },
);

/** Histories of Sandboxes; there is always one to begin with. */
export const sandboxHistories: fc.Arbitrary<History<SandboxAction>> = histories(creation, actions);

/** The same for a controller that knows no expiry. */
export const historiesWithoutExpiry = histories(
  creation,
  actions.filter((action) => action.do !== 'expire'),
);
