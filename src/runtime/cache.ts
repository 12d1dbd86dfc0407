import type { Clock } from './clock';
import { keyIn, keyOf, keyText, type Key, type KubeObject } from './object';
import type { Outcome } from './outcome';
import { endOf, OwnWrites, versionOf, type Flight } from './own-writes';
import { Settlements, type SettlementsOptions } from './settlements';
import { Store, type Change, type StoreOptions } from './store';
import type { EventType, StateSink } from './watch';

export interface CacheOptions<T extends KubeObject, I extends string> extends StoreOptions<T, I> {
  readonly clock: Clock;
  /** Reads one object past the cache. */
  readonly read: (key: Key) => Promise<Outcome<T>>;
  /**
   * Cuts from an object what nobody needs; `metadata.managedFields` go anyway.
   *
   * @default - the rest is kept
   */
  readonly reduce?: (object: T) => T;
  /** Told why a read does not get on that has to settle what is stored. */
  readonly trouble: SettlementsOptions['trouble'];
}

/**
 * What the API server stores of one resource, as far as we know: what the watch has delivered, and at once what we have written
 * ourselves (spec 08 §2.4). Looking into it never waits, and never finds something older than an own write.
 */
export class Cache<T extends KubeObject, I extends string = never> {
  /** Resolves when every sink has got its first state. */
  public readonly synced: Promise<void>;
  private readonly store: Store<T, I>;
  /** What the watch has delivered last of objects of which it still owes us something newer. */
  private readonly passed = new Map<string, string>();
  private readonly ownWrites: OwnWrites;
  private readonly settlements: Settlements;
  private readonly unsynced = new Set<StateSink<T>>();
  private resolveSynced: () => void = () => undefined;

  constructor(private readonly options: CacheOptions<T, I>) {
    this.store = new Store(options);
    const { clock, trouble } = options;
    this.settlements = new Settlements({ clock, trouble, read: (key) => this.refresh(key) });
    // An answer was not delivered for a minute: the watch is stuck, or has gone past it.
    this.ownWrites = new OwnWrites(clock, (key) => void this.settlements.settle(keyIn(key)));
    this.synced = new Promise((resolve) => (this.resolveSynced = resolve));
  }

  public find(key: Key): T | undefined {
    return this.store.find(key);
  }

  /** The objects that have this value in that index. */
  public by(index: I, value: string): readonly T[] {
    return this.store.by(index, value);
  }

  /** Every object, each with `namespace/name`. */
  public entries(): Iterable<readonly [string, T]> {
    return this.store.entries();
  }

  public get size(): number {
    return this.store.size;
  }

  /** Calls back after each change. */
  public onChange(handler: (change: Change<T>) => void): void {
    this.store.onChange(handler);
  }

  /** What is kept of an object. */
  public readonly reduce = (object: T): T => {
    // managedFields are larger than the rest of many objects, and no type of ours knows them.
    const lean = { ...object, metadata: { ...object.metadata, managedFields: undefined } };
    return this.options.reduce?.(lean) ?? lean;
  };

  /**
   * Sends a write of one object; when the promise resolves, its answer is in the cache. `writer` is the name that the changes carry.
   * After a 404 the object is read, so that the cache is right then too, and after an unknown outcome it is read until an answer tells what is stored.
   * After a conflict the caller calls `refresh`.
   */
  public async write<O extends Outcome<T | undefined>>(key: Key, writer: string, send: () => Promise<O>): Promise<O> {
    const outcome = await this.fly(key, writer, send);
    if (outcome.result === 'unknown') await this.settlements.settle(key);
    if (isNotFound(outcome)) await this.refresh(key);
    return outcome;
  }

  /** While nobody knows what is stored of an object: resolves when that is in the cache. Nobody writes the object before. */
  public findSettling(key: Key): Promise<void> | undefined {
    return this.settlements.find(key);
  }

  /** Resolves when it is known of every object what is stored. */
  public async settled(): Promise<void> {
    await this.settlements.all();
  }

  /** Reads one object past the cache; when the promise resolves, what was found is in the cache. */
  public async refresh(key: Key): Promise<Outcome<T>> {
    let outcome: Outcome<T> = { result: 'unknown', cause: 'not read' };
    await this.fly<Outcome<T | undefined>>(key, undefined, async () => {
      outcome = await this.options.read(key);
      return isNotFound(outcome) ? { result: 'ok', value: undefined } : outcome;
    });
    return outcome;
  }

  /** Lets everybody go who waits for a read that does not get on. */
  public stop(): void {
    this.settlements.stop();
  }

  /** Where the watch of a namespace, or of all, delivers to. */
  public sink(namespace: string): StateSink<T> {
    let begin = 0;
    const sink: StateSink<T> = {
      begin: () => (begin = this.ownWrites.now()),
      replace: (objects) => {
        this.replace(objects, { begin, namespace });
        this.unsynced.delete(sink);
        if (this.unsynced.size === 0) this.resolveSynced();
      },
      event: (type, object) => this.event(type, object),
    };
    this.unsynced.add(sink);
    return sink;
  }

  private event(type: EventType, object: T): void {
    const key = keyText(keyOf(object));
    if (type === 'DELETED') this.deleted(key, object);
    else this.stored(key, object);
  }

