import { Client } from '../../src/runtime/client';
import { Informer } from '../../src/runtime/informer';
import type { KubeObject, Resource } from '../../src/runtime/object';
import type { Action, Circumstances, EventDraft, Plan } from '../../src/runtime/plan';
import { ReconcileLoop, type PassSeen } from '../../src/runtime/reconcile';
import type { Reply } from '../../src/runtime/transport';
import { granted, lost, refused, ScriptedTransport, stored } from '../support/scripted-transport';
import { VirtualClock } from '../support/virtual-clock';

const THINGS: Resource = { group: 'example.org', version: 'v1', kind: 'Thing', plural: 'things' };
const KEY = { namespace: 'team', name: 'a' };
const event = (reason: string): EventDraft => ({ regarding: stored('a', '1'), type: 'Normal', reason, action: 'Test', note: '' });

interface Seen extends Circumstances<number> {
  readonly found: KubeObject | undefined;
}

/** A loop on the thing `team/a`, whose plan and whose server are the test. */
class Bench {
  public readonly clock = new VirtualClock();
  public readonly transport = new ScriptedTransport();
  public readonly passes: PassSeen[] = [];
  public readonly events: string[] = [];
  public readonly faults: unknown[] = [];
  public readonly rounds: Seen[] = [];
  public plan: (seen: Seen) => Plan<number> = () => ({ actions: [] });
  public readonly loop: ReconcileLoop<Seen, number>;
  public readonly cache: Informer<KubeObject>['cache'];

  constructor() {
    const { clock, transport } = this;
    const random = () => 0.5;
    const client = new Client({ transport, clock, random, fieldManager: 'test', requestTimeoutMs: 1000 });
    const report = (error: unknown) => void this.faults.push(error);
    const informer = new Informer({ resource: THINGS, indexes: {} }, { client, transport, clock, random, namespaces: [], trouble: () => undefined, report });
    const cache = (this.cache = informer.cache);
    this.loop = new ReconcileLoop<Seen, number>({
      ...{ client, clock, random, report, concurrency: 1, cacheOf: () => cache },
      emit: ({ reason }, reporter) => void this.events.push(`${reason} by ${reporter}`),
      passed: (pass) => void this.passes.push(pass),
      reconciler: {
        name: 'thing',
        observe: (key, circumstances) => ({ ...circumstances, found: cache.find(key) }),
        plan: (seen) => {
          this.rounds.push(seen);
          return this.plan(seen);
        },
      },
    });
    informer.start();
    const bookmark = { metadata: { ...stored('end', '1').metadata, annotations: { 'k8s.io/initial-events-end': 'true' } } };
    transport.open.sink.event('BOOKMARK', bookmark);
    this.loop.start();
  }

  /** Runs a pass, and what follows from it without waiting. */
  public async pass(): Promise<PassSeen | undefined> {
    this.loop.wake(KEY);
    await this.clock.advance(0);
    await this.clock.advance(0);
    return this.passes.at(-1);
  }

  /** Asks once for these writes; afterwards for nothing. */
  public asks(...actions: Plan['actions']): void {
    this.plan = ({ failures }) => (this.rounds.length > 1 ? { actions: [], isFailed: failures.length > 0 } : { actions });
  }

  public get sent(): readonly string[] {
    return this.transport.sent.map(({ request: { verb, name, body } }) => `${verb} ${name ?? (body as KubeObject).metadata.name}`);
  }
}

const create = (name = 'a', more: Partial<Action> = {}) =>
  ({ do: 'create', resource: THINGS, key: { ...KEY, name }, object: { metadata: { name } }, step: 'one', purpose: 'sandbox', ...more }) as Action;
const patch = (more: object = {}) =>
  ({ do: 'patch', resource: THINGS, key: KEY, uid: 'uid-a', patch: { spec: { x: 1 } }, step: 'one', purpose: 'sandbox', ...more }) as Action;
const remove = (more: object = {}) => ({ do: 'delete', resource: THINGS, key: KEY, uid: 'uid-a', step: 'one', purpose: 'sandbox', ...more }) as Action;

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});

