import { keyOf, type Key } from '../../../src/runtime/object';
import type { Random } from '../random';
import type { ResourceType } from './resource-types';
import { placeOf, withMetadata, type Stored } from './stored';

/** One write, as the history keeps it. */
export interface Change {
  readonly revision: number;
  readonly type: ResourceType;
  readonly event: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** After the change; of a deleted object the last state, with the revision of its deletion. */
  readonly object: Stored;
  /** Before the change. */
  readonly previous: Stored | undefined;
  /** Who wrote. */
  readonly actor: string;
}

/** What the server is made of, for its parts. */
export interface ServerParts {
  readonly store: Store;
  readonly random: Random;
  nowMs(): number;
}

// Far from 0, so that nothing takes a resourceVersion for "none".
const FIRST_REVISION = 1000;

/** The objects and their history: one counter for all, as in etcd. */
export class Store {
  /** The resourceVersion of the newest write. */
  public revision = FIRST_REVISION;
  /** Watches and pages from before this revision are answered with 410. */
  public oldest = FIRST_REVISION;
  private readonly tables = new Map<ResourceType, Map<string, Stored>>();
  private readonly byUid = new Map<string, Stored>();
  private readonly histories = new Map<ResourceType, Change[]>();
  private readonly listeners: Array<(change: Change) => void> = [];

  public find(type: ResourceType, key: Key): Stored | undefined {
    return this.tables.get(type)?.get(placeOf(key));
  }

  public findByUid(uid: string): Stored | undefined {
    return this.byUid.get(uid);
  }

  /** All objects of a type, in the order of their keys; `namespace` may be empty for all. */
  public list(type: ResourceType, namespace = ''): readonly Stored[] {
    const all = [...(this.tables.get(type)?.entries() ?? [])];
    const inside = namespace === '' ? all : all.filter(([, object]) => object.metadata.namespace === namespace);
    return inside.sort(([one], [other]) => (one < other ? -1 : 1)).map(([, object]) => object);
  }

  /** What was written after a revision. */
  public since(type: ResourceType, revision: number): readonly Change[] {
    return (this.histories.get(type) ?? []).filter((change) => change.revision > revision);
  }

  /** Calls back after each write, before its answer is on the way. */
  public onChange(listener: (change: Change) => void): void {
    this.listeners.push(listener);
  }

  /** Writes an object under the next revision, and answers with it. */
  public put(type: ResourceType, object: Stored, actor: string): Stored {
    const stored = withMetadata(object, { resourceVersion: String(++this.revision) });
    const table = this.tableOf(type);
    const place = placeOf(keyOf(stored));
    const previous = table.get(place);
    table.set(place, stored);
    this.byUid.set(stored.metadata.uid, stored);
    this.record({ revision: this.revision, type, event: previous ? 'MODIFIED' : 'ADDED', object: stored, previous, actor });
    return stored;
  }

  /** Takes an object away under the next revision, and answers with its last state. */
  public remove(type: ResourceType, previous: Stored, actor: string): Stored {
    const object = withMetadata(previous, { resourceVersion: String(++this.revision) });
    this.tableOf(type).delete(placeOf(keyOf(previous)));
    this.byUid.delete(previous.metadata.uid);
    this.record({ revision: this.revision, type, event: 'DELETED', object, previous, actor });
    return object;
  }

  /** Forgets the history: whoever watches from an older revision has to list again. */
  public compact(): void {
    this.oldest = this.revision;
    this.histories.clear();
  }

  private tableOf(type: ResourceType): Map<string, Stored> {
    const table = this.tables.get(type) ?? new Map<string, Stored>();
    this.tables.set(type, table);
    return table;
  }

  private record(change: Change): void {
    const history = this.histories.get(change.type) ?? [];
    history.push(change);
    this.histories.set(change.type, history);
    for (const listener of this.listeners) listener(change);
  }
}
