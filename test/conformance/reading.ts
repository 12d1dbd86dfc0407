import { PODS, SANDBOXES, SERVICES } from '../simulation/api/resource-types';
import { pod, sandbox, type Api, type Body, type Start } from './backend';

interface ListBody extends Body {
  readonly items: readonly Body[];
  readonly metadata: Body['metadata'] & { readonly continue?: string; readonly remainingItemCount?: number };
}

/** Reading objects, one and many. */
export function describeReading(start: Start): void {
  let api: Api;
  beforeAll(async () => {
    api = await start();
    for (const name of ['c', 'a', 'b']) await api.make(SANDBOXES, sandbox(name, {}, { labels: { name, odd: name === 'b' ? 'no' : 'yes' } }));
    await api.make(PODS, pod('a'));
  });

  const listed = async (query: Readonly<Record<string, string>> = {}) => (await api.list(SANDBOXES, query)).body as ListBody;
  const names = ({ items }: ListBody) => items.map(({ metadata }) => metadata.name);

  describe('list', () => {
    it('is in the order of names, and says of which state', async () => {
      const list = await listed();
      expect(list).toMatchObject({ kind: 'SandboxList', apiVersion: 'agents.x-k8s.io/v1beta1' });
      expect(names(list)).toEqual(['a', 'b', 'c']);
      expect(Number(list.metadata.resourceVersion)).toBeGreaterThanOrEqual(Math.max(...list.items.map(({ metadata }) => Number(metadata.resourceVersion))));
    });

    it('says of custom objects what they are, of built-in ones not', async () => {
      expect((await listed()).items[0]).toMatchObject({ kind: 'Sandbox', apiVersion: 'agents.x-k8s.io/v1beta1' });
      const { items } = (await api.list(PODS)).body as ListBody;
      expect(items[0]?.metadata.name).toBe('a');
      expect(items[0]).not.toHaveProperty('kind');
      expect(items[0]).not.toHaveProperty('apiVersion');
    });

    it('is empty where nothing is, even in a namespace that is not there', async () => {
      expect((await api.list(SERVICES)).body).toMatchObject({ kind: 'ServiceList', items: [] });
      expect(await api.list(SERVICES, {}, 'no-such-namespace')).toMatchObject({ status: 200, body: { items: [] } });
    });

    it.each([
      ['odd=yes', ['a', 'c']],
      ['odd!=yes', ['b']],
      ['odd==yes,name=a', ['a']],
      ['name in (a,b),odd', ['a', 'b']],
      ['name notin (a,b)', ['c']],
      ['!odd', []],
      ['none!=x', ['a', 'b', 'c']],
    ])('selects %s', async (labelSelector, expected) => {
      expect(names(await listed({ labelSelector }))).toEqual(expected);
    });

    it('refuses a selector that is none', async () => {
      expect(await api.list(SANDBOXES, { labelSelector: 'a in (' })).toMatchObject({ status: 400, body: { reason: 'BadRequest' } });
    });

    it('comes in pages of one state', async () => {
      const first = await listed({ limit: '2' });
      expect(names(first)).toEqual(['a', 'b']);
      expect(first.metadata.remainingItemCount).toBe(1);
      await api.patch(SANDBOXES, 'c', { metadata: { labels: { late: 'yes' } } });
      await api.make(SANDBOXES, sandbox('d'));
      const second = await listed({ limit: '2', continue: first.metadata.continue ?? '' });
      expect(names(second)).toEqual(['c']);
      expect(second.items[0]?.metadata.labels).toEqual({ name: 'c', odd: 'yes' });
      expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
      expect(second.metadata.continue ?? '').toBe('');
      await api.delete(SANDBOXES, 'd');
    });

    it('refuses a token that is none, and a state that is still to come', async () => {
      expect((await api.list(SANDBOXES, { continue: 'junk' })).status).toBe(400);
      expect(await api.list(SANDBOXES, { resourceVersion: '999999999' })).toMatchObject({ status: 504, body: { reason: 'Timeout' } });
    });
  });

  describe('get', () => {
    it('answers 404 with the name of the resource', async () => {
      expect(await api.get(PODS, 'absent')).toEqual({
        status: 404,
        body: {
          ...{ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', reason: 'NotFound', code: 404 },
          message: 'pods "absent" not found',
          details: { name: 'absent', kind: 'pods' },
        },
      });
    });

    it('reads what was written', async () => {
      const { body } = await api.patch(SANDBOXES, 'a', { metadata: { annotations: { read: 'me' } } });
      expect(await api.get(SANDBOXES, 'a')).toEqual({ status: 200, body });
    });
  });
}
