import { Manager, type Leading, type ManagerOptions, type Serving, type Watching, type Working } from '../../src/runtime/manager';
import { settled, VirtualClock } from '../support/virtual-clock';

/** A process of parts that only note what happens to them. */
class Bench {
  public readonly clock = new VirtualClock();
  public readonly said: string[] = [];
  public syncs: () => void = () => undefined;
  public rereads: () => void = () => undefined;
  public ends: () => void = () => undefined;
  public acquired: () => void = () => undefined;
  public lost: (reason: string) => void = () => undefined;
  public problem: string | undefined;
  public readonly manager: Manager;
  public readonly code: Promise<number>;

  constructor(more: Partial<ManagerOptions> = {}) {
    const watch = this.watch();
    this.manager = new Manager({
      clock: this.clock,
      servers: [this.server('metrics'), this.server('health')],
      watches: [watch],
      rereads: [watch],
      workers: [this.worker()],
      leader: this.leader(),
      breakOff: () => this.note('break off'),
      say: (message) => this.note(`say ${message}`),
      complain: (message) => this.note(`complain ${message}`),
      ...more,
    });
    this.code = this.manager.run();
  }

  private note(text: string): void {
    this.said.push(text);
  }

  private server(name: string): Serving {
    return { start: () => Promise.resolve(this.note(`serve ${name}`)), stop: () => Promise.resolve(this.note(`unserve ${name}`)) };
  }

  private watch(): Watching {
    const synced = new Promise<void>((resolve) => (this.syncs = resolve));
    return {
      resource: 'sandboxes',
      start: () => this.note('watch'),
      stop: () => this.note('unwatch'),
      cache: { synced },
      reread: () => {
        this.note('reread');
        return new Promise((resolve) => (this.rereads = resolve));
      },
      findProblem: () => this.problem,
    };
  }

  private worker(): Working {
    const ended = new Promise<void>((resolve) => (this.ends = resolve));
    const stop = (): Promise<void> => {
      this.note('stop work');
      return ended;
    };
    return { start: () => this.note('work'), stop };
  }

  private leader(): Leading {
    const start: Leading['start'] = (acquired, lost) => {
      this.note('elect');
      [this.acquired, this.lost] = [acquired, lost];
    };
    return { start, release: () => Promise.resolve(this.note('release')) };
  }
}

test('servers come first, then watches, then the election, then what a standby may have missed, then work', async () => {
  const bench = new Bench();
  await settled();
  expect(bench.said).toEqual(['serve metrics', 'serve health', 'watch']);
  expect(bench.manager.isReady).toBe(false);
  bench.syncs();
  await settled();
  expect(bench.said.slice(3)).toEqual(['elect']);
  expect(bench.manager.isReady).toBe(true);
  bench.acquired();
  await settled();
  expect(bench.said.slice(4)).toEqual(['reread']);
  bench.rereads();
  await settled();
  expect(bench.said.slice(5)).toEqual(['say starting workers', 'work']);
});

test('a polite stop lets writes end, stops the servers in reverse order, which sends what is left, and then gives the lead up, with exit code 0', async () => {
  const bench = new Bench();
  bench.syncs();
  await settled();
  bench.acquired();
  bench.said.length = 0;
  bench.manager.stop('SIGTERM');
  await settled();
  expect(bench.said).toEqual(['say SIGTERM: stopping', 'stop work']);
  bench.ends();
  expect(await bench.code).toBe(0);
  expect(bench.said.slice(2)).toEqual(['break off', 'unwatch', 'unserve health', 'unserve metrics', 'release']);
});

test('writes that do not end are broken off after 5 s', async () => {
  const bench = new Bench();
  bench.syncs();
  await settled();
  bench.manager.stop('SIGTERM');
  await bench.clock.advance(4999);
  expect(bench.said).not.toContain('break off');
  await bench.clock.advance(1);
  expect(bench.said).toContain('break off');
  expect(await bench.code).toBe(0);
});

