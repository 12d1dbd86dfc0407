import { Client } from '../../src/runtime/client';
import type { KubeObject, Resource } from '../../src/runtime/object';
import { Reflector } from '../../src/runtime/watch';
import { granted, refused, ScriptedTransport, stored } from '../support/scripted-transport';
import { VirtualClock } from '../support/virtual-clock';

const SANDBOXES: Resource = { group: 'agents.x-k8s.io', version: 'v1beta1', kind: 'Sandbox', plural: 'sandboxes' };

let transport: ScriptedTransport;
let clock: VirtualClock;
let chance: number;
let reflector: Reflector<KubeObject>;
const heard: string[] = [];
const troubles: string[] = [];

const text = (object: KubeObject) => `${object.metadata.name}@${object.metadata.resourceVersion}${'reduced' in object ? '' : ' whole'}`;

beforeEach(async () => {
  transport = new ScriptedTransport();
  clock = new VirtualClock();
  chance = 0;
  heard.length = 0;
  troubles.length = 0;
  reflector = begun();
  await clock.advance(0);
});

afterEach(() => reflector.stop());

function begun(): Reflector<KubeObject> {
  const random = () => chance;
  const fresh = new Reflector<KubeObject>({
    ...{
      client: new Client({ transport, clock, random, fieldManager: 'test' }),
      transport,
      clock,
      random,
      resource: SANDBOXES,
      namespace: 'team',
      labelSelector: 'a=b',
    },
    reduce: (object) => ({ ...object, reduced: true }),
    sink: {
      begin: () => void heard.push('begin'),
      replace: (objects) => void heard.push(`replace ${objects.map(text).join(' ')}`.trim()),
      event: (type, object) => void heard.push(`${type} ${text(object)}`),
    },
    trouble: (problem, failures) => void troubles.push(`${failures} ${problem}`),
  });
  fresh.start();
  return fresh;
}

const bookmark = (resourceVersion: string, isEnd = false) =>
  transport.open.sink.event('BOOKMARK', {
    metadata: { ...stored('', resourceVersion).metadata, ...(isEnd && { annotations: { 'k8s.io/initial-events-end': 'true' } }) },
  });
const event = (type: 'ADDED' | 'MODIFIED' | 'DELETED', name: string, resourceVersion: string) => transport.open.sink.event(type, stored(name, resourceVersion));
const end = async (status?: number, message = 'over') => {
  transport.open.sink.end(status, message);
  await clock.advance(0);
};
const synced = () => {
  event('ADDED', 'a', '1');
  bookmark('5', true);
};
/** How long after now the next watch is opened, in steps of 100 ms; 0 if it is open already. */
async function reopenedAfter(opened: number): Promise<number> {
  const startMs = clock.monotonicMs();
  while (transport.watches.length === opened) await clock.advance(100);
  return clock.monotonicMs() - startMs;
}
const latest = () => transport.watches.at(-1)?.request;

describe('the first state', () => {
  test('comes by the watch, and is whole at the marked bookmark', () => {
    expect(latest()).toEqual({ resource: SANDBOXES, namespace: 'team', labelSelector: 'a=b', initialEvents: true, timeoutSeconds: 300 });
    event('ADDED', 'a', '1');
    event('ADDED', 'b', '2');
    bookmark('2');
    expect(heard).toEqual(['begin']);
    bookmark('5', true);
    event('MODIFIED', 'a', '6');
    expect(heard).toEqual(['begin', 'replace a@1 b@2', 'MODIFIED a@6']);
  });

  test('takes in what changes while it comes', () => {
    event('ADDED', 'a', '1');
    event('ADDED', 'b', '2');
    event('MODIFIED', 'b', '3');
    event('DELETED', 'a', '4');
    bookmark('5', true);
    expect(heard).toEqual(['begin', 'replace b@3']);
  });

  test('is asked for again from the start when it breaks off', async () => {
    event('ADDED', 'a', '1');
    await end();
    await reopenedAfter(1);
    expect(latest()).toMatchObject({ initialEvents: true });
    bookmark('5', true);
    expect(heard).toEqual(['begin', 'begin', 'replace']);
  });

  test.each([400, 405, 422])('is read in pages from a server that refuses initial events with %i', async (status) => {
    const pages = [
      granted({ items: [stored('a', '1')], metadata: { resourceVersion: '7', continue: 'more' } }),
      granted({ items: [stored('b', '2')], metadata: { resourceVersion: '7' } }),
    ];
    transport.answer = () => pages.shift() ?? refused(500);
    await end(status);
    expect(transport.sent.map(({ request }) => request)).toEqual([
      { verb: 'list', resource: SANDBOXES, namespace: 'team', query: { limit: '500', labelSelector: 'a=b' } },
      { verb: 'list', resource: SANDBOXES, namespace: 'team', query: { limit: '500', labelSelector: 'a=b', continue: 'more' } },
    ]);
    expect(heard).toEqual(['begin', 'begin', 'replace a@1 b@2']);
    expect(latest()).toMatchObject({ resourceVersion: '7' });
    expect(latest()).not.toHaveProperty('initialEvents');
    expect(troubles).toEqual([]);
    await end(410);
    transport.answer = () => granted({ items: [], metadata: { resourceVersion: '9' } });
    await reopenedAfter(2);
    expect(heard.at(-1)).toBe('replace');
    expect(latest()).toMatchObject({ resourceVersion: '9' });
  });

  test.each([401, 403, 404, 408, 410, 429, 500])('is asked for in the same way after %i, which says nothing about initial events', async (status) => {
    await end(status);
    expect(await reopenedAfter(1)).toBe(400);
    expect(latest()).toMatchObject({ initialEvents: true });
    expect(transport.sent).toEqual([]);
  });

  test('read in pages is tried again, later and later, when the server refuses', async () => {
    transport.answer = () => refused(422, { message: 'unprocessable' });
    await end(400);
    await clock.advance(3000);
    expect(transport.sent).toHaveLength(4);
    expect(troubles[2]).toBe('3 cannot watch sandboxes.agents.x-k8s.io: 422: unprocessable');
  });
});

