import type { Clock } from '../../src/runtime/clock';
import { CLAIMS, SANDBOXES } from './api/resource-types';
import { performOnClaims } from './claims/actions';
import { conditionOf } from './invariants/bindings';
import { controllers } from './sandboxes/controller';
import { World } from './world';

/** A clock that stands still until it is let go: until then nobody is called who wants to be called later. */
class StillClock implements Clock {
  private isStill = true;
  private readonly waiting = new Set<() => void>();
  private readonly stoodAt: { readonly nowMs: number; readonly monotonicMs: number };

  constructor(private readonly clock: Clock) {
    this.stoodAt = { nowMs: clock.nowMs(), monotonicMs: clock.monotonicMs() };
  }

  public readonly nowMs = (): number => (this.isStill ? this.stoodAt.nowMs : this.clock.nowMs());
  public readonly monotonicMs = (): number => (this.isStill ? this.stoodAt.monotonicMs : this.clock.monotonicMs());

  public readonly after = (delayMs: number, callback: () => void): (() => void) => {
    if (!this.isStill || delayMs <= 0) return this.clock.after(delayMs, callback);
    let cancel = (): unknown => this.waiting.delete(begin);
    const begin = (): void => void (cancel = this.clock.after(delayMs, callback));
    this.waiting.add(begin);
    return () => cancel();
  };

  public letGo(): void {
    this.isStill = false;
    for (const begin of this.waiting) begin();
  }
}

const TEMPLATE = { podTemplate: { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'main', image: 'i' }] } } };
const SEEDS = Array.from({ length: 10 }, (_, index) => index + 1);
const LONG_MS = 60_000;

/** Claims and a pool of members, under a clock that stands still for a minute of the cluster's time. */
async function stood(seed: number) {
  const clocks: StillClock[] = [];
  const still = (clock: Clock): Clock => {
    const one = new StillClock(clock);
    clocks.push(one);
    return one;
  };
  return { clocks, ...(await served(seed, still)) };
}

/** What has become of them after a minute under some clock. */
async function served(seed: number, clockOf: (clock: Clock) => Clock) {
  const world = new World(seed);
  let passes = 0;
  world.onPassed = () => passes++;
  world.start('controller', (ports) => controllers({ ...ports, clock: clockOf(ports.clock) }));
  performOnClaims(world, { do: 'begin', template: TEMPLATE, pool: { replicas: 4, sandboxTemplateRef: { name: 't' } }, claims: 3 });
  await world.until(() => false, LONG_MS);
  expect(world.errors).toEqual([]);
  const ready = () => world.model.store.list(CLAIMS).filter((claim) => conditionOf(claim, 'Ready')?.status === 'True').length;
  const sandboxes = () => world.model.store.list(SANDBOXES).filter((sandbox) => conditionOf(sandbox, 'Ready')?.status === 'True').length;
  return { world, passes, ready, sandboxes };
}

describe('under a clock that stands still', () => {
  it('nobody goes round in circles, and claims become Ready', async () => {
    for (const seed of SEEDS) {
      const { passes, ready } = await stood(seed);
      expect(ready()).toBe(3);
      // 11 objects, each of which is looked at a few times.
      expect(passes).toBeLessThan(100);
    }
  });

  // A write of bulk follows a little after one of a claim: that is what a test waits for in vain under such a clock.
  it('refill waits, and nothing is lost: it goes on when the clock does', async () => {
    let late = 0;
    for (const seed of SEEDS) {
      const { world, clocks, sandboxes } = await stood(seed);
      late += 7 - sandboxes();
      clocks.forEach((clock) => clock.letGo());
      expect(await world.until(() => sandboxes() === 7, LONG_MS)).toBe(true);
    }
    expect(late).toBeGreaterThan(0);
  });
});

/** Timers of Node.js count from the begin of a turn of the event loop, so that they may fire before their time has come. */
const early = (clock: Clock): Clock => ({ ...clock, after: (delayMs, callback) => clock.after(delayMs > 1 ? delayMs - 1 : delayMs, callback) });

test('under a clock whose timers fire a millisecond too early nothing waits for ever, nor goes round in circles', async () => {
  for (const seed of SEEDS) {
    const { passes, ready, sandboxes } = await served(seed, early);
    expect([ready(), sandboxes()]).toEqual([3, 7]);
    expect(passes).toBeLessThan(150);
  }
});
