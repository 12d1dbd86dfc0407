import { CONFIG_MAPS, PODS, SANDBOXES, SERVICES, VOLUME_CLAIMS } from '../simulation/api/resource-types';
import { configMap, pod, podOnNode, sandbox, type Api, type Start } from './backend';

/** Deleting objects. */
export function describeDeletion(start: Start): void {
  let api: Api;
  beforeAll(async () => {
    api = await start();
  });

  describe('delete', () => {
    it('answers with what is gone: a Status, or the object where the kind does so', async () => {
      const { metadata } = await api.make(SANDBOXES, sandbox('gone'));
      expect(await api.delete(SANDBOXES, 'gone')).toEqual({
        status: 200,
        body: {
          ...{ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' },
          details: { name: 'gone', group: 'agents.x-k8s.io', kind: 'sandboxes', uid: metadata.uid },
        },
      });
      await api.make(SERVICES, { metadata: { name: 'gone' }, spec: { clusterIP: 'None' } });
      expect(await api.delete(SERVICES, 'gone')).toMatchObject({ status: 200, body: { kind: 'Service', metadata: { name: 'gone' } } });
      expect((await api.get(SERVICES, 'gone')).status).toBe(404);
      expect(await api.delete(SANDBOXES, 'gone')).toMatchObject({ status: 404, body: { reason: 'NotFound' } });
    });

    it('keeps to its preconditions', async () => {
      const { metadata } = await api.make(SANDBOXES, sandbox('careful'));
      const { uid, resourceVersion } = metadata;
      expect(await api.delete(SANDBOXES, 'careful', { preconditions: { uid: 'other' } })).toMatchObject({
        status: 409,
        body: {
          ...{ reason: 'Conflict', details: { name: 'careful', group: 'agents.x-k8s.io', kind: 'Sandbox' } },
          message: `Operation cannot be fulfilled on Sandbox.agents.x-k8s.io "careful": the UID in the precondition (other) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
        },
      });
      expect(await api.delete(SANDBOXES, 'careful', { preconditions: { uid, resourceVersion: '1' } })).toMatchObject({
        status: 409,
        body: {
          message: `Operation cannot be fulfilled on Sandbox.agents.x-k8s.io "careful": the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`,
        },
      });
      expect((await api.delete(SANDBOXES, 'careful', { preconditions: { uid, resourceVersion } })).status).toBe(200);
    });

    it('knows three ways of propagation and no other', async () => {
      await api.make(CONFIG_MAPS, configMap('policy'));
      expect((await api.delete(CONFIG_MAPS, 'policy', { propagationPolicy: 'Nonsense' })).status).toBe(422);
    });

    it('waits for finalizers, counts a generation, and takes no new finalizer', async () => {
      await api.make(SANDBOXES, sandbox('held', {}, { finalizers: ['e.com/f'] }));
      const { status, body } = await api.delete(SANDBOXES, 'held');
      expect(status).toBe(200);
      expect(body.metadata).toMatchObject({ deletionGracePeriodSeconds: 0, finalizers: ['e.com/f'], generation: 2 });
      expect(body.metadata.deletionTimestamp).toMatch(/Z$/);
      expect(await api.delete(SANDBOXES, 'held')).toEqual({ status: 200, body });
      expect((await api.patch(SANDBOXES, 'held', { metadata: { finalizers: ['e.com/f', 'e.com/g'] } })).status).toBe(422);
      const changed = await api.patch(SANDBOXES, 'held', { spec: { operatingMode: 'Suspended' } });
      expect(changed.body.metadata.generation).toBe(3);
      const last = await api.patch(SANDBOXES, 'held', { metadata: { finalizers: null } });
      expect(last.body.metadata).toMatchObject({ resourceVersion: changed.body.metadata.resourceVersion });
      expect(last.body.metadata).not.toHaveProperty('finalizers');
      expect((await api.get(SANDBOXES, 'held')).status).toBe(404);
    });

    it('keeps a claim for a volume until nothing protects it', async () => {
      const body = { metadata: { name: 'free' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } };
      await api.make(VOLUME_CLAIMS, body);
      expect((await api.delete(VOLUME_CLAIMS, 'free')).body.metadata).toMatchObject({ finalizers: ['kubernetes.io/pvc-protection'] });
    });
  });

  describe('deleting a Pod', () => {
    it('is done at once without a node, after the end, and without a grace period', async () => {
      await api.make(PODS, pod('no-node'));
      await api.make(PODS, podOnNode('ended'));
      await api.patchStatus(PODS, 'ended', { status: { phase: 'Succeeded' } });
      await api.make(PODS, podOnNode('no-grace', { terminationGracePeriodSeconds: 0 }));
      await api.make(PODS, podOnNode('forced'));
      for (const [name, options] of [['no-node'], ['ended'], ['no-grace'], ['forced', { gracePeriodSeconds: 0 }]] as const) {
        const { status, body } = await api.delete(PODS, name, options);
        expect({ status, ...body.metadata }).toMatchObject({ name, status: 200, deletionGracePeriodSeconds: 0, generation: 2 });
        expect((await api.get(PODS, name)).status).toBe(404);
      }
    });

    it('gives the kubelet the grace period of the Pod or of the request', async () => {
      await api.make(PODS, podOnNode('graceful', { terminationGracePeriodSeconds: 20 }));
      const { body } = await api.delete(PODS, 'graceful');
      expect(body.metadata).toMatchObject({ deletionGracePeriodSeconds: 20, generation: 2 });
      await api.make(PODS, podOnNode('asked'));
      expect((await api.delete(PODS, 'asked', { gracePeriodSeconds: 40 })).body.metadata).toMatchObject({ deletionGracePeriodSeconds: 40 });
    });

    it('can be made shorter, not longer, and again changes nothing', async () => {
      await api.make(PODS, podOnNode('shorter'));
      const first = await api.delete(PODS, 'shorter');
      const end = Date.parse(first.body.metadata.deletionTimestamp ?? '');
      expect(await api.delete(PODS, 'shorter')).toEqual(first);
      expect(await api.delete(PODS, 'shorter', { gracePeriodSeconds: 60 })).toEqual(first);
      const { body } = await api.delete(PODS, 'shorter', { gracePeriodSeconds: 10 });
      expect(body.metadata).toMatchObject({ deletionGracePeriodSeconds: 10, generation: 2 });
      expect(Date.parse(body.metadata.deletionTimestamp ?? '')).toBe(end - 20_000);
    });

    it('waits for finalizers after the grace period', async () => {
      await api.make(PODS, podOnNode('held', {}, { finalizers: ['e.com/f'] }));
      await api.delete(PODS, 'held');
      expect((await api.delete(PODS, 'held', { gracePeriodSeconds: 0 })).body.metadata).toMatchObject({ deletionGracePeriodSeconds: 0 });
      expect((await api.get(PODS, 'held')).status).toBe(200);
      await api.patch(PODS, 'held', { metadata: { finalizers: null } });
      expect((await api.get(PODS, 'held')).status).toBe(404);
    });

    it('names the Pod by its kind when a precondition fails', async () => {
      const { metadata } = await api.make(PODS, pod('careful'));
      expect((await api.delete(PODS, 'careful', { preconditions: { uid: 'other' } })).body).toMatchObject({
        message: `Operation cannot be fulfilled on Pod "careful": the UID in the precondition (other) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
        details: { name: 'careful', kind: 'Pod' },
      });
    });
  });
}
