import { Chart, Testing } from 'cdk8s';
import { CORE_RULES, EXTENSIONS_RULES, OWN_NAMESPACE_RULES, type RbacRule } from '../../../../src/api/rbac';
import { lookAtCallerRights } from '../../../../src/cli/tool/preflight/caller-rights';
import { isOfController, judgeControllerRights, type Binding, type Held } from '../../../../src/cli/tool/preflight/controller-rights';
import { judgeCrd, type Crd } from '../../../../src/cli/tool/preflight/crds';
import type { Finding } from '../../../../src/cli/tool/preflight/finding';
import { judgeLeases } from '../../../../src/cli/tool/preflight/lease';
import { judgeLeftOvers } from '../../../../src/cli/tool/preflight/left-overs';
import { judgeNetworkPolicies } from '../../../../src/cli/tool/preflight/network-policies';
import { exitCodeOf, linesOf } from '../../../../src/cli/tool/preflight/report';
import { INSTALLED, rightsOfController, rightsToApply, rightText, type Right } from '../../../../src/cli/tool/preflight/rights';
import { judgeRuntimeClasses } from '../../../../src/cli/tool/preflight/runtime-classes';
import { judgeTuning } from '../../../../src/cli/tool/preflight/tuning';
import { AgentSandboxSystem } from '../../../../src/index';
import type { ObjectMeta } from '../../../../src/runtime/object';

const SYSTEM = 'agent-sandbox-system';
const meta = (name: string, namespace?: string): ObjectMeta => ({
  name,
  uid: name,
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
  namespace,
});
/** Verdict and text of each finding, and what to do. */
const texts = (findings: readonly Finding[]): readonly string[] =>
  findings.map(({ verdict, found, todo }) => `${verdict}: ${found}${todo === undefined ? '' : ` → ${todo}`}`);

describe('a CRD', () => {
  const version = (name: string, storage: boolean) => ({ name, served: true, storage });
  const crd = (fields: { readonly spec?: Partial<Crd['spec']>; readonly status?: Crd['status']; readonly metadata?: object } = {}): Crd => ({
    metadata: { ...meta('sandboxes.agents.x-k8s.io'), ...fields.metadata },
    spec: { versions: [version('v1beta1', true)], ...fields.spec },
    status: { storedVersions: ['v1beta1'], conditions: [{ type: 'Established', status: 'True' }], ...fields.status },
  });

  test.each<[string, Crd | undefined, RegExp]>([
    ['is absent', undefined, /^ok: .*: not installed yet$/],
    ['is as it should be', crd(), /^ok: .*: v1beta1 is served and stored$/],
    [
      'still has v1alpha1 in storage',
      crd({ spec: { versions: [version('v1alpha1', false), version('v1beta1', true)] }, status: { storedVersions: ['v1alpha1', 'v1beta1'] } }),
      /^failed: .* stored as v1alpha1, .*kubectl patch crd sandboxes\.agents\.x-k8s\.io --subresource=status --type=merge -p '\{"status":\{"storedVersions":\["v1beta1"\]\}\}'$/,
    ],
    [
      'stores v1alpha1',
      crd({ spec: { versions: [version('v1alpha1', true)] }, status: { storedVersions: ['v1alpha1'] } }),
      /^failed: .* → with the old release, first store v1beta1/,
    ],
    ['converts by a webhook', crd({ spec: { conversion: { strategy: 'Webhook' } } }), /^warning: .*webhook of an older release.*"value":\{"strategy":"None"\}/],
    ['converts nothing', crd({ spec: { conversion: { strategy: 'None' } } }), /^ok/],
    ['is being deleted', crd({ metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }), /^failed: .*is being deleted since 2026-01-01T00:00:00Z/],
    [
      'is not established',
      crd({ status: { conditions: [{ type: 'NamesAccepted', status: 'False', message: '"swp" is taken' }] } }),
      /^failed: .* is not NamesAccepted: "swp" is taken/,
    ],
  ])('that %s', (_, stored, expected) => {
    const findings = texts(judgeCrd('sandboxes.agents.x-k8s.io', stored));
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatch(expected);
  });
});

