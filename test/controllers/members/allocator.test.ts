import fc from 'fast-check';
import { LABELS } from '../../../src/api/keys';
import { Allocator, type Offer, type Terms } from '../../../src/controllers/members/allocator';
import type { Member, MemberClass } from '../../../src/controllers/members/member';
import type { Asking, PoolId } from '../../../src/controllers/members/stock';
import { withdrawing } from '../../../src/controllers/members/withdrawal';
import type { Sandbox } from '../../../src/controllers/shared/objects';
import type { WrittenThrough } from '../../../src/runtime/apply';
import type { Outcome } from '../../../src/runtime/outcome';

const POOL: PoolId = { uid: 'pool-uid', namespace: 'team', name: 'pool' };
const second = (n: number): string => new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString().replace('.000', '');

const member = (name: string, memberClass: MemberClass, { age = 0, nodeName = 'n1', uid = name } = {}): Member => ({
  ...{ class: memberClass, nodeName, isTerminating: false, isReady: memberClass === 'ready', unreadySinceMs: 0 },
  sandbox: {
    metadata: { name, namespace: 'team', uid, resourceVersion: '1', creationTimestamp: second(age), labels: { [LABELS.launchType]: 'warm' } },
    spec: { podTemplate: { spec: { containers: [] } } },
  },
});

const asking = (name: string, age = 0, uid = `uid-of-${name}`): Asking => ({ key: { namespace: 'team', name }, uid, createdAt: second(age) });
const TERMS: Terms = { pool: POOL, waitsFor: 'starting' };

function allocatorWith(...members: readonly Member[]): { readonly allocator: Allocator; readonly served: string[] } {
  const allocator = new Allocator();
  const served: string[] = [];
  allocator.onServed(({ name }) => served.push(name));
  members.forEach((one) => allocator.put(POOL, one));
  return { allocator, served };
}

const nameOf = (offer: Offer): string => (offer.result === 'member' ? offer.sandbox.metadata.name : offer.result === 'none' ? offer.reason : offer.result);

describe('which member a claim gets', () => {
  const takeAll = (members: readonly Member[]): readonly string[] => {
    const { allocator } = allocatorWith(...members);
    return members.map((_, n) => nameOf(allocator.offer(asking(`c${n}`), TERMS)));
  };

  test('a Ready one before one that is not, also when that is older', () => {
    expect(takeAll([member('old', 'unready', { age: 1 }), member('ready', 'ready', { age: 9 })])).toEqual(['ready', 'old']);
  });

  test('the oldest first, by name where the age is the same', () => {
    expect(takeAll([member('c', 'ready', { age: 2 }), member('b', 'ready', { age: 1 }), member('a', 'ready', { age: 1 })])).toEqual(['a', 'b', 'c']);
  });

  test('from the node that has most of them left, so that claims are spread', () => {
    const on = (nodeName: string, names: readonly string[]) => names.map((name, n) => member(name, 'ready', { nodeName, age: n }));
    expect(takeAll([...on('big', ['b1', 'b2', 'b3']), ...on('small', ['s1'])])).toEqual(['b1', 'b2', 's1', 'b3']);
    expect(takeAll([...on('x', ['x1', 'x2']), ...on('y', ['y1', 'y2'])])).toEqual(['x1', 'y1', 'x2', 'y2']);
  });

  test('those without a node last', () => {
    expect(takeAll([member('floating', 'ready', { nodeName: '', age: 1 }), member('placed', 'ready', { age: 5 })])).toEqual(['placed', 'floating']);
  });

  test.each<[MemberClass, string]>([
    ['starting', 'wait'],
    ['stale', 'stale'],
    ['unfit', 'empty_pool'],
  ])('one that is %s is not given: %s', (memberClass, expected) => {
    const { allocator } = allocatorWith(member('m', memberClass));
    expect(nameOf(allocator.offer(asking('c'), TERMS))).toBe(expected);
  });

  test('those of another pool are not given', () => {
    const { allocator } = allocatorWith(member('m', 'ready'));
    expect(nameOf(allocator.offer(asking('c'), { ...TERMS, pool: { ...POOL, uid: 'its successor' } }))).toBe('empty_pool');
  });
});

