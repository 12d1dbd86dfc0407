import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { blobOf, digestOf, jsonBlob } from '../../src/image/blob';
import type { Credentials } from '../../src/image/docker-config';
import { parseReference } from '../../src/image/reference';
import { push, Repository } from '../../src/image/registry';

/** A registry with one user, as strict as the test asks for. Another origin of it stands for the storage that some registries upload to. */
class StubRegistry {
  public readonly stored = new Map<string, Buffer>();
  /** Every request after its authentication, with what came in `authorization`. */
  public readonly requests: string[] = [];
  public readonly tokensFor: string[] = [];
  public challenge: 'none' | 'basic' | 'bearer' = 'none';
  /** Answers instead of those of the registry. */
  public readonly faults: { readonly match: RegExp; readonly status: number; readonly body?: string }[] = [];
  public storedDigest?: string;
  private readonly servers: Server[] = [];
  private addresses: readonly string[] = [];

  public async start(): Promise<void> {
    this.servers.push(...[0, 1].map(() => createServer((request, response) => void this.answer(request, response))));
    await Promise.all(this.servers.map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))));
    // What address() answers for a server of TCP.
    this.addresses = this.servers.map((server) => `127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  public async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => (server.closeAllConnections(), new Promise((resolve) => server.close(resolve)))));
  }

  public reference = (): string => `${this.addresses[0]}/team/controller:1`;

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const { method = '', url = '', headers } = request;
    const path = new URL(url, 'http://registry');
    if (path.pathname === '/token') return this.answerToken(path, { headers, body: body.toString() }, response);
    if (!this.isKnown(headers.authorization, headers.host)) {
      const bearer = `Bearer realm="http://${this.addresses[0]}/token",service="stub",scope="repository:team/controller:pull"`;
      response.writeHead(401, { 'www-authenticate': this.challenge === 'basic' ? 'Basic realm="stub"' : bearer }).end('who are you?');
      return;
    }
    this.requests.push(`${method} ${path.pathname} ${headers.authorization === undefined ? 'nobody' : 'somebody'}`);
    const index = this.faults.findIndex(({ match }) => match.test(`${method} ${path.pathname}`));
    const [fault] = index < 0 ? [] : this.faults.splice(index, 1);
    if (fault) return void response.writeHead(fault.status).end(fault.body);
    this.serve(method, path, body, response);
  }

  private serve(method: string, { pathname, searchParams }: URL, body: Buffer, response: ServerResponse): void {
    const name = pathname.slice(pathname.lastIndexOf('/') + 1);
    if (method === 'HEAD') return void response.writeHead(this.stored.has(name) ? 200 : 404).end();
    if (method === 'POST') return void response.writeHead(202, { location: `http://${this.addresses[1]}/storage/1?state=a` }).end();
    const key = searchParams.get('digest') ?? name;
    if (searchParams.has('digest') && digestOf(body) !== key) return void response.writeHead(400).end('wrong digest');
    this.stored.set(key, body);
    response.writeHead(201, { 'docker-content-digest': this.storedDigest ?? digestOf(body) }).end();
  }

  private answerToken(url: URL, { headers, body }: { readonly headers: IncomingMessage['headers']; readonly body: string }, response: ServerResponse): void {
    const form = new URLSearchParams(body);
    const isUser = headers.authorization === `Basic ${Buffer.from('me:secret').toString('base64')}` || form.get('refresh_token') === 'refresh';
    this.tokensFor.push(`${url.searchParams.get('scope') ?? form.get('scope')} ${url.searchParams.get('service') ?? form.get('service')}`);
    if (!isUser) return void response.writeHead(401).end('wrong password');
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ token: 'letmein' }));
  }

  private isKnown(authorization: string | undefined, host: string | undefined): boolean {
    if (this.challenge === 'none' || host === this.addresses[1]) return true;
    return authorization === (this.challenge === 'basic' ? `Basic ${Buffer.from('me:secret').toString('base64')}` : 'Bearer letmein');
  }
}

let registry: StubRegistry;
beforeEach(async () => {
  registry = new StubRegistry();
  await registry.start();
});
afterEach(() => registry.stop());

