import fc from 'fast-check';

import { Client } from '../../src/runtime/client';
import { EventRecorder, type DropReason, type EventRecorderOptions } from '../../src/runtime/event-recorder';
import type { EventDraft } from '../../src/runtime/plan';
import type { Reply } from '../../src/runtime/transport';
import { granted, lost, refused, ScriptedTransport, stored } from '../support/scripted-transport';
import { VirtualClock } from '../support/virtual-clock';

const MINUTE = 60_000;
const START = '2030-01-01T00:00:00.000000Z';

let clock: VirtualClock;
let transport: ScriptedTransport;
let dropped: DropReason[];

beforeEach(() => {
  clock = new VirtualClock();
  transport = new ScriptedTransport();
  dropped = [];
  transport.answer = () => granted(stored('event', '1'), 201);
});

function recorderWith(options: Partial<EventRecorderOptions> = {}): EventRecorder {
  const client = new Client({ transport, clock, random: () => 0, fieldManager: 'test' });
  const random = () => 0.5;
  return new EventRecorder({
    client,
    clock,
    random,
    instance: 'pod-1',
    qps: 20,
    burst: 100,
    isMinor: () => false,
    dropped: (why) => dropped.push(why),
    ...options,
  });
}

const thing = (name: string) => ({ ...stored(name, '7'), apiVersion: 'example.com/v1', kind: 'Thing' });
const draft = (given: Partial<EventDraft> = {}): EventDraft => ({
  ...{ regarding: thing('a'), type: 'Normal', reason: 'Made', action: 'Making', note: 'it is made' },
  ...given,
});
const about = (count: number): readonly EventDraft[] => Array.from({ length: count }, (_, index) => draft({ regarding: thing(`thing-${index}`) }));
const record = (recorder: EventRecorder, ...drafts: readonly EventDraft[]) => drafts.forEach((one) => recorder.record(one, 'thing-controller'));

interface EventBody {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly type: string;
  readonly note: string;
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
}
const bodies = () => transport.sent.map(({ request }) => request.body as EventBody); // Of a write of an event.
const verbs = () => transport.sent.map(({ request }) => request.verb);
const tally = (reasons: readonly string[]) => Object.fromEntries([...new Set(reasons)].map((why) => [why, reasons.filter((other) => other === why).length]));

describe('an event', () => {
  test('is created at once, with everything that the server asks for, over connections of its own', async () => {
    record(recorderWith(), draft());
    await clock.advance(0);
    expect(transport.sent).toHaveLength(1);
    expect(transport.sent[0]).toMatchObject({ options: { traffic: 'event' }, request: { verb: 'create', namespace: 'team' } });
    expect(bodies()[0]).toEqual({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { namespace: 'team', name: `a.${Date.UTC(2030, 0, 1).toString(16)}-80000-0` },
      eventTime: START,
      ...{ type: 'Normal', reason: 'Made', action: 'Making', note: 'it is made' },
      regarding: { apiVersion: 'example.com/v1', kind: 'Thing', namespace: 'team', name: 'a', uid: 'uid-a', resourceVersion: '7' },
      reportingController: 'thing-controller',
      reportingInstance: 'pod-1',
    });
  });

  test.each<[string, Partial<EventDraft>, object]>([
    ['a note is cut to 1024 bytes between two characters', { note: `${'x'.repeat(1023)}é` }, { note: 'x'.repeat(1023) }],
    ['a note that just fits stays', { note: `${'x'.repeat(1022)}é` }, { note: `${'x'.repeat(1022)}é` }],
    ['a reason is cut to 128 characters', { reason: 'R'.repeat(200) }, { reason: 'R'.repeat(128) }],
    [
      'an object of the cluster has its events in the default namespace',
      { regarding: { ...thing('a'), metadata: { ...thing('a').metadata, namespace: undefined } } },
      { metadata: expect.objectContaining({ namespace: 'default' }) as unknown },
    ],
  ])('%s', async (_, given, expected) => {
    record(recorderWith(), draft(given));
    await clock.advance(0);
    expect(bodies()[0]).toMatchObject(expected);
  });

  test('has a name that the server takes, however long that of its object is', async () => {
    record(recorderWith(), draft({ regarding: thing(`${'a'.repeat(231)}.-${'b'.repeat(20)}`) }));
    await clock.advance(0);
    expect(bodies()[0]?.metadata.name).toMatch(/^a{231}\.[0-9a-f]+-80000-0$/);
  });

  test('is sent before those that came earlier if it is a warning', async () => {
    const recorder = recorderWith({ burst: 1 });
    record(recorder, ...about(3), draft({ type: 'Warning', note: 'bad' }));
    await clock.advance(200);
    expect(bodies().map(({ type }) => type)).toEqual(['Normal', 'Warning', 'Normal', 'Normal']);
  });
});

