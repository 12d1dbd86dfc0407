import { keyOf, keyText, type Key, type KubeObject } from './object';

/** What has become of one object. */
export interface Change<T extends KubeObject> {
  readonly type: 'added' | 'updated' | 'deleted';
  /** As it is now; of a deleted one the last that was known. */
  readonly object: T;
  /** As it was before; only of an updated one. */
  readonly old?: T;
  /** Who of this process made the change: said with the answer to the write, and again when the watch brings it. */
  readonly writer?: string;
}

export interface StoreOptions<T extends KubeObject, I extends string> {
  /** Values by which objects are found. */
  readonly indexes: Readonly<Record<I, (object: T) => readonly string[]>>;
  /** Told what a handler throws: a fault of ours, which must not stop the others. */
  readonly report: (error: unknown) => void;
}

/** Objects by key and by the values of indexes; tells handlers what becomes of them. */
export class Store<T extends KubeObject, I extends string> {
  private readonly objects = new Map<string, T>();
  private readonly indexes: ReadonlyMap<string, Index<T>>;
  private readonly handlers: ((change: Change<T>) => void)[] = [];

  constructor(private readonly options: StoreOptions<T, I>) {
    const all: Readonly<Record<string, Index<T>['valuesOf']>> = options.indexes;
    this.indexes = new Map(Object.entries(all).map(([name, valuesOf]) => [name, { valuesOf, objects: new Map() }]));
  }

  public get size(): number {
    return this.objects.size;
  }

  public entries(): Iterable<readonly [string, T]> {
    return this.objects;
  }

  public find(key: Key): T | undefined {
    return this.objects.get(keyText(key));
  }

  /** By the text of its key. */
  public at(key: string): T | undefined {
    return this.objects.get(key);
  }

  public by(index: I, value: string): readonly T[] {
    const found = this.indexes.get(index)?.objects.get(value);
    if (found === undefined) return [];
    return found instanceof Map ? [...found.values()] : [found];
  }

  public onChange(handler: (change: Change<T>) => void): void {
    this.handlers.push(handler);
  }

  /** Takes an object in, and one of another UID under the same key out. Of a version that is known it tells only whose write it was. */
  public put(key: string, object: T, writer?: string): void {
    const known = this.objects.get(key);
    if (known && known.metadata.uid !== object.metadata.uid) this.remove(key);
    const old = this.objects.get(key);
    const isNews = old?.metadata.resourceVersion !== object.metadata.resourceVersion;
    if (isNews) this.keep(key, object);
    if (isNews || writer !== undefined) this.tell({ type: old ? 'updated' : 'added', object, ...(old && { old }), ...(writer !== undefined && { writer }) });
  }

  /** Takes an object out; `last` is its last state, if that is not the one that is known. */
  public remove(key: string, last?: T, writer?: string): void {
    const known = this.objects.get(key);
    if (!known) return;
    this.objects.delete(key);
    for (const index of this.indexes.values()) removeFrom(index, key, known);
    this.tell({ type: 'deleted', object: last ?? known, ...(writer !== undefined && { writer }) });
  }

  private keep(key: string, object: T): void {
    const old = this.objects.get(key);
    this.objects.set(key, object);
    for (const index of this.indexes.values()) {
      if (old) removeFrom(index, key, old);
      addTo(index, key, object);
    }
  }

  private tell(change: Change<T>): void {
    for (const handler of this.handlers) {
      try {
        handler(change);
      } catch (error) {
        this.options.report(error);
      }
    }
  }
}

interface Index<T extends KubeObject> {
  readonly valuesOf: (object: T) => readonly string[];
  /** By value: several by key, or the one itself, because most values have one and a Map is larger than many an object. */
  readonly objects: Map<string, T | Map<string, T>>;
}

function addTo<T extends KubeObject>({ valuesOf, objects }: Index<T>, key: string, object: T): void {
  for (const value of valuesOf(object)) {
    const known = objects.get(value);
    if (known === undefined) objects.set(value, object);
    else if (known instanceof Map) known.set(key, object);
    else
      objects.set(
        value,
        new Map([
          [keyText(keyOf(known)), known],
          [key, object],
        ]),
      );
  }
}

function removeFrom<T extends KubeObject>({ valuesOf, objects }: Index<T>, key: string, object: T): void {
  for (const value of valuesOf(object)) {
    const known = objects.get(value);
    if (known instanceof Map) known.delete(key);
    if (!(known instanceof Map) || known.size === 0) objects.delete(value);
  }
}
