import { HttpTransport } from '../../src/runtime/http-transport';
import type { Resource } from '../../src/runtime/object';
import type { ApiRequest, WatchRequest } from '../../src/runtime/transport';
import { until } from '../cluster/until';
import { connectionTo, json, StubServer } from '../support/stub-server';

const PODS: Resource = { group: '', version: 'v1', kind: 'Pod', plural: 'pods' };
const CLAIMS: Resource = { group: 'extensions.agents.x-k8s.io', version: 'v1beta1', kind: 'SandboxClaim', plural: 'sandboxclaims' };
const GET: ApiRequest = { verb: 'get', resource: PODS, namespace: 'team', name: 'a' };

let server: StubServer;
let transport: HttpTransport;

beforeEach(async () => {
  server = await StubServer.start();
  transport = new HttpTransport(connectionTo(server.url), { version: '1' });
});

afterEach(async () => {
  await transport.close();
  await server.stop();
});

const WATCH: WatchRequest = { resource: PODS, namespace: 'team', labelSelector: 'a=b', resourceVersion: '7', timeoutSeconds: 300 };
const heard: unknown[] = [];
const sink = { event: (type: string, object: object) => void heard.push([type, object]), end: (...end: unknown[]) => void heard.push(end) };
/** Watches until the end; answers everything that was heard. */
const watched = (request: WatchRequest, by = transport) =>
  new Promise<readonly unknown[]>((resolve) =>
    by.watch(request, {
      event: sink.event,
      end: (...end) => {
        sink.end(...end);
        // What an end lets follow, wrongly, follows at once.
        setImmediate(() => resolve(heard));
      },
    }),
  );

beforeEach(() => (heard.length = 0));

test.each<[string, WatchRequest, string]>([
  [
    'from a resourceVersion on',
    WATCH,
    'GET /api/v1/namespaces/team/pods?watch=true&allowWatchBookmarks=true&timeoutSeconds=300&labelSelector=a%3Db&resourceVersion=7',
  ],
  [
    'from the present state on',
    { resource: CLAIMS, namespace: '', initialEvents: true, timeoutSeconds: 600 },
    'GET /apis/extensions.agents.x-k8s.io/v1beta1/sandboxclaims?watch=true&allowWatchBookmarks=true&timeoutSeconds=600&sendInitialEvents=true&resourceVersionMatch=NotOlderThan',
  ],
])('a watch %s asks for it', async (_, request, expected) => {
  expect(await watched(request)).toEqual([[undefined, 'the server ended the watch']]);
  expect(server.received.map(({ method, url }) => `${method} ${url}`)).toEqual([expected]);
});

test('a watch delivers the same events wherever the bytes are cut, and never a line without an end', async () => {
  const text = Buffer.from('{"type":"ADDED","object":{"a":"ä🙂"}}\n{"type":"BOOKMARK","object":{}}\n{"type":"MODIFIED","object":{"a"');
  const expected = [
    ['ADDED', { a: 'ä🙂' }],
    ['BOOKMARK', {}],
    [undefined, 'the server ended the watch'],
  ];
  for (let cut = 1; cut < text.length; cut++) {
    heard.length = 0;
    server.answer = (response) => {
      response.writeHead(200).write(text.subarray(0, cut));
      setImmediate(() => response.end(text.subarray(cut)));
    };
    expect(await watched(WATCH)).toEqual(expected);
  }
});

test('a watch takes an event of many megabytes', async () => {
  const long = 'x'.repeat(8_000_000);
  server.answer = (response) => response.writeHead(200).end(`{"type":"ADDED","object":{"a":"${long}"}}\n`);
  expect((await watched(WATCH))[0]).toEqual(['ADDED', { a: long }]);
});

test.each<[string, StubServer['answer'], unknown[]]>([
  ['a refusal', (response) => json(response, 410, { message: 'too old resource version' }), [410, 'too old resource version']],
  ['a refusal of something in between', (response) => response.writeHead(502).end('bad gateway'), [502, 'bad gateway']],
  ['an ERROR event', (response) => response.writeHead(200).write('{"type":"ERROR","object":{"code":410,"message":"expired"}}\n'), [410, 'expired']],
  ['garbage', (response) => response.writeHead(200).write('<html>\n'), [undefined, 'unreadable event: <html>']],
  ['JSON that is no event', (response) => response.writeHead(200).write('null\n'), [undefined, 'unreadable event: null']],
  [
    'a cut connection',
    (response) => (response.writeHead(200).write('{"type":'), setImmediate(() => response.destroy())),
    [undefined, expect.stringMatching(/closed|terminated|reset/)],
  ],
])('a watch ends once with %s', async (_, answer, expected) => {
  server.answer = answer;
  expect(await watched(WATCH)).toEqual([expected]);
});

test('a watch that is stopped says nothing any more and closes its connection, also when it is silent', async () => {
  server.answer = (response) => response.writeHead(200).flushHeaders();
  const stop = transport.watch(WATCH, sink);
  await until('the connection', () => (server.open === 1 ? true : undefined));
  stop();
  await until('the connection to be closed', () => (server.open === 0 ? true : undefined));
  expect(heard).toEqual([]);
});

test('a watch that is stopped before it began is never sent', async () => {
  transport.watch(WATCH, sink)();
  expect(await transport.send(GET, { traffic: 'claim', deadlineMs: 5000 })).toMatchObject({ status: 200 });
  expect([server.received.map(({ url }) => url), heard]).toEqual([['/api/v1/namespaces/team/pods/a'], []]);
});

test('a watch that is refused as unauthorized lets the next one come with new credentials', async () => {
  let token = 'old';
  server.answer = (response) => json(response, 401, { message: 'Unauthorized' });
  const current = { headers: {}, tls: {} };
  const rotating = new HttpTransport(
    { server: server.url, credentials: () => Promise.resolve(current), renew: () => ((token = 'new'), Promise.resolve(current)) },
    { version: '1' },
  );
  expect(await watched(WATCH, rotating)).toEqual([[401, 'Unauthorized']]);
  expect(token).toBe('new');
  await rotating.close();
});

test('a watch is counted as the GET that it is', async () => {
  const seen: string[] = [];
  const counting = new HttpTransport(connectionTo(server.url), { version: '1', seen: ({ method, code }) => seen.push(`${method} ${code}`) });
  await watched(WATCH, counting);
  server.answer = (response) => json(response, 410, {});
  await watched(WATCH, counting);
  server.answer = (response) => response.destroy();
  await watched(WATCH, counting);
  expect(seen).toEqual(['GET 200', 'GET 410', 'GET <error>']);
  await counting.close();
});
