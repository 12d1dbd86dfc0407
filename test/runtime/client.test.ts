import { Client, type ClientOptions, type RequestSeen } from '../../src/runtime/client';
import type { Resource } from '../../src/runtime/object';
import type { Reply } from '../../src/runtime/transport';
import { granted, lost, refused, ScriptedTransport, stored } from '../support/scripted-transport';
import { settled, VirtualClock } from '../support/virtual-clock';

const SANDBOXES: Resource = { group: 'agents.x-k8s.io', version: 'v1beta1', kind: 'Sandbox', plural: 'sandboxes' };
const KEY = { namespace: 'team', name: 'a' };
const ERRAND = { purpose: 'claim', traffic: 'claim' } as const;

let transport: ScriptedTransport;
let clock: VirtualClock;
const seen: RequestSeen[] = [];

beforeEach(() => {
  transport = new ScriptedTransport();
  clock = new VirtualClock();
  seen.length = 0;
});

const clientWith = (options: Partial<ClientOptions> = {}) =>
  new Client({ transport, clock, random: () => 0, fieldManager: 'test', seen: (request) => seen.push(request), ...options });

/** Answers one reply after the other; the last one for ever. */
function inTurn(...replies: readonly Reply[]): void {
  const rest = [...replies];
  transport.answer = () => (rest.length > 1 ? rest.shift() : rest[0]) ?? lost();
}

/** Lets time pass until the promise is settled; answers its value and how long it took. */
async function timed<T>(promise: Promise<T>): Promise<{ readonly value: T; readonly ms: number }> {
  const startMs = clock.monotonicMs();
  let value: { readonly value: T } | undefined;
  void promise.then((result) => (value = { value: result }));
  for (;;) {
    await settled();
    if (value) return { ...value, ms: clock.monotonicMs() - startMs };
    await clock.advance(10);
  }
}

const patch = (client: Client) => client.patch(SANDBOXES, KEY, { metadata: { resourceVersion: '1' } }, ERRAND);
const requests = () => transport.sent.map(({ request }) => request);

describe('the requests', () => {
  test('carry what they are for, where to, and who writes', async () => {
    transport.answer = () => granted(stored('a', '1'));
    const client = clientWith();
    await client.get(SANDBOXES, KEY, ERRAND);
    await client.create(SANDBOXES, 'team', { metadata: { name: 'a' } }, ERRAND);
    await client.patch(SANDBOXES, KEY, { a: 1 }, { ...ERRAND, fieldManager: 'other' });
    await client.patchStatus(SANDBOXES, KEY, { status: {} }, ERRAND);
    await client.delete(SANDBOXES, KEY, { uid: 'u', resourceVersion: '7', propagation: 'Background', gracePeriodSeconds: 0 }, ERRAND);
    await client.delete(SANDBOXES, KEY, { uid: 'u' }, ERRAND);
    const one = { resource: SANDBOXES, ...KEY };
    expect(requests()).toEqual([
      { verb: 'get', ...one },
      { verb: 'create', resource: SANDBOXES, namespace: 'team', body: { metadata: { name: 'a' } }, query: { fieldManager: 'test' } },
      { verb: 'patch', ...one, body: { a: 1 }, query: { fieldManager: 'other' } },
      { verb: 'patch', ...one, subresource: 'status', body: { status: {} }, query: { fieldManager: 'test' } },
      { verb: 'delete', ...one, body: { preconditions: { uid: 'u', resourceVersion: '7' }, propagationPolicy: 'Background', gracePeriodSeconds: 0 } },
      { verb: 'delete', ...one, body: { preconditions: { uid: 'u' } } },
    ]);
    expect(transport.sent[0]?.options).toEqual({ traffic: 'claim', deadlineMs: 30_000 });
  });

  test('are counted by verb, resource, purpose and status, repeated ones each time', async () => {
    inTurn(refused(429, {}, 1000), lost());
    await timed(clientWith().patchStatus(SANDBOXES, KEY, {}, { ...ERRAND, purpose: 'refill' }));
    const both = { verb: 'patch', resource: 'sandboxes/status', purpose: 'refill', traffic: 'claim' };
    expect(seen).toEqual([{ ...both, status: 429 }, both]);
  });
});

