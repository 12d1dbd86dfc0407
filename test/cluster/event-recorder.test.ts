import { Client } from '../../src/runtime/client';
import { systemClock } from '../../src/runtime/clock';
import { EventRecorder } from '../../src/runtime/event-recorder';
import { HttpTransport } from '../../src/runtime/http-transport';
import type { KubeObject } from '../../src/runtime/object';
import { cluster } from './connection';

jest.setTimeout(30_000);

const { url, ca, token } = cluster().connection;
const credentials = { headers: { authorization: `Bearer ${token}` }, tls: { ca } };
const connection = { server: new URL(url), credentials: () => Promise.resolve(credentials), renew: () => Promise.resolve(credentials) };
const transport = new HttpTransport(connection, { version: 'test' });

afterAll(() => transport.close());

test('the API server takes an event, the same one again as a series, and kubectl shows both', async () => {
  const namespace = await cluster().namespace('events');
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'thing' } };
  // An object that the server has stored has all that KubeObject asks for.
  const regarding = (await cluster().object('POST', `/api/v1/namespaces/${namespace}/configmaps`, body)) as unknown as KubeObject;
  const dropped: string[] = [];
  const client = new Client({ transport, clock: systemClock, random: Math.random, fieldManager: 'test' });
  const recorder = new EventRecorder({
    ...{ client, clock: systemClock, random: Math.random, instance: 'pod-1', qps: 20, burst: 100, isMinor: () => false },
    dropped: (why) => dropped.push(why),
  });
  const once = { regarding, type: 'Normal', reason: 'Made', action: 'Claim Expired', note: 'x'.repeat(2000) } as const;
  const often = { regarding, type: 'Warning', reason: 'Bad', action: 'Making', note: 'it "fails": é' } as const;
  for (const draft of [once, often, often, often]) recorder.record(draft, 'thing-controller');
  await recorder.flush(10_000);
  expect(dropped).toEqual([]);
  const { items } = (await cluster().object('GET', `/apis/events.k8s.io/v1/namespaces/${namespace}/events`)) as unknown as { items: Record<string, unknown>[] };
  const both = items.map(({ reason, type, note, series, reportingController, reportingInstance }) => [
    ...[reason, type, String(note).length, series, reportingController, reportingInstance],
  ]);
  expect(both.sort()).toEqual([
    ['Bad', 'Warning', 13, { count: 3, lastObservedTime: expect.stringMatching(/\.\d{6}Z$/) as unknown }, 'thing-controller', 'pod-1'],
    ['Made', 'Normal', 1024, undefined, 'thing-controller', 'pod-1'],
  ]);
  expect(await cluster().kubectl(['events', '--namespace', namespace, '--for', 'configmap/thing'])).toMatch(/Warning +Bad +ConfigMap\/thing +it "fails": é/);
});
