import fc from 'fast-check';

import { Client } from '../../src/runtime/client';
import type { Resource } from '../../src/runtime/object';
import { MOST_AT_ONCE, TrafficGate, type Passage, type Turn } from '../../src/runtime/traffic-gate';
import type { Reply } from '../../src/runtime/transport';
import { granted, lost, refused, ScriptedTransport, stored } from '../support/scripted-transport';
import { settled, VirtualClock } from '../support/virtual-clock';

const SANDBOXES: Resource = { group: 'agents.x-k8s.io', version: 'v1beta1', kind: 'Sandbox', plural: 'sandboxes' };

let clock: VirtualClock;
let gate: TrafficGate;
/** Names of writes in the order in which they were sent. */
const sent: string[] = [];
const turns = new Map<string, Turn | undefined>();

beforeEach(() => {
  clock = new VirtualClock();
  gate = new TrafficGate(clock);
  sent.length = 0;
  turns.clear();
});

const CLAIM: Passage = { traffic: 'claim' };
const BULK: Passage = { traffic: 'bulk' };
const URGENT: Passage = { traffic: 'bulk', isUrgent: true };
const EVENT: Passage = { traffic: 'event' };

function enter(name: string, passage: Passage, signal?: AbortSignal): void {
  void gate.enter(passage, signal).then((turn) => {
    turns.set(name, turn);
    if (turn) sent.push(name);
  });
}
const many = (count: number, name: string, passage: Passage) => names(count, name).forEach((each) => enter(each, passage));
const names = (count: number, name: string) => Array.from({ length: count }, (_, i) => `${name}${i}`);
const turn = (name: string): Turn => {
  const found = turns.get(name);
  if (!found) throw new Error(`${name} was not sent; sent were ${sent.join(' ')}`);
  return found;
};
const end = async (...ended: readonly string[]) => {
  ended.forEach((name) => turn(name).end());
  await settled();
};
/** What was sent since the last look. */
const news = async (ms = 0) => {
  await clock.advance(ms);
  return sent.splice(0);
};

describe('refill', () => {
  test('goes at once when no claim is there', async () => {
    enter('refill', BULK);
    expect(await news()).toEqual(['refill']);
  });

  test('pauses while a claim is on its way, and a moment longer, because the pass of the claim goes on at once', async () => {
    enter('A', CLAIM);
    enter('refill', BULK);
    expect(await news(500)).toEqual(['A']);
    await end('A');
    enter('C', CLAIM);
    expect(await news(500)).toEqual(['C']);
    await end('C');
    expect(await news(1)).toEqual([]);
    expect(await news(1)).toEqual(['refill']);
  });

  test('that comes in that moment waits too', async () => {
    enter('A', CLAIM);
    await news();
    await end('A');
    enter('refill', BULK);
    enter('C', CLAIM);
    expect(await news(100)).toEqual(['C']);
  });

  test('pauses while a claim waits until it may be sent again, as the server has told it', async () => {
    enter('A', CLAIM);
    await news();
    turn('A').putOff();
    enter('refill', BULK);
    expect(await news(1000)).toEqual([]);
  });

  test('goes on after 2 s, one at a time, in its order', async () => {
    enter('A', CLAIM);
    many(3, 'refill', BULK);
    expect(await news(1999)).toEqual(['A']);
    expect(await news(1)).toEqual(['refill0']);
    expect(await news(10_000)).toEqual([]);
    await end('refill0');
    expect(await news()).toEqual(['refill1']);
    await end('A');
    expect(await news(2)).toEqual(['refill2']);
  });

  test('does not pause at all when it is urgent, and then overtakes what does', async () => {
    enter('A', CLAIM);
    enter('refill', BULK);
    enter('urgent', URGENT);
    expect(await news()).toEqual(['A', 'urgent']);
  });

  test('that has waited for 2 s is not held back by what is urgent and comes later', async () => {
    enter('A', CLAIM);
    enter('refill', BULK);
    await news(1000);
    many(MOST_AT_ONCE.bulk + 1, 'urgent', URGENT);
    expect(await news(1000)).toEqual(names(MOST_AT_ONCE.bulk, 'urgent'));
    await end('urgent0');
    expect(await news()).toEqual(['refill']);
  });
});

test('claims do not wait for refill, however much of it is there', async () => {
  many(100, 'refill', BULK);
  many(100, 'urgent', URGENT);
  await news();
  enter('A', CLAIM);
  expect(await news()).toEqual(['A']);
});

