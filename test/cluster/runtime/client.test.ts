import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Client } from '../../../src/runtime/client';
import { systemClock } from '../../../src/runtime/clock';
import { HttpTransport, type HttpRequestSeen } from '../../../src/runtime/http-transport';
import { findConnection } from '../../../src/runtime/kube-config';
import type { KubeObject, Resource } from '../../../src/runtime/object';
import type { Outcome } from '../../../src/runtime/outcome';
import { cluster } from '../connection';

jest.setTimeout(60_000);

interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}
interface Pod extends KubeObject {
  readonly spec?: { readonly activeDeadlineSeconds?: number };
  readonly status?: { readonly message?: string };
}

const CONFIG_MAPS: Resource<ConfigMap> = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps' };
const PODS: Resource<Pod> = { group: '', version: 'v1', kind: 'Pod', plural: 'pods' };
const ERRAND = { purpose: 'test', traffic: 'claim' } as const;

let namespace: string;
let transport: HttpTransport;
let client: Client;
const seen: HttpRequestSeen[] = [];

beforeAll(async () => {
  namespace = await cluster().namespace('client');
  const connection = await findConnection({ kubeconfig: cluster().connection.kubeconfig, environment: {} });
  transport = new HttpTransport(connection, { version: 'test', seen: (request) => seen.push(request) });
  client = new Client({ transport, clock: systemClock, random: Math.random, fieldManager: 'client-test' });
});

afterAll(() => transport.close());

const key = (name: string) => ({ namespace, name });
function valueOf<T>(outcome: Outcome<T>): T {
  if (outcome.result !== 'ok') throw new Error(JSON.stringify(outcome));
  return outcome.value;
}
const configMap = (name: string, data: Readonly<Record<string, string>> = {}, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  data,
});
const pod = (name: string) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers: [{ name: 'a', image: 'a' }] } });

test('an object is created, read, patched and listed, with the author in its managedFields', async () => {
  const created = valueOf(await client.create(CONFIG_MAPS, namespace, configMap('a', { text: 'ä🙂' }), ERRAND));
  expect(valueOf(await client.get(CONFIG_MAPS, key('a'), ERRAND))).toEqual(created);
  const patched = valueOf(
    await client.patch(CONFIG_MAPS, key('a'), { data: { more: '1' }, metadata: { resourceVersion: created.metadata.resourceVersion } }, ERRAND),
  );
  expect(patched.data).toEqual({ text: 'ä🙂', more: '1' });
  expect(patched.metadata).toMatchObject({ managedFields: [{ manager: 'client-test', operation: 'Update' }] });
  const { items, resourceVersion } = valueOf(await client.list(CONFIG_MAPS, { namespace }, ERRAND));
  expect(items).toContainEqual(expect.objectContaining({ metadata: patched.metadata }));
  expect(Number(resourceVersion)).toBeGreaterThanOrEqual(Number(patched.metadata.resourceVersion));
});

test('a status is patched on its own', async () => {
  await client.create(PODS, namespace, pod('status'), ERRAND);
  const patch = { status: { message: 'hello' }, spec: { activeDeadlineSeconds: 60 } };
  const { status, spec } = valueOf(await client.patchStatus(PODS, key('status'), patch, ERRAND));
  expect([status?.message, spec?.activeDeadlineSeconds]).toEqual(['hello', undefined]);
});

describe('the server refuses', () => {
  test('a patch of an old version, with Conflict', async () => {
    const { metadata } = valueOf(await client.create(CONFIG_MAPS, namespace, configMap('conflict'), ERRAND));
    const patch = { data: { a: '1' }, metadata: { resourceVersion: metadata.resourceVersion } };
    expect(await client.patch(CONFIG_MAPS, key('conflict'), patch, ERRAND)).toMatchObject({ result: 'ok' });
    expect(await client.patch(CONFIG_MAPS, key('conflict'), { ...patch, data: { a: '2' } }, ERRAND)).toMatchObject({
      result: 'rejected',
      status: 409,
      reason: 'Conflict',
    });
  });

  test('a second object of a name, with AlreadyExists', async () => {
    await client.create(CONFIG_MAPS, namespace, configMap('twice'), ERRAND);
    expect(await client.create(CONFIG_MAPS, namespace, configMap('twice'), ERRAND)).toMatchObject({ result: 'rejected', status: 409, reason: 'AlreadyExists' });
  });

  test('an invalid object, with the field at fault', async () => {
    expect(await client.create(CONFIG_MAPS, namespace, configMap('Not_A_Name'), ERRAND)).toMatchObject({
      ...{ result: 'rejected', status: 422, reason: 'Invalid' },
      causes: [{ field: 'metadata.name', reason: 'FieldValueInvalid' }],
    });
  });

  test('what is not there, with NotFound', async () => {
    expect(await client.get(CONFIG_MAPS, key('none'), ERRAND)).toMatchObject({ result: 'rejected', status: 404, reason: 'NotFound' });
  });

  test('a delete of another UID or version, with Conflict', async () => {
    const { uid } = valueOf(await client.create(CONFIG_MAPS, namespace, configMap('guarded'), ERRAND)).metadata;
    expect(await client.delete(CONFIG_MAPS, key('guarded'), { uid: 'other' }, ERRAND)).toMatchObject({ result: 'rejected', status: 409, reason: 'Conflict' });
    expect(await client.delete(CONFIG_MAPS, key('guarded'), { uid, resourceVersion: '1' }, ERRAND)).toMatchObject({
      result: 'rejected',
      status: 409,
      reason: 'Conflict',
    });
    expect(await client.get(CONFIG_MAPS, key('guarded'), ERRAND)).toMatchObject({ result: 'ok' });
  });
});

