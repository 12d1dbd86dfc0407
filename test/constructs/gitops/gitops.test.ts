import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiObject, App, Chart, Testing } from 'cdk8s';
import { Construct } from 'constructs';
import { GitOps } from '../../../src/constructs/gitops/gitops';

const WAVE = 'argocd.argoproj.io/sync-wave';
const OPTIONS = 'argocd.argoproj.io/sync-options';

/** What a GitOps tool sees of one object with the waves on. */
function annotationsOf(apiVersion: string, kind: string, metadata: object = {}, content: object = {}): Record<string, string> {
  const chart = new Chart(new App(), 'chart');
  const object = new ApiObject(new Construct(chart, 'group'), 'object', { apiVersion, kind, metadata: { ...metadata }, ...content });
  GitOps.syncWaves(chart);
  return (object.toJson() as { metadata: { annotations: Record<string, string> } }).metadata.annotations;
}

test.each([
  ['v1', 'Namespace', '', -2],
  ['apiextensions.k8s.io/v1', 'CustomResourceDefinition', '', -2],
  ['v1', 'ServiceAccount', '', -1],
  ['rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', '', -1],
  ['apps/v1', 'Deployment', 'agent-sandbox-controller', -1],
  ['v1', 'ConfigMap', 'agent-sandbox-config', -1],
  ['scheduling.k8s.io/v1', 'PriorityClass', '', -2],
  ['node.k8s.io/v1', 'RuntimeClass', '', -2],
  ['storage.k8s.io/v1', 'StorageClass', '', -2],
  ['v1', 'Secret', '', 0],
  ['networking.k8s.io/v1', 'NetworkPolicy', '', 0],
  ['extensions.agents.x-k8s.io/v1beta1', 'SandboxTemplate', '', 0],
  ['apps/v1', 'Deployment', 'web', 2],
  ['batch/v1', 'CronJob', '', 2],
  ['autoscaling/v2', 'HorizontalPodAutoscaler', '', 2],
  ['keda.sh/v1alpha1', 'ScaledObject', '', 2],
  ['networking.k8s.io/v1', 'Ingress', '', 2],
  ['v1', 'Service', '', 2],
  ['v1', 'PersistentVolumeClaim', '', 2],
  ['extensions.agents.x-k8s.io/v1beta1', 'SandboxClaim', '', 2],
  ['agents.x-k8s.io/v1beta1', 'Sandbox', '', 2],
  ['other.example/v1', 'Sandbox', '', 0],
])('%s %s %s is in wave %d', (apiVersion, kind, name, wave) => {
  expect(annotationsOf(apiVersion, kind, name ? { name } : {})[WAVE]).toBe(String(wave));
});

test.each([
  [{ replicas: 3 }, 1],
  [{ replicas: 0 }, 2],
  [{}, 2],
])('a pool with spec %j is in wave %d, because Argo CD waits for ever for one that is scaled to zero', (spec, wave) => {
  expect(annotationsOf('extensions.agents.x-k8s.io/v1beta1', 'SandboxWarmPool', {}, { spec })[WAVE]).toBe(String(wave));
});

test('whatever lives in the namespace of the controller comes with the controller', () => {
  expect(annotationsOf('policy/v1', 'PodDisruptionBudget', { namespace: 'agent-sandbox-system' })[WAVE]).toBe('-1');
});

test('a wave that somebody chose stays', () => {
  expect(annotationsOf('v1', 'Namespace', { annotations: { [WAVE]: '-7' } })[WAVE]).toBe('-7');
});

test('only objects of custom kinds skip the dry run, and they keep their other options', () => {
  const annotations = { [OPTIONS]: 'Prune=false' };
  expect(annotationsOf('agents.x-k8s.io/v1beta1', 'Sandbox', { annotations })[OPTIONS]).toBe('Prune=false,SkipDryRunOnMissingResource=true');
  expect(annotationsOf('monitoring.coreos.com/v1', 'ServiceMonitor')[OPTIONS]).toBe('SkipDryRunOnMissingResource=true');
  expect(annotationsOf('networking.k8s.io/v1', 'NetworkPolicy')[OPTIONS]).toBeUndefined();
});

test('nothing is annotated in another scope', () => {
  const app = new App();
  const waved = new Chart(app, 'waved');
  const other = new ApiObject(new Chart(app, 'other'), 'object', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'plain' } });
  GitOps.syncWaves(waved);
  expect(other.toJson()).toEqual({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'plain' } });
});

test('everything below a construct is retained', () => {
  const chart = new Chart(new App(), 'chart');
  const group = new Construct(chart, 'group');
  ['a', 'b'].forEach((id) => new ApiObject(group, id, { apiVersion: 'v1', kind: 'PersistentVolumeClaim' }));
  GitOps.retainOnPrune(group);
  expect(Testing.synth(chart)).toMatchObject([
    { metadata: { annotations: { [OPTIONS]: 'Prune=false' } } },
    { metadata: { annotations: { [OPTIONS]: 'Prune=false' } } },
  ]);
});

test('retaining a construct that renders nothing is an error that names it', () => {
  const group = new Construct(new Chart(new App(), 'chart'), 'empty');
  expect(() => GitOps.retainOnPrune(group)).toThrow('chart/empty: retainOnPrune found no ApiObject');
});

test('Argo CD leaves alone what autoscalers and clients own, and only with both options', () => {
  expect(GitOps.argoIgnoreDifferences()).toEqual([
    { group: 'extensions.agents.x-k8s.io', kind: 'SandboxWarmPool', jsonPointers: ['/spec/replicas'] },
    { group: 'agents.x-k8s.io', kind: 'Sandbox', jsonPointers: ['/spec/operatingMode'] },
  ]);
  expect(GitOps.argoSyncOptions()).toEqual(['ServerSideApply=true', 'RespectIgnoreDifferences=true']);
});

test('no construct of ours makes a dependency edge, because between composite constructs cdk8s takes exponential time for them', () => {
  const folder = join(__dirname, '../../../src/constructs');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  expect(files).toContain('kube.ts');
  expect(files.filter((file) => readFileSync(join(folder, file), 'utf8').includes('addDependency('))).toEqual([]);
});