describe('events', () => {
  test('wait for claims and for refill, also for refill that waits itself', async () => {
    enter('refill', BULK);
    enter('event', EVENT);
    enter('A', CLAIM);
    enter('refill1', BULK);
    expect(await news(100)).toEqual(['refill', 'A']);
    await end('refill', 'A');
    expect(await news(2)).toEqual(['refill1']);
    await end('refill1');
    expect(await news(2)).toEqual(['event']);
  });

  test('wait no longer than 2 s, and hold nobody up', async () => {
    enter('A', CLAIM);
    enter('event', EVENT);
    expect(await news(2000)).toEqual(['A', 'event']);
    enter('B', CLAIM);
    expect(await news()).toEqual(['B']);
  });
});

describe('the number of writes on their way', () => {
  test.each<[string, Passage, number]>([
    ['claims', CLAIM, MOST_AT_ONCE.claim],
    ['refill', BULK, MOST_AT_ONCE.bulk],
    ['urgent refill', URGENT, MOST_AT_ONCE.bulk],
    ['events', EVENT, MOST_AT_ONCE.event],
  ])('of %s is limited; the rest follows in its order', async (_, passage, most) => {
    many(most + 2, 'w', passage);
    expect(await news(1000)).toEqual(names(most, 'w'));
    await end('w1');
    expect(await news()).toEqual([`w${most}`]);
    await end('w0');
    expect(await news()).toEqual([`w${most + 1}`]);
  });

  test('of urgent and other refill together is limited; who came first goes first', async () => {
    many(MOST_AT_ONCE.bulk, 'refill', BULK);
    enter('next', BULK);
    enter('urgent', URGENT);
    await news();
    await end('refill0');
    expect(await news()).toEqual(['next']);
  });
});

describe('a server that puts writes off', () => {
  /** How many go at one time after a while. */
  const atOnce = async (ms = 0) => {
    await clock.advance(ms);
    many(20, `after ${ms} `, BULK);
    return (await news()).length;
  };
  const putOff = (...put: readonly string[]) => put.forEach((name) => turn(name).putOff());

  test('gets half as much refill at a time, halved once for all that were sent together', async () => {
    many(4, 'w', BULK);
    await news(10);
    putOff('w0', 'w1', 'w2');
    await end('w0', 'w1', 'w2', 'w3');
    expect(await atOnce()).toBe(MOST_AT_ONCE.bulk / 2);
  });

  test('gets half of that when it puts off what it was sent again', async () => {
    enter('w', BULK);
    await news(10);
    putOff('w');
    await clock.advance(10);
    putOff('w');
    await clock.advance(10);
    putOff('w');
    await end('w');
    expect(await atOnce()).toBe(1);
  });

  test.each([
    [5000, MOST_AT_ONCE.bulk / 2 + 1],
    [3_600_000, MOST_AT_ONCE.bulk],
  ])('gets one more at a time for each 5 s in which it put nothing off, up to the limit: after %i ms %i', async (ms, most) => {
    enter('w', BULK);
    await news();
    putOff('w');
    await end('w');
    expect(await atOnce(ms)).toBe(most);
  });

  test('gets as many claims as before: those wait as they are told', async () => {
    enter('A', CLAIM);
    await news();
    putOff('A');
    await end('A');
    many(20, 'B', CLAIM);
    expect((await news()).length).toBe(MOST_AT_ONCE.claim);
  });
});

describe('what is broken off', () => {
  test('is not sent, takes no place, and leaves no timer', async () => {
    const over = new AbortController();
    enter('A', CLAIM);
    enter('refill', BULK, over.signal);
    await news();
    over.abort();
    await settled();
    expect([turns.has('refill'), turns.get('refill'), clock.waiting]).toEqual([true, undefined, 0]);
    await end('A');
    expect(await news(10_000)).toEqual([]);
  });

  test('before it enters is not sent', async () => {
    enter('A', CLAIM, AbortSignal.abort());
    enter('refill', BULK);
    expect(await news()).toEqual(['refill']);
  });
});