describe('a promise', () => {
  test('is kept however often the claim asks, and given to nobody else', () => {
    const { allocator } = allocatorWith(member('a', 'ready', { age: 1 }), member('b', 'ready', { age: 2 }));
    expect(['one', 'one', 'two', 'one'].map((claim) => nameOf(allocator.offer(asking(claim), TERMS)))).toEqual(['a', 'a', 'b', 'a']);
  });

  test('ends with the member', () => {
    const gone = member('a', 'ready', { age: 1 });
    const { allocator } = allocatorWith(gone, member('b', 'ready', { age: 2 }));
    allocator.offer(asking('c'), TERMS);
    allocator.remove(gone.sandbox);
    expect(nameOf(allocator.offer(asking('c'), TERMS))).toBe('b');
  });

  test('ends when the member goes bad', () => {
    const { allocator } = allocatorWith(member('a', 'ready', { age: 1 }), member('b', 'ready', { age: 2 }));
    allocator.offer(asking('c'), TERMS);
    allocator.put(POOL, member('a', 'unfit', { age: 1 }));
    expect(nameOf(allocator.offer(asking('c'), TERMS))).toBe('b');
  });

  test('of a claim does not hold for its successor of the same name', () => {
    const { allocator } = allocatorWith(member('a', 'ready'));
    allocator.offer(asking('c', 0, 'first'), TERMS);
    expect(nameOf(allocator.offer(asking('c', 0, 'second'), TERMS))).toBe('a');
    allocator.release(asking('c').key);
    expect(nameOf(allocator.offer(asking('d'), TERMS))).toBe('a');
  });

  test('that is taken back leaves the member at its old place', () => {
    const { allocator } = allocatorWith(member('a', 'ready', { age: 1 }), member('b', 'ready', { age: 2 }));
    allocator.offer(asking('c'), TERMS);
    allocator.release(asking('c').key);
    expect(nameOf(allocator.offer(asking('d'), TERMS))).toBe('a');
  });
});

describe('a recorded assignment', () => {
  const assigned: Terms = { ...TERMS, assigned: 'b' };

  test.each<[MemberClass, string]>([
    ['ready', 'b'],
    ['unready', 'b'],
    ['starting', 'b'],
    ['unfit', 'a'],
    ['stale', 'a'],
  ])('to a member that is %s: %s', (memberClass, expected) => {
    const { allocator } = allocatorWith(member('a', 'ready', { age: 1 }), member('b', memberClass, { age: 2 }));
    expect(nameOf(allocator.offer(asking('c'), assigned))).toBe(expected);
  });

  test('to a member that another claim has is void', () => {
    const { allocator } = allocatorWith(member('a', 'ready', { age: 1 }), member('b', 'ready', { age: 2 }));
    allocator.offer(asking('first'), assigned);
    expect(nameOf(allocator.offer(asking('second'), assigned))).toBe('a');
  });
});

