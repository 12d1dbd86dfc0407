import type { Outcome } from '../../src/runtime/outcome';
import { CachedThings, KEY, NOT_FOUND, ok, thing, type Thing } from '../support/cached-things';
import { settled } from '../support/virtual-clock';

const LOST = { result: 'unknown', cause: 'lost' } as const;

let things: CachedThings;
beforeEach(() => (things = new CachedThings()));

describe('an own write', () => {
  beforeEach(() => {
    things.listed('a@1');
    things.told.length = 0;
  });

  test('is found and told with its writer as soon as it is answered, and told again when the watch brings it', async () => {
    await things.write('claim').answered('a@2');
    expect([things.found(), things.told]).toEqual(['a@2', ['updated a@2 was a@1 by claim']]);
    things.event('MODIFIED', 'a@2');
    expect(things.told.slice(1)).toEqual(['updated a@2 was a@2 by claim']);
    things.event('MODIFIED', 'a@3');
    expect(things.told.slice(2)).toEqual(['updated a@3 was a@2']);
  });

  test('is not undone by what the watch brings from before it', async () => {
    const patch = things.write();
    things.event('MODIFIED', 'a@2');
    await patch.answered('a@4');
    things.event('MODIFIED', 'a@3');
    expect(things.found()).toBe('a@4');
    things.event('MODIFIED', 'a@4');
    things.event('MODIFIED', 'a@5');
    expect([things.found(), things.reads]).toEqual(['a@5', []]);
  });

  test('does not undo what the watch has brought since, when its answer is late', async () => {
    const patch = things.write();
    things.event('MODIFIED', 'a@2');
    things.event('MODIFIED', 'a@3');
    await patch.answered('a@2');
    things.event('MODIFIED', 'a@4');
    expect([things.found(), things.told.length]).toEqual(['a@4', 3]);
  });

  test('does not bring back what is gone since', async () => {
    const patch = things.write();
    things.event('MODIFIED', 'a@2');
    things.event('DELETED', 'a@3');
    await patch.answered('a@2');
    expect([things.found(), things.told.at(-1)]).toEqual([undefined, 'deleted a@3']);
  });

  test('that takes the object out of the selection of the watch takes it out of the cache, whichever comes first', async () => {
    const patch = things.write();
    things.event('DELETED', 'a@2');
    await patch.answered('a@2');
    expect([things.found(), things.clock.waiting]).toEqual([undefined, 0]);
    things.listed('a@3');
    await things.write().answered('a@4');
    things.event('DELETED', 'a@4');
    expect([things.found(), things.clock.waiting]).toEqual([undefined, 0]);
  });

  test('that is answered after the end of the object is known does not bring it back', async () => {
    const patch = things.write();
    await things.write().answered(undefined);
    await patch.answered('a@2');
    expect([things.found(), things.told.at(-1)]).toEqual([undefined, 'deleted a@1 by me']);
  });

  test('that changes nothing waits for nothing', async () => {
    await things.write().answered('a@1');
    things.event('MODIFIED', 'a@2');
    expect([things.found(), things.told]).toEqual(['a@2', ['updated a@2 was a@1']]);
  });

  test('of a new object is found at once', async () => {
    await things.write('me', 'b').answered('b@2');
    expect([things.found('b'), things.told]).toEqual(['b@2', ['added b@2 by me']]);
    things.event('ADDED', 'b@2');
    expect(things.told.slice(1)).toEqual(['updated b@2 was b@2 by me']);
  });

  test('of an object in the place of one that the watch still shows ends that one, once', async () => {
    await things.write('me').answered('a.2@5');
    things.event('MODIFIED', 'a@3');
    things.event('DELETED', 'a@4');
    things.event('ADDED', 'a.2@5');
    things.event('MODIFIED', 'a.2@6');
    expect(things.told).toEqual(['deleted a@1', 'added a.2@5 by me', 'updated a.2@5 was a.2@5 by me', 'updated a.2@6 was a.2@5']);
  });

  test('of an object in the place of another, which is gone too, lets the watch bring neither back', async () => {
    await things.write().answered('a.2@4');
    await things.write().answered(undefined);
    things.event('MODIFIED', 'a@2');
    things.event('DELETED', 'a@3');
    things.event('ADDED', 'a.2@4');
    things.event('DELETED', 'a.2@5');
    expect(things.told).toEqual(['deleted a@1', 'added a.2@4 by me', 'deleted a.2@4 by me']);
  });

  test('after another one counts although the watch brings the first in between', async () => {
    await things.write('one').answered('a@2');
    await things.write('two').answered('a@3');
    things.event('MODIFIED', 'a@2');
    expect(things.found()).toBe('a@3');
    things.event('MODIFIED', 'a@3');
    expect([things.found(), things.told.at(-1)]).toEqual(['a@3', 'updated a@3 was a@3 by two']);
  });

  test.each(['a@2', 'a@3'])('beside another one leads to a read, because answers may overtake each other; %s comes first', async (first) => {
    things.truth = () => ok(thing('a@3'));
    const [one, two] = [things.write('one'), things.write('two')];
    await one.answered(first);
    await two.answered(first === 'a@2' ? 'a@3' : 'a@2');
    expect([things.found(), things.reads]).toEqual(['a@3', ['a']]);
    things.event('MODIFIED', 'a@2');
    expect(things.found()).toBe('a@3');
    things.event('MODIFIED', 'a@3');
    things.event('MODIFIED', 'a@4');
    expect([things.found(), things.reads]).toEqual(['a@4', ['a']]);
  });

  test('that is refused changes nothing', async () => {
    await things.write().refused({ result: 'rejected', status: 409, reason: 'Conflict', message: '', causes: [] });
    expect([things.found(), things.told, things.reads, things.cache.findSettling(KEY)]).toEqual(['a@1', [], [], undefined]);
  });

  test('that finds no object any more leads to a read, and then the cache knows', async () => {
    expect(await things.write().refused(NOT_FOUND)).toBe(NOT_FOUND);
    expect([things.found(), things.told, things.reads]).toEqual([undefined, ['deleted a@1'], ['a']]);
    things.event('MODIFIED', 'a@2');
    things.event('DELETED', 'a@3');
    expect(things.told).toHaveLength(1);
    things.event('ADDED', 'a.2@5');
    expect(things.found()).toBe('a.2@5');
  });
});

