import type { KubeObject, Resource } from '../../src/runtime/object';
import type { ApiRequest, Transport, WatchRequest } from '../../src/runtime/transport';

/** A server that the suite is run on. */
export interface Backend {
  readonly transport: Transport;
  /** Creates a namespace with a name of its own, in which Pods can be created. */
  namespace(): Promise<string>;
  /** Asks again and again until `probe` answers something; rejects when that takes too long. */
  until<T>(what: string, probe: () => Promise<T | undefined> | T | undefined): Promise<T>;
}

/** Gives a part of the suite a namespace of its own. */
export type Start = () => Promise<Api>;

/** Any object of any kind, as an answer brings it. */
export interface Body extends KubeObject {
  readonly [field: string]: unknown;
}

/** What the server answered, without field managers. */
export interface Answered {
  readonly status: number;
  readonly body: Body;
}

/** What a watch has told. */
export interface Recording {
  readonly events: ReadonlyArray<readonly [type: string, object: Body]>;
  end?: { readonly status: number | undefined; readonly message: string };
  stop(): void;
}

/** The server, as a test talks to it: in one namespace, answers as values. */
export class Api {
  constructor(
    private readonly backend: Backend,
    public readonly namespace: string,
  ) {}

  public async send(request: Partial<ApiRequest> & Pick<ApiRequest, 'verb' | 'resource'>): Promise<Answered> {
    const reply = await this.backend.transport.send({ namespace: this.namespace, ...request }, { traffic: 'bulk', deadlineMs: 30_000 });
    if (!reply.answered) throw new Error(`${request.verb} ${request.resource.plural}: ${reply.cause}`);
    return { status: reply.status, body: plain(reply.body) };
  }

  public create(resource: Resource, body: object, namespace = this.namespace): Promise<Answered> {
    return this.send({ verb: 'create', resource, body, namespace });
  }

  /** Creates an object that has to be accepted. */
  public async make(resource: Resource, body: object): Promise<Body> {
    const answer = await this.create(resource, body);
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
    return answer.body;
  }

  public get(resource: Resource, name: string): Promise<Answered> {
    return this.send({ verb: 'get', resource, name });
  }

  public patch(resource: Resource, name: string, body: object): Promise<Answered> {
    return this.send({ verb: 'patch', resource, name, body });
  }

  public patchStatus(resource: Resource, name: string, body: object): Promise<Answered> {
    return this.send({ verb: 'patch', resource, name, body, subresource: 'status' });
  }

  public delete(resource: Resource, name: string, options: object = {}): Promise<Answered> {
    return this.send({ verb: 'delete', resource, name, body: options });
  }

  public list(resource: Resource, query: Readonly<Record<string, string>> = {}, namespace = this.namespace): Promise<Answered> {
    return this.send({ verb: 'list', resource, query, namespace });
  }

  /** The resourceVersion of now. */
  public async version(resource: Resource): Promise<string> {
    const { body } = await this.list(resource, { limit: '1' });
    return body.metadata.resourceVersion;
  }

  /** Opens a watch of the namespace and keeps what it tells. */
  public watch(resource: Resource, request: Partial<WatchRequest> = {}): Recording {
    const events: Array<readonly [string, Body]> = [];
    const stop = this.backend.transport.watch(
      { resource, namespace: this.namespace, timeoutSeconds: 5, ...request },
      {
        event: (type, object) => events.push([type, plain(object)]),
        end: (status, message) => (recording.end = { status, message }),
      },
    );
    const recording: Recording = { events, stop };
    return recording;
  }

  public until<T>(what: string, probe: () => Promise<T | undefined> | T | undefined): Promise<T> {
    return this.backend.until(what, probe);
  }

  /** Waits until the object is gone. */
  public gone(resource: Resource, name: string): Promise<true> {
    return this.until(`${resource.kind} ${name} to be gone`, async () => ((await this.get(resource, name)).status === 404 ? true : undefined));
  }
}

/** Without managedFields, which the model does not have; also in the items of a list. */
function plain(value: unknown): Body {
  // What the server sends are objects; who asks knows of which kind.
  const body = value as Body & { readonly items?: readonly unknown[] };
  const metadata = Object.fromEntries(Object.entries(body.metadata).filter(([field]) => field !== 'managedFields'));
  return { ...body, metadata: metadata as unknown as Body['metadata'], ...(body.items && { items: body.items.map(plain) }) };
}

/** The suite's own words for objects. */
export const sandbox = (name: string, spec: object = {}, metadata: object = {}) => ({
  apiVersion: 'agents.x-k8s.io/v1beta1',
  kind: 'Sandbox',
  metadata: { name, ...metadata },
  spec: { podTemplate: { spec: { containers: [{ name: 'a', image: 'i' }] } }, ...spec },
});

export const extension = (kind: string, name: string, spec: object) => ({
  apiVersion: 'extensions.agents.x-k8s.io/v1beta1',
  kind,
  metadata: { name },
  spec,
});

export const pod = (name: string, spec: object = {}, metadata: object = {}) => ({
  metadata: { name, ...metadata },
  spec: { containers: [{ name: 'a', image: 'i' }], ...spec },
});

/** A Pod that a node has. It need not exist for what is tested here. */
export const podOnNode = (name: string, spec: object = {}, metadata: object = {}) => pod(name, { nodeName: 'none', ...spec }, metadata);

export const configMap = (name: string, metadata: object = {}) => ({ metadata: { name, ...metadata }, data: { key: 'value' } });

export const ownedBy = ({ apiVersion = '', kind = '', metadata: { name, uid } }: KubeObject, extra: object = {}) => ({
  ...{ apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true },
  ...extra,
});
