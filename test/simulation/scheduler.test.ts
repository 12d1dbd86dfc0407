import { Random } from './random';
import { Scheduler } from './scheduler';

/** Runs everything and tells in which order, and when. */
function played(seed: number, plan: (scheduler: Scheduler, note: (text: string) => () => void) => void): readonly string[] {
  const scheduler = new Scheduler(new Random(seed), 1000);
  const told: string[] = [];
  plan(scheduler, (text) => () => told.push(`${scheduler.nowMs} ${text}`));
  while (scheduler.step());
  return told;
}

test('what is due earlier runs earlier, and time stands still until nothing else is due', () => {
  const told = played(1, (scheduler, note) => {
    scheduler.after(20, note('late'));
    scheduler.after(10, () => {
      note('early')();
      scheduler.after(0, note('at once'));
    });
  });
  expect(told).toEqual(['1010 early', '1010 at once', '1020 late']);
});

test('what is cancelled never runs', () => {
  const told = played(1, (scheduler, note) => {
    const cancel = scheduler.after(10, note('cancelled'));
    scheduler.after(5, cancel);
    scheduler.after(15, note('kept'));
  });
  expect(told).toEqual(['1015 kept']);
});

describe('what is due in the same millisecond', () => {
  const letters = ['a', 'b', 'c', 'd', 'e'];
  const order = (seed: number) => played(seed, (scheduler, note) => letters.forEach((letter) => scheduler.after(3, note(letter)))).join();

  it('runs in an order that the seed decides, and only the seed', () => {
    const orders = Array.from({ length: 300 }, (_, seed) => order(seed));
    expect(orders).toEqual(Array.from({ length: 300 }, (_, seed) => order(seed)));
    // Of 120 orders nearly all are seen.
    expect(new Set(orders).size).toBeGreaterThan(100);
  });
});

test.each([0, 1, 2, 2 ** 31, 2 ** 40])('numbers are spread evenly from the first on, with seed %d', (seed) => {
  const random = new Random(seed);
  const draws = Array.from({ length: 8000 }, () => random.below(8));
  for (const number of [0, 1, 2, 3, 4, 5, 6, 7]) {
    const { length } = draws.filter((draw) => draw === number);
    expect(Math.abs(length - 1000)).toBeLessThan(150);
  }
});
