import { readFileSync } from 'node:fs';

import { cluster } from './connection';
import { KubectlError } from './kubectl';
import { until } from './until';

jest.setTimeout(60_000);

const configMap = (name: string, data: Record<string, string>, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  data,
});

describe('the shared API server', () => {
  it('is Kubernetes 1.37.2', async () => {
    const { status, body } = await cluster().request('GET', '/version');
    expect(status).toBe(200);
    expect(body).toMatchObject(process.env.KUBEBUILDER_ASSETS ? { major: '1' } : { major: '1', minor: '37', gitVersion: 'v1.37.2' });
  });

  it('gives each caller a namespace of its own', async () => {
    const [one, two] = await Promise.all([cluster().namespace('mine'), cluster().namespace('mine')]);
    expect(one).toMatch(/^mine-[0-9a-f]{8}$/);
    expect(one).not.toBe(two);
    expect(await cluster().kubectl(['get', 'namespaces', '--output', 'name'])).toContain(`namespace/${one}\n`);
  });

  it('lets Pods be created in a new namespace at once', async () => {
    const namespace = await cluster().namespace('pods');
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec: { containers: [{ name: 'a', image: 'a' }] } };
    expect((await cluster().object('POST', `/api/v1/namespaces/${namespace}/pods`, pod)).metadata.name).toBe('a');
  });

  it.each(['server', 'client'] as const)('takes %s-side apply, and the same again changes nothing', async (form) => {
    const namespace = await cluster().namespace('apply');
    const path = `/api/v1/namespaces/${namespace}/configmaps/a`;
    const first = await cluster().apply([configMap('a', { key: 'value' })], { form, namespace });
    const before = await cluster().object('GET', path);
    const second = await cluster().apply([configMap('a', { key: 'value' })], { form, namespace });
    expect(first).toContain(form === 'server' ? 'configmap/a serverside-applied' : 'configmap/a created');
    expect(second).toContain(form === 'server' ? 'configmap/a serverside-applied' : 'configmap/a unchanged');
    expect(await cluster().object('GET', path)).toEqual(before);
  });

  it('answers an invalid object with its status, and `object` rejects with the reason', async () => {
    const namespace = await cluster().namespace('invalid');
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    expect((await cluster().request('POST', path, configMap('Not_A_Name', {}))).status).toBe(422);
    await expect(cluster().object('POST', path, configMap('Not_A_Name', {}))).rejects.toThrow(/status 422: ConfigMap "Not_A_Name" is invalid/);
  });

  it('reports what kubectl says when it fails', async () => {
    const outcome = await cluster()
      .kubectl(['get', 'configmap', 'none'])
      .catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(KubectlError);
    expect(outcome).toMatchObject({ code: 1, stderr: expect.stringContaining('configmaps "none" not found') as unknown });
  });

  it('knows other users, whom RBAC restricts, over HTTP and in kubectl', async () => {
    const alice = cluster().as('alice');
    expect(await alice.request('GET', '/api/v1/namespaces')).toMatchObject({
      status: 403,
      body: { message: expect.stringContaining('User "alice"') as unknown },
    });
    await expect(alice.kubectl(['get', 'namespaces'])).rejects.toThrow('User "alice" cannot list resource');
    expect(() => cluster().as('mallory')).toThrow('the control plane has no user mallory; it has admin, alice, bob');
  });

  it('writes who did what into the audit log', async () => {
    const namespace = await cluster().namespace('audited');
    await cluster().as('bob').request('GET', `/api/v1/namespaces/${namespace}/configmaps`);
    const entry = await until('the entry in the audit log', () =>
      readFileSync(cluster().connection.auditLog, 'utf8')
        .split('\n')
        .find((line) => line.includes('"username":"bob"') && line.includes(`"namespace":"${namespace}"`)),
    );
    expect(JSON.parse(entry)).toMatchObject({ level: 'Metadata', stage: 'ResponseComplete', verb: 'list', responseStatus: { code: 403 } });
  });

  it('installs CRDs, also when several test files install the same at the same time', async () => {
    const crd = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'harnesses.test.example' },
      spec: {
        group: 'test.example',
        scope: 'Namespaced',
        names: { kind: 'Harness', plural: 'harnesses' },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      },
    };
    await Promise.all([cluster().installCrds([crd]), cluster().installCrds([crd])]);
    const namespace = await cluster().namespace('crd');
    const applied = await cluster().apply([{ apiVersion: 'test.example/v1', kind: 'Harness', metadata: { name: 'a' } }], { form: 'client', namespace });
    expect(applied).toContain('harness.test.example/a created');
  });
});

// Without Go, and with ready-made programs that include no controller manager, nobody collects garbage.
const withControllers = cluster().connection.controllerManager ? describe : describe.skip;

withControllers('the shared controller manager', () => {
  it('collects what a deleted owner owned', async () => {
    const namespace = await cluster().namespace('owner');
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const owner = await cluster().object('POST', path, configMap('owner', {}));
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.metadata.uid }];
    await cluster().object('POST', path, configMap('owned', {}, { ownerReferences }));
    await cluster().object('DELETE', `${path}/owner`);
    const gone = await cluster().waitFor(`${path}/owned`, 'to be gone', ({ status }) => status === 404);
    expect(gone.status).toBe(404);
  });

  it('lets a namespace go with everything in it', async () => {
    const namespace = await cluster().namespace('short-lived');
    await cluster().apply([configMap('a', {})], { form: 'server', namespace });
    await cluster().object('DELETE', `/api/v1/namespaces/${namespace}`);
    const gone = await cluster().waitFor(`/api/v1/namespaces/${namespace}`, 'to be gone', ({ status }) => status === 404);
    expect(gone.status).toBe(404);
  });
});