describe('waiting', () => {
  test('the n-th claim waits only for the n-th starting member', () => {
    const { allocator } = allocatorWith(member('a', 'starting'), member('b', 'starting'));
    const offers = ['c1', 'c2', 'c3'].map((name, n) => nameOf(allocator.offer(asking(name, n), TERMS)));
    expect(offers).toEqual(['wait', 'wait', 'no_ip_in_time']);
  });

  test('the oldest claim is served first, and is told', () => {
    const { allocator, served } = allocatorWith(member('a', 'starting'), member('b', 'starting'));
    allocator.offer(asking('young', 5), TERMS);
    allocator.offer(asking('old', 1), TERMS);
    allocator.put(POOL, member('b', 'unready'));
    expect(served).toEqual(['old']);
    expect(nameOf(allocator.offer(asking('old', 1), TERMS))).toBe('b');
    expect(nameOf(allocator.offer(asking('young', 5), TERMS))).toBe('wait');
  });

  test('an older claim that comes later takes the place of the last, who hears that too few are starting', () => {
    const { allocator, served } = allocatorWith(member('a', 'starting'));
    allocator.offer(asking('young', 5), TERMS);
    expect(nameOf(allocator.offer(asking('old', 1), TERMS))).toBe('wait');
    expect(served).toEqual(['young']);
    expect(nameOf(allocator.offer(asking('young', 5), TERMS))).toBe('no_ip_in_time');
  });

  test('a starting member that goes sends the last of the queue away', () => {
    const gone = member('b', 'starting');
    const { allocator, served } = allocatorWith(member('a', 'starting'), gone);
    ['c1', 'c2'].forEach((name, n) => allocator.offer(asking(name, n), TERMS));
    allocator.remove(gone.sandbox);
    expect(served).toEqual(['c2']);
    expect(nameOf(allocator.offer(asking('c2', 1), TERMS))).toBe('no_ip_in_time');
  });

  test('a claim whose patience is over leaves the queue', () => {
    const { allocator, served } = allocatorWith(member('a', 'starting'));
    allocator.offer(asking('c'), TERMS);
    expect(nameOf(allocator.offer(asking('c'), { ...TERMS, waitsFor: 'nothing' }))).toBe('no_ip_in_time');
    allocator.put(POOL, member('a', 'ready'));
    expect(served).toEqual([]);
    expect(nameOf(allocator.offer(asking('other'), TERMS))).toBe('a');
  });

  test('a claim may wait for the first member of an empty pool', () => {
    const { allocator, served } = allocatorWith();
    expect(nameOf(allocator.offer(asking('c'), { ...TERMS, waitsFor: 'any' }))).toBe('wait');
    allocator.put(POOL, member('a', 'ready'));
    expect(served).toEqual(['c']);
  });

  test('claims of a pool that is deleted hear of it', () => {
    const { allocator, served } = allocatorWith(member('a', 'starting'));
    allocator.offer(asking('c'), TERMS);
    allocator.drop(POOL.uid);
    expect(served).toEqual(['c']);
    expect(nameOf(allocator.offer(asking('c'), TERMS))).toBe('empty_pool');
  });
});

describe('a write of the pool controller', () => {
  const key = { namespace: 'team', name: 'a' };
  const write = (allocator: Allocator, outcome: Outcome<undefined>, meanwhile: () => void = () => undefined) => {
    const cache: WrittenThrough = { write: (_, __, send) => send(), refresh: () => Promise.reject(new Error('not read')), findSettling: () => undefined };
    const through = withdrawing(allocator, cache);
    return through.write(key, 'pool', () => {
      meanwhile();
      return Promise.resolve(outcome);
    });
  };
  const REFUSED: Outcome<undefined> = { result: 'rejected', status: 409, reason: 'Conflict', message: '', causes: [] };

  test('to a member that is promised to a claim is not sent', async () => {
    const { allocator } = allocatorWith(member('a', 'ready'));
    allocator.offer(asking('c'), TERMS);
    const sent: string[] = [];
    const answer = await write(allocator, { result: 'ok', value: undefined }, () => sent.push('a'));
    expect(answer).toMatchObject({ result: 'rejected', status: 409, message: 'the member is promised to claim team/c' });
    expect(sent).toEqual([]);
  });

  test('withdraws the member while it is on its way; a refusal puts it back', async () => {
    const { allocator } = allocatorWith(member('a', 'ready'));
    const offers: string[] = [];
    await write(allocator, REFUSED, () => offers.push(nameOf(allocator.offer(asking('c'), { ...TERMS, waitsFor: 'nothing' }))));
    expect(offers).toEqual(['empty_pool']);
    expect(nameOf(allocator.offer(asking('c'), TERMS))).toBe('a');
  });
});

