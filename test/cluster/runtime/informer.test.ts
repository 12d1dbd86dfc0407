import { Client, type RequestSeen } from '../../../src/runtime/client';
import { systemClock, type Clock } from '../../../src/runtime/clock';
import { HttpTransport } from '../../../src/runtime/http-transport';
import { Informer } from '../../../src/runtime/informer';
import { findConnection } from '../../../src/runtime/kube-config';
import type { KubeObject, Resource } from '../../../src/runtime/object';
import type { Change } from '../../../src/runtime/store';
import type { Transport, WatchRequest } from '../../../src/runtime/transport';
import { TcpProxy } from '../../support/tcp-proxy';
import { cluster, Cluster, type Connection } from '../connection';
import { startControlPlane } from '../control-plane';
import { until } from '../until';

jest.setTimeout(120_000);

interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

const CONFIG_MAPS: Resource<ConfigMap> = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps' };
const ERRAND = { purpose: 'test', traffic: 'claim' } as const;

interface Settings {
  readonly namespace: string;
  readonly kubeconfig?: string;
  readonly resource?: Resource<ConfigMap>;
  /** Through which port of this machine the server is reached. */
  readonly port?: number;
  readonly clock?: Clock;
  /** What becomes of the watches on their way to the server; `index` counts them. */
  readonly changed?: (request: WatchRequest, index: number) => WatchRequest;
}

const started: { stop(): void }[] = [];
const open: HttpTransport[] = [];

/** An informer on the config maps of a namespace of a real server, and what can be seen of it. */
async function watching(settings: Settings) {
  const { namespace, clock = systemClock, kubeconfig = cluster().connection.kubeconfig, changed = (request) => request, resource = CONFIG_MAPS } = settings;
  const connection = await findConnection({ kubeconfig, environment: {} });
  const server = new URL(connection.server);
  if (settings.port !== undefined) server.port = String(settings.port);
  const http = new HttpTransport({ ...connection, server }, { version: 'test' });
  const watches: WatchRequest[] = [];
  const transport: Transport = {
    send: (request, options) => http.send(request, options),
    watch: (request, sink) => http.watch(changed(request, watches.push(request) - 1), sink),
  };
  const requests: RequestSeen[] = [];
  const client = new Client({ transport, clock, random: Math.random, fieldManager: 'informer-test', seen: (request) => requests.push(request) });
  const troubles: string[] = [];
  const report = (error: unknown) => void troubles.push(String(error));
  const context = { client, transport, clock, random: Math.random, namespaces: [namespace], trouble: (problem: string) => void troubles.push(problem), report };
  const informer = new Informer({ resource, indexes: {} }, context);
  const told: string[] = [];
  informer.cache.onChange(({ type, object, writer }: Change<ConfigMap>) => {
    if (object.metadata.name !== 'kube-root-ca.crt') told.push([type, object.metadata.name, object.data?.a ?? '', writer ?? ''].join(' ').trim());
  });
  open.push(http);
  started.push(informer);
  informer.start();
  const lists = () => requests.filter(({ verb }) => verb === 'list').length;
  return { informer, client, told, watches, troubles, lists };
}

afterEach(async () => {
  for (const informer of started.splice(0)) informer.stop();
  await Promise.all(open.splice(0).map((transport) => transport.close()));
});

/** Writes as somebody else. */
const others = (namespace: string, server = cluster()) => {
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  return {
    create: (name: string, a = '') => server.object('POST', path, { metadata: { name }, data: { a } }),
    patch: (name: string, a: string) => server.object('PATCH', `${path}/${name}`, { data: { a } }),
    delete: (name: string) => server.object('DELETE', `${path}/${name}`),
  };
};
/** Installs a kind in a group of its own. */
async function newKind(namespace: string): Promise<Resource<ConfigMap>> {
  const group = `${namespace}.example.org`;
  const versions = [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }];
  const spec = { group, scope: 'Namespaced', names: { kind: 'Late', plural: 'lates' }, versions };
  await cluster().installCrds([{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: `lates.${group}` }, spec }]);
  return { group, version: 'v1', kind: 'Late', plural: 'lates' };
}
const toBeTold = (told: readonly string[], line: string) =>
  until(`"${line}" to be told, not ${told.join(', ')}`, () => (told.includes(line) ? true : undefined));

