import type { Key } from '../../../src/runtime/object';
import type { ApiRequest, WatchRequest, WatchSink } from '../../../src/runtime/transport';
import type { Random } from '../random';
import { Creation } from './creation';
import { Deletion } from './deletion';
import { frozen, withMembers, type JsonObject } from './json';
import { Lists } from './lists';
import { Refusal } from './refusal';
import { detailsOf, findType, NAMESPACES, PODS, type ResourceType } from './resource-types';
import { timeText, withSpec } from './rules';
import { Store, type ServerParts } from './store';
import { partOf, type Stored } from './stored';
import { Update } from './update';
import { Watches, type WatchSource } from './watch-source';

/** An answer of the server. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * An API server in memory, with the manners of Kubernetes 1.37: the conformance suite runs the same tests on it and on a real one.
 * Each request is carried out at once and as a whole; delays, losses and crashes are the network's business.
 */
export class ApiModel {
  /** For reading; whoever writes goes through `handle`. */
  public readonly store = new Store();
  private readonly watches = new Watches(this.store);
  private readonly lists = new Lists(this.store);
  private readonly creation: Creation;
  private readonly update: Update;
  private readonly deletion: Deletion;

  constructor(
    random: Random,
    private readonly nowMs: () => number,
  ) {
    const parts: ServerParts = { store: this.store, random: random.fork(), nowMs };
    this.creation = new Creation(parts);
    this.update = new Update(parts);
    this.deletion = new Deletion(parts);
  }

  /** Carries out a request in the name of somebody. */
  public handle(request: ApiRequest, actor: string): Answer {
    try {
      return this.answer(request, actor);
    } catch (error) {
      if (error instanceof Refusal) return { status: error.code, body: frozen(error.status()) };
      throw error;
    }
  }

  /** Opens a watch; undefined when it was refused, which its sink has been told. */
  public watch(request: WatchRequest, sink: WatchSink): WatchSource | undefined {
    return this.watches.start(request, sink);
  }

  /** What only the scheduler does, through a subresource of its own: gives a Pod that waits for one a node. */
  public bind(key: Key, nodeName: string): void {
    const pod = this.get(PODS, key);
    const conditions = [{ type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: timeText(this.nowMs()) }];
    const status = withMembers(partOf(pod, 'status'), { conditions });
    this.store.put(PODS, withMembers(withSpec(pod, { nodeName }), { status }), 'scheduler');
  }

  private answer(request: ApiRequest, actor: string): Answer {
    const type = findType(request.resource);
    const hasNoStatus = request.subresource === 'status' && type?.hasStatus === false;
    if (!type || (hasNoStatus && !type.isCustom)) throw new Refusal(404, 'NotFound', 'the server could not find the requested resource');
    const key: Key = { namespace: request.namespace, name: request.name ?? '' };
    if (hasNoStatus) throw absent(type, key);
    // A body is what was sent: the sender may change it afterwards.
    const body = frozen(request.body ?? {}) as JsonObject;
    switch (request.verb) {
      case 'get':
        return { status: 200, body: this.get(type, key) };
      case 'list':
        return { status: 200, body: this.lists.list(type, request) };
      case 'create':
        this.checkNamespace(type, request);
        return { status: 201, body: this.creation.create(type, request.namespace, body, actor) };
      case 'patch':
        return { status: 200, body: this.update.patch({ type, object: this.get(type, key), patch: body, subresource: request.subresource, actor }) };
      case 'delete':
        return { status: 200, body: this.deletion.remove({ type, object: this.get(type, key), options: body, actor }) };
    }
  }

  private get(type: ResourceType, key: Key): Stored {
    const object = this.store.find(type, key);
    if (!object) throw absent(type, key);
    return object;
  }

  private checkNamespace(type: ResourceType, { namespace, body }: ApiRequest): void {
    if (!type.isNamespaced) return;
    const found = this.get(NAMESPACES, { namespace: '', name: namespace });
    if (found.metadata.deletionTimestamp === undefined) return;
    const name = (body as Partial<Stored> | undefined)?.metadata?.name ?? '';
    const text = `unable to create new content in namespace ${namespace} because it is being terminated`;
    throw new Refusal(403, 'Forbidden', `${type.pluralText} ${JSON.stringify(name)} is forbidden: ${text}`, {
      ...detailsOf(type, name),
      causes: [{ reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' }],
    });
  }
}

const absent = (type: ResourceType, { name }: Key): Refusal =>
  new Refusal(404, 'NotFound', `${type.pluralText} ${JSON.stringify(name)} not found`, detailsOf(type, name));
