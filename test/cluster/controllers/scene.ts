import { isDeepStrictEqual } from 'node:util';

import { LABELS } from '../../../src/api/keys';
import { PODS, SANDBOXES, VOLUME_CLAIMS, type Condition, type Pod, type Sandbox, type SandboxClaim } from '../../../src/controllers/shared/objects';
import { systemClock } from '../../../src/runtime/clock';
import type { Connection } from '../../../src/runtime/connection';
import { HttpTransport } from '../../../src/runtime/http-transport';
import type { KubeObject, ObjectMeta, Resource } from '../../../src/runtime/object';
import { pathOf } from '../../../src/runtime/paths';
import type { FaultProxy } from '../../support/fault-proxy';
import type { ApiResponse } from '../api-request';
import type { Cluster } from '../connection';
import { until } from '../until';
import { controllerAccount, type Account } from './account';
import { AuditLog, type Audited } from './audit-log';
import { ControllerProcess, type Cached, type ProcessOptions } from './controller-process';
import { Kubelet } from './kubelet';

/** How a scene starts its controllers. */
export interface StartOptions extends Partial<Pick<ProcessOptions, 'clock' | 'settings' | 'areTemplatesLabelled' | 'isAdoptionLean' | 'requestTimeoutMs'>> {
  /**
   * What stands between the controllers and the API server.
   *
   * @default - nothing
   */
  readonly proxy?: FaultProxy;
  /**
   * Only fill the caches; `lead` lets the passes begin.
   *
   * @default false
   */
  readonly isStandby?: boolean;
}

/** A namespace of its own with a kubelet, an account for controllers, and what a test says to them. */
export class Scene {
  private readonly processes: ControllerProcess[] = [];

  private constructor(
    public readonly cluster: Cluster,
    public readonly namespace: string,
    public readonly account: Account,
    public readonly kubelet: Kubelet,
    private readonly transport: HttpTransport,
    public readonly audit: AuditLog,
  ) {}

  public static async open(cluster: Cluster, prefix: string): Promise<Scene> {
    if (!cluster.connection.controllerManager) throw new Error('these tests need kube-controller-manager, which collects what Sandboxes own: install Go');
    const audit = new AuditLog(cluster.connection.auditLog);
    const namespace = await cluster.namespace(prefix);
    const { url, ca, token } = cluster.connection;
    const transport = new HttpTransport(connectionOf(new URL(url), token, ca), { version: 'kubelet' });
    const kubelet = await Kubelet.start(cluster, transport, namespace);
    return new Scene(cluster, namespace, await controllerAccount(cluster, namespace, 'controller'), kubelet, transport, audit);
  }

  /** Starts the controllers on this namespace, under the account and with nothing but its rights. */
  public async start({ proxy, clock = systemClock, isStandby = false, ...options }: StartOptions = {}): Promise<ControllerProcess> {
    const { url, ca } = this.cluster.connection;
    const connection = proxy ? connectionOf(proxy.url, this.account.token) : connectionOf(new URL(url), this.account.token, ca);
    const process = await ControllerProcess.start({ ...options, clock, connection, namespaces: [this.namespace] }, isStandby);
    this.processes.push(process);
    return process;
  }