describe('the outcome of a write', () => {
  const conflict = { reason: 'Conflict', message: 'the object has been modified' };
  const invalid = { reason: 'Invalid', message: 'bad', details: { causes: [{ field: 'spec.a', reason: 'FieldValueInvalid', message: 'worse' }] } };
  test.each<[string, Reply, object]>([
    ['ok with the stored object', granted(stored('a', '2'), 201), { result: 'ok', value: stored('a', '2') }],
    ['a rejection with its reason for 409', refused(409, conflict), { result: 'rejected', status: 409, ...conflict, causes: [] }],
    [
      'a rejection with the fields at fault for 422',
      refused(422, invalid),
      { result: 'rejected', status: 422, reason: 'Invalid', message: 'bad', causes: invalid.details.causes },
    ],
    [
      'a rejection for 404',
      refused(404, { reason: 'NotFound', message: 'no' }),
      { result: 'rejected', status: 404, reason: 'NotFound', message: 'no', causes: [] },
    ],
    [
      'a rejection with the text of a proxy',
      { answered: true, status: 403, body: '<html>' },
      { result: 'rejected', status: 403, reason: '', message: '<html>', causes: [] },
    ],
    ['unknown for 500', refused(500, { message: 'etcd' }), { result: 'unknown', cause: 'status 500: etcd' }],
    ['unknown for 503 without Retry-After', refused(503, { message: 'no' }), { result: 'unknown', cause: 'status 503: no' }],
    ['unknown for 504 with Retry-After', refused(504, { message: 'late' }, 1000), { result: 'unknown', cause: 'status 504: late' }],
    ['unknown for 408', refused(408, { message: 'slow' }), { result: 'unknown', cause: 'status 408: slow' }],
    ['unknown without an answer', lost('no answer within 30000 ms'), { result: 'unknown', cause: 'no answer within 30000 ms' }],
    ['unknown for a success that is no object', granted({ kind: 'Status' }), { result: 'unknown', cause: 'the answer is no object' }],
  ])('is %s, after one request', async (_, reply, expected) => {
    transport.answer = () => reply;
    expect(await patch(clientWith())).toEqual(expected);
    expect(transport.sent).toHaveLength(1);
  });

  const ending = (more: object) => ({ metadata: { ...stored('a', '2').metadata, deletionTimestamp: '2030-01-01T00:00:30Z', ...more } });
  test.each<[string, object, object | undefined]>([
    ['the object during its grace period', ending({ deletionGracePeriodSeconds: 30 }), ending({ deletionGracePeriodSeconds: 30 })],
    [
      'the object while a finalizer holds it',
      ending({ deletionGracePeriodSeconds: 0, finalizers: ['f'] }),
      ending({ deletionGracePeriodSeconds: 0, finalizers: ['f'] }),
    ],
    ['nothing when the answer is a Status', { kind: 'Status', status: 'Success', metadata: {} }, undefined],
    ['nothing when the answer is the object that was removed', stored('a', '2'), undefined],
    ['nothing when the object has no time left', ending({ deletionGracePeriodSeconds: 0 }), undefined],
  ])('of a delete is %s', async (_, body, value) => {
    transport.answer = () => granted(body);
    expect(await clientWith().delete(SANDBOXES, KEY, { uid: 'u' }, ERRAND)).toEqual({ result: 'ok', value });
  });
});

