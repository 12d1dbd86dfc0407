import { Chart, Size, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { AgentSandboxTenant, PodSecurityLevel, type AgentSandboxTenantProps } from '../../../src/constructs/tenant/agent-sandbox-tenant';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

const chartOf = (namespace?: string): Chart => new Chart(Testing.app(), 'test', { namespace });
const objectsOf = (chart: Chart): Manifest[] => Testing.synth(chart) as Manifest[];
const find = (objects: Manifest[], kind: string, name?: string): unknown =>
  objects.find((object) => object.kind === kind && (!name || object.metadata.name === name));

function tenant(props: Partial<AgentSandboxTenantProps> = {}): Manifest[] {
  const chart = chartOf();
  new AgentSandboxTenant(chart, 'red', { name: 'team-red', ...props });
  return objectsOf(chart);
}

test('everything but the namespace lives in the namespace', () => {
  const objects = tenant({ quota: { pods: 1 }, limits: { maxCpu: kplus.Cpu.units(1) } });
  expect(objects.filter(({ metadata }) => metadata.namespace !== 'team-red').map(({ kind }) => kind)).toEqual(['Namespace']);
  expect(objects.map(({ kind }) => kind).sort()).toEqual(['LimitRange', 'Namespace', 'NetworkPolicy', 'ResourceQuota', 'Role', 'Role', 'Role']);
});

test('the namespace enforces baseline, warns about restricted and keeps the labels of the team', () => {
  expect(find(tenant({ labels: { team: 'red' } }), 'Namespace')).toEqual({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: 'team-red',
      labels: {
        team: 'red',
        'pod-security.kubernetes.io/enforce': 'baseline',
        'pod-security.kubernetes.io/audit': 'restricted',
        'pod-security.kubernetes.io/warn': 'restricted',
      },
    },
  });
  expect(find(tenant({ podSecurity: PodSecurityLevel.RESTRICTED }), 'Namespace')).toMatchObject({
    metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  });
});

test('the quota is written as the API server stores it', () => {
  const quota = {
    pods: 1000,
    cpu: kplus.Cpu.millis(2500),
    memory: Size.mebibytes(65536),
    storage: Size.tebibytes(1),
    claims: 40,
    sandboxes: 50,
  };
  expect(find(tenant({ quota }), 'ResourceQuota')).toMatchObject({
    spec: {
      hard: {
        pods: '1k',
        'requests.cpu': '2500m',
        'requests.memory': '64Gi',
        'requests.storage': '1Ti',
        'count/sandboxclaims.extensions.agents.x-k8s.io': '40',
        'count/sandboxes.agents.x-k8s.io': '50',
      },
    },
  });
});

test.each([
  [kplus.Cpu.millis(2000), '2'],
  [kplus.Cpu.units(0.5), '500m'],
  [kplus.Cpu.units(3000), '3k'],
  [kplus.Cpu.units(0.0001), '1m'],
  [kplus.Cpu.units(0), '0'],
])('%j is stored as %s', (cpu, stored) => {
  expect(find(tenant({ quota: { cpu } }), 'ResourceQuota')).toMatchObject({ spec: { hard: { 'requests.cpu': stored } } });
});

test('a quota of zero is a quota', () => {
  expect(find(tenant({ quota: { claims: 0 } }), 'ResourceQuota')).toMatchObject({ spec: { hard: { 'count/sandboxclaims.extensions.agents.x-k8s.io': '0' } } });
});

test.each([1.5, -1, Number.NaN])('a quota of %s Pods is an error that names the field', (pods) => {
  expect(() => tenant({ quota: { pods } })).toThrow(`test/red: quota.pods: expected a whole number from 0 on, found ${pods}`);
});

test('the limits contain what the API server would fill in', () => {
  const limits = { maxCpu: kplus.Cpu.units(4), maxMemory: Size.gibibytes(8), defaultMemory: Size.mebibytes(512) };
  const filled = { cpu: '4', memory: '512Mi' };
  expect(find(tenant({ limits }), 'LimitRange')).toMatchObject({
    spec: { limits: [{ type: 'Container', default: filled, defaultRequest: filled, max: { cpu: '4', memory: '8Gi' } }] },
  });
});