const LAYER = blobOf('application/vnd.oci.image.layer.v1.tar+gzip', Buffer.from('layer'));
const MANIFEST = jsonBlob('application/vnd.oci.image.manifest.v1+json', { of: LAYER.digest });
const INDEX = jsonBlob('application/vnd.oci.image.index.v1+json', { of: MANIFEST.digest });
const ME: Credentials = { user: 'me', password: 'secret' };

async function pushAll(credentials?: Credentials): Promise<string[]> {
  const said: string[] = [];
  const repository = new Repository(parseReference(registry.reference(), false), credentials, [1, 1]);
  await push(repository, { blobs: [LAYER, MANIFEST, INDEX], tag: '1', say: (text) => said.push(text) });
  return said;
}

test('pieces come before those that name them, the tag comes last, and what is there is not sent again', async () => {
  expect(await pushAll()).toEqual([`uploading ${LAYER.digest} 0.0 MB`]);
  expect([...registry.stored.keys()]).toEqual([LAYER.digest, MANIFEST.digest, '1']);
  expect(registry.stored.get('1')).toEqual(INDEX.content);
  registry.requests.length = 0;
  expect(await pushAll()).toEqual([`is there  ${LAYER.digest} 0.0 MB`]);
  expect(registry.requests.filter((request) => request.startsWith('POST'))).toEqual([]);
});

test.each<[string, 'basic' | 'bearer', Credentials, readonly string[]]>([
  ['a password', 'basic', ME, []],
  ['a token that a password is changed for', 'bearer', ME, ['repository:team/controller:pull,push stub']],
  ['a token that an identity token is changed for', 'bearer', { identityToken: 'refresh' }, ['repository:team/controller:pull,push stub']],
])('a registry that asks who we are is told by %s, and the storage that it uploads to is not', async (_, challenge, credentials, tokensFor) => {
  registry.challenge = challenge;
  await pushAll(credentials);
  expect([...registry.stored.keys()]).toEqual([LAYER.digest, MANIFEST.digest, '1']);
  expect(registry.tokensFor).toEqual(tokensFor);
  expect(registry.requests.filter((request) => request.endsWith('nobody'))).toEqual(['PUT /storage/1 nobody']);
});

test.each([429, 500, 503])('what may pass is tried again: %d', async (status) => {
  registry.faults.push({ match: /POST/, status }, { match: /PUT .*manifests/, status });
  await pushAll();
  expect([...registry.stored.keys()]).toEqual([LAYER.digest, MANIFEST.digest, '1']);
});

test.each<[string, (stub: StubRegistry) => void, Credentials | undefined, RegExp]>([
  [
    'nobody has logged in',
    (stub) => (stub.challenge = 'basic'),
    undefined,
    /cannot look for sha256:\w+: the server answers 401 Unauthorized; nobody has logged in: docker login/,
  ],
  [
    'a wrong password',
    (stub) => (stub.challenge = 'bearer'),
    { user: 'me', password: 'x' },
    /cannot get a token from 127.*: the server answers 401 .*: wrong password; may this user push there\?$/,
  ],
  [
    'a user without the right',
    (stub) => stub.faults.push({ match: /POST/, status: 403, body: 'denied' }),
    ME,
    /cannot upload sha256:\w+: the server answers 403 Forbidden: denied; may this user push there\?$/,
  ],
  [
    'a repository that is not there',
    (stub) => stub.faults.push({ match: /POST/, status: 404, body: 'NAME_UNKNOWN' }),
    ME,
    /cannot upload sha256:\w+: the server answers 404 Not Found: NAME_UNKNOWN$/,
  ],
  ['another digest than ours', (stub) => (stub.storedDigest = 'sha256:0'), ME, /stored sha256:\w+ as sha256:0, expected sha256:\w+$/],
])('%s is an error that names the registry, the step and what it answers', async (_, arrange, credentials, message) => {
  arrange(registry);
  await expect(pushAll(credentials)).rejects.toThrow(message);
  await expect(pushAll(credentials).catch((error: Error) => error.message)).resolves.not.toContain('secret');
  expect(registry.stored.has('1') && registry.storedDigest === undefined && credentials === undefined).toBe(false);
});

test('a registry that is not there is an error that names it, after some tries', async () => {
  await registry.stop();
  await expect(pushAll()).rejects.toThrow(/^127\.0\.0\.1:\d+: cannot look for sha256:\w+: .*ECONNREFUSED/);
});
