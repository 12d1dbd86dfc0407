import { CONFIG_MAPS, NAMESPACES, PODS, SANDBOXES, VOLUME_CLAIMS } from '../simulation/api/resource-types';
import { configMap, ownedBy, podOnNode, sandbox, type Api, type Start } from './backend';

/** What kube-controller-manager does behind the server's back. */
export function describeControllers(start: Start): void {
  let api: Api;
  beforeAll(async () => {
    api = await start();
  });

  const exists = async (name: string) => (await api.get(CONFIG_MAPS, name)).status === 200;

  describe('the garbage collector', () => {
    it('collects what a deleted owner owned, and what was owned by nobody from the start', async () => {
      const owner = await api.make(SANDBOXES, sandbox('owner'));
      await api.make(CONFIG_MAPS, configMap('owned', { ownerReferences: [ownedBy(owner)] }));
      await api.make(CONFIG_MAPS, configMap('wrong-uid', { ownerReferences: [ownedBy(owner, { uid: 'nobody' })] }));
      await api.make(CONFIG_MAPS, configMap('wrong-name', { ownerReferences: [ownedBy(owner, { name: 'nobody' })] }));
      await api.gone(CONFIG_MAPS, 'wrong-uid');
      await api.gone(CONFIG_MAPS, 'wrong-name');
      expect(await exists('owned')).toBe(true);
      await api.delete(SANDBOXES, 'owner');
      await api.gone(CONFIG_MAPS, 'owned');
    });

    it('leaves what still has an owner, and what nobody can judge', async () => {
      const [one, other] = [await api.make(SANDBOXES, sandbox('one')), await api.make(SANDBOXES, sandbox('other'))];
      await api.make(CONFIG_MAPS, configMap('two-owners', { ownerReferences: [ownedBy(one), ownedBy(other, { controller: false })] }));
      await api.make(CONFIG_MAPS, configMap('unknown-kind', { ownerReferences: [ownedBy(one, { kind: 'Nonsense', uid: 'nobody' })] }));
      await api.make(CONFIG_MAPS, configMap('last', { ownerReferences: [ownedBy(one)] }));
      await api.delete(SANDBOXES, 'one');
      await api.gone(CONFIG_MAPS, 'last');
      const left = await api.until('one owner to be left', async () => {
        const { ownerReferences } = (await api.get(CONFIG_MAPS, 'two-owners')).body.metadata;
        return ownerReferences?.length === 1 ? ownerReferences : undefined;
      });
      expect(left[0]?.uid).toBe(other.metadata.uid);
      expect(await exists('unknown-kind')).toBe(true);
    });

    it('deletes in the foreground what blocks first, and the owner last', async () => {
      const owner = await api.make(SANDBOXES, sandbox('front'));
      await api.make(CONFIG_MAPS, configMap('blocking', { ownerReferences: [ownedBy(owner)] }));
      await api.make(CONFIG_MAPS, configMap('held', { ownerReferences: [ownedBy(owner)], finalizers: ['e.com/f'] }));
      const { body } = await api.delete(SANDBOXES, 'front', { propagationPolicy: 'Foreground' });
      expect(body.metadata).toMatchObject({ finalizers: ['foregroundDeletion'], deletionGracePeriodSeconds: 0, generation: 2 });
      await api.gone(CONFIG_MAPS, 'blocking');
      expect((await api.get(SANDBOXES, 'front')).status).toBe(200);
      await api.until('the held one to be marked', async () => (await api.get(CONFIG_MAPS, 'held')).body.metadata.deletionTimestamp);
      await api.patch(CONFIG_MAPS, 'held', { metadata: { finalizers: null } });
      await api.gone(SANDBOXES, 'front');
    });

    it('sets free what an orphaning deletion leaves', async () => {
      const owner = await api.make(SANDBOXES, sandbox('parent'));
      await api.make(CONFIG_MAPS, configMap('orphan', { ownerReferences: [ownedBy(owner)] }));
      await api.delete(SANDBOXES, 'parent', { propagationPolicy: 'Orphan' });
      await api.gone(SANDBOXES, 'parent');
      expect((await api.get(CONFIG_MAPS, 'orphan')).body.metadata).not.toHaveProperty('ownerReferences');
    });
  });

  it('keeps a claim for a volume while a Pod on a node mounts it', async () => {
    await api.make(VOLUME_CLAIMS, { metadata: { name: 'v' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } });
    await api.make(PODS, podOnNode('mounts', { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'v' } }] }));
    await api.make(VOLUME_CLAIMS, { metadata: { name: 'free' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } });
    await api.delete(VOLUME_CLAIMS, 'v');
    await api.delete(VOLUME_CLAIMS, 'free');
    await api.gone(VOLUME_CLAIMS, 'free');
    expect((await api.get(VOLUME_CLAIMS, 'v')).status).toBe(200);
    await api.delete(PODS, 'mounts', { gracePeriodSeconds: 0 });
    await api.gone(VOLUME_CLAIMS, 'v');
  });

  it('empties a deleted namespace, which takes nothing new meanwhile', async () => {
    const own = await start();
    await own.make(CONFIG_MAPS, configMap('held', { finalizers: ['e.com/f'] }));
    const name = own.namespace;
    const { body } = await own.send({ verb: 'delete', resource: NAMESPACES, namespace: '', name, body: {} });
    expect(body).toMatchObject({ kind: 'Namespace', status: { phase: 'Terminating' } });
    expect(await own.create(CONFIG_MAPS, configMap('late'))).toMatchObject({
      status: 403,
      body: {
        ...{ reason: 'Forbidden', details: { causes: [{ reason: 'NamespaceTerminating' }] } },
        message: `configmaps "late" is forbidden: unable to create new content in namespace ${name} because it is being terminated`,
      },
    });
    await own.until('the content to be marked', async () => (await own.get(CONFIG_MAPS, 'held')).body.metadata.deletionTimestamp);
    await own.patch(CONFIG_MAPS, 'held', { metadata: { finalizers: null } });
    await own.until('the namespace to be gone', async () => {
      const { status } = await own.send({ verb: 'get', resource: NAMESPACES, namespace: '', name });
      return status === 404 ? true : undefined;
    });
  });
}
