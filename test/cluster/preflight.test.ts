import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Chart, Testing } from 'cdk8s';
import type { Checked } from '../../src/cli/tool/preflight/report';
import { rightsOfController, rightsToApply } from '../../src/cli/tool/preflight/rights';
import { AgentSandboxSystem, ControllerImage, type AgentSandboxSystemProps } from '../../src/index';
import { clusterOf, type Cluster } from './connection';
import { startControlPlane, type ControlPlane } from './control-plane';
import { bundle } from './program';
import { runTool } from './tool';
import { until } from './until';

jest.setTimeout(180_000);

const SYSTEM = 'agent-sandbox-system';
const CRD = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/sandboxes.agents.x-k8s.io';

// A server of its own: what it finds is what was put there, and CRDs are changed under the feet of whoever uses them.
let plane: ControlPlane;
let cluster: Cluster;
beforeAll(async () => {
  bundle();
  plane = await startControlPlane({
    users: [
      { name: 'nobody', groups: [] },
      { name: 'installer', groups: [] },
    ],
  });
  cluster = clusterOf(plane);
});
afterAll(() => plane.stop());

/** What preflight says: verdict and text of each finding by check. */
async function preflight(user?: string): Promise<{ readonly code: number | null; readonly findings: Readonly<Record<string, readonly string[]>> }> {
  const { kubeconfig } = (user === undefined ? cluster : cluster.as(user)).connection;
  const { code, out, err } = await runTool('preflight', '--json', '--kubeconfig', kubeconfig);
  expect(err).toBe('');
  // What `--json` promises.
  const checked = JSON.parse(out) as readonly Checked[];
  return { code, findings: Object.fromEntries(checked.map(({ name, findings }) => [name, findings.map(({ verdict, found }) => `${verdict}: ${found}`)])) };
}

function installation(props?: AgentSandboxSystemProps): readonly object[] {
  const chart = new Chart(Testing.app(), 'test');
  new AgentSandboxSystem(chart, 'system', props);
  // What cdk8s renders.
  return Testing.synth(chart) as readonly object[];
}

/** What docs/upgrade.md says of an empty cluster. */
function documented(): string {
  const [, text = ''] = /```text\n([\s\S]*?)```/.exec(readFileSync(join(__dirname, '..', '..', 'docs', 'upgrade.md'), 'utf8')) ?? [];
  return text;
}

const matching = (...texts: readonly string[]) => texts.map((text) => expect.stringContaining(text) as string);

test('an empty cluster is fit for an installation, and the text is that of the documentation', async () => {
  const { code, findings } = await preflight();
  expect(findings).toEqual({
    'server version': matching('ok: v1.37.'),
    CRDs: matching(...['sandboxes.agents', 'sandboxtemplates.ext', 'sandboxwarmpools.ext', 'sandboxclaims.ext'].map((name) => `ok: ${name}`)),
    'your rights': ['ok: the caller may do everything'],
    'controller rights': matching('has no role yet'),
    'other controllers': matching('nobody has ever held it'),
    'left-overs': ['ok: nothing of v0.5.x is left'],
    tuning: matching('no ConfigMap'),
    'runtime classes': matching('warning: no RuntimeClass'),
    'network policies': matching('warning: no network plugin'),
  });
  expect(code).toBe(0);
  const { out } = await runTool('preflight', '--kubeconfig', plane.kubeconfig);
  expect(out).toBe(documented());
});

test('somebody without rights is told which are missing, and what could not be looked at', async () => {
  const { code, findings } = await preflight('nobody');
  expect(findings['your rights']).toEqual(
    matching('failed: the caller may not get customresourcedefinitions', 'failed: the caller cannot give the controller'),
  );
  expect(findings.CRDs).toEqual(matching('warning: not checked: CustomResourceDefinition sandboxes.agents.x-k8s.io: '));
  expect(code).toBe(1);
});

test('somebody with exactly the rights that it asks for can apply the installation', async () => {
  const rights = [...rightsToApply(SYSTEM), ...rightsOfController(SYSTEM)];
  const rules = rights.map(({ group, resource, verb, name }) => ({
    ...{ apiGroups: [group], resources: [resource], verbs: [verb] },
    ...(name !== undefined && { resourceNames: [name] }),
  }));
  const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name: 'installer' } };
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'installer' };
  const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'installer' }];
  await cluster.apply(
    [
      { ...rbac, kind: 'ClusterRole', rules },
      { ...rbac, kind: 'ClusterRoleBinding', roleRef, subjects },
    ],
    { form: 'server' },
  );
  const { findings } = await preflight('installer');
  expect(findings['your rights']).toEqual([
    'ok: the caller may apply every object of the installation',
    'ok: the caller may grant the rights of the controller',
  ]);
  for (const manifests of [installation(), installation({ image: ControllerImage.inline() })])
    await cluster.as('installer').apply(manifests, { form: 'server' });
});