describe('a request that the server puts off', () => {
  test.each<[string, Reply, number]>([
    ['429 with Retry-After', refused(429, {}, 3000), 3000],
    ['429 without', refused(429), 1000],
    ['503 with Retry-After', refused(503, {}, 2000), 2000],
  ])('%s is sent again, the same, after the delay', async (_, reply, ms) => {
    inTurn(reply, granted(stored('a', '2')));
    expect(await timed(patch(clientWith()))).toEqual({ value: { result: 'ok', value: stored('a', '2') }, ms });
    expect(requests()[1]).toEqual(requests()[0]);
  });

  test('comes back up to a fifth later than told, so that not all come together', async () => {
    inTurn(refused(429, {}, 1000), granted(stored('a', '2')));
    expect((await timed(patch(clientWith({ random: () => 0.5 })))).ms).toBe(1100);
  });

  test('has less and less time, and is rejected when the next delay would end after its deadline', async () => {
    transport.answer = () => refused(429, { reason: 'TooManyRequests', message: 'later' }, 4000);
    const { value, ms } = await timed(clientWith().patch(SANDBOXES, KEY, {}, { ...ERRAND, deadlineMs: 10_000 }));
    expect(value).toMatchObject({ result: 'rejected', status: 429, message: 'later' });
    expect(ms).toBe(8000);
    expect(transport.sent.map(({ options }) => options.deadlineMs)).toEqual([10_000, 6000, 2000]);
  });

  test.each<[string, Reply, object]>([
    ['rejected', refused(429, { message: 'later' }, 1000), { result: 'rejected', status: 429 }],
    ['unknown', refused(503, { message: 'no' }), { result: 'unknown', cause: 'status 503: no' }],
  ])('is %s, and not sent again, when the process has slept through its deadline', async (_, reply, outcome) => {
    transport.answer = () => reply;
    // Its timers come a thousand times too late.
    const late = { nowMs: () => 0, after: clock.after.bind(clock), monotonicMs: () => 1000 * clock.monotonicMs() };
    expect((await timed(clientWith({ clock: late }).get(SANDBOXES, KEY, ERRAND))).value).toMatchObject(outcome);
    expect(transport.sent).toHaveLength(1);
  });

  test('is rejected after ten tries, however short the delays are', async () => {
    transport.answer = () => refused(429, {}, 0);
    expect((await timed(patch(clientWith()))).value).toMatchObject({ result: 'rejected', status: 429 });
    expect(transport.sent).toHaveLength(10);
  });
});

describe('a read', () => {
  const get = () => clientWith().get(SANDBOXES, KEY, ERRAND);

  test.each<[string, Reply]>([
    ['a lost connection', lost()],
    ['status 500', refused(500)],
  ])('is sent again twice after %s', async (_, reply) => {
    inTurn(reply, reply, granted(stored('a', '2')));
    expect(await timed(get())).toEqual({ value: { result: 'ok', value: stored('a', '2') }, ms: 300 });
    transport.sent.length = 0;
    transport.answer = () => reply;
    expect((await timed(get())).value).toMatchObject({ result: 'unknown' });
    expect(transport.sent).toHaveLength(3);
  });

  test('that finds nothing is rejected at once', async () => {
    transport.answer = () => refused(404, { reason: 'NotFound' });
    expect(await get()).toMatchObject({ result: 'rejected', status: 404, reason: 'NotFound' });
    expect(transport.sent).toHaveLength(1);
  });
});

describe('a list', () => {
  const list = (reduce?: (object: ReturnType<typeof stored>) => ReturnType<typeof stored>) =>
    clientWith().list(SANDBOXES, { namespace: '', labelSelector: 'a=b' }, { ...ERRAND, ...(reduce && { reduce }) });
  const page = (names: readonly string[], next?: string) =>
    granted({ items: names.map((name) => stored(name, '1')), metadata: { resourceVersion: '9', ...(next && { continue: next }) } });

  test('is read page by page', async () => {
    inTurn(page(['a', 'b'], 'more'), page(['c']));
    const outcome = await list();
    expect(outcome).toMatchObject({ result: 'ok', value: { resourceVersion: '9' } });
    expect(outcome.result === 'ok' && outcome.value.items.map(({ metadata }) => metadata.name)).toEqual(['a', 'b', 'c']);
    expect(requests().map(({ query }) => query)).toEqual([
      { limit: '500', labelSelector: 'a=b' },
      { limit: '500', labelSelector: 'a=b', continue: 'more' },
    ]);
  });

  test('reduces what it keeps as it arrives', async () => {
    inTurn(page(['a']));
    const outcome = await list(({ metadata }) => ({ metadata: { ...metadata, name: `${metadata.name}!` } }));
    expect(outcome).toMatchObject({ value: { items: [{ metadata: { name: 'a!' } }] } });
  });

  test('whose next page is refused is refused as a whole', async () => {
    inTurn(page(['a'], 'more'), refused(410, { reason: 'Expired' }));
    expect(await list()).toMatchObject({ result: 'rejected', status: 410 });
  });

  test.each([
    [
      { items: null, metadata: { resourceVersion: '9' } },
      { result: 'ok', value: { items: [], resourceVersion: '9' } },
    ],
    [{}, { result: 'unknown', cause: 'the answer is no list' }],
  ])('of %j is %j', async (body, expected) => {
    transport.answer = () => granted(body);
    expect(await list()).toEqual(expected);
  });
});

