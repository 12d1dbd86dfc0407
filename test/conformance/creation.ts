import { CLAIMS, CONFIG_MAPS, PODS, POOLS, SANDBOXES, TEMPLATES } from '../simulation/api/resource-types';
import { configMap, extension, pod, sandbox, type Api, type Start } from './backend';

const TEMPLATE = { podTemplate: { metadata: {}, spec: { containers: [] } }, networkPolicy: {} };
const TEMPLATE_DEFAULTS = { envVarsInjectionPolicy: 'Disallowed', networkPolicyManagement: 'Managed', volumeClaimTemplatesPolicy: 'Disallowed' };
const POOL = { sandboxTemplateRef: { name: 't' } };
const VARIABLE = { name: 'a', value: '' };
const CLAIM = { warmPoolRef: { name: 'w' }, env: [VARIABLE, VARIABLE] };

/** Creating objects. */
export function describeCreation(start: Start): void {
  let api: Api;
  beforeAll(async () => {
    api = await start();
  });

  describe('create', () => {
    it('fills in identity, version, time and generation', async () => {
      const { status, body } = await api.create(SANDBOXES, sandbox('identity', {}, { uid: 'mine', generation: 7, creationTimestamp: '2020-01-01T00:00:00Z' }));
      expect(status).toBe(201);
      const { uid, resourceVersion, creationTimestamp } = body.metadata;
      expect(uid).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      expect(creationTimestamp).toMatch(/^20(?!20)\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      expect(Number(resourceVersion)).toBeGreaterThan(0);
      expect(body.metadata).toEqual({ name: 'identity', namespace: api.namespace, uid, resourceVersion, creationTimestamp, generation: 1 });
      expect((await api.get(SANDBOXES, 'identity')).body).toEqual(body);
    });

    it('makes a name from generateName', async () => {
      const { body } = await api.create(CONFIG_MAPS, { metadata: { generateName: 'made-' } });
      expect(body.metadata.name).toMatch(/^made-[a-z0-9]{5}$/);
    });

    it('refuses a second object of the name', async () => {
      await api.make(SANDBOXES, sandbox('twice'));
      await api.make(PODS, pod('twice'));
      expect(await api.create(SANDBOXES, sandbox('twice'))).toEqual({
        status: 409,
        body: {
          ...{ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', reason: 'AlreadyExists', code: 409 },
          message: 'sandboxes.agents.x-k8s.io "twice" already exists',
          details: { name: 'twice', group: 'agents.x-k8s.io', kind: 'sandboxes' },
        },
      });
      expect((await api.create(PODS, pod('twice'))).body).toMatchObject({ message: 'pods "twice" already exists', details: { name: 'twice', kind: 'pods' } });
    });

    it('refuses a namespace that is not there', async () => {
      expect(await api.create(SANDBOXES, sandbox('nowhere'), 'no-such-namespace')).toMatchObject({
        status: 404,
        body: { reason: 'NotFound', message: 'namespaces "no-such-namespace" not found', details: { name: 'no-such-namespace', kind: 'namespaces' } },
      });
    });

    it('refuses a resourceVersion, another version and another namespace', async () => {
      expect((await api.create(CONFIG_MAPS, configMap('versioned', { resourceVersion: '5' }))).status).toBe(500);
      expect((await api.create(SANDBOXES, { ...sandbox('v1'), apiVersion: 'agents.x-k8s.io/v1' })).status).toBe(400);
      expect((await api.create(CONFIG_MAPS, configMap('elsewhere', { namespace: 'elsewhere' }))).status).toBe(400);
    });

    it('prunes what the schema does not know, drops nulls and fills in defaults', async () => {
      const container = { name: 'a', image: 'i', command: null, ports: [{ containerPort: 80 }], nonsense: 1 };
      const podTemplate = { metadata: { labels: { gone: null }, name: 'pruned' }, spec: { containers: [container] } };
      const body = await api.make(SANDBOXES, { ...sandbox('pruned', { podTemplate, operatingMode: null, unknown: true }), status: { service: 'x' }, extra: 1 });
      expect(body).toEqual({
        ...{ apiVersion: 'agents.x-k8s.io/v1beta1', kind: 'Sandbox', metadata: body.metadata },
        spec: {
          operatingMode: 'Running',
          shutdownPolicy: 'Retain',
          podTemplate: { metadata: { labels: {} }, spec: { containers: [{ name: 'a', image: 'i', ports: [{ containerPort: 80, protocol: 'TCP' }] }] } },
        },
      });
    });

    it.each([
      ['template', TEMPLATES, 'SandboxTemplate', TEMPLATE, { ...TEMPLATE, ...TEMPLATE_DEFAULTS }],
      ['pool', POOLS, 'SandboxWarmPool', { ...POOL, updateStrategy: {} }, { ...POOL, replicas: 1, updateStrategy: { type: 'OnReplenish' } }],
      ['claim', CLAIMS, 'SandboxClaim', { ...CLAIM, lifecycle: {} }, { ...CLAIM, lifecycle: { shutdownPolicy: 'Retain' } }],
    ])('fills in the defaults of a %s', async (_, resource, kind, given, stored) => {
      expect((await api.make(resource, extension(kind, 'defaults', given))).spec).toEqual(stored);
    });
  });
}
