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
  const world = new World(seed);
  const clocks: StillClock[] = [];
  let passes = 0;
  world.onPassed = () => passes++;
  world.start('controller', (ports) => {
    const clock = new StillClock(ports.clock);
    clocks.push(clock);
    controllers({ ...ports, clock });
  });
  performOnClaims(world, { do: 'begin', template: TEMPLATE, pool: { replicas: 4, sandboxTemplateRef: { name: 't' } }, claims: 3 });
  await world.until(() => false, LONG_MS);
  expect(world.errors).toEqual([]);
  const ready = () => world.model.store.list(CLAIMS).filter((claim) => conditionOf(claim, 'Ready')?.status === 'True').length;
  const sandboxes = () => world.model.store.list(SANDBOXES).filter((sandbox) => conditionOf(sandbox, 'Ready')?.status === 'True').length;
  return { world, clocks, passes, ready, sandboxes };
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