test('network is denied both ways unless that is switched off', () => {
  expect(find(tenant(), 'NetworkPolicy')).toMatchObject({ metadata: { name: 'default-deny' }, spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] } });
  expect(find(tenant({ defaultDeny: false }), 'NetworkPolicy')).toBeUndefined();
});

test.each(['Team', 'a.b', '', '-a', 'a'.repeat(64)])('%j is not a name of a tenant', (name) => {
  expect(() => tenant({ name })).toThrow(`test/red: name: found ${JSON.stringify(name)}, expected a DNS label`);
});

test('each Role allows its own task and nothing else', () => {
  const rules = tenant()
    .filter(({ kind }) => kind === 'Role')
    .map((role) => ({ [role.metadata.name]: (role as unknown as { rules: unknown }).rules }));
  const extensions = ['extensions.agents.x-k8s.io'];
  const core = ['agents.x-k8s.io'];
  expect(Object.assign({}, ...rules)).toEqual({
    'agent-sandbox-claimer': [
      { apiGroups: extensions, resources: ['sandboxclaims'], verbs: ['create', 'get', 'list', 'watch', 'patch', 'delete'] },
      { apiGroups: core, resources: ['sandboxes'], verbs: ['get', 'list', 'watch'] },
    ],
    'agent-sandbox-operator': [{ apiGroups: core, resources: ['sandboxes'], verbs: ['get', 'list', 'watch', 'patch'] }],
    'agent-sandbox-pool-manager': [
      { apiGroups: extensions, resources: ['sandboxtemplates', 'sandboxwarmpools'], verbs: ['create', 'get', 'list', 'watch', 'update', 'patch', 'delete'] },
      { apiGroups: extensions, resources: ['sandboxwarmpools/scale'], verbs: ['get', 'update', 'patch'] },
    ],
  });
});

test('grants add up in one RoleBinding per Role, each subject once', () => {
  const chart = chartOf();
  const red = new AgentSandboxTenant(chart, 'red', { name: 'team-red' });
  const group = kplus.Group.fromName(chart, 'people', 'team-red');
  const account = new kplus.ServiceAccount(chart, 'bot', { metadata: { name: 'bot', namespace: 'ci' } });
  red.grantClaim(group);
  red.grantClaim(account, group);
  red.grantSuspend(kplus.User.fromName(chart, 'ann', 'ann@example.com'));
  red.grantManagePools(group);
  const bindings = objectsOf(chart).filter(({ kind }) => kind === 'RoleBinding');
  const apiGroup = 'rbac.authorization.k8s.io';
  expect(bindings).toEqual([
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'agent-sandbox-claimer', namespace: 'team-red' },
      roleRef: { apiGroup, kind: 'Role', name: 'agent-sandbox-claimer' },
      subjects: [
        { apiGroup, kind: 'Group', name: 'team-red' },
        { kind: 'ServiceAccount', name: 'bot', namespace: 'ci' },
      ],
    },
    expect.objectContaining({
      metadata: { name: 'agent-sandbox-operator', namespace: 'team-red' },
      subjects: [{ apiGroup, kind: 'User', name: 'ann@example.com' }],
    }),
    expect.objectContaining({ metadata: { name: 'agent-sandbox-pool-manager', namespace: 'team-red' } }),
  ]);
});

test('a service account without a namespace is refused, because the binding would be', () => {
  const chart = chartOf();
  const red = new AgentSandboxTenant(chart, 'red', { name: 'team-red' });
  expect(() => red.grantClaim(new kplus.ServiceAccount(chart, 'bot'))).toThrow('test/red: ServiceAccount test/bot has no namespace');
  expect(() => red.grantSuspend()).toThrow('test/red: no subject was given for Role agent-sandbox-operator');
});

test('the namespace has no namespace of its own in a chart that has one', () => {
  const chart = chartOf('elsewhere');
  new AgentSandboxTenant(chart, 'red', { name: 'team-red' });
  expect(find(objectsOf(chart), 'Namespace')).not.toHaveProperty('metadata.namespace');
});