test('the first state comes by the watch, without a list, and then every change', async () => {
  const namespace = await cluster().namespace('informer');
  await others(namespace).create('a', '1');
  const { informer, told, watches, lists, troubles } = await watching({ namespace });
  await informer.cache.synced;
  expect(informer.cache.find({ namespace, name: 'a' })?.data).toEqual({ a: '1' });
  expect(informer.cache.find({ namespace, name: 'a' })?.metadata).toHaveProperty('managedFields', undefined);
  await others(namespace).create('b', '1');
  await others(namespace).patch('b', '2');
  await others(namespace).delete('b');
  await toBeTold(told, 'deleted b 2');
  expect(told).toEqual(['added a 1', 'added b 1', 'updated b 2', 'deleted b 2']);
  expect([watches.length, lists(), troubles]).toEqual([1, 0, []]);
});

test('an own write is found at once, whether the answer or the watch comes first', async () => {
  const namespace = await cluster().namespace('informer');
  const { informer, client, told } = await watching({ namespace });
  const { cache } = informer;
  await cache.synced;
  const key = { namespace, name: 'a' };
  for (let i = 0; i < 30; i++) {
    const verb =
      i === 0
        ? () => client.create(CONFIG_MAPS, namespace, { metadata: { name: 'a' }, data: { a: '0' } }, ERRAND)
        : () => client.patch(CONFIG_MAPS, key, { data: { a: String(i) } }, ERRAND);
    await cache.write(key, 'me', verb);
    expect(cache.find(key)?.data).toEqual({ a: String(i) });
  }
  const uid = cache.find(key)?.metadata.uid ?? '';
  await cache.write(key, 'me', () => client.delete(CONFIG_MAPS, key, { uid }, ERRAND));
  expect(cache.find(key)).toBeUndefined();
  await others(namespace).create('b');
  await toBeTold(told, 'added b');
  expect(told.filter((line) => line.startsWith('deleted'))).toHaveLength(1);
});

test('watches that the server ends go on where they were', async () => {
  const namespace = await cluster().namespace('informer');
  const brief = (request: WatchRequest) => ({ ...request, timeoutSeconds: 1 });
  const { informer, told, watches, lists, troubles } = await watching({ namespace, changed: brief });
  await informer.cache.synced;
  const { create, patch } = others(namespace);
  await create('a', '0');
  for (let i = 1; watches.length < 4; i++) await patch('a', String(i));
  await create('last');
  await toBeTold(told, 'added last');
  const expected = Array.from({ length: told.length - 1 }, (_, i) => (i === 0 ? 'added a 0' : `updated a ${i}`));
  expect(told).toEqual([...expected, 'added last']);
  expect([informer.lists, lists(), troubles]).toEqual([1, 0, []]);
});

test('a version that is too old leads to the whole state again, and what went meanwhile is told gone', async () => {
  const namespace = await cluster().namespace('informer');
  // The server knows nothing of a kind that is new from before it came.
  const resource = await newKind(namespace);
  const path = `/apis/${resource.group}/v1/namespaces/${namespace}/lates`;
  const create = (name: string) => cluster().object('POST', path, { apiVersion: `${resource.group}/v1`, kind: 'Late', metadata: { name } });
  await create('a');
  await create('b');
  let end: Promise<unknown> | undefined;
  const changed = (request: WatchRequest, index: number) => {
    if (index === 0) return { ...request, timeoutSeconds: 1 };
    end ??= cluster().object('DELETE', `${path}/a`);
    return index === 1 ? { ...request, resourceVersion: '1' } : request;
  };
  const { informer, told, troubles, watches } = await watching({ namespace, resource, changed });
  await toBeTold(told, 'deleted a');
  expect(told).toEqual(['added a', 'added b', 'deleted a']);
  expect(troubles.at(-1)).toMatch(/: 410: .*too old resource version/);
  await end;
  expect([informer.lists, watches.map(({ initialEvents }) => initialEvents)]).toEqual([2, [true, undefined, true]]);
});