describe('a client', () => {
  const KEY = { namespace: 'team', name: 'a' };
  let transport: ScriptedTransport;
  const clientOf = () => new Client({ transport, clock, random: () => 0, fieldManager: 'test', gate });
  const patch = (client: Client) => client.patch(SANDBOXES, KEY, {}, { purpose: 'claim', traffic: 'claim' });
  const REFILL = { purpose: 'refill', traffic: 'bulk' } as const;
  const answers: ((reply: Reply) => void)[] = [];
  const requests = async (ms = 0) => {
    await clock.advance(ms);
    return transport.sent.splice(0).map(({ request: { verb }, options: { traffic } }) => `${verb} ${traffic}`);
  };

  beforeEach(() => {
    answers.length = 0;
    transport = new ScriptedTransport();
    transport.answer = () => new Promise((resolve) => answers.push(resolve));
  });

  test('sends refill when the claim is answered, whichever client sent it', async () => {
    void patch(clientOf());
    void clientOf().patch(SANDBOXES, KEY, {}, REFILL);
    expect(await requests(100)).toEqual(['patch claim']);
    answers[0]?.(refused(409));
    expect(await requests(100)).toEqual(['patch bulk']);
  });

  test('holds neither reads up, nor the Lease, nor what is urgent', async () => {
    const client = clientOf();
    void patch(client);
    void client.get(SANDBOXES, KEY, REFILL);
    void client.list(SANDBOXES, { namespace: '' }, REFILL);
    void client.patch(SANDBOXES, KEY, {}, { purpose: 'lease', traffic: 'background' });
    void client.patch(SANDBOXES, KEY, {}, { ...REFILL, isUrgent: true });
    expect((await requests()).sort()).toEqual(['get bulk', 'list bulk', 'patch background', 'patch bulk', 'patch claim']);
  });

  test('does not count the wait for its turn as part of the deadline', async () => {
    const client = clientOf();
    void patch(client);
    void client.patch(SANDBOXES, KEY, {}, { ...REFILL, deadlineMs: 100 });
    await clock.advance(1500);
    answers[0]?.(granted(stored('a', '2')));
    await clock.advance(10);
    expect(transport.sent[1]?.options).toEqual({ traffic: 'bulk', deadlineMs: 100 });
  });

  test('tells when the server puts writes off: refill goes by half as many, and the one that was put off keeps its place', async () => {
    const client = clientOf();
    for (let i = 0; i < 6; i++) void client.patch(SANDBOXES, KEY, {}, REFILL);
    expect(await requests()).toHaveLength(4);
    answers[0]?.(refused(429, {}, 1000));
    answers[1]?.(granted(stored('a', '2')));
    expect(await requests(999)).toEqual([]);
    expect(await requests(1)).toEqual(['patch bulk']);
    answers[2]?.(lost());
    answers[3]?.(granted(stored('a', '3')));
    expect(await requests()).toEqual(['patch bulk']);
  });
});

interface Write {
  readonly afterMs: number;
  readonly passage: Passage;
  readonly tookMs: number;
  readonly putsOff: boolean;
}

const write: fc.Arbitrary<Write> = fc.record({
  afterMs: fc.constantFrom(0, 0, 0, 1, 5, 50, 700),
  passage: fc.constantFrom(CLAIM, CLAIM, BULK, BULK, URGENT, EVENT),
  tookMs: fc.constantFrom(0, 1, 10, 300, 3000),
  putsOff: fc.boolean(),
});

test('whatever comes: all of it is sent, each lane in its order and each class within its limit, and before claims only what has waited for 2 s', () =>
  fc.assert(
    fc.asyncProperty(fc.array(write, { minLength: 1, maxLength: 60 }), async (writes) => {
      const time = new VirtualClock();
      const fresh = new TrafficGate(time);
      const waiting: Record<string, number[]> = { claim: [], urgent: [], bulk: [], event: [] };
      const underWay = { claim: 0, bulk: 0, event: 0 };
      const faults: string[] = [];
      let ended = 0;
      const send = (index: number, { passage: { traffic, isUrgent }, tookMs, putsOff }: Write, cameAtMs: number, granted: Turn | undefined): void => {
        const lane = isUrgent ? 'urgent' : traffic;
        if (waiting[lane]?.shift() !== index) faults.push(`${index} of ${lane} overtook another`);
        if (++underWay[traffic] > MOST_AT_ONCE[traffic]) faults.push(`${underWay[traffic]} of ${traffic} at once`);
        const areClaimsThere = underWay.claim + (waiting.claim?.length ?? 0) > 0;
        if (lane === 'bulk' && areClaimsThere && time.monotonicMs() - cameAtMs < 2000) faults.push(`${index} did not wait for claims`);
        time.after(tookMs, () => {
          underWay[traffic]--;
          ended++;
          if (putsOff) granted?.putOff();
          granted?.end();
        });
      };
      for (const [index, each] of writes.entries()) {
        await time.advance(each.afterMs);
        const lane = each.passage.isUrgent ? 'urgent' : each.passage.traffic;
        waiting[lane]?.push(index);
        const cameAtMs = time.monotonicMs();
        void fresh.enter(each.passage).then((granted) => send(index, each, cameAtMs, granted));
      }
      await time.advance(writes.length * 5000);
      expect(faults).toEqual([]);
      expect([ended, time.waiting]).toEqual([writes.length, 0]);
    }),
  ));