  /** The watch says that this is stored. */
  private stored(key: string, object: T): void {
    const { uid, resourceVersion } = object.metadata;
    this.ownWrites.delivered(key, versionOf(object.metadata));
    if (this.ownWrites.isDeparted(uid)) return;
    const isSame = this.store.at(key)?.metadata.uid === uid;
    const writer = isSame ? this.ownWrites.settle(key, resourceVersion) : undefined;
    if (!this.ownWrites.isWaiting(key)) this.put(key, object, writer);
    // The watch keeps the order of the server: what it brings now is older than what it still owes us.
    else if (isSame) this.passed.set(key, versionOf(object.metadata));
  }

  /** The watch says that this is gone. */
  private deleted(key: string, object: T): void {
    const { uid } = object.metadata;
    this.ownWrites.delivered(key, endOf(object.metadata));
    this.ownWrites.confirmDeparture(uid);
    if (this.store.at(key)?.metadata.uid === uid) this.remove(key, object);
  }

  private replace(objects: readonly T[], { begin, namespace }: { readonly begin: number; readonly namespace: string }): void {
    const isInScope = ({ metadata }: T): boolean => namespace === '' || metadata.namespace === namespace;
    const missing = new Map([...this.store.entries()].filter(([, object]) => isInScope(object)));
    this.ownWrites.overtake();
    for (const object of objects) {
      const key = keyText(keyOf(object));
      missing.delete(key);
      this.ownWrites.forget(key, begin);
      this.stored(key, object);
      this.doubt(key, object);
    }
    for (const [key, object] of missing) {
      this.ownWrites.forget(key, begin);
      if (!this.doubt(key, object)) this.remove(key, undefined);
    }
  }

  /** What was answered after the whole state was asked for may be older or newer than it: only a read can tell. */
  private doubt(key: string, object: T): boolean {
    const isInDoubt = this.ownWrites.isWaiting(key);
    if (isInDoubt) void this.settlements.settle(keyOf(object));
    return isInDoubt;
  }

  private async fly<O extends Outcome<T | undefined>>(key: Key, writer: string | undefined, send: () => Promise<O>): Promise<O> {
    const text = keyText(key);
    const flight = this.ownWrites.takeOff(text, this.store.at(text)?.metadata);
    let isClear = true;
    try {
      const outcome = await send();
      if (outcome.result === 'ok') isClear = this.answered(text, outcome.value, { writer, flight });
      return outcome;
    } finally {
      this.ownWrites.land(text, flight);
      if (!isClear) await this.refresh(key);
    }
  }

  /** The server has answered with what is stored now, or that nothing is. False when only a read can tell what that means beside what the watch has brought. */
  private answered(key: string, value: T | undefined, by: By): boolean {
    if (value === undefined) return this.vanished(key, by);
    const { writer, flight } = by;
    if (flight.delivered.has(endOf(value.metadata)) || this.ownWrites.isDeparted(value.metadata.uid)) return true;
    if (this.isDelivered(key, value, flight)) return this.catchUp(key, value, by);
    const knownUid = this.store.at(key)?.metadata.uid;
    const isAnother = knownUid !== undefined && knownUid !== value.metadata.uid && knownUid !== flight.uid;
    // Something else has come while it was on its way, and versions do not say which is newer.
    if (isAnother || flight.isOvertaken || this.ownWrites.isCrossed(key, flight)) return false;
    // The watch has not said yet that the one before is gone: it would bring it back when this one is gone too.
    if (knownUid !== undefined && knownUid !== value.metadata.uid) this.ownWrites.depart(knownUid);
    this.put(key, this.reduce(value), writer);
    this.ownWrites.wait(key, value.metadata.resourceVersion, writer, flight);
    return true;
  }

  private vanished(key: string, { writer, flight: { uid } }: By): true {
    if (uid !== undefined && this.store.at(key)?.metadata.uid === uid) {
      this.ownWrites.depart(uid);
      this.remove(key, undefined, writer);
    }
    return true;
  }

  private isDelivered(key: string, { metadata }: T, flight: Flight): boolean {
    const version = versionOf(metadata);
    return flight.delivered.has(version) || this.passed.get(key) === version;
  }

  /** The watch has brought this answer already: what was awaited before it will not come any more. */
  private catchUp(key: string, value: T, { writer, flight }: By): boolean {
    if (!this.ownWrites.isWaiting(key)) return true;
    this.ownWrites.forget(key, flight.begin);
    if (this.ownWrites.isWaiting(key)) return true;
    const isLatest = this.passed.get(key) === versionOf(value.metadata);
    if (isLatest) this.put(key, this.reduce(value), writer);
    return isLatest;
  }

  private put(key: string, object: T, writer: string | undefined): void {
    if (this.store.at(key)?.metadata.uid !== object.metadata.uid) this.forget(key);
    this.passed.delete(key);
    this.store.put(key, object, writer);
  }

  private remove(key: string, last: T | undefined, writer?: string): void {
    this.forget(key);
    this.store.remove(key, last, writer);
  }

  private forget(key: string): void {
    this.passed.delete(key);
    this.ownWrites.forget(key, Infinity);
  }
}

/** Whose request an answer belongs to. */
interface By {
  readonly writer: string | undefined;
  readonly flight: Flight;
}

const isNotFound = (outcome: Outcome<unknown>): boolean => outcome.result === 'rejected' && outcome.status === 404;