test('a state that is not read anew is named, now and then and at the end after 60 s, and no work begins', async () => {
  const bench = new Bench();
  bench.syncs();
  await settled();
  bench.acquired();
  bench.problem = 'the server is overloaded';
  await bench.clock.advance(10_000);
  expect(bench.said.at(-1)).toBe('say waiting for the state at the beginning of the term of: sandboxes (the server is overloaded)');
  await bench.clock.advance(50_000);
  expect(await bench.code).toBe(1);
  expect(bench.said.join('\n')).toContain(
    'complain no state at the beginning of the term after 60 s of: sandboxes (the server is overloaded). This process gives up',
  );
  expect(bench.said).not.toContain('work');
});

test.each<[string, (bench: Bench) => void, number]>([
  ['the lead is lost', (bench) => bench.lost('another holder'), 1],
  ['it is stopped', (bench) => bench.manager.stop('SIGTERM'), 0],
])('when %s while the state is read anew, no work begins, and no timer is left', async (_, happens, code) => {
  const bench = new Bench();
  bench.syncs();
  await settled();
  bench.acquired();
  happens(bench);
  bench.ends();
  expect(await bench.code).toBe(code);
  bench.rereads();
  await settled();
  expect(bench.said).not.toContain('work');
  expect(bench.clock.waiting).toBe(0);
});

test('whoever loses the lead breaks off, does not release what is not its own, and ends with 1', async () => {
  const bench = new Bench();
  bench.syncs();
  await settled();
  bench.acquired();
  bench.lost('another holder');
  expect(await bench.code).toBe(1);
  expect(bench.said).toContain('break off');
  expect(bench.said).toContain('complain the lead is lost: another holder');
  expect(bench.said).not.toContain('release');
});

test('whoever loses the lead is gone at once, even if a server would not stop', async () => {
  const silent: Serving = { start: () => Promise.resolve(), stop: () => new Promise(() => undefined) };
  const bench = new Bench({ servers: [silent, silent, silent] });
  bench.syncs();
  await settled();
  bench.acquired();
  let code: number | undefined;
  void bench.code.then((answer) => (code = answer));
  bench.lost('another holder');
  await bench.clock.advance(999);
  expect(code).toBe(1);
});

test('without an election everything works at once: what was just read is not read again', async () => {
  const bench = new Bench({ leader: undefined });
  bench.syncs();
  await settled();
  expect(bench.said).toContain('work');
  expect(bench.said).not.toContain('reread');
});

test('a first state that does not come is named, now and then and at the end after 2 min', async () => {
  const bench = new Bench();
  bench.problem = 'no resource sandboxes.agents.x-k8s.io';
  await bench.clock.advance(10_000);
  expect(bench.said.at(-1)).toBe('say waiting for the first state of: sandboxes (no resource sandboxes.agents.x-k8s.io)');
  await bench.clock.advance(110_000);
  expect(await bench.code).toBe(1);
  expect(bench.said.join('\n')).toContain('complain no first state after 120 s of: sandboxes (no resource sandboxes.agents.x-k8s.io). Install the CRDs');
  expect(bench.said).not.toContain('elect');
});

test('a server that cannot start ends the process with its own words', async () => {
  const manager = new Manager({
    clock: new VirtualClock(),
    servers: [{ start: () => Promise.reject(new Error('port 8080 is taken')), stop: () => Promise.resolve() }],
    watches: [],
    rereads: [],
    workers: [],
    breakOff: () => undefined,
    say: () => undefined,
    complain: (message) => said.push(message),
  });
  const said: string[] = [];
  expect(await manager.run()).toBe(1);
  expect(said).toEqual(['port 8080 is taken']);
});

test('a stop while the first state is awaited ends at once', async () => {
  const bench = new Bench();
  await settled();
  bench.manager.stop('SIGINT');
  bench.ends();
  expect(await bench.code).toBe(0);
  expect(bench.said).not.toContain('elect');
});
