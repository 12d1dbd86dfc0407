import fc from 'fast-check';

import { Client } from '../../src/runtime/client';
import { Informer } from '../../src/runtime/informer';
import type { KubeObject, Resource } from '../../src/runtime/object';
import type { Change } from '../../src/runtime/store';
import { SmallServer } from '../support/small-server';
import { VirtualClock } from '../support/virtual-clock';

const THINGS: Resource = { group: 'example.org', version: 'v1', kind: 'Thing', plural: 'things' };
const ERRAND = { purpose: 'test', traffic: 'claim' } as const;
const NAMES = ['a', 'b', 'c'] as const;

/** One thing that happens. */
type Step =
  | { readonly do: 'create' | 'patch' | 'delete'; readonly name: string; readonly by: 'us' | 'others' }
  | { readonly do: 'fault'; readonly when: 'before' | 'after' }
  | { readonly do: 'refresh'; readonly name: string }
  | { readonly do: 'deliver' | 'repeat' | 'wait' | 'delay'; readonly count: number }
  | { readonly do: 'drop' | 'expire' | 'compact' | 'silence' | 'bookmark' | 'reread' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constantFrom('create', 'patch', 'delete'), name: fc.constantFrom(...NAMES), by: fc.constantFrom('us', 'others') }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('deliver'), count: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('repeat'), count: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait'), count: fc.constantFrom(0, 10, 100, 1000, 30_000, 90_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delay'), count: fc.constantFrom(0, 10, 500, 10_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fault'), when: fc.constantFrom('before', 'after') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('refresh'), name: fc.constantFrom(...NAMES) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('drop', 'expire', 'compact', 'silence', 'bookmark', 'reread') }) },
);

/** A server, an informer on it, and everything that the informer tells. */
class World {
  public readonly clock = new VirtualClock();
  public readonly server = new SmallServer(this.clock);
  public readonly problems: string[] = [];
  private readonly client: Client;
  private readonly informer: Informer<KubeObject>;
  /** What the changes that were told add up to. */
  private readonly told = new Map<string, KubeObject>();
  private readonly deletions = new Map<string, number>();
  /** The version that nothing may fall behind, by UID. */
  private readonly least = new Map<string, number>();

  constructor(random: () => number) {
    const { clock } = this;
    this.client = new Client({ transport: this.server, clock, random, fieldManager: 'test' });
    const report = (error: unknown) => void this.problems.push(String(error));
    const context = { client: this.client, transport: this.server, clock, random, namespaces: [], trouble: () => undefined, report };
    this.informer = new Informer({ resource: THINGS, indexes: {} }, context);
    this.informer.cache.onChange((change) => this.hear(change));
    this.informer.start();
  }

  public async happen(next: Step): Promise<void> {
    const { server } = this;
    switch (next.do) {
      case 'create':
      case 'patch':
      case 'delete':
        if (next.by === 'others') server[next.do](next.name);
        else void this.write(next.do, next.name);
        break;
      case 'refresh':
        void this.informer.cache.refresh({ namespace: 'team', name: next.name });
        break;
      case 'reread':
        void this.reread();
        break;
      case 'wait':
        return this.clock.advance(next.count);
      case 'delay':
        server.delayMs = next.count;
        break;
      case 'fault':
        server.fault = next.when;
        break;
      case 'deliver':
        server.deliver(next.count);
        break;
      case 'repeat':
        server.repeat(next.count);
        break;
      case 'drop':
        server.end();
        break;
      case 'expire':
        server.end(410);
        break;
      default:
        server[next.do]();
    }
    await this.clock.advance(0);
  }

  /** Lets everything come to its end: no more faults, and a watch that delivers. */
  public async settle(): Promise<void> {
    this.server.fault = undefined;
    this.server.delayMs = 0;
    for (let i = 0; i < 60; i++) {
      this.server.bookmark();
      this.server.deliver(100);
      await this.clock.advance(5000);
    }
  }

  public stop(): void {
    this.informer.stop();
  }

  /** What is wrong at the end. */
  public faults(): readonly string[] {
    const expected = texts(this.server.objects.values());
    const cached = texts([...this.informer.cache.entries()].map(([, object]) => object));
    const ended = [...this.deletions].flatMap(([uid, count]) => (count === 1 && this.server.ended.has(uid) ? [] : [`${uid} was told gone ${count} times`]));
    return [
      ...this.problems,
      ...(cached === expected ? [] : [`cached ${cached}, stored ${expected}`]),
      ...(texts(this.told.values()) === expected ? [] : [`told ${texts(this.told.values())}, stored ${expected}`]),
      ...ended,
    ];
  }

