import fc from 'fast-check';
import {
  afterBatch,
  granted,
  heldForMs,
  isNearlyEmpty,
  nextBatch,
  nextHold,
  nextTokenMs,
  nextTokens,
  type Hold,
  type Run,
  type Tokens,
} from '../../../src/controllers/warm-pool/pacing';

// Spec 06 §14 case 20.
describe('slow start', () => {
  const sizes = (wanted: number, longest = 300): readonly number[] => {
    const batches: number[] = [];
    let run: Run | undefined;
    for (let left = wanted; left > 0;) {
      const size = Math.min(left, nextBatch(run, 'create', longest));
      if (size === 0) break;
      batches.push(size);
      left -= size;
      run = afterBatch(run, 'create', size);
    }
    return batches;
  };
  test.each([
    [14, [1, 2, 4, 7]],
    [1, [1]],
    [0, []],
  ])('of %d', (wanted, expected) => expect(sizes(wanted)).toEqual(expected));

  test('ends at the most that one pass makes', () => expect(sizes(20, 5)).toEqual([1, 2, 2]));

  test('begins anew with another step', () => expect(nextBatch({ step: 'surplus', size: 8, total: 15 }, 'create', 300)).toBe(1));
});

// Spec 06 §14 case 18.
describe('a hold', () => {
  const DELAY_MS = 1000;
  /** Goes through looks at [ms, active, created] of a pool of 10, and answers how long each is held. */
  const held = (...looks: ReadonlyArray<readonly [number, number, number?]>): readonly number[] => {
    let hold: Hold | undefined;
    return looks.map(([nowMs, active, created = 0]) => {
      hold = nextHold(hold, { active, created, desired: 10, delayMs: DELAY_MS, nowMs });
      return heldForMs(hold, nowMs);
    });
  };
  test.each<[string, ReadonlyArray<readonly [number, number, number?]>, readonly number[]]>([
    ['never begins at the first look', [[0, 5]], [0]],
    [
      'begins with a loss and ends by itself',
      [
        [0, 10],
        [100, 9],
        [600, 9],
        [1100, 9],
        [1200, 9],
      ],
      [0, 1000, 500, 0, 0],
    ],
    [
      'begins anew with each further loss',
      [
        [0, 10],
        [100, 9],
        [600, 8],
        [1500, 8],
      ],
      [0, 1000, 1000, 100],
    ],
    [
      'lasts for twice the delay at most',
      [
        [0, 10],
        [100, 9],
        [1000, 8],
        [1900, 7],
        [2100, 7],
      ],
      [0, 1000, 1000, 200, 0],
    ],
    [
      'ends though a member is lost in the very moment',
      [
        [0, 10],
        [100, 9],
        [1100, 8],
        [1101, 7],
      ],
      [0, 1000, 0, 1000],
    ],
    [
      'ends when the pool is full',
      [
        [0, 10],
        [100, 9],
        [200, 10],
        [300, 10],
      ],
      [0, 1000, 0, 0],
    ],
    [
      'counts own creations: a loss behind one is seen',
      [
        [0, 8],
        [100, 8, 1],
      ],
      [0, 1000],
    ],
    [
      'does not take growth for a loss',
      [
        [0, 5],
        [100, 6, 1],
        [200, 8, 2],
      ],
      [0, 0, 0],
    ],
  ])('%s', (_, looks, expected) => expect(held(...looks)).toEqual(expected));

  test('is off without a delay', () => {
    expect(nextHold({ active: 10 }, { active: 5, created: 0, desired: 10, delayMs: 0, nowMs: 0 })).toEqual({ active: 5 });
  });

  test('of losses without end lets a look through at least every two delays', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 900 }), fc.boolean()), { minLength: 30, maxLength: 60 }), (steps) => {
        let [hold, nowMs, active, heldSince]: [Hold | undefined, number, number, number | undefined] = [{ active: 1000 }, 0, 1000, undefined];
        for (const [spanMs, isLoss] of steps) {
          nowMs += spanMs;
          if (isLoss) active--;
          hold = nextHold(hold, { active, created: 0, desired: 1000, delayMs: DELAY_MS, nowMs });
          if (heldForMs(hold, nowMs) === 0) heldSince = undefined;
          else heldSince ??= nowMs;
          if (heldSince !== undefined && nowMs - heldSince >= 2 * DELAY_MS) return false;
        }
        return true;
      }),
    );
  });
});

test.each([
  [0, 3, 10, true],
  [1, 10, 10, false],
  [9, 100, 10, true],
  [0, 0, 10, false],
  [0, 5, 0, false],
])('%d free of %d are too few at %d %%: %s', (free, desired, percent, expected) => expect(isNearlyEmpty(free, desired, percent)).toBe(expected));

// Spec 06 §14 case 19.
describe('a refill rate', () => {
  test('starts full, is used up, and tells exactly when there is more', () => {
    const full = nextTokens(undefined, 2, 0);
    expect(granted(5, full, 2)).toBe(2);
    const empty: Tokens = { ...full, count: full.count - 2 };
    expect([granted(3, empty, 2), nextTokenMs(empty, 2)]).toEqual([0, 500]);
    const later = nextTokens(empty, 2, 250);
    expect([granted(3, later, 2), nextTokenMs(later, 2)]).toEqual([0, 250]);
    expect(granted(3, nextTokens(later, 2, 500), 2)).toBe(1);
  });

  test('below one per second still has room for one', () => {
    const full = nextTokens(undefined, 0.1, 0);
    expect([granted(5, full, 0.1), nextTokenMs({ count: 0, atMs: 0 }, 0.1)]).toEqual([1, 10_000]);
  });

  test('never fills beyond a second', () => expect(nextTokens({ count: 1, atMs: 0 }, 3, 3_600_000).count).toBe(3));

  test('of any size is no overflow', () => {
    const tokens = nextTokens(nextTokens(undefined, Number.MAX_VALUE, 0), Number.MAX_VALUE, 1e9);
    expect(granted(300, tokens, Number.MAX_VALUE)).toBe(300);
  });

  test('of 0 is none', () => expect(granted(300, nextTokens(undefined, 0, 0), 0)).toBe(300));

  test('is enough when the timer for the next one fires', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 1000, noNaN: true }), fc.double({ min: 0, max: 0.999, noNaN: true }), (rate, count) => {
        const waitMs = nextTokenMs({ count, atMs: 0 }, rate);
        return granted(1, nextTokens({ count, atMs: 0 }, rate, waitMs), rate) === 1;
      }),
    );
  });
});
