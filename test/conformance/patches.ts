import { CONFIG_MAPS, PODS, SANDBOXES, SERVICES, TEMPLATES } from '../simulation/api/resource-types';
import { configMap, extension, pod, podOnNode, sandbox, type Api, type Start } from './backend';

/** Changing objects. */
export function describePatches(start: Start): void {
  let api: Api;
  beforeAll(async () => {
    api = await start();
  });

  describe('patch', () => {
    it('merges objects, replaces lists, and takes away what is null', async () => {
      await api.make(CONFIG_MAPS, { ...configMap('merged', { labels: { a: '1', b: '2' }, finalizers: ['e.com/a', 'e.com/b'] }), data: { x: '1', y: '2' } });
      const { status, body } = await api.patch(CONFIG_MAPS, 'merged', {
        metadata: { labels: { a: null, c: '3' }, finalizers: ['e.com/c'] },
        data: { x: null },
      });
      expect(status).toBe(200);
      expect(body.metadata).toMatchObject({ labels: { b: '2', c: '3' }, finalizers: ['e.com/c'] });
      expect(body.data).toEqual({ y: '2' });
      await api.patch(CONFIG_MAPS, 'merged', { metadata: { finalizers: null } });
    });

    it('changes nothing, and no version, when nothing changes', async () => {
      const made = await api.make(SANDBOXES, sandbox('same', {}, { labels: { a: '1' } }));
      expect(await api.patch(SANDBOXES, 'same', { metadata: { labels: { a: '1', b: null } }, spec: { operatingMode: 'Running' } })).toEqual({
        status: 200,
        body: made,
      });
      const thePod = await api.make(PODS, pod('same', {}, { labels: { a: '1' } }));
      expect((await api.patch(PODS, 'same', { metadata: { labels: { a: '1' } } })).body).toEqual(thePod);
    });

    it('changes nothing else when it is to forget who set which field', async () => {
      const made = await api.make(SANDBOXES, sandbox('forgotten', {}, { managedFields: [{}] }));
      const { status, body } = await api.patch(SANDBOXES, 'forgotten', { metadata: { labels: { a: '1' }, managedFields: [{}] } });
      const { resourceVersion } = body.metadata;
      expect({ status, body }).toEqual({ status: 200, body: { ...made, metadata: { ...made.metadata, labels: { a: '1' }, resourceVersion } } });
      expect(resourceVersion).not.toBe(made.metadata.resourceVersion);
      const told = await api.patchStatus(SANDBOXES, 'forgotten', { metadata: { managedFields: [{}] }, status: { service: 's' } });
      expect(told.body).toMatchObject({ metadata: { labels: { a: '1' }, generation: 1 }, status: { service: 's' } });
    });

    it('takes the last label away with the map', async () => {
      await api.make(SANDBOXES, sandbox('bare', {}, { labels: { a: '1' } }));
      expect((await api.patch(SANDBOXES, 'bare', { metadata: { labels: { a: null } } })).body.metadata).not.toHaveProperty('labels');
    });

    it('counts a generation for the spec, not for metadata and status', async () => {
      await api.make(SANDBOXES, sandbox('generation'));
      const generations = [
        await api.patch(SANDBOXES, 'generation', { metadata: { labels: { a: '1' } } }),
        await api.patch(SANDBOXES, 'generation', { spec: { operatingMode: 'Suspended' } }),
        await api.patchStatus(SANDBOXES, 'generation', { status: { service: 's' } }),
        await api.patch(SANDBOXES, 'generation', { metadata: { generation: 99 } }),
      ].map(({ body }) => body.metadata.generation);
      expect(generations).toEqual([1, 2, 2, 2]);
    });

    it('counts a generation of a template for everything but metadata', async () => {
      await api.make(TEMPLATES, extension('SandboxTemplate', 'generation', { podTemplate: { spec: { containers: [] } } }));
      expect((await api.patch(TEMPLATES, 'generation', { metadata: { labels: { a: '1' } } })).body.metadata.generation).toBe(1);
      expect((await api.patch(TEMPLATES, 'generation', { spec: { service: true } })).body.metadata.generation).toBe(2);
    });

    it('keeps the status out of the main resource and everything else out of the status', async () => {
      await api.make(SANDBOXES, sandbox('status'));
      const main = await api.patch(SANDBOXES, 'status', { spec: { service: true }, status: { service: 'no' } });
      expect(main.body).not.toHaveProperty('status');
      const { body } = await api.patchStatus(SANDBOXES, 'status', {
        metadata: { labels: { no: 'no' } },
        spec: { service: false },
        status: { service: 's', unknown: 1 },
      });
      expect(body).toMatchObject({ spec: { service: true }, status: { service: 's' } });
      expect(body.status).toEqual({ service: 's' });
      expect(body.metadata).not.toHaveProperty('labels');
      expect(await api.patchStatus(SANDBOXES, 'status', { status: { service: 's' } })).toEqual({ status: 200, body });
    });

    it('takes with the status of a custom object no metadata, and does not compare its UID', async () => {
      const { metadata } = await api.make(SANDBOXES, sandbox('status-uid'));
      const answer = await api.patchStatus(SANDBOXES, 'status-uid', { metadata: { uid: 'other' }, status: { service: 's' } });
      expect(answer).toMatchObject({ status: 200, body: { metadata: { uid: metadata.uid }, status: { service: 's' } } });
      expect((await api.patchStatus(SANDBOXES, 'status-uid', { metadata: { name: 'other' }, status: {} })).status).toBe(400);
    });

    it('takes with the status of a built-in object its metadata too', async () => {
      await api.make(PODS, pod('status-uid'));
      expect((await api.patchStatus(PODS, 'status-uid', { metadata: { uid: 'other' }, status: { phase: 'Running' } })).status).toBe(422);
      const owner = { apiVersion: 'v1', kind: 'Pod', name: 'x', uid: 'u' };
      const metadata = { labels: { a: '1' }, ownerReferences: [owner] };
      const changed = await api.patchStatus(PODS, 'status-uid', { metadata, status: { phase: 'Running' } });
      expect(changed.body.metadata.labels).toEqual({ a: '1' });
      expect(changed.body.metadata).not.toHaveProperty('ownerReferences');
      await api.make(SERVICES, { metadata: { name: 'status-uid' }, spec: { clusterIP: 'None' } });
      expect((await api.patchStatus(SERVICES, 'status-uid', { metadata })).body.metadata).toMatchObject(metadata);
    });

    it('checks the status by its schema', async () => {
      await api.make(SANDBOXES, sandbox('conditions'));
      const condition = { type: 'Ready', status: 'Maybe', reason: '', message: '', lastTransitionTime: 'now' };
      const { status, body } = await api.patchStatus(SANDBOXES, 'conditions', { status: { conditions: [condition] } });
      const { causes } = body.details as { causes: Array<{ field: string }> };
      expect(status).toBe(422);
      const path = 'status.conditions[0]';
      expect(causes.map(({ field }) => field).sort()).toEqual(['<nil>', `${path}.lastTransitionTime`, `${path}.reason`, `${path}.status`]);
    });

    it('has no status where the kind has none', async () => {
      await api.make(TEMPLATES, extension('SandboxTemplate', 'no-status', { podTemplate: { spec: { containers: [] } } }));
      expect((await api.patchStatus(TEMPLATES, 'no-status', { status: {} })).status).toBe(404);
    });

    it('applies to the version that it names, or not at all', async () => {
      const made = await api.make(SANDBOXES, sandbox('swap'));
      const first = { resourceVersion: made.metadata.resourceVersion };
      expect((await api.patch(SANDBOXES, 'swap', { metadata: { ...first, labels: { a: '1' } } })).status).toBe(200);
      const conflict = {
        status: 409,
        body: {
          ...{ kind: 'Status', reason: 'Conflict', code: 409, details: { name: 'swap', group: 'agents.x-k8s.io', kind: 'sandboxes' } },
          message:
            'Operation cannot be fulfilled on sandboxes.agents.x-k8s.io "swap": the object has been modified; please apply your changes to the latest version and try again',
        },
      };
      expect(await api.patch(SANDBOXES, 'swap', { metadata: { ...first, labels: { a: '2' } } })).toMatchObject(conflict);
      expect(await api.patchStatus(SANDBOXES, 'swap', { metadata: first, status: { service: 'x' } })).toMatchObject(conflict);
      expect((await api.patch(SANDBOXES, 'swap', { metadata: { resourceVersion: '0' } })).status).toBe(422);
      await api.make(PODS, pod('swap'));
      expect((await api.patch(PODS, 'swap', { metadata: { resourceVersion: '0', labels: { a: '1' } } })).status).toBe(200);
    });

    it('refuses to change who the object is', async () => {
      await api.make(SANDBOXES, sandbox('fixed'));
      expect((await api.patch(SANDBOXES, 'fixed', { metadata: { name: 'other' } })).status).toBe(400);
      expect((await api.patch(SANDBOXES, 'fixed', { metadata: { uid: 'other' } })).status).toBe(422);
      expect((await api.patch(SANDBOXES, 'fixed', { metadata: { deletionTimestamp: '2020-01-01T00:00:00Z' } })).status).toBe(422);
      expect((await api.patch(SANDBOXES, 'fixed', { kind: 'Other' })).status).toBe(422);
      expect(await api.patch(SANDBOXES, 'absent', { metadata: {} })).toMatchObject({
        status: 404,
        body: { message: 'sandboxes.agents.x-k8s.io "absent" not found', reason: 'NotFound' },
      });
    });

    it('lets volumeClaimTemplates never change', async () => {
      await api.make(SANDBOXES, sandbox('immutable'));
      const { status, body } = await api.patch(SANDBOXES, 'immutable', { spec: { volumeClaimTemplates: [{ metadata: { name: 'v' }, spec: {} }] } });
      expect(status).toBe(422);
      expect(body.message).toBe('Sandbox.agents.x-k8s.io "immutable" is invalid: spec: Invalid value: volumeClaimTemplates is immutable');
    });

    it('refuses two controllers, and an owner without identity', async () => {
      const owner = { apiVersion: 'v1', kind: 'Pod', name: 'x', uid: 'u', controller: true };
      await api.make(CONFIG_MAPS, configMap('owners'));
      for (const ownerReferences of [[owner, { ...owner, uid: 'v' }], [{ ...owner, uid: undefined }]]) {
        expect((await api.patch(CONFIG_MAPS, 'owners', { metadata: { ownerReferences } })).status).toBe(422);
      }
    });

    it('leaves the spec of a Pod alone', async () => {
      await api.make(PODS, podOnNode('spec'));
      expect((await api.patch(PODS, 'spec', { spec: { restartPolicy: 'Never' } })).status).toBe(422);
      expect((await api.patch(PODS, 'spec', { spec: { hostname: 'x' } })).status).toBe(422);
    });
  });
}
