import { CLAIMS, PODS, SANDBOXES, SERVICES, WARM_POOLS, type Sandbox, type SandboxClaim } from '../../../src/controllers/shared/objects';
import type { Connection } from '../../../src/runtime/connection';
import { HttpTransport } from '../../../src/runtime/http-transport';
import { findConnection } from '../../../src/runtime/kube-config';
import { typeMetaOf, type KubeObject, type Resource } from '../../../src/runtime/object';
import { SOCKET_COUNTS } from '../../../src/runtime/sockets';
import type { ApiRequest, Reply } from '../../../src/runtime/transport';
import type { Cluster } from '../../cluster/connection';
import { until } from '../../cluster/until';
import { claim } from './objects';
import { DEADLINE_MS, Waiting, type Claimed } from './waiting';

export type { Claimed } from './waiting';

/** More than the API server works on at one time here. */
const SOCKETS = { ...SOCKET_COUNTS, claim: 64 };
const CLEAR_TIMEOUT_MS = 600_000;
/** What workloads leave behind, owners first. */
const LEFT: readonly Resource[] = [WARM_POOLS, CLAIMS, SANDBOXES, PODS, SERVICES];

/** Somebody who makes claims in a namespace and watches them, over connections of his own. */
export class User {
  private readonly waiting = new Waiting();
  /** Which claims were ever told of a Sandbox. */
  private readonly told = new Map<string, Set<string>>();
  private stopWatch = (): void => undefined;

  private constructor(
    private readonly transport: HttpTransport,
    private readonly namespace: string,
  ) {}

  public static async connect({ connection: { kubeconfig } }: Cluster, namespace: string): Promise<User> {
    return User.of(await findConnection({ kubeconfig, environment: {} }), namespace);
  }

  public static of(connection: Connection, namespace: string): User {
    const user = new User(new HttpTransport(connection, { version: 'bench', sockets: SOCKETS }), namespace);
    user.watch();
    return user;
  }

  /** How many Sandboxes two claims were told of. */
  public get givenTwice(): number {
    return [...this.told.values()].filter(({ size }) => size > 1).length;
  }

  /** Makes a claim and waits until it is Ready. Never rejects. */
  public claim(name: string, pool: string, fromMs?: number): Promise<Claimed> {
    return this.waiting.time(name, () => this.make(CLAIMS, claim(name, pool)), fromMs);
  }

  public make(resource: Resource, object: object): Promise<KubeObject> {
    return this.send({ verb: 'create', resource, body: { ...typeMetaOf(resource), ...object } });
  }

  public patch(resource: Resource, name: string, body: object, subresource?: 'status'): Promise<KubeObject> {
    return this.send({ verb: 'patch', resource, name, body, ...(subresource && { subresource }) });
  }

  public get<T extends KubeObject>(resource: Resource<T>, name: string): Promise<T> {
    // The server answers with an object of the resource.
    return this.send({ verb: 'get', resource, name }) as Promise<T>;
  }

  public async list<T extends KubeObject>(resource: Resource<T>, query: Readonly<Record<string, string>> = {}): Promise<readonly T[]> {
    // The server answers with a list of the resource.
    return ((await this.send({ verb: 'list', resource, query })) as unknown as { readonly items: readonly T[] }).items;
  }

  /** A text that changes when an object of the namespace does. */
  public async state(): Promise<string> {
    const lists = await Promise.all(LEFT.map((resource) => this.list(resource)));
    return lists.flatMap((items) => items.map(({ metadata: { uid, resourceVersion } }) => `${uid} ${resourceVersion}`)).join();
  }

  /** Deletes all that workloads have made but templates, and waits until it is gone. */
  public async clear(): Promise<void> {
    const isGone = async () => {
      for (const resource of LEFT) await this.deleteAll(resource);
      const left = await Promise.all(LEFT.map((resource) => this.list(resource, { limit: '1' })));
      return left.flat().length === 0 ? true : undefined;
    };
    await until('the objects of the last workload to be gone', isGone, CLEAR_TIMEOUT_MS);
  }

  /** Watches Sandboxes until `stop`. `tells` says of which ones those who wait are told. */
  public watchSandboxes(tells: (sandbox: Sandbox) => boolean): { readonly waiting: Waiting; readonly stop: () => void } {
    const waiting = new Waiting();
    const stop = this.transport.watch(
      { resource: SANDBOXES, namespace: this.namespace, initialEvents: true, timeoutSeconds: 3600 },
      {
        event: (type, object) => {
          // A watch of Sandboxes brings Sandboxes.
          if (type !== 'BOOKMARK' && tells(object as Sandbox)) waiting.tell(object.metadata.name, object.metadata.name);
        },
        end: () => undefined,
      },
    );
    return { waiting, stop };
  }

  public async close(): Promise<void> {
    this.stopWatch();
    await this.transport.close();
  }

  /** A server that gives up after a minute has deleted some of them. */
  private async deleteAll(resource: Resource): Promise<void> {
    const reply = await this.reply({ verb: 'delete', resource, body: { gracePeriodSeconds: 0, propagationPolicy: 'Background' } });
    if (reply.answered && reply.status >= 400 && reply.status < 500)
      throw new Error(`delete all ${resource.plural}: ${reply.status}: ${JSON.stringify(reply.body)}`);
  }

  private reply(request: Omit<ApiRequest, 'namespace'>): Promise<Reply> {
    return this.transport.send({ ...request, namespace: this.namespace }, { traffic: 'claim', deadlineMs: DEADLINE_MS });
  }

  private async send(request: Omit<ApiRequest, 'namespace'>): Promise<KubeObject> {
    const reply = await this.reply(request);
    const what = `${request.verb} ${request.resource.plural} ${request.name ?? ''}`;
    if (!reply.answered) throw new Error(`${what}: ${reply.cause}`);
    if (reply.status > 299) throw new Error(`${what}: ${reply.status}: ${JSON.stringify(reply.body)}`);
    // A success is answered with an object.
    return reply.body as KubeObject;
  }

  private watch(): void {
    this.stopWatch = this.transport.watch(
      { resource: CLAIMS, namespace: this.namespace, initialEvents: true, timeoutSeconds: 3600 },
      {
        // A watch of claims brings claims.
        event: (type, object) => (type === 'BOOKMARK' ? undefined : this.hear(object as SandboxClaim)),
        end: () => this.watch(),
      },
    );
  }

  private hear({ metadata: { name }, status }: SandboxClaim): void {
    const sandbox = status?.sandbox?.name;
    if (sandbox === undefined) return;
    this.told.set(sandbox, (this.told.get(sandbox) ?? new Set()).add(name));
    if (status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True')) this.waiting.tell(name, sandbox);
  }
}