describe('a pass', () => {
  it('repeats until nothing is asked for, and finds what it wrote', async () => {
    bench.plan = ({ found }) => (found ? { actions: [], by: 'done' } : { actions: [create('a', { events: [event('Made')] })], by: 'missing' });
    bench.transport.answer = () => granted(stored('a', '2'), 201);
    expect(await bench.pass()).toMatchObject({ result: 'success', rules: ['missing', 'done'], writes: ['POST Thing team/a'], failures: [] });
    expect(bench.events).toEqual(['Made by thing-controller']);
  });

  it('sends the writes of a group at the same time, and others one after the other', async () => {
    const answers: ((reply: Reply) => void)[] = [];
    bench.transport.answer = () => new Promise((resolve) => answers.push(resolve));
    bench.asks([create('b', { step: 'b' }), create('c', { step: 'c' })], create('d', { step: 'd' }));
    await bench.pass();
    expect(bench.sent).toEqual(['create b', 'create c']);
    answers.forEach((answer, index) => answer(granted(stored('bc'[index] ?? '', '2'), 201)));
    await bench.clock.advance(0);
    expect(bench.sent).toEqual(['create b', 'create c', 'create d']);
  });

  it.each<[string, Partial<Action>, string]>([
    ['of a claim goes', { purpose: 'claim' }, 'claim'],
    ['of a Sandbox goes', { purpose: 'sandbox' }, 'claim'],
    ['of stock that is nearly used up goes', { purpose: 'refill', isUrgent: true }, 'bulk'],
    ['of stock waits', { purpose: 'refill' }, ''],
  ])('sends a write by what it is for: beside a claim one %s', async (_, more, traffic) => {
    bench.transport.answer = () => new Promise(() => undefined);
    bench.asks([create('b', { step: 'b', purpose: 'claim' }), create('c', { step: 'c', ...more })]);
    await bench.pass();
    expect(bench.transport.sent.map(({ options }) => options.traffic)).toEqual(['claim', ...(traffic === '' ? [] : [traffic])]);
  });

  it('leaves out what follows a failure in the same step, and goes on with the others', async () => {
    bench.transport.answer = ({ body }) => ((body as KubeObject).metadata.name === 'a' ? refused(422, { message: 'no' }) : granted(stored('c', '2'), 201));
    bench.asks(create('a', { failure: 'cannot: ', failureEvent: event }), create('b'), create('c', { step: 'two' }));
    expect(await bench.pass()).toMatchObject({ result: 'error', failures: [{ step: 'one', message: 'cannot: no', isPermanent: true }] });
    expect(bench.sent).toEqual(['create a', 'create c']);
    expect(bench.events).toEqual(['no by thing-controller']);
  });

  it('leaves out what follows in the same step when somebody was faster, and decides anew', async () => {
    const theirs = stored('a', '5', { uid: 'theirs' });
    bench.transport.answer = ({ verb }) => (verb === 'get' ? granted(theirs) : refused(409, { reason: 'AlreadyExists' }));
    bench.asks(create(), create('b'), remove({ step: 'two', key: { ...KEY, name: 'c' } }));
    await bench.pass();
    expect(bench.sent).toEqual(['create a', 'get a', 'delete c', 'get c']);
    expect(bench.rounds[1]).toMatchObject({ found: theirs, failures: [] });
  });

  it('that wants to write for ever comes back later', async () => {
    bench.transport.answer = () => granted(stored('a', String(bench.transport.sent.length + 1)));
    bench.plan = () => ({ actions: [patch()] });
    expect((await bench.pass())?.result).toBe('error');
    expect(bench.sent).toHaveLength(20);
  });

  it('that throws is reported and comes back', async () => {
    bench.plan = () => {
      throw new Error('a fault of ours');
    };
    expect((await bench.pass())?.result).toBe('error');
    expect(bench.faults).toEqual([new Error('a fault of ours')]);
    await bench.clock.advance(5);
    expect(bench.passes).toHaveLength(2);
  });

  it('is told of what a rule remembers, of failures in a row and since when', async () => {
    bench.plan = () => ({ actions: [], isFailed: true, memory: 7 });
    await bench.pass();
    await bench.clock.advance(100);
    const last = bench.rounds.at(-1);
    expect(last).toMatchObject({ memory: 7, trouble: { passes: bench.rounds.length - 1 } });
    expect(last?.trouble.forMs).toBeGreaterThan(0);
    bench.plan = () => ({ actions: [] });
    await bench.pass();
    await bench.pass();
    expect(bench.rounds.at(-1)?.trouble).toEqual({ passes: 0, forMs: 0 });
  });

  it('sends nothing any more when the loop stops', async () => {
    let answer: (reply: Reply) => void = () => undefined;
    bench.transport.answer = () => new Promise((resolve) => (answer = resolve));
    bench.asks(create('a'), create('b', { step: 'two' }));
    await bench.pass();
    const stopping = bench.loop.stop();
    answer(granted(stored('a', '2'), 201));
    await stopping;
    expect(bench.sent).toEqual(['create a']);
    expect(bench.passes).toEqual([]);
  });
});