  /** Afterwards the cache is behind nothing that was stored when the state was asked for. */
  private async reread(): Promise<void> {
    const asked = [...this.server.objects.values()].map(({ metadata }) => metadata);
    await this.informer.reread();
    for (const { uid, name, resourceVersion } of asked) {
      const found = this.informer.cache.find({ namespace: 'team', name })?.metadata;
      if (found?.uid === uid ? Number(found.resourceVersion) < Number(resourceVersion) : !this.server.ended.has(uid)) {
        this.problems.push(`after a reread ${name} was ${found?.uid}@${found?.resourceVersion}, but ${uid}@${resourceVersion} had been stored before`);
      }
    }
  }

  private async write(verb: 'create' | 'patch' | 'delete', name: string): Promise<void> {
    const key = { namespace: 'team', name };
    const known = this.informer.cache.find(key);
    const send = {
      create: () => this.client.create(THINGS, 'team', { metadata: { name } }, ERRAND),
      patch: () => this.client.patch(THINGS, key, {}, ERRAND),
      delete: () => this.client.delete(THINGS, key, { uid: known?.metadata.uid ?? '' }, ERRAND),
    };
    const outcome = await this.informer.cache.write<Awaited<ReturnType<(typeof send)[typeof verb]>>>(key, 'us', send[verb]);
    if (outcome.result !== 'ok' || !outcome.value) return;
    const { uid, resourceVersion } = outcome.value.metadata;
    const found = this.informer.cache.find(key)?.metadata;
    if (found?.uid === uid) this.least.set(uid, Math.max(this.least.get(uid) ?? 0, Number(resourceVersion)));
    if (found?.uid === uid && Number(found.resourceVersion) < Number(resourceVersion))
      this.problems.push(`found ${found.resourceVersion} after writing ${resourceVersion}`);
    if (found?.uid !== uid && !this.server.ended.has(uid)) this.problems.push(`did not find ${uid} after writing it`);
  }

  private hear({ type, object, old }: Change<KubeObject>): void {
    const { uid, name, resourceVersion } = object.metadata;
    const before = this.told.get(name);
    if ((type === 'added') !== (before === undefined)) this.problems.push(`${type} ${uid} after ${before?.metadata.uid ?? 'nothing'}`);
    if (old && old.metadata.resourceVersion !== before?.metadata.resourceVersion) this.problems.push(`${uid} was not ${old.metadata.resourceVersion}`);
    if (before && before.metadata.uid !== uid) this.problems.push(`${type} ${uid} in the place of ${before.metadata.uid}`);
    if (this.deletions.has(uid) && type !== 'deleted') this.problems.push(`${type} ${uid} after its end`);
    if (Number(resourceVersion) < (this.least.get(uid) ?? 0)) this.problems.push(`${type} ${uid} fell back to ${resourceVersion}`);
    this.least.set(uid, Number(resourceVersion));
    if (type === 'deleted') this.deletions.set(uid, (this.deletions.get(uid) ?? 0) + 1);
    if (type === 'deleted') this.told.delete(name);
    else this.told.set(name, object);
  }
}

const texts = (objects: Iterable<KubeObject>): string =>
  [...objects]
    .map(({ metadata: { uid, resourceVersion } }) => `${uid}@${resourceVersion}`)
    .sort()
    .join(' ');

const RUNS = Number(process.env.RUNS ?? 200);

test(
  'whatever becomes of watches, answers and objects, the cache ends equal to the server, tells each end once, and never falls behind what it said or wrote',
  () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 5, maxLength: 50 }),
        fc.boolean(),
        fc.infiniteStream(fc.double({ min: 0, max: 0.99, noNaN: true })),
        async (steps, doesInitialEvents, chances) => {
          const world = new World(() => Number(chances.next().value));
          world.server.doesInitialEvents = doesInitialEvents;
          for (const next of steps) await world.happen(next);
          await world.settle();
          world.stop();
          expect(world.faults()).toEqual([]);
        },
      ),
      { numRuns: RUNS },
    ),
  120_000,
);
