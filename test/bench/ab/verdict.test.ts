import { checkIntegrity } from './node-program';
import { valuesOf } from './report';
import { chanceOf, comparisonOf, orderOf, sentenceOf } from './verdict';

describe('a comparison', () => {
  test.each([
    ['less in each round', [9, 8, 5], 'less', '20 % less: the spread excludes 1'],
    ['more in each round', [11, 12, 13], 'more', '20 % more: the spread excludes 1'],
    ['less in all rounds but one', [8, 8, 11], 'nothing shows', 'nothing shows: the spread includes 1'],
    ['less, and once equal', [8, 8, 10], 'nothing shows', 'nothing shows: the spread includes 1'],
    ['equal', [10, 10, 10], 'the same', 'the same in every round'],
  ])('%s', (_, theirs, verdict, sentence) => {
    const comparison = comparisonOf(theirs, [10, 10, 10]);
    expect(comparison?.verdict).toBe(verdict);
    expect(comparison && sentenceOf(comparison)).toBe(sentence);
  });

  test('is made within each round, not of medians', () => {
    // The second round was slow for both.
    expect(comparisonOf([9, 90, 9], [10, 100, 10])?.spread).toEqual({ min: 0.9, median: 0.9, max: 0.9 });
  });

  test.each([
    ['no rounds', [], []],
    ['nothing to divide by', [1, 1], [1, 0]],
    ['a round that the first has not', [1, 1], [1]],
  ])('cannot be had of %s', (_, theirs, firsts) => {
    expect(comparisonOf(theirs, firsts)).toBeUndefined();
  });

  test('of five rounds falls on one side by chance once in sixteen', () => {
    expect(chanceOf(5)).toBe(1 / 16);
  });
});

describe('the order of the rounds', () => {
  test('swaps two', () => {
    expect([0, 1, 2, 3].map((round) => orderOf(2, round).join(''))).toEqual(['01', '10', '10', '01']);
  });

  test.each([2, 3, 5])('lets each of %i stand at each place as often', (contestants) => {
    const orders = Array.from({ length: 2 * contestants }, (_, round) => orderOf(contestants, round));
    for (const place of orders[0]?.keys() ?? [])
      expect(orders.map((order) => order[place]).sort()).toEqual([...Array(contestants).keys()].flatMap((n) => [n, n]));
  });
});

test('the values of a figure are those of one contestant and one workload', () => {
  const piece = { workload: 'burst', round: 1, contestant: 1, sample: { p50Ms: 1 } } as const;
  const pieces = [piece, { ...piece, round: 2, sample: { p50Ms: 2 } }, { ...piece, contestant: 0 }, { ...piece, workload: 'serial' }] as const;
  expect(valuesOf({ entrants: [], pieces }, 'burst', 1, 'p50Ms')).toEqual([1, 2]);
  expect(valuesOf({ entrants: [], pieces }, 'burst', 1, 'peakMb')).toEqual([]);
});

test('other bytes than npm speaks of are refused', () => {
  const empty = 'sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==';
  expect(() => checkIntegrity('node', Buffer.of(), empty)).not.toThrow();
  expect(() => checkIntegrity('node', Buffer.of(1), empty)).toThrow(/node: the package has integrity sha512-.*, npm says sha512-z4PhNX7v/);
});