describe('a watch that ends', () => {
  beforeEach(synced);

  test('is opened again at once where it was, when something came', async () => {
    event('MODIFIED', 'a', '8');
    await end();
    expect(latest()).toEqual({ resource: SANDBOXES, namespace: 'team', labelSelector: 'a=b', resourceVersion: '8', timeoutSeconds: 300 });
    bookmark('12');
    await end();
    expect(latest()).toMatchObject({ resourceVersion: '12' });
    expect(heard).toEqual(['begin', 'replace a@1', 'MODIFIED a@8']);
    expect(troubles).toEqual([]);
  });

  test('is opened again at once when it lasted, even if nothing came', async () => {
    await clock.advance(30_000);
    await end();
    expect([transport.watches.length, latest()?.resourceVersion]).toEqual([2, '5']);
  });

  test.each<[string, number | undefined, string]>([
    ['410', 410, 'too old resource version'],
    ['a version that the server does not have yet', 504, 'Timeout: Too large resource version: 9, current: 3'],
  ])('with %s leads to the whole state again, after a while', async (_, status, message) => {
    event('MODIFIED', 'a', '8');
    await end(status, message);
    expect(await reopenedAfter(1)).toBe(400);
    expect(latest()).toMatchObject({ initialEvents: true });
    expect(latest()).not.toHaveProperty('resourceVersion');
    bookmark('3', true);
    expect(heard.slice(-2)).toEqual(['begin', 'replace']);
    expect(reflector.lists).toBe(2);
  });

  test.each([500, 503, 429, 403])('with %i goes on where it was, after a while', async (status) => {
    await end(status);
    expect(await reopenedAfter(1)).toBe(400);
    expect(latest()).toMatchObject({ resourceVersion: '5' });
  });
});

describe('the whole state again', () => {
  /** Asks for it; answers whether it has come. */
  const reread = () => {
    const state = { hasCome: false };
    void reflector.reread().then(() => (state.hasCome = true));
    return state;
  };

  test('is asked for at once, is not what a read brings that had begun before, and has come when the sink has it', async () => {
    event('ADDED', 'a', '1');
    const [first] = transport.watches;
    const state = reread();
    await clock.advance(0);
    expect([first?.isStopped, latest()?.initialEvents, latest()?.resourceVersion]).toEqual([true, true, undefined]);
    event('ADDED', 'b', '7');
    await clock.advance(0);
    expect(state.hasCome).toBe(false);
    bookmark('9', true);
    await clock.advance(0);
    expect([state.hasCome, heard.at(-1), reflector.lists, troubles]).toEqual([true, 'replace b@7', 1, []]);
    await end();
    await reopenedAfter(2);
    expect(latest()).toMatchObject({ resourceVersion: '9' });
  });

  test('is not what pages bring that had been asked for before', async () => {
    const answers: ((reply: ReturnType<typeof granted>) => void)[] = [];
    transport.answer = () => new Promise((resolve) => answers.push(resolve));
    await end(400);
    const state = reread();
    const page = (name: string) => granted({ items: [stored(name, '1')], metadata: { resourceVersion: '7' } });
    answers[0]?.(page('old'));
    await clock.advance(0);
    expect([state.hasCome, answers.length]).toEqual([false, 2]);
    answers[1]?.(page('new'));
    await clock.advance(0);
    expect([state.hasCome, heard.filter((each) => each.startsWith('replace'))]).toEqual([true, ['replace new@1']]);
  });

  test('does not wait for the end of a pause, and comes for all who have asked', async () => {
    synced();
    await end(500);
    const states = [reread(), reread()];
    await clock.advance(0);
    bookmark('9', true);
    await clock.advance(0);
    expect(states).toEqual([{ hasCome: true }, { hasCome: true }]);
  });
});

