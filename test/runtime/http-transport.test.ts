import { systemClock } from '../../src/runtime/clock';
import type { Credentials } from '../../src/runtime/connection';
import { HttpTransport, type HttpRequestSeen } from '../../src/runtime/http-transport';
import type { Resource } from '../../src/runtime/object';
import type { ApiRequest, Reply, SendOptions } from '../../src/runtime/transport';
import { until } from '../cluster/until';
import { connectionTo, json, StubServer } from '../support/stub-server';

const PODS: Resource = { group: '', version: 'v1', kind: 'Pod', plural: 'pods' };
const CLAIMS: Resource = { group: 'extensions.agents.x-k8s.io', version: 'v1beta1', kind: 'SandboxClaim', plural: 'sandboxclaims' };
const GET: ApiRequest = { verb: 'get', resource: PODS, namespace: 'team', name: 'a' };
const SOON: SendOptions = { traffic: 'claim', deadlineMs: 5000 };
const BRIEF: SendOptions = { traffic: 'claim', deadlineMs: 100 };
const ONE_SOCKET = { claim: 1, bulk: 1, event: 1, background: 1, watch: null };

let server: StubServer;
let transport: HttpTransport;
const seen: HttpRequestSeen[] = [];

function transportTo(url: URL, credentials?: () => Credentials): HttpTransport {
  return new HttpTransport(connectionTo(url, credentials), { version: '1.2.3', sockets: ONE_SOCKET, seen: (request) => seen.push(request) });
}

beforeEach(async () => {
  seen.length = 0;
  server = await StubServer.start();
  transport = transportTo(server.url);
});

afterEach(async () => {
  await transport.close();
  await server.stop();
});

const received = () => server.received.map(({ method, url, body }) => [method, url, body].filter((part) => part !== '').join(' '));
const causeOf = (reply: Reply) => (reply.answered ? undefined : reply.cause);

describe('a request', () => {
  test.each<[string, ApiRequest, string]>([
    ['a get of core/v1', GET, 'GET /api/v1/namespaces/team/pods/a'],
    ['a get of a group', { ...GET, resource: CLAIMS }, 'GET /apis/extensions.agents.x-k8s.io/v1beta1/namespaces/team/sandboxclaims/a'],
    [
      'a list over all namespaces',
      { verb: 'list', resource: PODS, namespace: '', query: { limit: '500', labelSelector: 'a=b,c' } },
      'GET /api/v1/pods?limit=500&labelSelector=a%3Db%2Cc',
    ],
    ['a create', { verb: 'create', resource: PODS, namespace: 'team', body: { a: 'ä' } }, 'POST /api/v1/namespaces/team/pods {"a":"ä"}'],
    ['a patch', { ...GET, verb: 'patch', body: { a: 1 } }, 'PATCH /api/v1/namespaces/team/pods/a {"a":1}'],
    ['a patch of the status', { ...GET, verb: 'patch', subresource: 'status', body: {} }, 'PATCH /api/v1/namespaces/team/pods/a/status {}'],
    ['a delete', { ...GET, verb: 'delete', body: { preconditions: { uid: 'u' } } }, 'DELETE /api/v1/namespaces/team/pods/a {"preconditions":{"uid":"u"}}'],
  ])('of %s goes to its path', async (_, request, expected) => {
    expect(await transport.send(request, SOON)).toEqual({ answered: true, status: 200, body: {} });
    expect(received()).toEqual([expected]);
  });

  test('says who asks, and names the content type of a merge patch', async () => {
    await transport.send({ ...GET, verb: 'patch', body: {} }, SOON);
    await transport.send({ ...GET, verb: 'create', body: {} }, SOON);
    const [patch, create] = server.received;
    expect(patch?.headers).toMatchObject({
      'user-agent': 'agent-sandbox-controller/1.2.3',
      accept: 'application/json',
      'content-type': 'application/merge-patch+json',
    });
    expect(create?.headers['content-type']).toBe('application/json');
  });

  test('goes below the path of the server address', async () => {
    const below = transportTo(new URL('k8s/clusters/c1/', server.url));
    await below.send(GET, SOON);
    await below.close();
    expect(received()).toEqual(['GET /k8s/clusters/c1/api/v1/namespaces/team/pods/a']);
  });

  test('uses the open connection again', async () => {
    for (let i = 0; i < 20; i++) await transport.send(GET, SOON);
    expect(server.connections).toBe(1);
  });

  test('is counted by code, method and host', async () => {
    server.answer = (response) => json(response, 404, { message: 'not found' });
    await transport.send(GET, SOON);
    server.answer = (response) => response.destroy();
    await transport.send({ ...GET, verb: 'patch', body: {} }, SOON);
    expect(seen).toEqual([
      { method: 'GET', code: '404', host: server.url.host },
      { method: 'PATCH', code: '<error>', host: server.url.host },
    ]);
  });
});