describe('the same event again', () => {
  test('is counted in one series, which is written at most every five minutes', async () => {
    const recorder = recorderWith();
    record(recorder, draft());
    for (let minute = 0; minute < 12; minute++) {
      await clock.advance(MINUTE);
      record(recorder, draft(), draft());
    }
    expect(verbs()).toEqual(['create', 'patch', 'patch']);
    expect(bodies().map(({ series }) => series)).toEqual([
      undefined,
      { count: 9, lastObservedTime: '2030-01-01T00:04:00.000000Z' },
      { count: 19, lastObservedTime: '2030-01-01T00:09:00.000000Z' },
    ]);
    const [created] = bodies();
    expect(transport.sent[1]?.request).toMatchObject({ name: created?.metadata.name, namespace: 'team' });
  });

  test('is new when it has not happened for ten minutes', async () => {
    const recorder = recorderWith();
    record(recorder, draft());
    await clock.advance(10 * MINUTE - 1);
    record(recorder, draft());
    await clock.advance(10 * MINUTE);
    record(recorder, draft());
    await clock.advance(0);
    expect(verbs()).toEqual(['create', 'patch', 'create']);
    expect(new Set(bodies().flatMap(({ metadata }) => metadata?.name ?? [])).size).toBe(2);
  });

  test.each<[string, Partial<EventDraft>]>([
    ['object', { regarding: thing('b') }],
    ['reason', { reason: 'Unmade' }],
    ['action', { action: 'Unmaking' }],
    ['note', { note: 'other' }],
    ['type', { type: 'Warning' }],
  ])('is another event if its %s is different', async (_, given) => {
    record(recorderWith(), draft(), draft(given));
    await clock.advance(0);
    expect(verbs()).toEqual(['create', 'create']);
  });

  test('is created anew when somebody has removed it from the server', async () => {
    const recorder = recorderWith();
    record(recorder, draft(), draft());
    transport.answer = ({ verb }) => (verb === 'patch' ? refused(404, { reason: 'NotFound' }) : granted(stored('event', '1'), 201));
    await clock.advance(6 * MINUTE);
    record(recorder, draft());
    await clock.advance(0);
    expect(verbs()).toEqual(['create', 'patch', 'create']);
  });
});

describe('too much', () => {
  test('of the process: a burst at once, and then so many per second', async () => {
    const recorder = recorderWith({ qps: 20, burst: 100 });
    record(recorder, ...about(300));
    await clock.advance(999);
    expect(transport.sent).toHaveLength(119);
    await clock.advance(4000);
    expect(transport.sent).toHaveLength(199);
    expect(dropped).toEqual([]);
  });

  test('of one object: 25 at once, and then one in five minutes; others do not suffer', async () => {
    const recorder = recorderWith();
    const notes = (from: number) => Array.from({ length: 30 }, (_, index) => draft({ note: `note ${from + index}` }));
    record(recorder, ...notes(0), draft({ regarding: thing('b') }));
    await clock.advance(MINUTE);
    expect([transport.sent.length, tally(dropped)]).toEqual([26, { object_limit: 5 }]);
    await clock.advance(4 * MINUTE);
    record(recorder, ...notes(100));
    await clock.advance(MINUTE);
    expect([transport.sent.length, tally(dropped)]).toEqual([27, { object_limit: 34 }]);
  });

  test('of minor ones: they are sent only while the bucket is more than half full', async () => {
    const recorder = recorderWith({ qps: 20, burst: 100, isMinor: ({ reason }) => reason === 'Made' });
    record(recorder, ...about(1000));
    await clock.advance(0);
    expect([transport.sent.length, tally(dropped)]).toEqual([50, { low_priority: 950 }]);
    record(recorder, ...Array.from({ length: 40 }, (_, index) => draft({ regarding: thing(`other-${index}`), reason: 'Major' })));
    await clock.advance(0);
    expect(transport.sent).toHaveLength(90);
    record(recorder, draft({ regarding: thing('late') }));
    await clock.advance(2100);
    record(recorder, draft({ regarding: thing('later') }));
    await clock.advance(0);
    expect([transport.sent.length, tally(dropped)]).toEqual([91, { low_priority: 951 }]);
  });

  test('that is a warning is never minor', async () => {
    record(recorderWith({ burst: 2, isMinor: () => true }), draft({ type: 'Warning' }), draft({ type: 'Warning', note: 'other' }));
    await clock.advance(0);
    expect(transport.sent).toHaveLength(2);
  });

  test('at once: the queue is bounded, for each type on its own', async () => {
    transport.answer = () => new Promise<Reply>(() => undefined);
    const recorder = recorderWith();
    record(recorder, ...about(1010), draft({ type: 'Warning' }));
    await clock.advance(0);
    expect([transport.sent.length, tally(dropped)]).toEqual([4, { queue_full: 6 }]);
  });
});