describe('a write', () => {
  it.each<[string, Action, object | undefined]>([
    [
      'patch names the UID, and the version if it relies on one',
      patch({ ifVersion: '3' }),
      { metadata: { uid: 'uid-a', resourceVersion: '3' }, spec: { x: 1 } },
    ],
    ['patch keeps the metadata that it changes', patch({ patch: { metadata: { labels: { a: '1' } } } }), { metadata: { labels: { a: '1' }, uid: 'uid-a' } }],
    ['deletion names the UID', remove(), { preconditions: { uid: 'uid-a' } }],
    [
      'deletion names the version and the propagation that it is given',
      remove({ ifVersion: '3', propagation: 'Background' }),
      { preconditions: { uid: 'uid-a', resourceVersion: '3' }, propagationPolicy: 'Background' },
    ],
  ])('%s', async (_, action, body) => {
    bench.transport.answer = () => granted(stored('a', '4'));
    bench.asks(action);
    await bench.pass();
    expect(bench.transport.sent[0]?.request.body).toEqual(body);
  });

  it.each([
    ['a patch of an older version', patch(), refused(409, { reason: 'Conflict' })],
    ['a patch of another incarnation', patch(), refused(422, { details: { causes: [{ field: 'metadata.uid' }] } })],
    ['a deletion of another incarnation', remove(), refused(409, { reason: 'Conflict' })],
    ['a creation of unknown outcome', create(), lost()],
    ['a patch of unknown outcome', patch(), refused(500)],
  ])('%s is settled by a read of the object', async (_, action, reply) => {
    bench.transport.answer = ({ verb }) => (verb === 'get' ? granted(stored('a', '9')) : reply);
    bench.asks(action);
    expect(await bench.pass()).toMatchObject({ result: 'success', failures: [] });
    expect(bench.rounds[1]?.found?.metadata.resourceVersion).toBe('9');
  });

  it('to what is gone already is fine when it was a deletion', async () => {
    bench.transport.answer = () => refused(404, { reason: 'NotFound' });
    bench.asks(remove());
    expect((await bench.pass())?.result).toBe('success');
  });

  it('of unknown outcome is followed by no other look and no other write before a read has settled it', async () => {
    bench.transport.answer = () => lost('no way');
    bench.plan = ({ found }) => ({ actions: found ? [] : [create()] });
    await bench.pass();
    await bench.clock.advance(60_000);
    expect([bench.rounds.length, new Set(bench.sent.slice(1))]).toEqual([1, new Set(['get a'])]);
    bench.transport.answer = () => granted(stored('a', '9'));
    await bench.clock.advance(1000);
    expect([bench.rounds.length, bench.rounds[1]?.found?.metadata.resourceVersion, bench.passes[0]?.result]).toEqual([2, '9', 'success']);
  });

  it('that the server makes no sense of is a failure that says so', async () => {
    bench.transport.answer = () => refused(400, { message: 'no' });
    bench.asks(patch());
    await bench.pass();
    expect(bench.passes[0]?.failures).toEqual([{ step: 'one', message: 'no', isPermanent: false, isMalformed: true }]);
  });

  it('waits while another one of the same object has no known outcome, and decides anew', async () => {
    bench.transport.answer = () => lost();
    void bench.cache.write(KEY, 'other', () => Promise.resolve({ result: 'unknown', cause: 'lost' }));
    await bench.clock.advance(0);
    bench.asks(patch());
    await bench.pass();
    await bench.clock.advance(10_000);
    expect([new Set(bench.sent), bench.rounds.length]).toEqual([new Set(['get a']), 1]);
    bench.transport.answer = () => granted(stored('a', '9'));
    await bench.clock.advance(1000);
    expect([bench.sent.at(-1), bench.rounds[1]?.found?.metadata.resourceVersion]).toEqual(['get a', '9']);
  });

  it('that meets another version, whose read fails, is a failure that says so', async () => {
    bench.transport.answer = ({ verb }) => (verb === 'get' ? lost('no way') : refused(409, { message: 'changed' }));
    bench.asks(patch());
    await bench.pass();
    await bench.clock.advance(1000);
    const message = 'PATCH Thing team/a: changed; the read that was to tell why failed too: no way';
    expect(bench.passes[0]?.failures).toEqual([{ step: 'one', message, isPermanent: false, isUnread: true }]);
  });

  it('whose outcome is unknown twice in a pass is a failure, so that the server is left alone for a while', async () => {
    bench.transport.answer = ({ verb }) => (verb === 'get' ? refused(404) : lost());
    bench.plan = ({ found, failures }) => (found || failures.length > 0 ? { actions: [], isFailed: failures.length > 0 } : { actions: [create()] });
    expect(await bench.pass()).toMatchObject({ failures: [{ message: 'POST Thing team/a: no definite answer, twice' }] });
    expect(bench.sent).toEqual(['create a', 'get a', 'create a', 'get a']);
  });

  it.each([
    ['people may mend where no watch sees it is tried at least every minute', 403, 60_000],
    ['goes on failing is tried less and less', 400, 1_000_000],
  ])('that %s', async (_, status, longestMs) => {
    bench.transport.answer = () => refused(status, { message: 'no' });
    bench.plan = ({ failures }) => (failures.length > 0 ? { actions: [], isFailed: true } : { actions: [create()] });
    await bench.pass();
    for (let hour = 0; hour < 3; hour++) await bench.clock.advance(3_600_000);
    const moments = bench.rounds.map(({ monotonicMs }) => monotonicMs);
    expect(Math.max(...moments.map((ms, index) => ms - (moments[index - 1] ?? ms)))).toBe(longestMs);
  });
});