describe('the rights of the caller', () => {
  const mayAllBut =
    (...denied: readonly string[]) =>
    (right: Right): Promise<boolean> =>
      Promise.resolve(right.resource !== '*' && !denied.includes(rightText(right)));

  test('are asked for every kind that the installation renders, and for no other', () => {
    const chart = new Chart(Testing.app(), 'test');
    new AgentSandboxSystem(chart, 'system', { tuning: { kubeApiBurst: 20 } });
    // What cdk8s renders.
    const objects = Testing.synth(chart) as ReadonlyArray<{ apiVersion: string; kind: string; metadata: { namespace?: string } }>;
    const rendered = objects.map(({ apiVersion, kind, metadata }) => [
      ...[apiVersion.includes('/') ? apiVersion.split('/')[0] : '', `${kind.toLowerCase()}s`],
      metadata.namespace !== undefined,
    ]);
    expect(new Set(INSTALLED.map((row) => JSON.stringify([row.group, row.resource, row.isNamespaced])))).toEqual(
      new Set(rendered.map((row) => JSON.stringify(row))),
    );
  });

  test('of a cluster-admin are one question', async () => {
    const asked: Right[] = [];
    const findings = await lookAtCallerRights((right) => (asked.push(right), Promise.resolve(true)), SYSTEM);
    expect(texts(findings)).toEqual(['ok: the caller may do everything']);
    expect(asked).toEqual([{ group: '*', resource: '*', verb: '*' }]);
  });

  test('that are missing are named', async () => {
    const findings = texts(await lookAtCallerRights(mayAllBut('create customresourcedefinitions.apiextensions.k8s.io', 'patch namespaces'), SYSTEM));
    expect(findings).toEqual([
      'failed: the caller may not create customresourcedefinitions.apiextensions.k8s.io, patch namespaces → apply as somebody who may, such as a cluster-admin',
      'ok: the caller may grant the rights of the controller',
    ]);
  });

  test('may be fewer than those of the controller only for whoever may escalate and bind', async () => {
    const [, granted] = texts(await lookAtCallerRights(mayAllBut('delete pods'), SYSTEM));
    expect(granted).toBe('ok: the caller may grant the rights of the controller');
    const [, refused] = texts(await lookAtCallerRights(mayAllBut('delete pods', 'bind clusterroles.rbac.authorization.k8s.io'), SYSTEM));
    expect(refused).toMatch(/^failed: the caller cannot give the controller what they may not do themselves: delete pods → .*"escalate" and "bind"/);
  });

  test('are asked in the namespace of the controller where that is enough', () => {
    const ofNamespace = [...rightsToApply('elsewhere'), ...rightsOfController('elsewhere')].filter(({ namespace }) => namespace !== undefined);
    expect(new Set(ofNamespace.map(({ namespace }) => namespace))).toEqual(new Set(['elsewhere']));
    expect(ofNamespace.map(rightText)).toEqual(
      expect.arrayContaining(['create deployments.apps', 'update leases.coordination.k8s.io', 'get configmaps "agent-sandbox-config"']),
    );
    expect(rightsToApply('x').filter(({ resource, namespace }) => resource === 'clusterroles' && namespace !== undefined)).toEqual([]);
  });
});