describe('a delete', () => {
  test.each<[string, Resource, object]>([
    ['an object without grace period', CONFIG_MAPS, configMap('gone')],
    ['a Pod that no node has yet', PODS, pod('gone')],
  ])('of %s answers that it is gone, and it is', async (_, resource, object) => {
    const { uid } = valueOf(await client.create(resource, namespace, object, ERRAND)).metadata;
    expect(await client.delete(resource, key('gone'), { uid }, ERRAND)).toEqual({ result: 'ok', value: undefined });
    expect(await client.get(resource, key('gone'), ERRAND)).toMatchObject({ status: 404 });
  });

  test('of a Pod on a node answers with the Pod during its grace period', async () => {
    const onNode = { ...pod('graceful'), spec: { ...pod('graceful').spec, nodeName: 'nowhere' } };
    const { uid } = valueOf(await client.create(PODS, namespace, onNode, ERRAND)).metadata;
    expect(valueOf(await client.delete(PODS, key('graceful'), { uid }, ERRAND))?.metadata).toMatchObject({ uid, deletionGracePeriodSeconds: 30 });
    expect(await client.delete(PODS, key('graceful'), { uid, gracePeriodSeconds: 0 }, ERRAND)).toEqual({ result: 'ok', value: undefined });
    expect(await client.get(PODS, key('graceful'), ERRAND)).toMatchObject({ status: 404 });
  });

  test('of an object with a finalizer answers with the object that waits', async () => {
    const { uid } = valueOf(await client.create(CONFIG_MAPS, namespace, configMap('held', {}, { finalizers: ['example.org/hold'] }), ERRAND)).metadata;
    const waiting = valueOf(await client.delete(CONFIG_MAPS, key('held'), { uid }, ERRAND));
    expect(waiting).toEqual(valueOf(await client.get(CONFIG_MAPS, key('held'), ERRAND)));
    expect(waiting?.metadata.deletionTimestamp).toBeDefined();
    await client.patch(CONFIG_MAPS, key('held'), { metadata: { finalizers: null } }, ERRAND);
    expect(await client.get(CONFIG_MAPS, key('held'), ERRAND)).toMatchObject({ status: 404 });
  });
});

test('a list of more objects than fit into one page is whole and of one version', async () => {
  const own = await cluster().namespace('pages');
  await Promise.all(Array.from({ length: 510 }, (_, i) => client.create(CONFIG_MAPS, own, configMap(`item-${i}`), ERRAND)));
  seen.length = 0;
  const listed = valueOf(await client.list(CONFIG_MAPS, { namespace: own }, ERRAND));
  expect(new Set(listed.items.map(({ metadata }) => metadata.name)).size).toBeGreaterThanOrEqual(510);
  expect(seen.map(({ code }) => code)).toEqual(['200', '200']);
});

// Without the controller manager nobody makes service accounts.
const withControllers = cluster().connection.controllerManager ? describe : describe.skip;

withControllers('a service account', () => {
  let folder: string;
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'agent-sandbox-account-'))));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('may do what its Role says and nothing else, and a new token is taken up when the old one is refused', async () => {
    const own = await cluster().namespace('account');
    await cluster().kubectl(['create', 'serviceaccount', 'reader', '--namespace', own]);
    await cluster().kubectl(['create', 'role', 'reader', '--namespace', own, '--verb=get,list', '--resource=configmaps']);
    await cluster().kubectl(['create', 'rolebinding', 'reader', '--namespace', own, '--role=reader', `--serviceaccount=${own}:reader`]);
    const { hostname, port } = new URL(cluster().connection.url);
    const put = (file: string, text: string) => writeFileSync(join(folder, file), text);
    put('ca.crt', cluster().connection.ca);
    put('namespace', own);
    put('token', 'an old token');
    const environment = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
    const connection = await findConnection({ environment, serviceAccountFolder: folder });
    expect(connection.namespace).toBe(own);
    const asAccount = new HttpTransport(connection, { version: 'test' });
    const reader = new Client({ transport: asAccount, clock: systemClock, random: Math.random, fieldManager: 'reader' });
    const read = () => reader.get(CONFIG_MAPS, { namespace: own, name: 'kube-root-ca.crt' }, ERRAND);
    expect(await read()).toMatchObject({ result: 'rejected', status: 401 });
    put('token', await cluster().kubectl(['create', 'token', 'reader', '--namespace', own]));
    expect(await read()).toMatchObject({ result: 'ok' });
    expect(await reader.create(CONFIG_MAPS, own, configMap('a'), ERRAND)).toMatchObject({ result: 'rejected', status: 403, reason: 'Forbidden' });
    await asAccount.close();
  });
});

test('a server whose certificate another authority has signed is not spoken to', async () => {
  const connection = await findConnection({ kubeconfig: cluster().connection.kubeconfig, environment: {} });
  const careful = new HttpTransport({ ...connection, credentials: async () => ({ ...(await connection.credentials()), tls: {} }) }, { version: 'test' });
  const reply = await careful.send({ verb: 'get', resource: CONFIG_MAPS, namespace, name: 'a' }, { traffic: 'claim', deadlineMs: 5000 });
  expect(reply).toMatchObject({ answered: false, cause: expect.stringMatching(/certificate/) as unknown });
  await careful.close();
});
