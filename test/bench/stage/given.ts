import { existsSync } from 'node:fs';
import { request } from 'node:https';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CLAIMS, SANDBOXES, TEMPLATES, WARM_POOLS } from '../../../src/controllers/shared/objects';
import type { Connection } from '../../../src/runtime/connection';
import { HttpTransport } from '../../../src/runtime/http-transport';
import { findConnection } from '../../../src/runtime/kube-config';
import { typeMetaOf, type Resource } from '../../../src/runtime/object';
import type { ApiRequest, Reply } from '../../../src/runtime/transport';
import { UserError } from '../user-error';
import { template, TEMPLATE } from './objects';
import type { Gauges, Site } from './site';
import { User } from './user';

/** A cluster in which somebody else's controller runs, and what is known of it beside its API. */
export interface GivenOptions {
  readonly kubeconfig: string;
  readonly namespace: string;
  /** The audit log of its API server, if it lies on this machine. */
  readonly auditLog?: string;
  /** The controller's user in it. */
  readonly controllerUser?: string;
  /** Where the controller serves metrics. */
  readonly metricsUrl?: string;
  /** The controller's process, if it runs on this machine. */
  readonly controllerPid?: number;
}

const NAMESPACES: Resource = { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces' };
const ACCOUNTS: Resource = { group: '', version: 'v1', kind: 'ServiceAccount', plural: 'serviceaccounts' };
const DEADLINE_MS = 30_000;
// kube-controller-manager makes the account within a second; where it does not run, nobody asks for the account.
const ACCOUNT_TRIES = 20;
const ACCOUNT_PAUSE_MS = 250;

/** Makes the bench's namespace and template in a cluster whose controller somebody else runs. Throws a UserError where the cluster cannot be used. */
export async function openGiven(options: GivenOptions): Promise<Site> {
  const { kubeconfig, namespace } = options;
  await expectThere(options);
  const connection = await findConnection({ kubeconfig, environment: {} });
  const transport = new HttpTransport(connection, { version: 'bench' });
  const send = (one: ApiRequest): Promise<Reply> => transport.send(one, { traffic: 'bulk', deadlineMs: DEADLINE_MS });
  for (const resource of [TEMPLATES, WARM_POOLS, CLAIMS, SANDBOXES]) await expectServed(resource, send, kubeconfig);
  const isOurs = await make(send, { verb: 'create', resource: NAMESPACES, namespace: '', body: { ...typeMetaOf(NAMESPACES), metadata: { name: namespace } } });
  for (let n = 0; n < ACCOUNT_TRIES && !isFound(await send({ verb: 'get', resource: ACCOUNTS, namespace, name: 'default' })); n++)
    await delay(ACCOUNT_PAUSE_MS);
  await make(send, { verb: 'create', resource: TEMPLATES, namespace, body: { ...typeMetaOf(TEMPLATES), ...template() } });
  const user = User.of(connection, namespace);
  const version = await find(connection, '/version');
  // The version of Kubernetes, as /version answers it.
  const { gitVersion = 'unknown' } = JSON.parse(version ?? '{}') as { readonly gitVersion?: string };
  return {
    about: {
      controller: `the controller of the cluster in ${basename(kubeconfig)}`,
      nodes: 'the nodes of the cluster',
      versions: { 'kube-apiserver': gitVersion, node: process.version },
    },
    user,
    gauges: gaugesOf(connection, options),
    close: async () => {
      await user.clear();
      await send({ verb: 'delete', resource: TEMPLATES, namespace, name: TEMPLATE });
      if (isOurs) await send({ verb: 'delete', resource: NAMESPACES, namespace: '', name: namespace });
      await user.close();
      await transport.close();
    },
  };
}

function gaugesOf(connection: Connection, { namespace, auditLog, controllerUser, metricsUrl, controllerPid }: GivenOptions): Gauges {
  return {
    ...(auditLog !== undefined && {
      audit: { file: auditLog, actors: controllerUser === undefined ? {} : { [controllerUser]: 'controller' }, namespaces: [namespace] },
    }),
    metrics: {
      controller: async () => (metricsUrl === undefined ? undefined : (await fetch(metricsUrl)).text()),
      'kube-apiserver': () => find(connection, '/metrics'),
      etcd: () => Promise.resolve(undefined),
    },
    pids: (): Readonly<Record<string, number>> => (controllerPid === undefined ? {} : { controller: controllerPid }),
  };
}

async function expectThere({ kubeconfig, auditLog, metricsUrl, controllerPid }: GivenOptions): Promise<void> {
  for (const file of [kubeconfig, auditLog]) if (file !== undefined && !existsSync(file)) throw new UserError(`${file}: found no such file`);
  if (controllerPid !== undefined && !existsSync(`/proc/${controllerPid}`)) throw new UserError(`--controller-pid ${controllerPid}: found no such process`);
  const answers = (url: string): Promise<boolean> =>
    fetch(url)
      .then(({ ok }) => ok)
      .catch(() => false);
  if (metricsUrl !== undefined && !(await answers(metricsUrl))) throw new UserError(`--metrics-url ${metricsUrl}: nobody serves metrics there`);
}

async function expectServed(resource: Resource, send: (one: ApiRequest) => Promise<Reply>, kubeconfig: string): Promise<void> {
  const reply = await send({ verb: 'list', resource, namespace: '', query: { limit: '1' } });
  if (!reply.answered) throw new UserError(`${kubeconfig}: the API server does not answer: ${reply.cause}`);
  const what = `${resource.plural} of ${resource.group}/${resource.version}`;
  if (reply.status === 404) throw new UserError(`${kubeconfig}: the API server does not serve ${what}: install the CRDs and a controller first`);
  if (reply.status > 299) throw new UserError(`${kubeconfig}: ${what} may not be listed: status ${reply.status}: ${JSON.stringify(reply.body)}`);
}

/** Whether it was not there before. */
async function make(send: (one: ApiRequest) => Promise<Reply>, one: ApiRequest): Promise<boolean> {
  const reply = await send(one);
  const isThere = reply.answered && (reply.status < 300 || reply.status === 409);
  if (!isThere) throw new UserError(`POST ${one.resource.plural}: ${reply.answered ? `status ${reply.status}: ${JSON.stringify(reply.body)}` : reply.cause}`);
  return reply.status !== 409;
}

const isFound = (reply: Reply): boolean => reply.answered && reply.status === 200;

/** The text at a path of the API server; undefined where it may not be read. */
async function find(connection: Connection, path: string): Promise<string | undefined> {
  const { headers, tls } = await connection.credentials();
  const prefix = connection.server.pathname.replace(/\/$/, '');
  return new Promise((resolve) => {
    const sent = request(new URL(`${prefix}${path}`, connection.server), { headers, ...tls, timeout: DEADLINE_MS }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => resolve(undefined));
      response.on('end', () => resolve(response.statusCode === 200 ? Buffer.concat(chunks).toString('utf8') : undefined));
    });
    sent.on('error', () => resolve(undefined));
    sent.on('timeout', () => sent.destroy());
    sent.end();
  });
}