describe('laws', () => {
  type Step =
    | { readonly do: 'put'; readonly member: number; readonly class: MemberClass; readonly node: number }
    | { readonly do: 'remove' | 'withdraw' | 'restore'; readonly member: number }
    | { readonly do: 'offer'; readonly claim: number; readonly waits: boolean }
    | { readonly do: 'release'; readonly claim: number };
  const n = fc.nat({ max: 5 });
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({
      do: fc.constant('put' as const),
      member: n,
      class: fc.constantFrom<MemberClass>('ready', 'unready', 'starting', 'stale', 'unfit'),
      node: fc.nat({ max: 2 }),
    }),
    fc.record({ do: fc.constantFrom('remove' as const, 'withdraw' as const, 'restore' as const), member: n }),
    fc.record({ do: fc.constant('offer' as const), claim: n, waits: fc.boolean() }),
    fc.record({ do: fc.constant('release' as const), claim: n }),
  );

  /** What was promised last to each claim, kept by the test alone. */
  class Witness {
    public readonly allocator = new Allocator();
    public readonly faults: string[] = [];
    private readonly promised = new Map<string, string>();
    private readonly members = new Map<string, Sandbox>();

    public carryOut(one: Step): void {
      if (one.do === 'put') return this.put(member(`m${one.member}`, one.class, { age: one.member % 3, nodeName: ['', 'n1', 'n2'][one.node] ?? '' }));
      if (one.do === 'offer') return this.offer(one.claim, one.waits);
      if (one.do === 'release') {
        this.promised.delete(`c${one.claim}`);
        return this.allocator.release(asking(`c${one.claim}`).key);
      }
      const key = { namespace: 'team', name: `m${one.member}` };
      const sandbox = this.members.get(key.name);
      if (one.do === 'withdraw') this.allocator.withdraw(key);
      else if (one.do === 'restore') this.allocator.restore(key);
      else if (sandbox) this.remove(sandbox);
    }

    private put(one: Member): void {
      this.members.set(one.sandbox.metadata.name, one.sandbox);
      this.allocator.put(POOL, one);
    }

    private remove(sandbox: Sandbox): void {
      this.members.delete(sandbox.metadata.name);
      for (const [claim, name] of this.promised) if (name === sandbox.metadata.name) this.promised.delete(claim);
      this.allocator.remove(sandbox);
    }

    private offer(claim: number, waits: boolean): void {
      const offer = this.allocator.offer(asking(`c${claim}`, claim), { ...TERMS, waitsFor: waits ? 'starting' : 'nothing' });
      this.promised.delete(`c${claim}`);
      if (offer.result !== 'member') return;
      const { name } = offer.sandbox.metadata;
      if (!this.members.has(name)) this.faults.push(`${name} was promised and is not there`);
      if ([...this.promised.values()].includes(name)) this.faults.push(`${name} was promised twice`);
      this.promised.set(`c${claim}`, name);
    }
  }

  test('no member is ever promised to two claims, and nobody waits while a member is free', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (history) => {
        const witness = new Witness();
        for (const one of history) {
          witness.carryOut(one);
          const [count] = witness.allocator.counts;
          if (count && count.waiting > 0 && count.free > 0) witness.faults.push('somebody waits though a member is free');
        }
        expect(witness.faults).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test('the counts of a stock are those of its members', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (history) => {
        const witness = new Witness();
        history.forEach((one) => witness.carryOut(one));
        const stock = witness.allocator.stock(POOL);
        const members = [...stock.members];
        const available = members.filter((one) => stock.isInStock(one));
        expect(stock).toMatchObject({
          ...{ active: members.length, terminating: 0, ready: members.filter(({ isReady }) => isReady).length },
          free: available.filter((one) => one.class === 'ready' || one.class === 'unready').length,
        });
        expect(new Set(stock.unready)).toEqual(new Set(members.filter(({ isReady }) => !isReady)));
        expect([...stock.versions.values()].reduce((sum, { size }) => sum + size, 0)).toBe(members.length);
      }),
    );
  });
});