describe('a write that fails', () => {
  test.each<[string, readonly Reply[], readonly DropReason[]]>([
    ['once without an answer is sent once more', [lost(), granted(stored('event', '1'), 201)], []],
    ['twice without an answer is dropped', [lost(), refused(500)], ['failed']],
    ['the second time because the first was stored is done', [lost(), refused(409, { reason: 'AlreadyExists' })], []],
    ['because it is refused is dropped at once', [refused(403, { reason: 'Forbidden' })], ['refused']],
  ])('%s', async (_, replies, why) => {
    const rest = [...replies];
    transport.answer = () => rest.shift() ?? lost();
    record(recorderWith(), draft());
    await clock.advance(1000);
    expect([transport.sent.length, dropped]).toEqual([replies.length, why]);
    expect(new Set(bodies().map(({ metadata }) => metadata.name)).size).toBe(1);
  });

  test('is forgotten, so that the next occurrence is created', async () => {
    transport.answer = () => refused(403);
    const recorder = recorderWith();
    record(recorder, draft());
    await clock.advance(0);
    record(recorder, draft());
    await clock.advance(0);
    expect(verbs()).toEqual(['create', 'create']);
  });
});

describe('the end', () => {
  test('sends what waits, counts included, and then takes nothing any more', async () => {
    const recorder = recorderWith({ burst: 4 });
    record(recorder, draft());
    await clock.advance(1000);
    record(recorder, draft(), ...about(6));
    let isOver = false;
    void recorder.flush(1000).then(() => (isOver = true));
    await clock.advance(500);
    expect([isOver, transport.sent.length, verbs().filter((verb) => verb === 'patch').length]).toEqual([true, 8, 1]);
    record(recorder, draft());
    await clock.advance(MINUTE);
    expect([transport.sent.length, dropped, clock.waiting]).toEqual([8, ['stopped'], 0]);
  });

  test('comes after the given time even if the server is silent, and what waits is counted as dropped', async () => {
    transport.answer = () => new Promise<Reply>(() => undefined);
    const recorder = recorderWith();
    record(recorder, ...about(10));
    let isOver = false;
    void recorder.flush(1000).then(() => (isOver = true));
    await clock.advance(1000);
    expect([isOver, tally(dropped)]).toEqual([true, { stopped: 6 }]);
  });
});

test('whatever comes, the writes stay within both limits and nothing is lost without being counted', async () => {
  const moment = fc.record({
    waitMs: fc.nat({ max: 3000 }),
    count: fc.nat({ max: 60 }),
    object: fc.nat({ max: 5 }),
    note: fc.nat({ max: 40 }),
    type: fc.constantFrom('Normal' as const, 'Warning' as const),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(moment, { maxLength: 40 }), async (moments) => {
      clock = new VirtualClock();
      transport = new ScriptedTransport();
      dropped = [];
      const times: number[] = [];
      const counts = new Map<string, number>();
      transport.answer = ({ name = '', body }) => {
        times.push(clock.monotonicMs());
        const { metadata, series } = body as EventBody;
        counts.set(metadata?.name ?? name, series?.count ?? 1);
        return granted(stored('event', '1'), 201);
      };
      const recorder = recorderWith({ qps: 5, burst: 10 });
      let recorded = 0;
      for (const { waitMs, count, object, note, type } of moments) {
        for (let index = 0; index < count; index++) record(recorder, draft({ regarding: thing(`thing-${object}`), note: `note ${note + (index % 7)}`, type }));
        recorded += count;
        await clock.advance(waitMs);
      }
      void recorder.flush(1_000_000);
      await clock.advance(1_000_000);
      // Any span of one second has at most the burst and what was added in it.
      times.forEach((time, index) => expect((times[index + 15] ?? Infinity) - time).toBeGreaterThanOrEqual(999));
      const told = [...counts.values()].reduce((sum, count) => sum + count, 0);
      expect(told).toBeLessThanOrEqual(recorded);
      expect(dropped.length > 0 || told === recorded).toBe(true);
    }),
    { numRuns: 50 },
  );
});