  /** Ends everything. Throws when a rule or a handler has thrown, or when the rights did not suffice. */
  public async close(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.kill()));
    await this.kubelet.stop();
    await this.transport.close();
    const faults = this.processes.flatMap((process) => process.faults);
    if (faults.length > 0) throw faults[0];
    const forbidden = this.audit.requestsOf(this.account.user).filter(({ isForbidden }) => isForbidden);
    if (forbidden.length > 0) throw new Error(`the rights of the controller do not suffice: ${forbidden.map(textOf).join(', ')}`);
  }

  /** Sends a request about one object, or without a name about all of the namespace; resolves to whatever the server answers. */
  public send(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', resource: Resource, name?: string, body?: object, subresource?: 'status'): Promise<ApiResponse> {
    const path = pathOf({ verb: 'get', resource, namespace: this.namespace, ...(name !== undefined && { name }), ...(subresource && { subresource }) });
    return this.cluster.request(method, path, body);
  }

  /** Creates an object that has to be accepted. */
  public async make<T extends KubeObject>(resource: Resource<T>, name: string, fields: object = {}): Promise<T> {
    const { group, version, kind } = resource;
    const metadata = { name, ...('metadata' in fields && (fields.metadata as object)) };
    const body = { apiVersion: group === '' ? version : `${group}/${version}`, kind, ...fields, metadata };
    return objectIn<T>(`POST ${kind} ${name}`, await this.send('POST', resource, undefined, body));
  }

  /** Changes an object by a merge patch that has to be accepted. */
  public async patch<T extends KubeObject>(resource: Resource<T>, name: string, patch: object): Promise<T> {
    return objectIn<T>(`PATCH ${resource.kind} ${name}`, await this.send('PATCH', resource, name, patch));
  }

  public async delete(resource: Resource, name: string, options: object = {}): Promise<void> {
    const answer = await this.send('DELETE', resource, name, options);
    if (answer.status > 299) throw new Error(`DELETE ${resource.kind} ${name}: ${JSON.stringify(answer.body)}`);
  }

  public async find<T extends KubeObject>(resource: Resource<T>, name: string): Promise<T | undefined> {
    const answer = await this.send('GET', resource, name);
    return answer.status === 404 ? undefined : objectIn<T>(`GET ${resource.kind} ${name}`, answer);
  }

  /** Everything of a resource. */
  public async list<T extends KubeObject>(resource: Resource<T>): Promise<readonly T[]> {
    return objectIn<{ readonly items: readonly T[] }>(`LIST ${resource.plural}`, await this.send('GET', resource)).items;
  }

  /** Waits until the object is there and `fits`; `what` completes the sentence "waited for <object> …". */
  public until<T extends KubeObject>(resource: Resource<T>, name: string, what: string, fits: (object: T) => boolean = () => true): Promise<T> {
    let last: T | undefined;
    const probe = async () => {
      last = await this.find(resource, name);
      return last && fits(last) ? last : undefined;
    };
    return until(`${resource.kind} ${name} ${what}`, probe, TIMEOUT_MS).catch((error: unknown) => {
      throw new Error(`${String(error)}; it is ${JSON.stringify({ ...last, metadata: { ...last?.metadata, managedFields: undefined } }, undefined, 1)}`);
    });
  }

  /** Waits until the object is gone, or is another one than that UID. */
  public gone(resource: Resource, name: string, uid?: string): Promise<true> {
    const probe = async () => {
      const found = await this.find(resource, name);
      return found && (uid === undefined || found.metadata.uid === uid) ? undefined : true;
    };
    return until(`${resource.kind} ${name} to be gone`, probe, TIMEOUT_MS);
  }

  /** Tells of every change of a resource from now on; returns what ends it. */
  public watch<T extends KubeObject>(resource: Resource<T>, see: (type: string, object: T) => void): () => void {
    return this.transport.watch(
      { resource, namespace: this.namespace, initialEvents: true, timeoutSeconds: 600 },
      // A watch of a resource brings objects of it.
      { event: (type, object) => void (type !== 'BOOKMARK' && see(type, object as T)), end: () => undefined },
    );
  }

  /** Creates a Sandbox with one container. */
  public sandbox(name: string, spec: object = {}, metadata: object = {}): Promise<Sandbox> {
    return this.make(SANDBOXES, name, { metadata, spec: { podTemplate: { spec: POD_SPEC }, ...spec } });
  }

  /** Creates a Pod with one container, which our controller did not make. */
  public pod(name: string, metadata: object = {}, spec: object = {}): Promise<Pod> {
    return this.make(PODS, name, { metadata, spec: { ...POD_SPEC, ...spec } });
  }

  /** Waits until the Sandbox has exactly these conditions, each as `Ready False DependenciesNotReady: Pod does not exist`, and Ready is of its generation. */
  public async expectConditions(name: string, ...expected: readonly string[]): Promise<Sandbox> {
    const wanted = [...expected].sort();
    return this.until(SANDBOXES, name, `to have the conditions\n${wanted.join('\n')}\n`, ({ status, metadata }) => {
      const conditions = status?.conditions ?? [];
      const isCurrent = conditions.some(({ type, observedGeneration }) => type === 'Ready' && observedGeneration === metadata.generation);
      return isCurrent && isDeepStrictEqual(conditions.map(conditionText).sort(), wanted);
    });
  }

  /** Waits until the Sandbox is Ready. */
  public ready(name: string): Promise<Sandbox> {
    return this.until(SANDBOXES, name, 'to be Ready', (sandbox) => conditionOf(sandbox, 'Ready')?.status === 'True');
  }

  /** Waits until the Sandbox has the problem in its Ready condition. */
  public expectProblem(name: string, reason: 'ReconcilerError' | 'InvalidConfiguration' | 'MultiplePods', message: string): Promise<Sandbox> {
    const fits = (sandbox: Sandbox) => {
      const ready = conditionOf(sandbox, 'Ready');
      return ready?.reason === reason && ready.status === 'False' && ready.message === message;
    };
    return this.until(SANDBOXES, name, `to be not Ready because of ${reason}: ${message}`, fits);
  }

  /** Expects that nobody has written the object since. */
  public async expectUntouched(resource: Resource, before: KubeObject): Promise<void> {
    expect(await this.find(resource, before.metadata.name)).toEqual(before);
  }

  /** Waits until the caches of a process are what the server stores, and no pass waits or runs. */
  public settled(process: ControllerProcess): Promise<true> {
    return until('the controllers to be at rest', async () => {
      const passes = process.passes.length;
      const isCurrent = await Promise.all(process.caches.map((cached) => this.isCurrent(cached)));
      return isCurrent.every(Boolean) && process.isIdle && process.passes.length === passes ? true : undefined;
    });
  }

  /** The writes of the controllers about objects whose names contain the text, in order: `create pods alice 201`. */
  public writes(about = ''): readonly string[] {
    return this.audit
      .writesOf(this.account.user)
      .filter(({ name }) => name.includes(about))
      .map(textOf);
  }

  /** Waits until the controllers have sent that write: `create pods alice 201`. */
  public audited(write: string): Promise<true> {
    return until(`the controllers to ${write}`, () => (this.writes().includes(write) ? true : undefined), TIMEOUT_MS);
  }

  /** Whether a cache is what the server stores. Claims for volumes that carry no tracking label are not watched. */
  private async isCurrent({ resource, versions }: Cached): Promise<boolean> {
    const stored = (await this.list(resource)).map(({ metadata }) => [`${this.namespace}/${metadata.name}`, metadata] as const);
    const isMissed = (key: string, { labels }: ObjectMeta) => versions.has(key) || resource !== VOLUME_CLAIMS || labels?.[LABELS.sandboxNameHash] !== undefined;
    const isKnown = stored.every(([key, metadata]) => !isMissed(key, metadata) || versions.get(key) === metadata.resourceVersion);
    return isKnown && [...versions.keys()].every((key) => stored.some(([other]) => other === key));
  }
}

const TIMEOUT_MS = 30_000;
const POD_SPEC = { containers: [{ name: 'main', image: 'i' }] };

/** `Ready False DependenciesNotReady: Pod does not exist`. */
const conditionText = ({ type, status, reason, message }: Condition): string => `${type} ${status} ${reason}: ${message}`;

export const conditionOf = ({ status }: Sandbox | SandboxClaim, type: string): Condition | undefined =>
  status?.conditions?.find((condition) => condition.type === type);

const textOf = ({ verb, resource, name, status }: Audited): string => `${verb} ${resource} ${name} ${status}`;

function connectionOf(server: URL, token: string, ca?: string): Connection {
  const credentials = { headers: { authorization: `Bearer ${token}` }, tls: ca === undefined ? {} : { ca } };
  return { server, credentials: () => Promise.resolve(credentials), renew: () => Promise.resolve(credentials) };
}

function objectIn<T>(what: string, { status, body }: ApiResponse): T {
  if (status > 299) throw new Error(`${what}: status ${status}: ${JSON.stringify(body)}`);
  // The API server answers with an object of the resource that was asked for.
  return body as T;
}
