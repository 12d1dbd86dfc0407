import { nameHash } from '../../../src/api/names';
import { TEMPLATES, type NetworkPolicy, type NetworkPolicyRules, type SandboxTemplate } from '../../../src/controllers/shared/objects';
import { controllerReference } from '../../../src/controllers/shared/ownership';
import type { Observed } from '../../../src/controllers/template/observe';
import { plan } from '../../../src/controllers/template/plan';

const LABEL = 'agents.x-k8s.io/sandbox-template-ref-hash';
const HASH = nameHash('python');
const meta = (name: string, uid: string) => ({ name, namespace: 'team', uid, resourceVersion: '7', creationTimestamp: '2026-11-24T11:00:00Z' });

const template = (spec: Partial<SandboxTemplate['spec']> = {}, labels: Record<string, string> = { [LABEL]: HASH }): SandboxTemplate => ({
  metadata: { ...meta('python', 'template-uid'), labels },
  spec: { podTemplate: { spec: { containers: [] } }, ...spec },
});

const router = {
  from: [
    { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'agent-sandbox-system' } }, podSelector: { matchLabels: { app: 'sandbox-router' } } },
  ],
};
const internet = {
  to: [
    { ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16'] } },
    { ipBlock: { cidr: '::/0', except: ['fc00::/7', 'fe80::/10'] } },
  ],
};
const selected = { podSelector: { matchLabels: { [LABEL]: HASH } }, policyTypes: ['Ingress', 'Egress'] };

const policy = (
  rules: NetworkPolicyRules = { ingress: [router], egress: [internet] },
  owner: string | null = 'template-uid',
  spec: object = {},
): NetworkPolicy => ({
  metadata: {
    ...meta('python-network-policy', 'policy-uid'),
    ...(owner && { ownerReferences: [{ ...controllerReference(TEMPLATES, template()), uid: owner }] }),
  },
  spec: { ...selected, ...rules, ...spec },
});

const seen = (of: Partial<Observed> = {}): Observed => ({
  nowMs: 0,
  monotonicMs: 0,
  failures: [],
  trouble: { passes: 0, forMs: 0 },
  memory: undefined,
  template: template(),
  policy: policy(),
  areTemplatesLabelled: true,
  ...of,
});

// Spec 04 §5; the numbers are its cases.
test.each<[string, Partial<Observed>, object[]]>([
  [
    '1: the default policy is created, owned and without labels',
    { policy: undefined },
    [
      {
        do: 'create',
        object: {
          apiVersion: 'networking.k8s.io/v1',
          kind: 'NetworkPolicy',
          metadata: { name: 'python-network-policy', namespace: 'team', ownerReferences: [controllerReference(TEMPLATES, template())] },
          spec: { ...selected, ingress: [router], egress: [internet] },
        },
      },
    ],
  ],
  [
    '2: own rules are copied unchanged, with both types',
    { policy: undefined, template: template({ networkPolicy: { ingress: [{ from: [] }] } }) },
    [{ object: { spec: { ...selected, ingress: [{ from: [] }] } } }],
  ],
  ['3: {} denies everything both ways', { policy: undefined, template: template({ networkPolicy: {} }) }, [{ object: { spec: selected } }]],
  [
    '4: an unmanaged template loses the policy that it owns, by UID',
    { template: template({ networkPolicyManagement: 'Unmanaged' }) },
    [{ do: 'delete', uid: 'policy-uid' }],
  ],
  ['4: and leaves one of somebody else', { template: template({ networkPolicyManagement: 'Unmanaged' }), policy: policy({}, 'other') }, []],
  ['4: and has none', { template: template({ networkPolicyManagement: 'Unmanaged' }), policy: undefined }, []],
  ['an empty management is the managed one', { policy: undefined, template: template({ networkPolicyManagement: '' }) }, [{ do: 'create' }]],
  [
    '5: edited rules are written once, on the version seen',
    { template: template({ networkPolicy: { egress: [internet] } }) },
    [{ do: 'patch', uid: 'policy-uid', ifVersion: '7', patch: { spec: { ingress: null } } }],
  ],
  [
    '5: rules that the server has completed are the same',
    {
      template: template({ networkPolicy: { egress: [{ ports: [{ port: 80 }] }], ingress: [] } }),
      policy: policy({ egress: [{ ports: [{ protocol: 'TCP', port: 80 }] }] }),
    },
    [],
  ],
  [
    '5: and so are selectors that match everything, however they say it',
    {
      template: template({ networkPolicy: { ingress: [{ from: [{ podSelector: { matchLabels: {}, matchExpressions: [] } }] }] } }),
      policy: policy({ ingress: [{ from: [{ podSelector: {} }] }] }),
    },
    [],
  ],
  ['6: a policy of somebody else is neither changed nor deleted', { policy: policy({}, 'other') }, []],
  ['6: nor one of nobody', { policy: policy({}, null) }, []],
  [
    '7: an owned policy that was edited is restored, foreign members of its selector included',
    { policy: policy({ ingress: [router], egress: [] }, 'template-uid', { podSelector: { matchLabels: { app: 'x' } } }) },
    [{ patch: { spec: { podSelector: { matchLabels: { app: null, [LABEL]: HASH } }, egress: [internet] } } }],
  ],
  ['7: an owned policy on its way out is waited for', { policy: { ...policy({}), metadata: { ...policy().metadata, deletionTimestamp: 'x' } } }, []],
  ['8: a missing label is added', { template: template({}, {}) }, [{ do: 'patch', resource: TEMPLATES, patch: { metadata: { labels: { [LABEL]: HASH } } } }]],
  ['8: unless templates are not to be labelled', { template: template({}, {}), areTemplatesLabelled: false }, []],
  ['a template in order is left alone', {}, []],
])('%s', (_, given, expected) => {
  const { actions } = plan(seen(given));
  expect(actions).toHaveLength(expected.length);
  expect(actions).toMatchObject(expected);
});

test('a policy of somebody else is an event on the template, and looked at again', () => {
  const note = 'refusing to update NetworkPolicy "python-network-policy" as it is not controlled by SandboxTemplate "python"';
  expect(plan(seen({ policy: policy({}, 'other') }))).toMatchObject({ isFailed: true, events: [{ type: 'Warning', reason: 'NetworkPolicyConflict', note }] });
});

test.each([
  ['time may mend it', false, true],
  ['the server will refuse it again', true, false],
])('a failed write ends the pass; it comes back if %s', (_, isPermanent, isFailed) => {
  expect(plan(seen({ policy: undefined, failures: [{ step: 'policy', message: 'no', isPermanent }] }))).toMatchObject({ actions: [], isFailed });
});