describe('the rights of the controller', () => {
  const binding = (namespace?: string): Binding => ({
    metadata: meta('agent-sandbox-controller', namespace),
    roleRef: { kind: namespace === undefined ? 'ClusterRole' : 'Role', name: 'agent-sandbox-controller' },
    subjects: [{ kind: 'ServiceAccount', name: 'agent-sandbox-controller', namespace: SYSTEM }],
  });
  const held = (namespace: string | undefined, ...rules: readonly Partial<RbacRule>[]): Held => ({
    binding: binding(namespace),
    role: { metadata: meta('agent-sandbox-controller', namespace), rules: rules.map((rule) => ({ verbs: [], ...rule })) },
  });

  test.each<[string, readonly Held[], string]>([
    ['none', [], 'ok: ServiceAccount agent-sandbox-system/agent-sandbox-controller has no role yet; the installation gives it no more than it needs'],
    [
      'those of this release',
      [held(undefined, ...CORE_RULES), held(undefined, ...EXTENSIONS_RULES), held(SYSTEM, ...OWN_NAMESPACE_RULES)],
      'ok: ServiceAccount agent-sandbox-system/agent-sandbox-controller may do no more than it needs',
    ],
    [
      'Leases everywhere',
      [held(undefined, ...OWN_NAMESPACE_RULES.slice(0, 1))],
      'warning: ClusterRole agent-sandbox-controller lets the controller get leases.coordination.k8s.io, list leases.coordination.k8s.io, watch leases.coordination.k8s.io, create leases.coordination.k8s.io, update leases.coordination.k8s.io, and 1 more, which it does not need → apply the installation, or take ClusterRoleBinding agent-sandbox-controller away',
    ],
    [
      'Leases in another namespace',
      [held('team', { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get'] })],
      'warning: Role agent-sandbox-controller lets the controller get leases.coordination.k8s.io, which it does not need → apply the installation, or take RoleBinding team/agent-sandbox-controller away',
    ],
    [
      'any ConfigMap of its namespace',
      [held(SYSTEM, { apiGroups: [''], resources: ['configmaps'], verbs: ['get'] })],
      'warning: Role agent-sandbox-controller lets the controller get configmaps, which it does not need → apply the installation, or take RoleBinding agent-sandbox-system/agent-sandbox-controller away',
    ],
    [
      'everything',
      [held(undefined, { apiGroups: ['*'], resources: ['*'], verbs: ['*'] }, { verbs: ['get'], nonResourceURLs: ['/metrics'] } as Partial<RbacRule>)],
      'warning: ClusterRole agent-sandbox-controller lets the controller * *.*, get /metrics, which it does not need → apply the installation, or take ClusterRoleBinding agent-sandbox-controller away',
    ],
  ])('that are %s', (_, roles, expected) => {
    expect(texts(judgeControllerRights(roles, SYSTEM))).toEqual([expected]);
  });

  test('are those of its ServiceAccount, not of one of the same name elsewhere', () => {
    expect([SYSTEM, 'team'].map((namespace) => isOfController(binding(), namespace))).toEqual([true, false]);
    expect(isOfController({ ...binding(), subjects: undefined }, SYSTEM)).toBe(false);
  });
});

describe('the Lease', () => {
  const nowMs = Date.parse('2026-01-01T00:01:00Z');
  const lease = (namespace: string, spec: object) => ({ metadata: meta('a3317529.agent-sandbox.x-k8s.io', namespace), spec });
  const held = (seconds: string) => ({ holderIdentity: 'pod-1', renewTime: `2026-01-01T00:00:${seconds}.000000Z`, leaseDurationSeconds: 15 });

  test.each<[string, string, object, RegExp]>([
    ['that is fresh', SYSTEM, held('58'), /^warning: agent-sandbox-system: held by pod-1, renewed 2 s ago: a controller runs → .*scale deployment/],
    ['whose holder has ended', SYSTEM, held('30'), /^ok: agent-sandbox-system: held by pod-1, renewed 30 s ago, .*has ended$/],
    ['that was released', SYSTEM, { holderIdentity: null, renewTime: '2026-01-01T00:00:59.000000Z' }, /^ok: .*released, no controller runs$/],
    [
      'of another namespace',
      'elsewhere',
      held('58'),
      /^failed: elsewhere: held by pod-1, .*outside of agent-sandbox-system: two controllers .*kubectl -n elsewhere scale/,
    ],
    ['of another namespace that has ended', 'elsewhere', held('30'), /^ok/],
  ])('%s', (_, namespace, spec, expected) => {
    expect(texts(judgeLeases([lease(namespace, spec)], SYSTEM, nowMs))).toEqual([expect.stringMatching(expected)]);
  });

  test('that there is none says that no controller has run', () => {
    expect(texts(judgeLeases([], SYSTEM, nowMs))).toEqual(['ok: nobody has ever held it: no controller has run here']);
  });
});

test('left-overs of v0.5.x are named with the command that removes them, and roles of others are not', () => {
  const role = (name: string, resourceNames: string[]) => ({ metadata: meta(name, SYSTEM), rules: [{ verbs: ['get'], resourceNames }] });
  const binding = (name: string, roleName: string, kind = 'Role') => ({ metadata: meta(name, SYSTEM), roleRef: { kind, name: roleName } });
  const object = { metadata: meta('any', SYSTEM) };
  const roles = [role('certs', ['agent-sandbox-webhook-certs']), role('tuning', ['agent-sandbox-config'])];
  const bindings = [binding('certs-of-all', 'certs'), binding('other', 'tuning'), binding('cluster', 'certs', 'ClusterRole')];
  expect(texts(judgeLeftOvers({ roles: roles.slice(1), bindings }, SYSTEM))).toEqual(['ok: nothing of v0.5.x is left']);
  expect(judgeLeftOvers({ roles, bindings, service: object, secret: object }, SYSTEM)[0]?.todo).toBe(
    'after the upgrade: kubectl -n agent-sandbox-system delete service/agent-sandbox-webhook-service secret/agent-sandbox-webhook-certs rolebinding/certs-of-all role/certs',
  );
});

test.each<[string, Record<string, string> | undefined, RegExp[]]>([
  ['is absent', undefined, [/^ok: no ConfigMap/]],
  ['has known keys', { 'kube-api-burst': '20', _note: 'x', 'allowed-label-domains': 'a.example' }, [/^ok: .*every key is known, 1 tune/]],
  [
    'has unknown keys',
    { 'kube-api-brust': '20', 'leader-elect': 'false' },
    [/^warning: .*kube-api-brust is no flag/, /^warning: .*leader-elect can only be set by an argument/],
  ],
  [
    'has a value that cannot be used',
    { 'kube-api-burst': 'many' },
    [/^failed: .*kube-api-burst: found "many".* → correct the values: the controller does not start/],
  ],
])('the ConfigMap that %s', (_, data, expected) => {
  expect(texts(judgeTuning(data && { metadata: meta('agent-sandbox-config', SYSTEM), data }))).toEqual(
    expected.map((text) => expect.stringMatching(text) as string),
  );
});

test.each<[readonly (readonly [string, string])[], RegExp[]]>([
  [[], [/^warning: no RuntimeClass of gVisor or Kata Containers: /]],
  [[['nvidia', 'nvidia']], [/^warning: no RuntimeClass of gVisor or Kata Containers, 1 of other runtimes/]],
  [
    [
      ['gvisor', 'runsc'],
      ['kata-qemu', 'kata-qemu'],
      ['nvidia', 'nvidia'],
    ],
    [/^ok: gvisor: handler runsc, gVisor$/, /^ok: kata-qemu: handler kata-qemu, Kata Containers$/],
  ],
])('runtime classes %j', (classes, expected) => {
  const objects = classes.map(([name, handler]) => ({ metadata: meta(name), handler }));
  expect(texts(judgeRuntimeClasses(objects))).toEqual(expected.map((text) => expect.stringMatching(text) as string));
});

test.each<[readonly string[], RegExp]>([
  [[], /^warning: no network plugin that is known here/],
  [['kube-proxy'], /^warning: no network plugin that is known here/],
  [['calico-node', 'kube-proxy'], /^ok: Calico \(DaemonSet kube-system\/calico-node\) enforces/],
  [['kube-flannel-ds'], /^warning: flannel .* does not enforce by itself → try it/],
  // Calico may enforce for flannel, and for Amazon's plugin.
  [['kube-flannel-ds', 'canal'], /^ok: Calico/],
  [['aws-node'], /^warning: Amazon VPC CNI .* enforces only with its network policy agent/],
])('DaemonSets %j', (names, expected) => {
  expect(texts(judgeNetworkPolicies(names.map((name) => ({ metadata: meta(name, 'kube-system') }))))).toEqual([expect.stringMatching(expected)]);
});

test('the report has one line for each finding, what to do below it, and fails only for failures', () => {
  const checked = [
    { name: 'CRDs', findings: [{ verdict: 'ok', found: 'one' } as const, { verdict: 'warning', found: 'two', todo: 'look' } as const] },
    { name: 'tuning', findings: [{ verdict: 'failed', found: 'three', todo: 'mend' } as const] },
  ];
  expect(linesOf(checked)).toEqual([
    'ok       CRDs              one',
    'warning                    two',
    '                           → look',
    'failed   tuning            three',
    '                           → mend',
    '',
    '1 ok, 1 warning, 1 failed',
  ]);
  expect([exitCodeOf(checked.slice(0, 1)), exitCodeOf(checked)]).toEqual([0, 1]);
});
