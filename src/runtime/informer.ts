import { Cache, type CacheOptions } from './cache';
import type { Client } from './client';
import type { Clock } from './clock';
import { keyText, typeMetaOf, type KubeObject, type Resource } from './object';
import type { Transport } from './transport';
import { Reflector } from './watch';

/** What every informer of a process has in common. */
export interface InformerContext {
  readonly client: Client;
  readonly transport: Transport;
  readonly clock: Clock;
  /** Answers at least 0 and less than 1. */
  readonly random: () => number;
  /** The namespaces to watch; none means all. */
  readonly namespaces: readonly string[];
  /** Told why a watch does not get on, or a read that has to settle a write; `failures` counts those in a row. */
  readonly trouble: (problem: string, failures: number) => void;
  /** Told what a handler throws. */
  readonly report: (error: unknown) => void;
}

/** What is watched, and how it is kept. */
export interface Watched<T extends KubeObject, I extends string> extends Pick<CacheOptions<T, I>, 'indexes' | 'reduce'> {
  readonly resource: Resource<T>;
  readonly labelSelector?: string;
}

const same = <T>(object: T): T => object;

/** A cache of one resource with the watches that keep it: one for all namespaces, or one for each of some. */
export class Informer<T extends KubeObject, I extends string = never> {
  public readonly cache: Cache<T, I>;
  /** Plural of what is watched. */
  public readonly resource: string;
  private readonly reflectors: readonly Reflector<T>[];

  constructor(watched: Watched<T, I>, context: InformerContext) {
    const { resource, labelSelector, ...kept } = watched;
    const { client, clock, report, namespaces, trouble } = context;
    // What the watch cannot tell decides whether a claim can go on: it is read over the connections of claims.
    const read: CacheOptions<T, I>['read'] = (key) => client.get(resource, key, { purpose: 'cache', traffic: 'claim' });
    this.resource = resource.plural;
    const { apiVersion, kind } = typeMetaOf(resource);
    // Items of a list come without their type, which events about them need.
    const reduce = (object: T): T => (kept.reduce ?? same)({ ...object, apiVersion, kind });
    const unread: CacheOptions<T, I>['trouble'] = (key, cause, failures) =>
      trouble(`cannot read ${kind} ${keyText(key)}, of which nobody knows what is stored: ${cause}`, failures);
    this.cache = new Cache({ ...kept, reduce, clock, read, report, trouble: unread });
    this.reflectors = (namespaces.length > 0 ? namespaces : ['']).map((namespace) => {
      const selection = { resource, namespace, ...(labelSelector !== undefined && { labelSelector }) };
      return new Reflector({ ...context, ...selection, reduce: this.cache.reduce, sink: this.cache.sink(namespace) });
    });
  }

  public start(): void {
    for (const reflector of this.reflectors) reflector.start();
  }

  public stop(): void {
    for (const reflector of this.reflectors) reflector.stop();
    this.cache.stop();
  }

  /** Reads the whole state past what the watches have brought so far; resolves when the cache has it. */
  public async reread(): Promise<void> {
    await Promise.all(this.reflectors.map((reflector) => reflector.reread()));
    // Of an object that was written meanwhile the whole state may be older than the answer, or newer.
    await this.cache.settled();
  }

  /** Why the cache does not get on at the moment, if so: which CRD is missing, which right. */
  public findProblem(): string | undefined {
    return this.reflectors.find(({ problem }) => problem !== undefined)?.problem;
  }

  /** How often the whole state was read. */
  public get lists(): number {
    return this.reflectors.reduce((sum, { lists }) => sum + lists, 0);
  }

  /** How often the whole state was read again, after the first time. */
  public get relists(): number {
    return this.reflectors.reduce((sum, { lists }) => sum + Math.max(0, lists - 1), 0);
  }

  /** When the watch that has been silent for longest was last heard, by the monotonic clock. */
  public get heardAtMs(): number {
    return Math.min(...this.reflectors.map(({ heardAtMs }) => heardAtMs));
  }
}
