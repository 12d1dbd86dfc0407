/**
 * The API server of the simulation behind HTTP, in a process of its own: on a machine of two cores a real one would take the processor away from what is
 * measured. Pods are bound and run as soon as they are there. The parent sends an Order and is told when it is done; the first message is the URL.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { SANDBOXES } from '../../../src/controllers/shared/objects';
import type { KubeObject } from '../../../src/runtime/object';
import type { ApiRequest } from '../../../src/runtime/transport';
import { ApiModel } from '../../simulation/api/api-model';
import { NAMESPACES, PODS } from '../../simulation/api/resource-types';
import { running } from '../../simulation/cluster/pod-status';
import { Random } from '../../simulation/random';
import { sandbox } from '../synth/sandbox-spec';

/** What the parent asks for: so many Sandboxes, or changes of Pods at a rate. */
export type Order = { readonly do: 'populate'; readonly count: number } | { readonly do: 'change'; readonly perSecond: number; readonly seconds: number };

const NAMESPACE = 'team-a';
const BOOKMARK_MS = 60_000;
const VERBS: Readonly<Record<string, ApiRequest['verb']>> = { GET: 'get', POST: 'create', PATCH: 'patch', DELETE: 'delete' };
const PATH = /^\/(?:api|apis\/([^/]+))\/([^/]+)(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?(?:\/(status))?$/;

const model = new ApiModel(new Random(1), () => Date.now());
const pods: string[] = [];

function serve(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const url = new URL(request.url ?? '', 'http://model');
    const [, group = '', version = '', namespace = '', plural = '', name, subresource] = PATH.exec(url.pathname) ?? [];
    const resource = { group, version, kind: '', plural };
    const query = Object.fromEntries(url.searchParams);
    if (query.watch === 'true') return watch(response, { resource, namespace, query });
    const verb = VERBS[request.method ?? ''] ?? 'get';
    // Whoever writes to this server sends objects.
    const body = chunks.length > 0 ? { body: JSON.parse(Buffer.concat(chunks).toString('utf8')) as object } : {};
    const isList = verb === 'get' && name === undefined;
    const parts = { ...(name !== undefined && { name }), ...(subresource === 'status' && { subresource: 'status' as const }) };
    const answer = model.handle({ verb: isList ? 'list' : verb, resource, namespace, query, ...parts, ...body }, 'controller');
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
  });
}

function watch(response: ServerResponse, { resource, namespace, query }: Required<Pick<ApiRequest, 'resource' | 'namespace' | 'query'>>): void {
  const { labelSelector, resourceVersion, sendInitialEvents } = query;
  response.writeHead(200, { 'content-type': 'application/json' });
  const source = model.watch(
    {
      ...{ resource, namespace, initialEvents: sendInitialEvents === 'true', timeoutSeconds: 600 },
      ...(labelSelector !== undefined && { labelSelector }),
      ...(resourceVersion !== undefined && { resourceVersion }),
    },
    {
      event: (type, object) => void response.write(`${JSON.stringify({ type, object })}\n`),
      end: (code, message) => void response.end(`${JSON.stringify({ type: 'ERROR', object: { code, message } })}\n`),
    },
  );
  const bookmarks = setInterval(() => source?.bookmark(), BOOKMARK_MS);
  response.on('close', () => {
    clearInterval(bookmarks);
    source?.stop();
  });
}

/** Binds a new Pod and has it run. */
function play(type: string, { metadata: { name, namespace = '' } }: KubeObject): void {
  if (type !== 'ADDED') return;
  setImmediate(() => {
    model.bind({ namespace, name }, 'node-1');
    const pod = model.store.find(PODS, { namespace, name });
    if (!pod) return;
    pods.push(name);
    const address = `10.${pods.length >> 16}.${(pods.length >> 8) & 255}.${pods.length & 255}`;
    const body = { status: running(pod, Date.now(), [address], true) };
    model.handle({ verb: 'patch', resource: PODS, namespace, name, subresource: 'status', body }, 'kubelet');
  });
}

function populate(count: number): void {
  for (let number = 0; number < count; number++) {
    const { status, body: answer } = model.handle({ verb: 'create', resource: SANDBOXES, namespace: NAMESPACE, body: sandbox(number) }, 'user');
    if (status !== 201) throw new Error(JSON.stringify(answer));
  }
}

/** Changes one Pod after the other, evenly in time. An annotation that nobody asked for wakes the controller and gives it nothing to write. */
async function change(perSecond: number, seconds: number): Promise<void> {
  const startMs = performance.now();
  for (let made = 0; made < perSecond * seconds;) {
    for (const due = Math.min(perSecond * seconds, ((performance.now() - startMs) / 1000) * perSecond); made < due; made++) {
      const body = { metadata: { annotations: { 'example.com/beat': String(made) } } };
      model.handle({ verb: 'patch', resource: PODS, namespace: NAMESPACE, name: pods[made % pods.length] ?? '', body }, 'user');
    }
    await delay(2);
  }
}

model.handle({ verb: 'create', resource: NAMESPACES, namespace: '', body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } } }, 'user');
model.watch({ resource: PODS, namespace: '', initialEvents: true, timeoutSeconds: 600 }, { event: play, end: () => undefined });
const server = createServer(serve).listen(0, '127.0.0.1', () => {
  // A server that listens on TCP has such an address.
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.on('message', (order: Order) => {
  const done = order.do === 'populate' ? Promise.resolve(populate(order.count)) : change(order.perSecond, order.seconds);
  void done.then(() => process.send?.('done'));
});
process.on('disconnect', () => process.exit());
