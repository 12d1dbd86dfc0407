import fc from 'fast-check';
import { networkPolicyName } from '../../../src/api/names';
import { histories, type History } from '../history';
import type { SandboxAction } from '../sandboxes/actions';

/** What people do to templates and to the policies that belong to them. */

const name = fc.constantFrom('a', 'b');
const podTemplate = { metadata: {}, spec: { containers: [] } };
const networkPolicy = fc.constantFrom<object | null>(...[null, {}, { ingress: [{ ports: [{ port: 80 }] }] }], {
  ingress: [],
  egress: [{ to: [{ podSelector: {} }], ports: [{ port: 53, protocol: 'UDP' }] }],
});
const management = fc.constantFrom('Managed', 'Unmanaged');

const creation: fc.Arbitrary<SandboxAction> = fc
  .record({ name, networkPolicy, management })
  .map(({ name: template, networkPolicy: policy, management: networkPolicyManagement }) => ({
    ...{ do: 'create', kind: 'SandboxTemplate', name: template },
    spec: { podTemplate, networkPolicyManagement, ...(policy && { networkPolicy: policy }) },
  }));

const templatePatches = fc.oneof(
  networkPolicy.map((policy): object => ({ spec: { networkPolicy: policy } })),
  management.map((networkPolicyManagement): object => ({ spec: { networkPolicyManagement } })),
  fc.constantFrom<object>({ metadata: { labels: null } }, { metadata: { labels: { app: 'x' } } }, { metadata: { finalizers: ['example.com/hold'] } }),
  fc.constantFrom<object>({ metadata: { finalizers: null } }, { spec: { service: true } }),
);

const policyPatches = fc.constantFrom<object>(
  ...[{ spec: { ingress: [{}] } }, { spec: { policyTypes: ['Ingress'] } }, { metadata: { labels: { app: 'x' } } }],
  ...[{ metadata: { finalizers: ['example.com/hold'] } }, { metadata: { finalizers: null } }],
);

const foreignMetadata = fc.constantFrom(
  {},
  { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'other', uid: 'somebody-else', controller: true }] },
);

const policyName = name.map(networkPolicyName);

const actions: fc.Arbitrary<SandboxAction> = fc.oneof(
  { weight: 3, arbitrary: creation },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('patch' as const), kind: fc.constant('SandboxTemplate' as const), name, body: templatePatches }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), kind: fc.constant('SandboxTemplate' as const), name, options: fc.constant({}) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('patch' as const), kind: fc.constant('NetworkPolicy' as const), name: policyName, body: policyPatches }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('delete' as const), kind: fc.constant('NetworkPolicy' as const), name: policyName, options: fc.constant({}) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      ...{ do: fc.constant('create' as const), kind: fc.constant('NetworkPolicy' as const), name: policyName, metadata: foreignMetadata },
      spec: fc.constant({ podSelector: {} }),
    }),
  },
);

/** Histories of templates; there is always one to begin with. */
export const templateHistories: fc.Arbitrary<History<SandboxAction>> = histories(creation, actions);