describe('an answer', () => {
  test.each<[string, [number, object, Record<string, string>?], Reply]>([
    ['of success', [201, { a: 1 }], { answered: true, status: 201, body: { a: 1 } }],
    ['of refusal', [409, { reason: 'Conflict' }], { answered: true, status: 409, body: { reason: 'Conflict' } }],
    ['with Retry-After', [429, {}, { 'retry-after': '3' }], { answered: true, status: 429, body: {}, retryAfterMs: 3000 }],
    ['with a Retry-After that is neither number nor date', [503, {}, { 'retry-after': 'soon' }], { answered: true, status: 503, body: {} }],
  ])('%s is a value', async (_, [status, body, headers], expected) => {
    server.answer = (response) => json(response, status, body, headers);
    expect(await transport.send(GET, SOON)).toEqual(expected);
  });

  test('with a date in Retry-After says how long that is', async () => {
    server.answer = (response) => json(response, 429, {}, { 'retry-after': new Date(Date.now() + 10_000).toUTCString() });
    const reply = await transport.send(GET, SOON);
    const retryAfterMs = reply.answered ? (reply.retryAfterMs ?? 0) : 0;
    expect(retryAfterMs).toBeGreaterThan(5000);
    expect(retryAfterMs).toBeLessThanOrEqual(10_000);
  });

  test('that is no JSON is a text when it refuses, and unknown when it grants', async () => {
    server.answer = (response) => response.writeHead(502).end('<html>bad gateway');
    expect(await transport.send(GET, SOON)).toEqual({ answered: true, status: 502, body: '<html>bad gateway' });
    server.answer = (response) => response.writeHead(200).end('{"metadata":');
    expect(causeOf(await transport.send(GET, SOON))).toBe('the answer with status 200 is no JSON: {"metadata":');
  });

  test('whose characters come in pieces is read whole', async () => {
    const bytes = Buffer.from(JSON.stringify({ text: 'ä🙂' }));
    server.answer = (response) => {
      response.writeHead(200);
      for (const byte of bytes) response.write(Buffer.from([byte]));
      response.end();
    };
    expect(await transport.send(GET, SOON)).toMatchObject({ body: { text: 'ä🙂' } });
  });
});

