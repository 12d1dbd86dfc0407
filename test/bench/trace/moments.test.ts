import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { AuditLog, type Audited } from '../../cluster/controllers/audit-log';
import { momentsOf, type Sources } from './moments';
import { listen, type Exchange } from './probe';

const CLAIM = { name: 'c', member: 'm', readyMs: 20, queueMs: 0.1, passMs: 12 };
const PATHS = { pod: '/api/v1/namespaces/n/pods/m', a: '/x/namespaces/n/sandboxes/m?fieldManager=f', b: '/x/namespaces/n/sandboxclaims/c' };

const exchange = (method: string, path: string, askedMs: number, answeredMs: number): Exchange => ({
  ...{ method, path, askedMs, answeredMs },
  sentMs: askedMs + 0.5,
});
const audited = (user: string, verb: string, resource: string, ...[name, receivedMs, answeredMs]: readonly [string, number, number]): Audited => ({
  ...{ user, verb, resource, name, receivedMs, answeredMs },
  ...{ namespace: 'n', status: 200, isForbidden: false },
});

const SOURCES: Sources = {
  client: { exchanges: [exchange('POST', '/x/namespaces/n/sandboxclaims', 0, 4)], chunks: [] },
  controller: {
    exchanges: [
      // Of another moment.
      exchange('PATCH', PATHS.b, -9, -5),
      exchange('PATCH', PATHS.a, 6, 9),
      exchange('PATCH', PATHS.b, 6.1, 8),
      exchange('PATCH', `${PATHS.b}/status`, 10, 13),
      exchange('PATCH', PATHS.pod, 9, 14),
    ],
    chunks: [
      { path: '/x/namespaces/n/sandboxes?watch=true', atMs: 2, names: ['m', 'c'] },
      { path: '/x/namespaces/n/sandboxclaims?watch=true', atMs: 5, names: ['c'] },
      { path: '/x/namespaces/n/sandboxclaims?watch=true', atMs: 12, names: ['c'] },
    ],
  },
  audit: [
    audited('user', 'create', 'sandboxclaims', 'c', 1, 3),
    audited('controller', 'patch', 'sandboxes', 'm', 7, 8.5),
    audited('controller', 'patch', 'sandboxclaims', 'c', 7.1, 7.9),
    audited('controller', 'patch', 'sandboxclaims/status', 'c', 11, 12),
    audited('controller', 'patch', 'pods', 'm', 10, 12),
  ],
};

test('what the asker and the server say of a request is put together, and the controller hears of a claim by the first event of its own kind', () => {
  expect(momentsOf(CLAIM, SOURCES)).toMatchObject({
    post: { askedMs: 0, sentMs: 0.5, receivedMs: 1, doneMs: 3, answeredMs: 4 },
    heardMs: 5,
    a: { askedMs: 6, receivedMs: 7, doneMs: 8.5, answeredMs: 9 },
    b: { askedMs: 6.1, receivedMs: 7.1, doneMs: 7.9, answeredMs: 8 },
    c: { askedMs: 10, receivedMs: 11, doneMs: 12, answeredMs: 13 },
    pod: { askedMs: 9, receivedMs: 10, doneMs: 12, answeredMs: 14 },
  });
});

test.each([
  ['nothing in the audit log', { ...SOURCES, audit: [] }, 'c: the audit log has no create of sandboxclaims by user'],
  ['no request', { ...SOURCES, client: { exchanges: [], chunks: [] } }, 'c: user has sent no POST …/sandboxclaims around the time'],
  ['clocks that disagree', { ...SOURCES, client: { exchanges: [exchange('POST', '/x/sandboxclaims', 1.5, 4)], chunks: [] } }, 'c: user has sent no POST'],
  ['no event', { ...SOURCES, controller: { ...SOURCES.controller, chunks: [] } }, 'c: the controller has not heard of it'],
])('%s is told and not drawn', (_, sources, message) => {
  expect(() => momentsOf(CLAIM, sources)).toThrow(message);
});

test('the probe hears when a request is asked and answered, and which objects a watch brings', async () => {
  const server = createServer((_, response) => setTimeout(() => response.end('{"object":{"metadata":{"name":"c"},"spec":{"name":"d"}}}\n'), 20));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server that listens on TCP has such an address.
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const recording = listen();
  const beforeMs = performance.timeOrigin + performance.now();
  for (const path of ['/things', '/things?watch=true']) await (await request(origin + path)).body.text();
  const afterMs = performance.timeOrigin + performance.now();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  const [asked] = recording.exchanges;
  expect(asked).toMatchObject({ method: 'GET', path: '/things' });
  const [sentMs, answeredMs] = [asked?.sentMs ?? 0, asked?.answeredMs ?? 0];
  expect(asked?.askedMs).toBeGreaterThanOrEqual(beforeMs);
  expect(sentMs).toBeGreaterThanOrEqual(asked?.askedMs ?? 0);
  expect(answeredMs - sentMs).toBeGreaterThan(15);
  expect(answeredMs).toBeLessThanOrEqual(afterMs);
  expect(recording.chunks.map(({ path, names }) => ({ path, names }))).toEqual([{ path: '/things?watch=true', names: ['c', 'd'] }]);
});

test('times of the audit log are read to the microsecond', () => {
  const folder = mkdtempSync(join(tmpdir(), 'audit-'));
  const file = join(folder, 'audit.log');
  writeFileSync(file, '');
  const audit = new AuditLog(file);
  const times = { requestReceivedTimestamp: '2026-01-02T03:04:05.678901Z', stageTimestamp: '2026-01-02T03:04:06Z' };
  appendFileSync(file, `${JSON.stringify({ user: { username: 'u' }, verb: 'create', ...times })}\n`);
  const [audited] = audit.requestsOf('u');
  rmSync(folder, { recursive: true });
  expect((audited?.receivedMs ?? 0) - Date.UTC(2026, 0, 2, 3, 4, 5)).toBeCloseTo(678.901, 2);
  expect((audited?.answeredMs ?? 0) - Date.UTC(2026, 0, 2, 3, 4, 5)).toBe(1000);
});
