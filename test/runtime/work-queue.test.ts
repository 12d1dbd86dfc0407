import { WorkQueue, type Lane } from '../../src/runtime/work-queue';
import { VirtualClock } from '../support/virtual-clock';

/** Notes the delays that it is asked for. */
class ListeningClock extends VirtualClock {
  public readonly delaysMs: number[] = [];

  public override after(delayMs: number, callback: () => void): () => void {
    this.delaysMs.push(delayMs);
    return super.after(delayMs, callback);
  }
}

/** A queue whose passes end when the test says so. */
class Bench {
  public readonly clock = new ListeningClock();
  public readonly begun: string[] = [];
  private readonly ends = new Map<string, () => void>();
  public readonly queue: WorkQueue;

  constructor(concurrency = 1, random = 0.5) {
    const work = (key: string): Promise<void> => {
      this.begun.push(key);
      return new Promise((resolve) => this.ends.set(key, resolve));
    };
    this.queue = new WorkQueue({ clock: this.clock, concurrency, random: () => random, work });
  }

  public async end(key: string): Promise<void> {
    this.ends.get(key)?.();
    await new Promise(setImmediate);
  }

  public add(...keys: readonly (string | [string, Lane])[]): this {
    for (const key of keys) {
      const [name, lane]: readonly [string, Lane?] = typeof key === 'string' ? [key] : key;
      this.queue.add(name, lane);
    }
    return this;
  }
}

test('a key that waits is there once, and keys are served in the order in which they came', async () => {
  const bench = new Bench().add('a', 'b', 'a', 'c', 'b');
  bench.queue.start();
  for (const key of ['a', 'b', 'c']) await bench.end(key);
  expect(bench.begun).toEqual(['a', 'b', 'c']);
});

test('a key that is added during its pass gets one more pass, never two at a time', async () => {
  const bench = new Bench(2);
  bench.queue.start();
  bench.add('a', 'a', 'a');
  expect(bench.begun).toEqual(['a']);
  await bench.end('a');
  expect(bench.begun).toEqual(['a', 'a']);
  await bench.end('a');
  expect(bench.begun).toEqual(['a', 'a']);
});

test('what just happened overtakes the backlog, also a key of the backlog itself', async () => {
  const bench = new Bench().add(['a', 'backlog'], ['b', 'backlog'], ['c', 'backlog'], 'd', 'c');
  bench.queue.start();
  for (const key of ['d', 'c', 'a', 'b']) await bench.end(key);
  expect(bench.begun).toEqual(['d', 'c', 'a', 'b']);
});

test('a fresh event during a pass is fresh afterwards, whatever came with it', async () => {
  const bench = new Bench().add('a', ['b', 'backlog']);
  bench.queue.start();
  bench.add(['a', 'backlog'], 'a', ['a', 'backlog']);
  await bench.end('a');
  expect(bench.begun).toEqual(['a', 'a']);
});

test('no more keys are worked on at a time than allowed, and a place that is free is taken at once', async () => {
  const bench = new Bench(2).add('a', 'b', 'c', 'd');
  bench.queue.start();
  expect(bench.begun).toEqual(['a', 'b']);
  expect(bench.queue.depth).toBe(2);
  await bench.end('b');
  expect(bench.begun).toEqual(['a', 'b', 'c']);
});

test('of several delays the shortest counts, and a pass meanwhile does not stop it', async () => {
  const bench = new Bench(9);
  bench.queue.start();
  bench.queue.addAfter('a', 500);
  bench.queue.addAfter('a', 100);
  bench.queue.addAfter('a', 300);
  await bench.clock.advance(99);
  expect(bench.begun).toEqual([]);
  await bench.clock.advance(1);
  expect(bench.begun).toEqual(['a']);
});

test.each([
  [0.5, 1],
  [0, 0.8],
  [0.999999, 1.2],
])('the back-off doubles from 5 ms to 1000 s, with a jitter of at most a fifth: random %d, factor %d', async (random, factor) => {
  const bench = new Bench(1, random);
  bench.queue.start();
  for (let failures = 1; failures <= 20; failures++) {
    bench.queue.retry('a');
    expect(bench.queue.troubleOf('a').passes).toBe(failures);
    await bench.clock.advance(2_000_000);
    await bench.end('a');
  }
  const waits = bench.clock.delaysMs.map((delayMs) => delayMs / factor);
  expect(waits.map((wait) => Math.round(wait)).slice(0, 4)).toEqual([5, 10, 20, 40]);
  expect(Math.round(waits.at(-1) ?? 0)).toBe(1_000_000);
});

test('a pass that is no failure clears the back-off, and trouble is measured from the first failure on', async () => {
  const bench = new Bench();
  bench.queue.retry('a');
  await bench.clock.advance(10_000);
  bench.queue.retry('a');
  expect(bench.queue.troubleOf('a')).toEqual({ passes: 2, forMs: 10_000 });
  bench.queue.forget('a');
  expect(bench.queue.troubleOf('a')).toEqual({ passes: 0, forMs: 0 });
});

test('a stopped queue takes nothing up any more', async () => {
  const bench = new Bench().add('a', 'b');
  bench.queue.start();
  bench.queue.addAfter('c', 10);
  bench.queue.stop();
  await bench.end('a');
  bench.add('d');
  await bench.clock.advance(1000);
  expect(bench.begun).toEqual(['a']);
});

test('what waits and what works is told', async () => {
  const seen: string[] = [];
  const clock = new VirtualClock();
  const queue = new WorkQueue({
    clock,
    concurrency: 1,
    random: () => 0.5,
    work: () => new Promise(() => undefined),
    observer: {
      added: () => seen.push('added'),
      retried: () => seen.push('retried'),
      started: (ms) => seen.push(`started ${ms}`),
      ended: () => seen.push('ended'),
    },
  });
  queue.add('a');
  await clock.advance(20);
  queue.start();
  queue.add('b');
  queue.add('b');
  queue.retry('b');
  await clock.advance(3);
  expect(seen).toEqual(['added', 'started 20', 'added', 'retried']);
  expect([queue.depth, queue.workingForMs]).toEqual([1, [3]]);
});

test('a key whose work waits aside takes up no worker, and one again afterwards', async () => {
  const bench = new Bench();
  bench.queue.start();
  let arrive: () => void = () => undefined;
  bench.add('slow', 'a', 'b');
  const waiting = bench.queue.stepAside(new Promise<void>((resolve) => (arrive = resolve)));
  expect(bench.begun).toEqual(['slow', 'a']);
  arrive();
  await waiting;
  await bench.end('a');
  expect(bench.begun).toEqual(['slow', 'a']);
  await bench.end('slow');
  expect(bench.begun).toEqual(['slow', 'a', 'b']);
});

test('a long backlog leaves the event loop a turn now and then, and what just happened does not wait for it', async () => {
  const bench = new Bench().add(['a', 'backlog'], ['b', 'backlog'], ['c', 'backlog']);
  bench.queue.start();
  await bench.end('a');
  expect(bench.begun).toEqual(['a', 'b']);
  await bench.clock.advance(10);
  await bench.end('b');
  expect(bench.begun).toEqual(['a', 'b']);
  bench.add('fresh');
  await bench.end('fresh');
  expect(bench.begun).toEqual(['a', 'b', 'fresh']);
  await bench.clock.advance(1);
  expect(bench.begun).toEqual(['a', 'b', 'fresh', 'c']);
});
