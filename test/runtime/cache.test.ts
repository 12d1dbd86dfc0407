import { Cache } from '../../src/runtime/cache';
import type { Outcome } from '../../src/runtime/outcome';
import { CachedThings, KEY, NOT_FOUND, ok, said, textOf, thing, type Thing } from '../support/cached-things';
import { settled } from '../support/virtual-clock';

let things: CachedThings;
beforeEach(() => (things = new CachedThings()));

describe('what the watch delivers', () => {
  test('is found by key and told with what was before', () => {
    things.listed('a@1', 'b@2');
    things.event('ADDED', 'c@3');
    things.event('MODIFIED', 'a@4');
    things.event('DELETED', 'b@5');
    expect([things.found('a'), things.found('b'), things.found('c'), things.cache.size]).toEqual(['a@4', undefined, 'c@3', 2]);
    expect(things.told).toEqual(['added a@1', 'added b@2', 'added c@3', 'updated a@4 was a@1', 'deleted b@5']);
  });

  test('is found by the values of an index, as they are now', () => {
    things.listed();
    things.event('ADDED', thing('a@1', 'x'));
    things.event('ADDED', thing('b@2', 'x'));
    things.event('MODIFIED', thing('a@3', 'y'));
    things.event('DELETED', thing('b@4', 'z'));
    expect([things.cache.by('owner', 'x'), things.cache.by('owner', 'y').map(textOf), things.cache.by('owner', 'z')]).toEqual([[], ['a@3'], []]);
  });

  test('is gone and told so when it is missing in the whole state', () => {
    things.listed('a@1', 'b@2', 'c@3');
    things.listed('a@1', 'c@4');
    expect(things.told.slice(3)).toEqual(['updated c@4 was c@3', 'deleted b@2']);
  });

  test('is another object when the UID is another, even if nobody saw the first one go', () => {
    things.listed('a@1');
    things.listed('a.2@5');
    things.event('MODIFIED', 'a.3@7');
    expect(things.told).toEqual(['added a@1', 'deleted a@1', 'added a.2@5', 'deleted a.2@5', 'added a.3@7']);
  });

  test('is not taken away by the late end of its predecessor', () => {
    things.listed('a@1');
    things.event('ADDED', 'a.2@5');
    things.event('DELETED', 'a@4');
    expect(things.found()).toBe('a.2@5');
  });

  test('is kept without managedFields and what the reducer cuts', () => {
    const metadata = { ...thing('a@1').metadata, managedFields: [{}] };
    expect(things.cache.reduce({ ...thing('a@1'), metadata }).metadata).toEqual(thing('a@1').metadata);
    const cut = new Cache<Thing>({
      clock: things.clock,
      read: () => Promise.resolve(NOT_FOUND),
      report: () => undefined,
      trouble: () => undefined,
      reduce: ({ metadata: kept }) => ({ metadata: kept }),
      indexes: {},
    });
    expect(cut.reduce(thing('a@1', 'x'))).toEqual(thing('a@1'));
  });

  test('reaches every handler, also when another throws', () => {
    const fault = new Error('fault');
    const others: string[] = [];
    things.cache.onChange(() => {
      throw fault;
    });
    things.cache.onChange((change) => others.push(said(change)));
    things.listed('a@1');
    expect([others, things.faults]).toEqual([['added a@1'], [fault]]);
  });

  test('comes from one watch for each namespace, and each knows only its own', async () => {
    const [one, two] = ['one', 'two'].map((namespace) => ({ namespace, sink: things.cache.sink(namespace) }));
    const inside = (namespace: string, text: string) => ({ metadata: { ...thing(text).metadata, namespace } });
    let isSynced = false;
    void things.cache.synced.then(() => (isSynced = true));
    things.listed();
    one?.sink.replace([inside('one', 'a@1')]);
    await settled();
    expect(isSynced).toBe(false);
    two?.sink.replace([inside('two', 'b@2')]);
    await settled();
    expect(isSynced).toBe(true);
    one?.sink.replace([]);
    expect(things.told).toEqual(['added a@1', 'added b@2', 'deleted a@1']);
  });
});

describe('a read past the cache', () => {
  beforeEach(() => {
    things.listed('a@1');
    things.told.length = 0;
  });

  test('puts what it finds into the cache, and the watch cannot undo it', async () => {
    things.truth = () => ok(thing('a@3'));
    expect(await things.cache.refresh(KEY)).toEqual(ok(thing('a@3')));
    things.event('MODIFIED', 'a@2');
    expect([things.found(), things.told]).toEqual(['a@3', ['updated a@3 was a@1']]);
    things.event('MODIFIED', 'a@3');
    things.event('MODIFIED', 'a@4');
    expect(things.told.slice(1)).toEqual(['updated a@4 was a@3']);
  });

  test('that is overtaken by the watch does not undo it', async () => {
    let answer: (outcome: Outcome<Thing>) => void = () => undefined;
    things.truth = () => new Promise((resolve) => (answer = resolve));
    const read = things.cache.refresh(KEY);
    things.event('MODIFIED', 'a@2');
    things.event('MODIFIED', 'a@3');
    answer(ok(thing('a@2')));
    await read;
    expect([things.found(), things.reads.length]).toEqual(['a@3', 1]);
  });

  test('that found what was known when it began does not undo what the watch has brought since', async () => {
    let answer: (outcome: Outcome<Thing>) => void = () => undefined;
    things.truth = () => new Promise((resolve) => (answer = resolve));
    const read = things.cache.refresh(KEY);
    things.event('MODIFIED', 'a@2');
    answer(ok(thing('a@1')));
    await read;
    expect([things.found(), things.reads.length]).toEqual(['a@2', 1]);
  });

  test('that began before a write and ends after it is made again', async () => {
    let answer: (outcome: Outcome<Thing>) => void = () => undefined;
    things.truth = () => new Promise((resolve) => (answer = resolve));
    const read = things.cache.refresh(KEY);
    await things.write().answered('a@3');
    things.truth = () => ok(thing('a@3'));
    answer(ok(thing('a@2')));
    await read;
    expect([things.found(), things.reads.length]).toEqual(['a@3', 2]);
  });

  test('that fails changes nothing', async () => {
    things.truth = () => ({ result: 'unknown', cause: 'lost' });
    expect(await things.cache.refresh(KEY)).toEqual({ result: 'unknown', cause: 'lost' });
    expect([things.found(), things.told]).toEqual(['a@1', []]);
  });

  test('whose object was replaced meanwhile is read again', async () => {
    let answer: (outcome: Outcome<Thing>) => void = () => undefined;
    things.truth = () => new Promise((resolve) => (answer = resolve));
    const read = things.cache.refresh(KEY);
    things.event('DELETED', 'a@2');
    things.event('ADDED', 'a.2@3');
    things.truth = () => ok(thing('a.3@6'));
    answer(ok(thing('a.3@6')));
    await read;
    await settled();
    expect([things.found(), things.reads.length]).toEqual(['a.3@6', 2]);
  });
});