describe('a read', () => {
  const read: Action = { do: 'read', resource: THINGS, key: KEY, step: 'look', failure: 'cannot look: ' };

  it.each<[string, Reply, string | undefined]>([
    ['brings what is stored', granted(stored('a', '9')), '9'],
    ['brings that nothing is', refused(404), undefined],
  ])('%s into the cache before the next round, and is no write', async (_, reply, version) => {
    bench.transport.answer = () => reply;
    bench.asks(read);
    expect(await bench.pass()).toMatchObject({ result: 'success', writes: [], failures: [] });
    expect([bench.sent, bench.rounds[1]?.found?.metadata.resourceVersion]).toEqual([['get a'], version]);
  });

  it('that is refused is a failure of its step', async () => {
    bench.transport.answer = () => refused(403, { message: 'no' });
    bench.asks(read);
    expect(await bench.pass()).toMatchObject({ failures: [{ step: 'look', message: 'cannot look: GET Thing team/a: no' }] });
  });
});

describe('a change during a pass', () => {
  const keysOf = () => [KEY];
  /** A pass whose write waits for its answer, while something changes. */
  async function passDuring(change: KubeObject, reply: Reply): Promise<number> {
    let answer: (reply: Reply) => void = () => undefined;
    bench.transport.answer = () => new Promise((resolve) => (answer = resolve));
    bench.plan = ({ failures }) => (bench.rounds.length > 1 ? { actions: [], ...(failures.length > 0 && { by: 'refused' }) } : { actions: [patch()] });
    await bench.pass();
    bench.loop.waking(keysOf)({ object: change });
    answer(reply);
    await bench.clock.advance(0);
    return bench.passes.length;
  }

  it.each<[string, KubeObject, Reply, number]>([
    ['that the pass has still looked at', stored('b', '7'), granted(stored('a', '2')), 1],
    ['that may have mended what the pass could not do', stored('b', '7'), refused(422), 2],
  ])('%s', async (_, change, reply, passes) => {
    expect(await passDuring(change, reply)).toBe(passes);
  });

  it('that the pass made itself starts no other one, though it comes before the answer and something else is refused', async () => {
    const answers: ((reply: Reply) => void)[] = [];
    bench.transport.answer = () => new Promise((resolve) => answers.push(resolve));
    bench.asks(create('b', { step: 'two' }), patch());
    await bench.pass();
    answers[0]?.(refused(422));
    await bench.clock.advance(0);
    bench.loop.waking(keysOf)({ object: stored('a', '2') });
    answers[1]?.(granted(stored('a', '2')));
    await bench.clock.advance(0);
    expect(bench.passes).toHaveLength(1);
  });
});

describe('a change in a cache', () => {
  it.each([
    ['of somebody else wakes the keys of the object as it was and as it is', { old: stored('old', '1'), object: stored('a', '2') }, ['team/old', 'team/a']],
    ['that this loop made wakes nobody', { object: stored('a', '2'), writer: 'thing' }, []],
    ['of one object wakes its key once', { old: stored('a', '1'), object: stored('a', '2') }, ['team/a']],
    ['that another loop made wakes', { object: stored('a', '2'), writer: 'other' }, ['team/a']],
    ['that is none wakes nobody', { old: stored('a', '2'), object: stored('a', '2') }, []],
  ])('%s', async (_, change, expected) => {
    bench.loop.waking(({ metadata: { name } }) => [{ ...KEY, name }])(change);
    await bench.clock.advance(0);
    expect(bench.passes.map(({ key }) => key).sort()).toEqual([...expected].sort());
  });
});
