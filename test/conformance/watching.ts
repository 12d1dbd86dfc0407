import { CONFIG_MAPS, PODS, SANDBOXES } from '../simulation/api/resource-types';
import { configMap, pod, podOnNode, sandbox, type Api, type Recording, type Start } from './backend';

/** Watching objects. */
export function describeWatching(start: Start): void {
  let api: Api;
  beforeEach(async () => {
    api = await start();
  });

  const told = ({ events }: Recording) => events.map(([type, { metadata }]) => `${type} ${metadata.name}`);
  const waitFor = (recording: Recording, count: number) => api.until(`${count} events`, () => (recording.events.length >= count ? true : undefined));
  const waitForEnd = (recording: Recording) => api.until('the end of the watch', () => recording.end);

  it('tells everything after a version, in order, with the objects of then', async () => {
    const resourceVersion = await api.version(SANDBOXES);
    const made = await api.make(SANDBOXES, sandbox('a'));
    const { body } = await api.patch(SANDBOXES, 'a', { metadata: { labels: { l: 'v' } } });
    const watch = api.watch(SANDBOXES, { resourceVersion });
    await waitFor(watch, 2);
    await api.delete(SANDBOXES, 'a');
    await waitFor(watch, 3);
    watch.stop();
    expect(told(watch)).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a']);
    expect(watch.events.slice(0, 2).map(([, object]) => object)).toEqual([made, body]);
    const last = watch.events[2]?.[1];
    expect(last).toMatchObject({ metadata: { uid: made.metadata.uid, labels: { l: 'v' } } });
    expect(Number(last?.metadata.resourceVersion)).toBeGreaterThan(Number(body.metadata.resourceVersion));
  });

  it('tells nothing of a patch that changes nothing', async () => {
    await api.make(SANDBOXES, sandbox('a', {}, { labels: { l: 'v' } }));
    const watch = api.watch(SANDBOXES, { resourceVersion: await api.version(SANDBOXES) });
    await api.patch(SANDBOXES, 'a', { metadata: { labels: { l: 'v' } } });
    await api.patch(SANDBOXES, 'a', { metadata: { labels: { l: 'w' } } });
    await waitFor(watch, 1);
    watch.stop();
    expect(watch.events.map(([, { metadata }]) => metadata.labels)).toEqual([{ l: 'w' }]);
  });

  it('shows a Pod marked before it shows it gone, even if it goes at once', async () => {
    const resourceVersion = await api.version(PODS);
    await api.make(PODS, pod('at-once'));
    await api.delete(PODS, 'at-once');
    await api.make(PODS, podOnNode('graceful'));
    await api.delete(PODS, 'graceful');
    await api.delete(PODS, 'graceful', { gracePeriodSeconds: 0 });
    const watch = api.watch(PODS, { resourceVersion });
    await waitFor(watch, 7);
    watch.stop();
    expect(watch.events.map(([type, { metadata }]) => [type, metadata.name, metadata.deletionGracePeriodSeconds])).toEqual([
      ...[
        ['ADDED', 'at-once', undefined],
        ['MODIFIED', 'at-once', 0],
        ['DELETED', 'at-once', 0],
      ],
      ...[
        ['ADDED', 'graceful', undefined],
        ['MODIFIED', 'graceful', 30],
        ['MODIFIED', 'graceful', 0],
        ['DELETED', 'graceful', 0],
      ],
    ]);
  });

  it('shows of the last finalizer only that the object is gone', async () => {
    const resourceVersion = await api.version(CONFIG_MAPS);
    await api.make(CONFIG_MAPS, configMap('held', { finalizers: ['e.com/f'] }));
    await api.delete(CONFIG_MAPS, 'held');
    await api.patch(CONFIG_MAPS, 'held', { metadata: { finalizers: null } });
    const watch = api.watch(CONFIG_MAPS, { resourceVersion, labelSelector: '!none' });
    await api.until('the deletion', () => (watch.events.some(([type]) => type === 'DELETED') ? true : undefined));
    watch.stop();
    const held = watch.events.filter(([, { metadata }]) => metadata.name === 'held');
    expect(held.map(([type, { metadata }]) => [type, metadata.finalizers])).toEqual([
      ...[
        ['ADDED', ['e.com/f']],
        ['MODIFIED', ['e.com/f']],
        ['DELETED', ['e.com/f']],
      ],
    ]);
  });

  it('shows an object that begins or ceases to fit the selector as added or deleted', async () => {
    const watch = api.watch(SANDBOXES, { resourceVersion: await api.version(SANDBOXES), labelSelector: 'k=v' });
    await api.make(SANDBOXES, sandbox('s', {}, { labels: { k: 'v' } }));
    const { body } = await api.patch(SANDBOXES, 's', { metadata: { labels: { k: 'w' } } });
    await api.patch(SANDBOXES, 's', { metadata: { labels: { z: 'z' } } });
    await api.patch(SANDBOXES, 's', { metadata: { labels: { k: 'v' } } });
    await api.patch(SANDBOXES, 's', { metadata: { labels: { z: null } } });
    await waitFor(watch, 4);
    watch.stop();
    expect(watch.events.map(([type, { metadata }]) => [type, metadata.labels])).toEqual([
      ...[
        ['ADDED', { k: 'v' }],
        ['DELETED', { k: 'v' }],
        ['ADDED', { k: 'v', z: 'z' }],
        ['MODIFIED', { k: 'v' }],
      ],
    ]);
    expect(watch.events[1]?.[1].metadata.resourceVersion).toBe(body.metadata.resourceVersion);
  });

  it('tells the present state first if asked, and where it ends', async () => {
    const objects = [await api.make(SANDBOXES, sandbox('a')), await api.make(SANDBOXES, sandbox('b'))];
    const watch = api.watch(SANDBOXES, { initialEvents: true, timeoutSeconds: 60 });
    await waitFor(watch, 3);
    const later = await api.make(SANDBOXES, sandbox('c'));
    await api.until('the object that came later', () => watch.events.find(([, { metadata }]) => metadata.name === 'c'));
    watch.stop();
    expect(watch.events.slice(0, 3).map(([type]) => type)).toEqual(['ADDED', 'ADDED', 'BOOKMARK']);
    // In which order the present state comes is not promised.
    const present = watch.events.slice(0, 2).map(([, object]) => object);
    expect(present.sort((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1))).toEqual(objects);
    // Bookmarks may come at any time.
    expect(watch.events).toContainEqual(['ADDED', later]);
    const mark = watch.events[2]?.[1];
    expect(mark?.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
    expect(Number(mark?.metadata.resourceVersion)).toBeGreaterThanOrEqual(Number(objects[1]?.metadata.resourceVersion));
  });

  it('resumes from a bookmark without losing or repeating anything', async () => {
    await api.make(SANDBOXES, sandbox('a'));
    const first = api.watch(SANDBOXES, { initialEvents: true });
    await waitFor(first, 2);
    first.stop();
    await api.make(SANDBOXES, sandbox('b'));
    const second = api.watch(SANDBOXES, { resourceVersion: first.events[1]?.[1].metadata.resourceVersion });
    await waitFor(second, 1);
    second.stop();
    expect(told(second)).toEqual(['ADDED b']);
  });

  it('ends in time, with a bookmark', async () => {
    const resourceVersion = await api.version(SANDBOXES);
    const watch = api.watch(SANDBOXES, { resourceVersion, timeoutSeconds: 1 });
    expect(await waitForEnd(watch)).toMatchObject({ status: undefined });
    expect(watch.events.every(([type]) => type === 'BOOKMARK')).toBe(true);
  });

  it('refuses a version that is long gone, and a state that is still to come', async () => {
    const old = api.watch(SANDBOXES, { resourceVersion: '1' });
    expect(await waitForEnd(old)).toMatchObject({ status: 410, message: expect.stringMatching(/^too old resource version: 1 \(\d+\)$/) as unknown });
    const future = api.watch(SANDBOXES, { resourceVersion: '999999999', initialEvents: true });
    expect(await waitForEnd(future)).toMatchObject({ status: 504 });
  });

  it('refuses a selector that is none', async () => {
    expect(await waitForEnd(api.watch(SANDBOXES, { labelSelector: 'a in (' }))).toMatchObject({ status: 400 });
  });
}