test('a server without watch-list is read in pages', async () => {
  const plane = await startControlPlane({ apiServerFlags: ['--feature-gates=WatchList=false'] });
  try {
    const { url, ca, caFile, adminToken: token, kubeconfig, auditLog, users } = plane;
    const connection: Connection = { url, ca, caFile, token, kubeconfig, auditLog, controllerManager: false, users };
    const { create } = others('default', new Cluster(connection));
    await create('a', '1');
    const { informer, told, watches, lists, troubles } = await watching({ namespace: 'default', kubeconfig });
    await informer.cache.synced;
    await create('b', '1');
    await toBeTold(told, 'added b 1');
    expect(told).toEqual(['added a 1', 'added b 1']);
    expect([watches.map(({ initialEvents }) => initialEvents), lists(), troubles]).toEqual([[true, undefined], 1, []]);
  } finally {
    await plane.stop();
  }
});

test('who may not watch is told so by name, and gets on as soon as he may', async () => {
  const namespace = await cluster().namespace('informer');
  const { kubeconfig } = cluster().as('alice').connection;
  const { informer, troubles } = await watching({ namespace, kubeconfig });
  await until('the refusal', () => informer.findProblem());
  expect(informer.findProblem()).toMatch(/cannot watch configmaps: 403: .*User "alice" cannot watch resource "configmaps"/);
  await cluster().kubectl(['create', 'role', 'reader', '--namespace', namespace, '--verb=get,list,watch', '--resource=configmaps']);
  await cluster().kubectl(['create', 'rolebinding', 'reader', '--namespace', namespace, '--role=reader', '--user=alice']);
  await informer.cache.synced;
  expect(informer.findProblem()).toBeUndefined();
  expect(troubles.length).toBeGreaterThan(0);
});

test('a CRD that is missing is named, and when it comes the informer gets on', async () => {
  const namespace = await cluster().namespace('informer');
  const group = `${namespace}.example.org`;
  const { informer } = await watching({ namespace, resource: { group, version: 'v1', kind: 'Late', plural: 'lates' } });
  await until('the refusal', () => informer.findProblem());
  expect(informer.findProblem()).toContain(`the API server does not know lates.${group} in version v1: is its CRD installed?`);
  await newKind(namespace);
  await informer.cache.synced;
  expect(informer.findProblem()).toBeUndefined();
});

describe('behind a bad network', () => {
  let proxy: TcpProxy;
  beforeEach(async () => (proxy = await TcpProxy.start(new URL(cluster().connection.url))));
  afterEach(() => proxy.stop());

  test('connections that are cut, and refused for a while, lose nothing', async () => {
    const namespace = await cluster().namespace('informer');
    const { create, patch, delete: end } = others(namespace);
    await create('a', '1');
    await create('b', '1');
    const { informer, told, troubles } = await watching({ namespace, port: proxy.port });
    await informer.cache.synced;
    proxy.refuse();
    await end('a');
    await patch('b', '2');
    await until('a second attempt to fail', () => (troubles.length >= 2 ? true : undefined));
    proxy.accept();
    await toBeTold(told, 'updated b 2');
    expect(told).toEqual(['added a 1', 'added b 1', 'deleted a 1', 'updated b 2']);
    expect([informer.lists, informer.findProblem()]).toEqual([1, undefined]);
  });

  test('a connection that is dead without having said so is given up and opened again', async () => {
    const namespace = await cluster().namespace('informer');
    // A hundred times as fast: the watchdog bites after a second.
    const fast: Clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() * 100, after: (ms, callback) => systemClock.after(ms / 100, callback) };
    const { informer, told, troubles } = await watching({ namespace, port: proxy.port, clock: fast });
    await informer.cache.synced;
    proxy.freeze();
    await others(namespace).create('a', '1');
    await toBeTold(told, 'added a 1');
    expect(troubles[0]).toBe('cannot watch configmaps: neither an event nor a bookmark came for too long');
    expect(informer.lists).toBe(1);
    await until('the dead connection to be closed', () => (proxy.open <= 1 ? true : undefined));
  });
});