describe('an own delete', () => {
  beforeEach(() => {
    things.listed('a@1');
    things.told.length = 0;
  });

  test('that ends the object takes it out at once; the watch says it later and nobody is told again', async () => {
    await things.write('pool').answered(undefined);
    expect([things.found(), things.told]).toEqual([undefined, ['deleted a@1 by pool']]);
    things.event('MODIFIED', 'a@2');
    things.event('DELETED', 'a@3');
    expect([things.found(), things.told.length]).toEqual([undefined, 1]);
  });

  test('that lets the object end later shows it as it is until then', async () => {
    await things.write('pool').answered('a@2');
    things.event('MODIFIED', 'a@2');
    things.event('DELETED', 'a@3');
    expect(things.told).toEqual(['updated a@2 was a@1 by pool', 'updated a@2 was a@2 by pool', 'deleted a@3']);
  });

  test('leaves the successor alone that came meanwhile', async () => {
    const end = things.write();
    things.event('DELETED', 'a@2');
    things.event('ADDED', 'a.2@3');
    await end.answered(undefined);
    expect(things.found()).toBe('a.2@3');
  });

  test('holds against a whole state that is older, and not against a younger one', async () => {
    things.begin();
    await things.write().answered(undefined);
    things.replace('a@1');
    expect(things.found()).toBeUndefined();
    things.event('DELETED', 'a@2');
    things.listed('a.2@7');
    expect(things.found()).toBe('a.2@7');
  });
});

describe('an own write and the whole state', () => {
  beforeEach(() => {
    things.listed('a@1');
    things.told.length = 0;
  });

  test('that was asked for after the answer: what it shows counts, even if the write is not to be seen any more', async () => {
    await things.write().answered('a@2');
    await things.write('me', 'b').answered('b@3');
    things.listed('a@9');
    expect([things.found(), things.found('b'), things.reads]).toEqual(['a@9', undefined, []]);
    things.event('MODIFIED', 'a@10');
    expect(things.found()).toBe('a@10');
  });

  test('that was asked for before the answer: a read decides', async () => {
    things.truth = ({ name }) => (name === 'a' ? ok(thing('a@3')) : NOT_FOUND);
    things.begin();
    await things.write().answered('a@2');
    await things.write('me', 'b').answered('b@4');
    things.replace('a@1');
    expect([things.found(), things.found('b')]).toEqual(['a@2', 'b@4']);
    await settled();
    expect([things.reads, things.found(), things.found('b')]).toEqual([['a', 'b'], 'a@3', undefined]);
    things.event('MODIFIED', 'a@2');
    expect(things.found()).toBe('a@3');
    things.event('MODIFIED', 'a@3');
    things.event('MODIFIED', 'a@4');
    expect(things.found()).toBe('a@4');
  });

  test('that shows the write itself settles it', async () => {
    things.begin();
    await things.write().answered('a@2');
    things.replace('a@2');
    things.event('MODIFIED', 'a@3');
    expect([things.found(), things.reads]).toEqual(['a@3', []]);
  });

  test('that came while the write was on its way: a read decides', async () => {
    things.truth = () => ok(thing('a@9'));
    const patch = things.write();
    things.listed('a@9');
    await patch.answered('a@2');
    await settled();
    expect([things.found(), things.reads]).toEqual(['a@9', ['a']]);
    things.event('MODIFIED', 'a@10');
    expect(things.found()).toBe('a@10');
  });
});

