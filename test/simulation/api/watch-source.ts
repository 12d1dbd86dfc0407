import type { WatchRequest, WatchSink } from '../../../src/runtime/transport';
import { frozen } from './json';
import { Refusal } from './refusal';
import { findType, type ResourceType } from './resource-types';
import { selectorOf, type Selector } from './selector';
import type { Change, Store } from './store';
import { withMetadata, type Stored } from './stored';

/** The server's end of one watch. */
export interface WatchSource {
  /** Says how far the watch has come, so that it can resume there. */
  bookmark(): void;
  /** Nothing is delivered any more. */
  stop(): void;
}

interface Watch {
  readonly type: ResourceType;
  readonly namespace: string;
  readonly fits: Selector;
  readonly sink: WatchSink;
}

/** The watches that are open, fed by the store. What a sink is told it is told at once: delays are the network's business. */
export class Watches {
  private readonly open = new Set<Watch>();
  private readonly bookmarks = new Bookmarks({});
  private readonly ends = new Bookmarks({ annotations: { 'k8s.io/initial-events-end': 'true' } });

  constructor(private readonly store: Store) {
    store.onChange((change) => this.open.forEach((watch) => pass(watch, change)));
  }

  /** Opens a watch, from a revision on or with the present state first. Undefined when it has ended already. */
  public start({ resource, namespace, labelSelector, resourceVersion = '', initialEvents }: WatchRequest, sink: WatchSink): WatchSource | undefined {
    const type = findType(resource);
    if (!type) return refuse(sink, new Refusal(404, 'NotFound', 'the server could not find the requested resource'));
    const from = Number(resourceVersion);
    if (!Number.isInteger(from)) return refuse(sink, new Refusal(500, undefined, `resourceVersion: Invalid value: ${JSON.stringify(resourceVersion)}`));
    try {
      const watch: Watch = { type, namespace, fits: selectorOf(labelSelector), sink };
      this.begin(watch, from, initialEvents === true);
      this.open.add(watch);
      return { bookmark: () => sink.event('BOOKMARK', this.bookmarkOf(type)), stop: () => this.open.delete(watch) };
    } catch (error) {
      if (error instanceof Refusal) return refuse(sink, error);
      throw error;
    }
  }

  private begin(watch: Watch, from: number, initialEvents: boolean): void {
    const { type, namespace, fits, sink } = watch;
    if (initialEvents && from > this.store.revision) throw tooLarge(from, this.store.revision);
    if (initialEvents || from === 0) {
      for (const object of this.store.list(type, namespace)) if (fits(object)) sink.event('ADDED', object);
      if (initialEvents) sink.event('BOOKMARK', this.ends.get(type, this.store.revision));
      return;
    }
    if (from < this.store.oldest) throw new Refusal(410, 'Expired', `too old resource version: ${from} (${this.store.oldest})`);
    for (const change of this.store.since(type, from)) pass(watch, change);
  }

  private bookmarkOf(type: ResourceType): Stored {
    return this.bookmarks.get(type, this.store.revision);
  }
}

/** Bookmarks are most of what a quiet watch delivers, so each is made once. */
class Bookmarks {
  private readonly latest = new Map<ResourceType, Stored>();

  constructor(private readonly metadata: object) {}

  public get(type: ResourceType, revision: number): Stored {
    const known = this.latest.get(type);
    if (known?.metadata.resourceVersion === String(revision)) return known;
    const { apiVersion, kind } = type;
    // A bookmark has no other metadata than this.
    const bookmark = frozen({ apiVersion, kind, metadata: { ...this.metadata, resourceVersion: String(revision) } }) as Stored;
    this.latest.set(type, bookmark);
    return bookmark;
  }
}

function refuse(sink: WatchSink, { code, message }: Refusal): undefined {
  sink.end(code, message);
}

/** An object that begins or ceases to fit the selector appears or disappears; then the watch shows what it last saw, under the new revision. */
function pass({ type, namespace, fits, sink }: Watch, change: Change): void {
  const { object, previous, event } = change;
  if (change.type !== type || (namespace !== '' && object.metadata.namespace !== namespace)) return;
  const did = previous !== undefined && fits(previous);
  const does = event !== 'DELETED' && fits(object);
  if (does) sink.event(did ? 'MODIFIED' : 'ADDED', object);
  else if (did) sink.event('DELETED', withMetadata(previous, { resourceVersion: object.metadata.resourceVersion }));
}

/** The client knows a newer state than this server. */
export const tooLarge = (asked: number, current: number): Refusal =>
  new Refusal(504, 'Timeout', `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
