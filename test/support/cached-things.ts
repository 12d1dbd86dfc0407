import { Cache } from '../../src/runtime/cache';
import type { Key, KubeObject } from '../../src/runtime/object';
import type { Outcome } from '../../src/runtime/outcome';
import type { Change } from '../../src/runtime/store';
import type { EventType, StateSink } from '../../src/runtime/watch';
import { VirtualClock } from './virtual-clock';

export interface Thing extends KubeObject {
  readonly owner?: string;
}

export const KEY = { namespace: 'team', name: 'a' };
export const NOT_FOUND: Outcome<never> = { result: 'rejected', status: 404, reason: 'NotFound', message: 'not found', causes: [] };
export const ok = <V>(value: V) => ({ result: 'ok', value }) as const;

/** `a@1` is the object a in version 1, `a.2@5` the second object of that name in version 5. */
export function thing(text: string, owner?: string): Thing {
  const [, name = '', incarnation = '1', resourceVersion = ''] = /^([a-z0-9]+)(?:\.(\d+))?@(\d+)$/.exec(text) ?? [];
  const metadata = { name, namespace: 'team', uid: `${name}-${incarnation}`, resourceVersion, creationTimestamp: '2030-01-01T00:00:00Z' };
  return { metadata, ...(owner !== undefined && { owner }) };
}

export const textOf = ({ metadata: { name, uid, resourceVersion } }: KubeObject): string =>
  `${name}${uid.endsWith('-1') ? '' : `.${uid.slice(-1)}`}@${resourceVersion}`;

export const said = ({ type, object, old, writer }: Change<Thing>): string =>
  [type, textOf(object), ...(old ? ['was', textOf(old)] : []), ...(writer ? ['by', writer] : [])].join(' ');

/** A cache whose watch and whose server are the test. */
export class CachedThings {
  public readonly clock = new VirtualClock();
  public readonly told: string[] = [];
  public readonly reads: string[] = [];
  public readonly faults: unknown[] = [];
  public readonly troubles: string[] = [];
  /** What a read past the cache finds. */
  public truth: (key: Key) => Outcome<Thing> | Promise<Outcome<Thing>> = () => NOT_FOUND;
  public readonly cache: Cache<Thing, 'owner'>;
  private readonly sink: StateSink<Thing>;

  constructor() {
    const read = async (key: Key) => {
      this.reads.push(key.name);
      return this.truth(key);
    };
    const indexes = { owner: ({ owner }: Thing) => (owner === undefined ? [] : [owner]) };
    const trouble = (key: Key, cause: string, failures: number) => void this.troubles.push(`${key.name} ${cause} ${failures}`);
    this.cache = new Cache({ clock: this.clock, read, report: (error) => this.faults.push(error), trouble, indexes });
    this.cache.onChange((change) => this.told.push(said(change)));
    this.sink = this.cache.sink('');
  }

  public found(name = 'a'): string | undefined {
    const object = this.cache.find({ ...KEY, name });
    return object && textOf(object);
  }

  /** Somebody asks for the whole state. */
  public begin(): void {
    this.sink.begin();
  }

  /** The whole state comes. */
  public replace(...texts: readonly string[]): void {
    this.sink.replace(texts.map((text) => thing(text)));
  }

  /** The whole state is asked for and comes. */
  public listed(...texts: readonly string[]): void {
    this.begin();
    this.replace(...texts);
  }

  public event(type: EventType, object: string | Thing): void {
    this.sink.event(type, typeof object === 'string' ? thing(object) : object);
  }

  /** A write on its way, to be answered by the test. */
  public write(writer = 'me', name = 'a') {
    let answer: (outcome: Outcome<Thing | undefined>) => void = () => undefined;
    const sent = new Promise<Outcome<Thing | undefined>>((resolve) => (answer = resolve));
    const done = this.cache.write({ ...KEY, name }, writer, () => sent);
    return {
      answered: (value: string | undefined) => {
        answer(ok(value === undefined ? undefined : thing(value)));
        return done;
      },
      refused: (outcome: Outcome<never>) => {
        answer(outcome);
        return done;
      },
    };
  }
}
