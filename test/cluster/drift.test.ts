import { cluster } from './connection';
import { driftOf } from './drift';
import { leftBehind } from './left-behind';

jest.setTimeout(120_000);

const NAMESPACE = 'drift-proofs';

const sandbox = (name: string, podSpec: object) => ({
  apiVersion: 'agents.x-k8s.io/v1beta1',
  kind: 'Sandbox',
  metadata: { name, namespace: NAMESPACE },
  spec: { podTemplate: { spec: { containers: [{ name: 'main', image: 'busybox' }], ...podSpec } } },
});

const configMap = (name: string, data: object, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: NAMESPACE, ...metadata },
  data,
});

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: NAMESPACE },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web', ports: [{ containerPort: 80 }] }] } },
  },
};

it('finds no drift in whole list items, what controllers react to, a namespace of its own and kinds of other projects', async () => {
  const found = await driftOf(cluster(), [
    sandbox('whole', { containers: [{ name: 'main', image: 'busybox', ports: [{ containerPort: 80, protocol: 'TCP' }] }] }),
    deployment,
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'drift-own' } },
    configMap('a', { key: 'value' }, { namespace: 'drift-own' }),
    { apiVersion: 'monitoring.coreos.com/v1', kind: 'ServiceMonitor', metadata: { name: 'a', namespace: NAMESPACE } },
  ]);
  expect(found).toEqual([]);
  const { status } = await cluster().request('GET', `/apis/agents.x-k8s.io/v1beta1/namespaces/${NAMESPACE}/sandboxes/whole`);
  expect(status).toBe(404);
});

describe('drift is found', () => {
  it('in lists of a custom kind whose items the server completes, and where the server stores something else', async () => {
    const fileEnv = { name: 'A', valueFrom: { fileKeyRef: { volumeName: 'v', path: 'p', key: 'k' } } };
    const found = await driftOf(cluster(), [
      sandbox('port', { containers: [{ name: 'main', image: 'busybox', ports: [{ containerPort: 80 }] }] }),
      sandbox('env', { containers: [{ name: 'main', image: 'busybox', env: [fileEnv] }] }),
      sandbox('secret', { imagePullSecrets: [{}] }),
      configMap('old', { key: 'value' }, { creationTimestamp: '2020-01-01T00:00:00Z' }),
    ]);
    const sentences = [
      'Sandbox drift-proofs/port: spec.podTemplate.spec.containers[0].ports[0].protocol is rendered as nothing and stored as "TCP"',
      'Sandbox drift-proofs/env: spec.podTemplate.spec.containers[0].env[0].valueFrom.fileKeyRef.optional is rendered as nothing and stored as false',
      'Sandbox drift-proofs/secret: spec.podTemplate.spec.imagePullSecrets[0].name is rendered as nothing and stored as ""',
      'ConfigMap drift-proofs/old: metadata.creationTimestamp is rendered as "2020-01-01T00:00:00Z" and stored as "',
    ];
    const expected = ['server', 'client'].flatMap((form) => sentences.map((sentence) => `${form}-side apply: ${sentence}`));
    expect(found).toEqual(expected.map((sentence) => expect.stringContaining(sentence) as unknown));
  });

  it('in two manifests that fight over one object', async () => {
    const found = await driftOf(cluster(), [configMap('twice', { key: 'one' }), configMap('twice', { key: 'two' })]);
    expect(found).toContain('server-side apply: ConfigMap drift-proofs/twice: data.key is rendered as "one" and stored as "two"');
    expect(found).toContainEqual(expect.stringMatching(/^client-side apply: ConfigMap drift-proofs.twice: applying again changes metadata.resourceVersion/));
  });
});

it('reports an object that does not go', async () => {
  const stuck = configMap('stuck', { key: 'value' }, { finalizers: ['test.example/never'] });
  await expect(driftOf(cluster(), [stuck], { deletionTimeoutSeconds: 1 })).rejects.toThrow('configmaps/stuck');
  const { status } = await cluster().request('PATCH', `/api/v1/namespaces/${NAMESPACE}/configmaps/stuck`, { metadata: { finalizers: null } });
  expect(status).toBe(200);
});

it('passes on what the server says when it refuses an object', async () => {
  await expect(driftOf(cluster(), [configMap('Not_A_Name', {})])).rejects.toThrow('ConfigMap "Not_A_Name" is invalid');
});

it('runs once at a time on a server', async () => {
  const manifests = [configMap('shared', { key: 'value' })];
  expect(await Promise.all([driftOf(cluster(), manifests), driftOf(cluster(), manifests)])).toEqual([[], []]);
});

// Without a controller manager nobody would collect what belonged to deleted objects either.
const withControllers = cluster().connection.controllerManager ? describe : describe.skip;

withControllers('after a deletion', () => {
  it('what is still in a namespace is named', async () => {
    const name = await cluster().namespace('left');
    await cluster().apply([configMap('forgotten', {}, { namespace: name })], { form: 'server' });
    expect(await leftBehind(cluster(), [name], 0)).toEqual([`namespace ${name}: configmap/forgotten is left behind`]);
  });
});