describe('an answer that the watch does not bring within a minute', () => {
  beforeEach(async () => {
    things.listed('a@1');
    await things.write().answered('a@2');
    things.told.length = 0;
  });

  test('is dropped after a read when the watch is further', async () => {
    things.event('MODIFIED', 'a@3');
    things.truth = () => ok(thing('a@3'));
    await things.clock.advance(59_999);
    expect([things.found(), things.reads]).toEqual(['a@2', []]);
    await things.clock.advance(1);
    expect([things.found(), things.reads]).toEqual(['a@3', ['a']]);
    things.event('MODIFIED', 'a@4');
    expect([things.found(), things.clock.waiting]).toEqual(['a@4', 0]);
  });

  test('gives way to what the read finds when the watch is behind, and the watch cannot undo that', async () => {
    things.truth = () => ok(thing('a@5'));
    await things.clock.advance(60_000);
    things.event('MODIFIED', 'a@3');
    expect(things.found()).toBe('a@5');
    things.event('MODIFIED', 'a@5');
    things.event('MODIFIED', 'a@6');
    expect(things.found()).toBe('a@6');
  });

  test('is asked about again each minute as long as the watch is stuck', async () => {
    things.truth = () => ok(thing('a@2'));
    await things.clock.advance(180_000);
    expect([things.found(), things.reads.length]).toEqual(['a@2', 3]);
  });

  test('is asked about again soon when the read fails', async () => {
    things.truth = () => LOST;
    await things.clock.advance(60_050);
    expect([things.found(), things.reads.length]).toEqual(['a@2', 2]);
    things.truth = () => NOT_FOUND;
    await things.clock.advance(100);
    expect([things.found(), things.reads.length, things.clock.waiting]).toEqual([undefined, 3, 0]);
  });

  test('needs no read when the watch brings it in time, or the end of the object', async () => {
    things.event('MODIFIED', 'a@2');
    await things.write('me', 'b').answered('b@3');
    things.event('DELETED', 'b@4');
    expect(things.clock.waiting).toBe(0);
    await things.clock.advance(120_000);
    expect(things.reads).toEqual([]);
  });
});

describe('an own write of unknown outcome', () => {
  beforeEach(() => things.listed('a@1'));

  /** Lets a write end without an answer. The promise is that of the writer. */
  const lose = () => {
    const written = things.write().refused(LOST);
    return { written, hasEnded: () => Promise.race([written.then(() => true), settled().then(() => false)]) };
  };

  test('is known to the writer when a read has told what is stored', async () => {
    things.truth = () => ok(thing('a@2'));
    expect(await lose().written).toBe(LOST);
    expect([things.found(), things.reads, things.cache.findSettling(KEY)]).toEqual(['a@2', ['a'], undefined]);
  });

  test.each<[string, () => Outcome<Thing>, string | undefined]>([
    ['an object', () => ok(thing('a@2')), 'a@2'],
    ['that there is none', () => NOT_FOUND, undefined],
  ])('is read after 50 ms, 100 ms and so on, at least every second, until an answer tells %s', async (_, truth, found) => {
    things.truth = () => (things.reads.length % 2 === 0 ? LOST : { ...NOT_FOUND, status: 403, message: 'forbidden' });
    const write = lose();
    await things.clock.advance(50 + 100 + 200 + 400 + 800 + 1000 + 1000);
    expect([things.reads.length, things.found(), await write.hasEnded()]).toEqual([8, 'a@1', false]);
    expect(things.troubles.slice(0, 2)).toEqual(['a forbidden 1', 'a lost 2']);
    things.truth = truth;
    await things.clock.advance(1000);
    expect([things.found(), await write.hasEnded(), things.clock.waiting > 0]).toEqual([found, true, found !== undefined]);
  });

  test('lets others wait with their writes of the same object, and of no other', async () => {
    things.truth = () => LOST;
    lose();
    await settled();
    const others = things.cache.findSettling(KEY);
    expect([others === undefined, things.cache.findSettling({ ...KEY, name: 'b' })]).toEqual([false, undefined]);
    things.truth = () => ok(thing('a@2'));
    await things.clock.advance(50);
    await others;
    expect(things.found()).toBe('a@2');
  });

  test('keeps nobody waiting when the process ends', async () => {
    things.truth = () => LOST;
    const write = lose();
    await settled();
    expect(await write.hasEnded()).toBe(false);
    things.cache.stop();
    expect([await write.hasEnded(), things.clock.waiting]).toEqual([true, 0]);
  });

  test('is not settled by a read that began before its end', async () => {
    let answer: (outcome: Outcome<Thing>) => void = () => undefined;
    things.truth = () => new Promise((resolve) => (answer = resolve));
    lose();
    await settled();
    const second = lose();
    things.truth = () => ok(thing('a@3'));
    answer(ok(thing('a@2')));
    await second.written;
    expect([things.found(), things.reads.length]).toEqual(['a@3', 2]);
  });
});
