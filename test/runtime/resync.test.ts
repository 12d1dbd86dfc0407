import { keyText, type KubeObject } from '../../src/runtime/object';
import { resync } from '../../src/runtime/resync';
import { stored } from '../support/scripted-transport';
import { VirtualClock } from '../support/virtual-clock';

const HOUR_MS = 3_600_000;
const world = (count: number) => {
  const objects = new Map<string, KubeObject>();
  const add = (name: string) => objects.set(`team/${name}`, stored(name, '1'));
  for (let i = 0; i < count; i++) add(`sandbox-${i}`);
  return { objects, add };
};

test('every object is named once in 5 h, and as many in each hour', async () => {
  const clock = new VirtualClock();
  const { objects } = world(1000);
  const named: string[] = [];
  const stop = resync(objects, (key) => named.push(keyText(key)), clock);
  const perHour: number[] = [];
  for (let hour = 0; hour < 5; hour++) {
    const before = named.length;
    await clock.advance(HOUR_MS);
    perHour.push(named.length - before);
  }
  expect(perHour).toEqual([200, 200, 200, 200, 200]);
  expect(new Set(named)).toEqual(new Set(objects.keys()));
  stop();
  expect(clock.waiting).toBe(0);
});

test.each([1, 7, 2000])('of %i objects each is named again within 10 h, also when many others come and go', async (count) => {
  const clock = new VirtualClock();
  const { objects, add } = world(count);
  const last = new Map<string, number>([...objects.keys()].map((key) => [key, 0]));
  const gaps: number[] = [];
  resync(
    objects,
    (key) => {
      gaps.push(clock.monotonicMs() - (last.get(keyText(key)) ?? 0));
      last.set(keyText(key), clock.monotonicMs());
    },
    clock,
  );
  for (let hour = 0; hour < 40; hour++) {
    for (let i = 0; i < 100; i++) {
      add(`late-${hour}-${i}`);
      last.set(`team/late-${hour}-${i}`, clock.monotonicMs());
      objects.delete(`team/late-${hour - 12}-${i}`);
    }
    await clock.advance(HOUR_MS);
  }
  const waiting = [...objects.keys()].map((key) => clock.monotonicMs() - (last.get(key) ?? 0));
  expect(Math.max(...gaps, ...waiting)).toBeLessThanOrEqual(10 * HOUR_MS);
});
