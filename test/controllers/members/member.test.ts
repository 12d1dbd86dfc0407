import { LABELS } from '../../../src/api/keys';
import { isMember, memberOf, type MemberClass } from '../../../src/controllers/members/member';
import type { Pod, Sandbox } from '../../../src/controllers/shared/objects';

const READY = { type: 'Ready', status: 'True', reason: 'DependenciesReady', message: '', lastTransitionTime: '2026-01-01T00:05:00Z' } as const;
const UNREADY = { ...READY, status: 'False', reason: 'DependenciesNotReady' } as const;
const OWNER = { apiVersion: 'extensions.agents.x-k8s.io/v1beta1', kind: 'SandboxWarmPool', name: 'pool', uid: 'p', controller: true, blockOwnerDeletion: true };

type Change = Partial<Pick<Sandbox, 'status'>> & { readonly metadata?: Partial<Sandbox['metadata']>; readonly spec?: Partial<Sandbox['spec']> };

const sandbox = ({ metadata, spec, status }: Change = {}): Sandbox => ({
  metadata: {
    ...{ name: 'm', namespace: 'team', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z', ownerReferences: [OWNER] },
    labels: { [LABELS.warmPool]: 'h', [LABELS.templateRefHash]: 't' },
    ...metadata,
  },
  spec: { podTemplate: { spec: { containers: [] } }, ...spec },
  status: status ?? { conditions: [READY], podIPs: ['10.0.0.1'], nodeName: 'n1' },
});

const pod = ({ metadata, status }: { readonly metadata?: Partial<Pod['metadata']>; readonly status?: Pod['status'] } = {}): Pod => ({
  metadata: { name: 'm', uid: 'pod', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z', ...metadata },
  spec: {},
  status: status ?? { phase: 'Running' },
});

const restarted = { phase: 'Running', containerStatuses: [{ name: 'main', restartCount: 1 }] };

test.each<[string, MemberClass, Sandbox, Pod | undefined]>([
  ['a Ready member with an address may be taken', 'ready', sandbox(), pod()],
  ['one with an address that is not Ready may be taken too', 'unready', sandbox({ status: { conditions: [UNREADY], podIPs: ['10.0.0.1'] } }), pod()],
  [
    'not when a container has restarted: it may be crash-looping',
    'unfit',
    sandbox({ status: { conditions: [UNREADY], podIPs: ['10.0.0.1'] } }),
    pod({ status: restarted }),
  ],
  ['a Ready one may have restarted', 'ready', sandbox(), pod({ status: restarted })],
  ['one without address is waited for', 'starting', sandbox({ status: { conditions: [UNREADY] } }), pod()],
  ['also before it has a Pod', 'starting', sandbox({ status: {} }), undefined],
  ['Ready without an address is not Ready enough', 'starting', sandbox({ status: { conditions: [READY] } }), pod()],
  ['one that is being deleted is none', 'unfit', sandbox({ metadata: { deletionTimestamp: '2026-01-01T00:06:00Z' } }), pod()],
  ['one whose Pod is being deleted is none', 'unfit', sandbox(), pod({ metadata: { deletionTimestamp: '2026-01-01T00:06:00Z' } })],
  ['one whose Pod has failed is none', 'unfit', sandbox(), pod({ status: { phase: 'Failed' } })],
  ['one whose Pod has ended is none', 'unfit', sandbox(), pod({ status: { phase: 'Succeeded' } })],
  ['one with an address and no Pod is none: the address is of a Pod that was', 'unfit', sandbox(), undefined],
  ['one without the label of its template is none', 'unfit', sandbox({ metadata: { labels: { [LABELS.warmPool]: 'h' } } }), pod()],
  ['one that somebody has suspended is none', 'unfit', sandbox({ spec: { operatingMode: 'Suspended' } }), pod()],
])('%s', (_, expected, given, itsPod) => {
  expect(memberOf(given, itsPod, true).class).toBe(expected);
});

test('one of another template than its pool wants is stale, whatever else it is', () => {
  expect(memberOf(sandbox(), pod(), false).class).toBe('stale');
  expect(memberOf(sandbox({ status: {} }), undefined, false).class).toBe('stale');
});

test.each<[string, boolean, Partial<Sandbox['metadata']>]>([
  ['of a pool and labelled', true, {}],
  ['of a pool of an older API version', true, { ownerReferences: [{ ...OWNER, apiVersion: 'extensions.agents.x-k8s.io/v1alpha1' }] }],
  ['without owner', false, { ownerReferences: [] }],
  ['of a claim', false, { ownerReferences: [{ ...OWNER, kind: 'SandboxClaim' }] }],
  ['of a pool of somebody else', false, { ownerReferences: [{ ...OWNER, apiVersion: 'example.com/v1' }] }],
  ['without the label', false, { labels: {} }],
])('a member is a Sandbox %s: %s', (_, expected, metadata) => {
  expect(isMember(sandbox({ metadata }))).toBe(expected);
});

test.each<[string, string, Sandbox['status']]>([
  ['its last transition when it was Ready once', '2026-01-01T00:05:00Z', { conditions: [UNREADY] }],
  ['its creation when nothing is known yet', '2026-01-01T00:00:00Z', {}],
  [
    'its creation when a clock that was slow wrote an earlier transition',
    '2026-01-01T00:00:00Z',
    { conditions: [{ ...UNREADY, lastTransitionTime: '2025-12-31T22:00:00Z' }] },
  ],
])('it is not Ready since %s', (_, expected, status) => {
  expect(memberOf(sandbox({ status }), undefined, true).unreadySinceMs).toBe(Date.parse(expected));
});