test('an installed cluster is fit for an upgrade, and what older releases left is found, as is a controller elsewhere', async () => {
  await cluster.apply(installation(), { form: 'server' });
  await until('the CRDs to be established', async () => ((await preflight()).code === 0 ? true : undefined));
  const before = (await preflight()).findings;
  expect(before.CRDs?.filter((text) => !text.endsWith(': v1beta1 is served and stored'))).toEqual([]);
  expect(before['controller rights']).toEqual(matching('may do no more than it needs'));

  const spec = { holderIdentity: 'pod-of-another', leaseDurationSeconds: 3600, renewTime: new Date().toISOString().replace('Z', '000Z') };
  const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'a3317529.agent-sandbox.x-k8s.io', namespace: 'default' }, spec };
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'agent-sandbox-webhook-service', namespace: SYSTEM },
    spec: { ports: [{ port: 443 }] },
  };
  const tuning = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'agent-sandbox-config', namespace: SYSTEM }, data: { 'kube-api-qqs': '1' } };
  const gvisor = { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name: 'gvisor' }, handler: 'runsc' };
  await cluster.apply([lease, service, tuning, gvisor], { form: 'server' });
  const stored = await cluster.object('GET', CRD);
  const status = { ...(stored.status as object), storedVersions: ['v1alpha1', 'v1beta1'] };
  await cluster.object('PUT', `${CRD}/status`, { ...stored, status });

  const { code, findings } = await preflight();
  expect(findings.CRDs?.filter((text) => !text.startsWith('ok'))).toEqual(
    matching('failed: sandboxes.agents.x-k8s.io: objects may still be stored as v1alpha1'),
  );
  expect(findings['other controllers']).toEqual(matching('failed: default: held by pod-of-another'));
  expect(findings['left-overs']).toEqual(['warning: v0.5.x has left service/agent-sandbox-webhook-service']);
  expect(findings.tuning).toEqual(matching('warning: agent-sandbox-config: kube-api-qqs is no flag'));
  expect(findings['runtime classes']).toEqual(['ok: gvisor: handler runsc, gVisor']);
  expect(code).toBe(1);
});

test('it only reads', () => {
  // One JSON event a line; what the tool sends is known by its user agent.
  const events = readFileSync(plane.auditLog, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { userAgent?: string; verb: string; requestURI: string });
  const ofTool = events.filter(({ userAgent = '' }) => userAgent.startsWith('cdk8s-agent-sandbox/'));
  expect(ofTool.length).toBeGreaterThan(20);
  expect(ofTool.filter(({ verb, requestURI }) => !['get', 'list'].includes(verb) && !requestURI.endsWith('/selfsubjectaccessreviews'))).toEqual([]);
});

test('a server that does not answer, or does not know the caller, is told in one sentence', async () => {
  const wrong = `${plane.kubeconfig}.wrong`;
  expect(existsSync(wrong)).toBe(false);
  await plane.kubectl(['config', 'set-credentials', 'test', '--token=wrong', '--kubeconfig', wrong]);
  await plane.kubectl(['config', 'set-cluster', 'test', `--server=${plane.url}`, '--insecure-skip-tls-verify', '--kubeconfig', wrong]);
  await plane.kubectl(['config', 'set-context', 'test', '--cluster=test', '--user=test', '--kubeconfig', wrong]);
  await plane.kubectl(['config', 'use-context', 'test', '--kubeconfig', wrong]);
  expect(await runTool('preflight', '--kubeconfig', wrong)).toEqual({
    ...{ code: 1, out: '' },
    err: `cdk8s-agent-sandbox: ${new URL(plane.url).href} does not accept these credentials; log in again, or choose another --context\n`,
  });
  await plane.kubectl(['config', 'set-cluster', 'test', '--server=https://127.0.0.1:1', '--kubeconfig', wrong]);
  const { code, out, err } = await runTool('preflight', '--kubeconfig', wrong);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(/^cdk8s-agent-sandbox: no answer from https:\/\/127\.0\.0\.1:1\/: .*ECONNREFUSED.*\n$/);
});
