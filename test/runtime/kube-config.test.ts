import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ConnectionError } from '../../src/runtime/connection';
import { findConnection } from '../../src/runtime/kube-config';
import { VirtualClock } from '../support/virtual-clock';

// The first use of `@kubernetes/client-node` compiles a thousand modules.
jest.setTimeout(60_000);

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'agent-sandbox-kubeconfig-'))));
afterEach(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | object): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const CLUSTER = { name: 'c', cluster: { server: 'https://api.example:6443/k8s' } };
const kubeconfig = (user: object, cluster: object = CLUSTER) => ({
  ...{ apiVersion: 'v1', kind: 'Config', clusters: [cluster], users: [{ name: 'u', user }] },
  ...{ contexts: [{ name: 'dev', context: { cluster: 'c', user: 'u', namespace: 'team' } }], 'current-context': 'dev' },
});
const environment = {};
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('a kubeconfig', () => {
  test('gives the address, the namespace and the token of its current context', async () => {
    const connection = await findConnection({ kubeconfig: file('config', kubeconfig({ token: 't' })), environment });
    expect([connection.server.href, connection.namespace]).toEqual(['https://api.example:6443/k8s', 'team']);
    expect(await connection.credentials()).toMatchObject({ headers: { authorization: 'Bearer t' } });
  });

  test.each<[string, object, object]>([
    ['a password', { username: 'u', password: 'p' }, { headers: { authorization: `Basic ${base64('u:p')}` } }],
    ['a user to act as', { token: 't', as: 'other' }, { headers: { 'impersonate-user': 'other' } }],
    [
      'a certificate',
      { 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY') },
      { tls: { cert: Buffer.from('CERT'), key: Buffer.from('KEY') } },
    ],
    [
      'a certificate in files beside it',
      { 'client-certificate': 'a.crt', 'client-key': 'a.key' },
      { tls: { cert: Buffer.from('FILE'), key: Buffer.from('SECRET') } },
    ],
  ])('with %s sends it', async (_, user, expected) => {
    file('a.crt', 'FILE');
    file('a.key', 'SECRET');
    const connection = await findConnection({ kubeconfig: file('config', kubeconfig(user)), environment });
    expect(await connection.credentials()).toMatchObject(expected);
  });

  test('says which authority to trust, or that none is asked, and under which name', async () => {
    const withAuthority = { name: 'c', cluster: { ...CLUSTER.cluster, 'certificate-authority': file('ca.crt', 'CA'), 'tls-server-name': 'api' } };
    const careless = { name: 'c', cluster: { ...CLUSTER.cluster, 'insecure-skip-tls-verify': true } };
    const tls = async (cluster: object) =>
      (await (await findConnection({ kubeconfig: file('config', kubeconfig({}, cluster)), environment })).credentials()).tls;
    expect(await tls(withAuthority)).toMatchObject({ ca: Buffer.from('CA'), servername: 'api' });
    expect(await tls(careless)).toMatchObject({ rejectUnauthorized: false });
  });

  test('is read from all files of KUBECONFIG, and the flag goes before', async () => {
    const { clusters, users, contexts } = kubeconfig({ token: 'merged' });
    const first = file('first', { clusters, users, 'current-context': 'dev' });
    const second = file('second', { contexts, 'current-context': 'other' });
    const merged = await findConnection({ environment: { KUBECONFIG: `${first}:${second}` } });
    expect(await merged.credentials()).toMatchObject({ headers: { authorization: 'Bearer merged' } });
    const flag = await findConnection({ kubeconfig: file('flag', kubeconfig({ token: 'flag' })), environment: { KUBECONFIG: first } });
    expect(await flag.credentials()).toMatchObject({ headers: { authorization: 'Bearer flag' } });
  });

  test('is read again when the server refuses what it gave', async () => {
    const path = file('config', kubeconfig({ token: 'old' }));
    const connection = await findConnection({ kubeconfig: path, environment });
    const old = await connection.credentials();
    file('config', kubeconfig({ token: 'new' }));
    expect(await connection.renew(old)).toMatchObject({ headers: { authorization: 'Bearer new' } });
  });

  const plugin = (script: string) => ({ exec: { apiVersion: 'client.authentication.k8s.io/v1', command: process.execPath, args: ['-e', script] } });

  test('with an exec plugin runs it once, and again when the server refuses what it gave', async () => {
    const counter = file('count', '');
    const script = `require('fs').appendFileSync(${JSON.stringify(counter)}, 'x');
      const runs = require('fs').readFileSync(${JSON.stringify(counter)}, 'utf8').length;
      const { apiVersion, kind, spec } = JSON.parse(process.env.KUBERNETES_EXEC_INFO);
      console.log(JSON.stringify({ apiVersion, kind, status: { token: kind + spec.interactive + runs } }));`;
    const connection = await findConnection({ kubeconfig: file('config', kubeconfig(plugin(script))), environment });
    const first = await connection.credentials();
    expect(first.headers).toEqual({ authorization: 'Bearer ExecCredentialfalse1' });
    expect(await connection.credentials()).toBe(first);
    expect((await connection.renew(first)).headers).toEqual({ authorization: 'Bearer ExecCredentialfalse2' });
  });

  test('gives what the context says that was asked for', async () => {
    const two = kubeconfig({ token: 'abc' });
    const contexts = [...two.contexts, { name: 'prod', context: { cluster: 'c', user: 'u', namespace: 'other' } }];
    const kubeconfigFile = file('config', { ...two, contexts });
    expect((await findConnection({ kubeconfig: kubeconfigFile, context: 'prod', environment })).namespace).toBe('other');
    await expect(findConnection({ kubeconfig: kubeconfigFile, context: 'test', environment })).rejects.toThrow(
      'the context "test" is not among the contexts: dev, prod',
    );
    await expect(findConnection({ context: 'prod', environment })).rejects.toThrow('no kubeconfig, in which "prod" would be a context');
  });

  const bad = (change: object) => ({ ...kubeconfig({}), ...change });
  test.each<[string, string | object, RegExp]>([
    ['that is no YAML', 'a: [', /--kubeconfig: cannot use .*config: /],
    ['that is empty', '', /cannot use .*config: .*empty/],
    ['that is no kubeconfig', '{}', /no current-context; choose one with "kubectl config use-context" \(contexts: none\)/],
    ['without a current context', bad({ 'current-context': '' }), /no current-context; .*\(contexts: dev\)/],
    ['whose current context is missing', bad({ 'current-context': 'prod' }), /the context "prod" is not among the contexts: dev/],
    ['whose cluster is missing', bad({ clusters: [] }), /context "dev" names the cluster "c", which is not in the file/],
    ['whose user is missing', bad({ users: [] }), /context "dev" names the user "u", which is not in the file/],
    ['whose server is no address', kubeconfig({}, { name: 'c', cluster: { server: 'nowhere' } }), /the server of cluster "c", "nowhere", is no address/],
    [
      'with a proxy',
      kubeconfig({}, { name: 'c', cluster: { ...CLUSTER.cluster, 'proxy-url': 'http://p' } }),
      /cluster "c" has a proxy-url, which is not supported/,
    ],
    ['whose certificate file is missing', kubeconfig({ 'client-certificate': 'none.crt' }), /context "dev" gives no credentials: .*ENOENT.*none\.crt/],
    ['whose plugin is missing', kubeconfig({ exec: { command: 'no-such-plugin' } }), /context "dev" gives no credentials: .*spawn no-such-plugin ENOENT/],
    ['whose plugin fails', kubeconfig(plugin('console.error("log in first"); process.exit(1)')), /context "dev" gives no credentials: log in first/],
  ])('%s is a mistake with a clear message', async (_, content, message) => {
    const error: unknown = await findConnection({ kubeconfig: file('config', content), environment }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConnectionError);
    expect((error as ConnectionError).message).toMatch(message);
  });

  test('that is not there is a mistake with a clear message', async () => {
    await expect(findConnection({ kubeconfig: join(folder, 'none'), environment })).rejects.toThrow(/--kubeconfig: cannot use .*none: .*ENOENT/);
    await expect(findConnection({ environment: { KUBECONFIG: join(folder, 'none') } })).rejects.toThrow(/KUBECONFIG: cannot use .*none: .*ENOENT/);
  });
});

describe('the service account of a Pod', () => {
  const inPod = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };

  beforeEach(() => {
    file('ca.crt', 'CA');
    file('token', 'old\n');
    file('namespace', 'agent-sandbox-system');
  });

  test('gives address, namespace, token and authority', async () => {
    const connection = await findConnection({ environment: inPod, serviceAccountFolder: folder });
    expect([connection.server.href, connection.namespace]).toEqual(['https://10.0.0.1/', 'agent-sandbox-system']);
    expect(await connection.credentials()).toEqual({ headers: { authorization: 'Bearer old' }, tls: { ca: 'CA' } });
  });

  test('has an address in brackets when that is IPv6', async () => {
    const connection = await findConnection({ environment: { ...inPod, KUBERNETES_SERVICE_HOST: 'fd00::1' }, serviceAccountFolder: folder });
    expect(connection.server.href).toBe('https://[fd00::1]/');
  });

  test('is read again within 30 s of a rotation, and at once when the server refuses it', async () => {
    const clock = new VirtualClock();
    const connection = await findConnection({ environment: inPod, serviceAccountFolder: folder, clock });
    const old = await connection.credentials();
    file('token', 'new');
    file('ca.crt', 'NEW CA');
    expect(await connection.credentials()).toBe(old);
    expect(await connection.renew(old)).toEqual({ headers: { authorization: 'Bearer new' }, tls: { ca: 'NEW CA' } });
    file('token', 'newest');
    await clock.advance(30_000);
    expect(await connection.credentials()).toMatchObject({ headers: { authorization: 'Bearer newest' } });
  });

  test.each<[string, object, string, RegExp]>([
    ['no Pod at all', {}, '', /no cluster: give --kubeconfig or set KUBECONFIG/],
    ['no mounted token', inPod, '/nowhere', /cannot read \/nowhere\/.* of the Pod's service account: .*ENOENT.*automountServiceAccountToken/],
  ])('with %s is a mistake with a clear message', async (_, variables, serviceAccountFolder, message) => {
    const error: unknown = await findConnection({ environment: { ...variables }, serviceAccountFolder }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConnectionError);
    expect((error as ConnectionError).message).toMatch(message);
  });
});
