import { Client } from '../../src/runtime/client';
import { Informer } from '../../src/runtime/informer';
import type { KubeObject, Resource } from '../../src/runtime/object';
import { granted, ScriptedTransport, stored } from '../support/scripted-transport';
import { settled, VirtualClock } from '../support/virtual-clock';

const PODS: Resource = { group: '', version: 'v1', kind: 'Pod', plural: 'pods' };
let transport: ScriptedTransport;
let clock: VirtualClock;

function informerOf(namespaces: readonly string[]): Informer<KubeObject, 'version'> {
  const random = () => 0;
  const client = new Client({ transport, clock, random, fieldManager: 'test' });
  const context = { client, transport, clock, random, namespaces, trouble: () => undefined, report: () => undefined };
  const indexes = { version: ({ metadata }: KubeObject) => [metadata.resourceVersion] };
  return new Informer({ resource: PODS, labelSelector: 'a=b', indexes, reduce: ({ metadata }) => ({ metadata, reduced: true }) }, context);
}

beforeEach(() => {
  transport = new ScriptedTransport();
  clock = new VirtualClock();
});

const sync = (at: number, ...names: readonly string[]) => {
  const sink = transport.watches[at]?.sink;
  for (const name of names) sink?.event('ADDED', stored(name, '1'));
  sink?.event('BOOKMARK', { metadata: { ...stored('', '5').metadata, annotations: { 'k8s.io/initial-events-end': 'true' } } });
};

test('one watch of all namespaces fills the cache, reduced and indexed', async () => {
  const informer = informerOf([]);
  informer.start();
  expect(transport.watches.map(({ request }) => [request.namespace, request.labelSelector])).toEqual([['', 'a=b']]);
  sync(0, 'a');
  await informer.cache.synced;
  expect(informer.cache.by('version', '1')).toEqual([{ ...stored('a', '1'), reduced: true }]);
  informer.stop();
});

test('each of some namespaces has its watch, and the cache is complete when all are', async () => {
  const informer = informerOf(['one', 'two']);
  informer.start();
  expect(transport.watches.map(({ request }) => request.namespace)).toEqual(['one', 'two']);
  let isSynced = false;
  void informer.cache.synced.then(() => (isSynced = true));
  sync(0);
  await settled();
  expect(isSynced).toBe(false);
  await clock.advance(1000);
  sync(1);
  await settled();
  expect([isSynced, informer.lists, informer.heardAtMs]).toEqual([true, 2, 0]);
  informer.stop();
  await settled();
  expect(transport.watches.map(({ isStopped }) => isStopped)).toEqual([true, true]);
});

test('an event that comes again is not told, nor does the next watch go on from it', async () => {
  const informer = informerOf([]);
  const told: string[] = [];
  informer.cache.onChange(({ type, object }) => told.push(`${type} ${object.metadata.name}`));
  informer.start();
  sync(0, 'a');
  const { sink } = transport.open;
  sink.event('ADDED', stored('b', '6'));
  sink.event('DELETED', stored('b', '7'));
  sink.event('ADDED', stored('b', '6'));
  expect(told).toEqual(['added a', 'added b', 'deleted b']);
  sink.end(undefined, 'over');
  await clock.advance(0);
  expect(transport.watches.at(-1)?.request).toMatchObject({ resourceVersion: '7' });
  informer.stop();
});

test('the state is known anew when all watches have brought it', async () => {
  const informer = informerOf(['one', 'two']);
  informer.start();
  sync(0, 'a');
  sync(1);
  let isKnown = false;
  void informer.reread().then(() => (isKnown = true));
  await settled();
  sync(2);
  await settled();
  expect([isKnown, informer.cache.size]).toEqual([false, 1]);
  sync(3, 'b', 'c');
  await settled();
  expect([isKnown, [...informer.cache.entries()].map(([key]) => key)]).toEqual([true, ['team/a', 'team/b', 'team/c']]);
  informer.stop();
});

test('what keeps one watch from getting on is known', async () => {
  const informer = informerOf(['one', 'two']);
  informer.start();
  sync(0);
  transport.watches[1]?.sink.end(403, 'forbidden');
  await settled();
  expect(informer.findProblem()).toBe('cannot watch pods: 403: forbidden');
  informer.stop();
});

test('a read past the cache asks the server over the connections of claims', async () => {
  const informer = informerOf([]);
  transport.answer = () => granted(stored('a', '3'));
  await informer.cache.refresh({ namespace: 'team', name: 'a' });
  expect(transport.sent).toMatchObject([{ request: { verb: 'get', resource: PODS, namespace: 'team', name: 'a' }, options: { traffic: 'claim' } }]);
  expect(informer.cache.find({ namespace: 'team', name: 'a' })?.metadata.resourceVersion).toBe('3');
});