describe('the limit of requests', () => {
  const ok = () => (transport.answer = () => granted(stored('a', '2')));

  test('lets a burst through and then so many each second, in the order in which they came', async () => {
    ok();
    const client = clientWith({ qps: 10, burst: 2 });
    const times = await Promise.all([1, 2, 3, 4].map(() => timed(patch(client))));
    expect(times.map(({ ms }) => ms)).toEqual([0, 0, 100, 200]);
  });

  test('fills up again while nothing is sent, but never above the burst', async () => {
    ok();
    const client = clientWith({ qps: 10, burst: 2 });
    await Promise.all([patch(client), patch(client)]);
    await clock.advance(60_000);
    const times = await Promise.all([1, 2, 3].map(() => timed(patch(client))));
    expect(times.map(({ ms }) => ms)).toEqual([0, 0, 100]);
  });

  test('is none when it is negative', async () => {
    ok();
    const client = clientWith({ qps: -1, burst: 1 });
    const times = await Promise.all([1, 2, 3].map(() => timed(patch(client))));
    expect(times.map(({ ms }) => ms)).toEqual([0, 0, 0]);
  });
});

describe('a client whose process may not lead any more', () => {
  test('sends no write, not even one that was put off before, and reads on', async () => {
    let isLeading = true;
    const client = clientWith({ mayWrite: () => isLeading });
    inTurn(refused(429, {}, 1000), granted(stored('a', '2')));
    const waiting = patch(client);
    await settled();
    isLeading = false;
    const outcome = { result: 'unknown', cause: 'not sent, because another process may lead by now' };
    expect((await timed(waiting)).value).toEqual(outcome);
    expect(await client.create(SANDBOXES, 'team', {}, ERRAND)).toEqual(outcome);
    expect(await client.delete(SANDBOXES, KEY, { uid: 'u' }, ERRAND)).toEqual(outcome);
    expect(await client.get(SANDBOXES, KEY, ERRAND)).toMatchObject({ result: 'ok' });
    expect(requests().map(({ verb }) => verb)).toEqual(['patch', 'get']);
  });
});

describe('a client that is broken off', () => {
  test('hands its signal to what is on its way, and begins nothing new', async () => {
    const lease = new AbortController();
    const client = clientWith({ signal: lease.signal });
    transport.answer = () => granted(stored('a', '2'));
    await patch(client);
    expect(transport.sent[0]?.options.signal).toBe(lease.signal);
    lease.abort();
    expect(await patch(client)).toEqual({ result: 'unknown', cause: 'broken off' });
    expect(transport.sent).toHaveLength(1);
  });

  test('waits neither for the server nor for claims nor for its own limit', async () => {
    const lease = new AbortController();
    transport.answer = () => refused(429, {}, 20_000);
    const client = clientWith({ signal: lease.signal, qps: 1, burst: 1 });
    const waiting = [patch(client), patch(client), client.patch(SANDBOXES, KEY, {}, { purpose: 'refill', traffic: 'bulk' })];
    await settled();
    lease.abort();
    expect(await Promise.all(waiting)).toEqual(waiting.map(() => ({ result: 'unknown', cause: 'broken off' })));
    expect([transport.sent.length, clock.waiting]).toEqual([1, 0]);
  });
});