describe('failures in a row', () => {
  const delays = async (count: number) => {
    const found: number[] = [];
    for (let i = 0; i < count; i++) {
      const opened = transport.watches.length;
      await end(500);
      found.push(await reopenedAfter(opened));
    }
    return found;
  };

  test('wait from 0.8 s to 30 s, and up to half of it less', async () => {
    expect(await delays(7)).toEqual([400, 800, 1600, 3200, 6400, 12_800, 15_000]);
    chance = 1;
    expect(await delays(1)).toEqual([30_000]);
  });

  test('are over when something came, or when a session lasted', async () => {
    synced();
    await delays(4);
    bookmark('6');
    expect(await delays(3)).toEqual([400, 800, 1600]);
    await clock.advance(30_000);
    expect(await delays(1)).toEqual([400]);
  });

  test('count on when nothing came but the first state, so that a server that cannot keep a watch is not asked for everything each second', async () => {
    const found: number[] = [];
    for (let i = 0; i < 3; i++) {
      synced();
      const opened = transport.watches.length;
      await end(410);
      found.push(await reopenedAfter(opened));
    }
    expect(found).toEqual([400, 800, 1600]);
  });

  test('are reported with their number, and the last one is known until the watch gets on', async () => {
    await end(404, 'the server could not find the requested resource');
    await reopenedAfter(1);
    await end(undefined, 'connect ECONNREFUSED');
    expect(troubles).toEqual([
      '1 the API server does not know sandboxes.agents.x-k8s.io in version v1beta1: is its CRD installed? (404: the server could not find the requested resource)',
      '2 cannot watch sandboxes.agents.x-k8s.io: connect ECONNREFUSED',
    ]);
    expect(reflector.problem).toBe('cannot watch sandboxes.agents.x-k8s.io: connect ECONNREFUSED');
    await reopenedAfter(2);
    synced();
    expect(reflector.problem).toBeUndefined();
    await end(500);
    await reopenedAfter(3);
    expect(reflector.problem).toContain('500');
    bookmark('7');
    expect(reflector.problem).toBeUndefined();
  });
});

describe('a silent watch', () => {
  test('is given up after 90 s and opened again where it was', async () => {
    synced();
    await clock.advance(60_000);
    bookmark('6');
    const [first] = transport.watches;
    await clock.advance(89_999);
    expect(first?.isStopped).toBe(false);
    await clock.advance(1);
    expect(first?.isStopped).toBe(true);
    expect(troubles).toEqual(['1 cannot watch sandboxes.agents.x-k8s.io: neither an event nor a bookmark came for too long']);
    await reopenedAfter(1);
    expect(latest()).toMatchObject({ resourceVersion: '6' });
  });

  test('may be silent up to a fifth longer, by chance, so that not all are given up together', async () => {
    reflector.stop();
    chance = 0.5;
    reflector = begun();
    await clock.advance(98_999);
    expect(transport.watches.at(-1)?.isStopped).toBe(false);
    await clock.advance(1);
    expect(transport.watches.at(-1)?.isStopped).toBe(true);
  });
});

test('the server is asked to end a watch after 5 to 10 minutes', async () => {
  chance = 0.5;
  await end(500);
  await reopenedAfter(1);
  expect(latest()?.timeoutSeconds).toBe(450);
});

test.each<[string, () => Promise<void> | void]>([
  ['in the first state', () => undefined],
  ['in a watch', synced],
  ['in a pause', () => end(500)],
])('what is stopped %s opens nothing more and leaves no timer', async (_, before) => {
  await before();
  reflector.stop();
  await clock.advance(0);
  expect(clock.waiting).toBe(0);
  await clock.advance(600_000);
  expect(transport.watches.map(({ isStopped }) => isStopped)).toEqual([true]);
});

test('what is stopped while it reads pages delivers nothing more', async () => {
  let answer: (reply: ReturnType<typeof granted>) => void = () => undefined;
  transport.answer = () => new Promise((resolve) => (answer = resolve));
  await end(400);
  reflector.stop();
  answer(granted({ items: [], metadata: { resourceVersion: '7' } }));
  await clock.advance(600_000);
  expect([heard, transport.watches.length]).toEqual([['begin', 'begin'], 1]);
});