describe('without an answer', () => {
  test.each<[string, StubServer['answer'], string | RegExp, SendOptions]>([
    ['a server that says nothing', () => undefined, 'no answer within 100 ms', BRIEF],
    ['a body that never ends', (response) => response.writeHead(200).write('{"a":'), 'no answer within 100 ms', BRIEF],
    ['a connection that is cut at once', (response) => response.destroy(), /closed|reset/, SOON],
    [
      'a connection that is cut in the body',
      (response) => {
        response.writeHead(200, { 'content-length': '100' }).write('{"a":');
        setImmediate(() => response.destroy());
      },
      /closed|terminated|reset/,
      SOON,
    ],
  ])('%s leaves the outcome unknown', async (_, answer, cause, options) => {
    server.answer = answer;
    expect(causeOf(await transport.send(GET, options))).toMatch(cause);
  });

  test('a server that is not there leaves it unknown, and is found when it comes back', async () => {
    await server.stop();
    expect(causeOf(await transport.send(GET, SOON))).toContain('ECONNREFUSED');
    server = await StubServer.start();
    await transport.close();
    transport = transportTo(server.url);
    expect(await transport.send(GET, SOON)).toMatchObject({ status: 200 });
  });

  test('no further request is sent on any connection of a class in which one was silent', async () => {
    const pair = new HttpTransport(connectionTo(server.url), { version: '1', sockets: { ...ONE_SOCKET, claim: 2 } });
    await Promise.all([pair.send(GET, SOON), pair.send(GET, SOON)]);
    server.answer = () => undefined;
    await pair.send(GET, BRIEF);
    server.answer = (response) => json(response, 200, {});
    expect(await pair.send(GET, SOON)).toMatchObject({ status: 200 });
    expect(server.connections).toBe(3);
    await until('the old connections to be closed', () => (server.open === 1 ? true : undefined));
    await pair.close();
  });

  test('a request that waited for a connection until its deadline is never sent', async () => {
    let release: () => void = () => undefined;
    server.answer = (response) => (release = () => json(response, 200, {}));
    const first = transport.send(GET, SOON);
    await until('the first request', () => (server.received.length === 1 ? true : undefined));
    const second = await transport.send({ ...GET, name: 'late' }, BRIEF);
    expect(causeOf(second)).toBe('no answer within 100 ms');
    release();
    expect(await first).toMatchObject({ status: 200 });
    server.answer = (response) => json(response, 200, {});
    await transport.send({ ...GET, name: 'next' }, SOON);
    expect(received().map((line) => line.replace(/.*\//, ''))).toEqual(['a', 'next']);
  });

  test('a request whose deadline passes while the process sleeps is never sent', async () => {
    let sleptMs = 0;
    const clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + sleptMs };
    const connection = connectionTo(server.url);
    const credentials = async () => {
      await Promise.resolve();
      sleptMs += SOON.deadlineMs;
      return connection.credentials();
    };
    const sleepy = new HttpTransport({ ...connection, credentials }, { version: '1', clock });
    expect(causeOf(await sleepy.send(GET, SOON))).toBe('not sent before its deadline');
    expect(server.received).toEqual([]);
    await sleepy.close();
  });

  test('an abort breaks off what is on its way, and what comes after it is not sent', async () => {
    const lost = new AbortController();
    server.answer = () => undefined;
    const reply = transport.send(GET, { ...SOON, signal: lost.signal });
    await until('the request', () => (server.received.length === 1 ? true : undefined));
    lost.abort();
    expect(causeOf(await reply)).toBe('aborted');
    expect(causeOf(await transport.send(GET, { ...SOON, signal: lost.signal }))).toBe('aborted');
    await until('the connection to be closed', () => (server.open === 0 ? true : undefined));
    expect(server.received).toHaveLength(1);
  });
});

test('no class of traffic waits for another', async () => {
  server.answer = (response, { url }) => (/slow|watch/.test(url) ? undefined : json(response, 200, {}));
  const over = new AbortController();
  const slow = (traffic: SendOptions['traffic']) => transport.send({ ...GET, name: 'slow' }, { traffic, deadlineMs: 60_000, signal: over.signal });
  const stuck = [slow('bulk'), slow('background')];
  const stop = transport.watch({ resource: PODS, namespace: '', timeoutSeconds: 300 }, { event: () => undefined, end: () => undefined });
  await until('all of them to be stuck', () => (server.received.length === 3 ? true : undefined));
  expect(await transport.send(GET, SOON)).toMatchObject({ status: 200 });
  over.abort();
  stop();
  expect((await Promise.all(stuck)).map(causeOf)).toEqual(['aborted', 'aborted']);
});

describe('credentials', () => {
  const withToken = (token: string): Credentials => ({ headers: { authorization: `Bearer ${token}` }, tls: {} });
  const tokens = () => server.received.map(({ headers }) => headers.authorization);

  beforeEach(() => {
    server.answer = (response, { headers }) => json(response, headers.authorization === 'Bearer new' ? 200 : 401, {});
  });

  test('that the server refuses are renewed, and the same request is sent once more', async () => {
    const [old, renewed] = [withToken('old'), withToken('new')];
    const rotating = new HttpTransport(
      { server: server.url, credentials: () => Promise.resolve(old), renew: () => Promise.resolve(renewed) },
      { version: '1' },
    );
    expect(await rotating.send({ ...GET, verb: 'patch', body: { a: 1 } }, SOON)).toMatchObject({ status: 200 });
    expect(tokens()).toEqual(['Bearer old', 'Bearer new']);
    expect(server.received.map(({ body }) => body)).toEqual(['{"a":1}', '{"a":1}']);
    await rotating.close();
  });

  test('that have nothing newer are not sent again', async () => {
    const old = withToken('old');
    const stale = transportTo(server.url, () => old);
    expect(await stale.send(GET, SOON)).toMatchObject({ status: 401 });
    expect(tokens()).toEqual(['Bearer old']);
    await stale.close();
  });

  test('that cannot be read leave the outcome unknown', async () => {
    const failing = new HttpTransport(
      { server: server.url, credentials: () => Promise.reject(new Error('no token')), renew: () => Promise.reject(new Error('no token')) },
      { version: '1' },
    );
    expect(await failing.send(GET, SOON)).toEqual({ answered: false, cause: 'no credentials: no token' });
    const ended = new Promise((resolve) =>
      failing.watch({ resource: PODS, namespace: '', timeoutSeconds: 300 }, { event: () => undefined, end: (...end) => resolve(end) }),
    );
    expect(await ended).toEqual([undefined, 'no credentials: no token']);
  });

  test('that never come do not hold a request longer than its deadline', async () => {
    const never = new HttpTransport(
      { server: server.url, credentials: () => new Promise(() => undefined), renew: () => new Promise(() => undefined) },
      { version: '1' },
    );
    expect(causeOf(await never.send(GET, BRIEF))).toBe('no answer within 100 ms');
  });

  test('with other TLS material get connections of their own', async () => {
    server.answer = (response) => json(response, 200, {});
    let credentials: Credentials = { headers: {}, tls: { ca: 'old' } };
    const rotating = transportTo(server.url, () => credentials);
    await rotating.send(GET, SOON);
    credentials = { headers: {}, tls: { ca: 'new' } };
    await rotating.send(GET, SOON);
    await rotating.send(GET, SOON);
    expect(server.connections).toBe(2);
    await until('the old connection to be closed', () => (server.open === 1 ? true : undefined));
    await rotating.close();
  });
});
