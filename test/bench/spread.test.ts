import { formatSpread, ratios, spreadOf } from './spread';

test.each([
  [[3], { min: 3, median: 3, max: 3 }],
  [[9, 1, 2], { min: 1, median: 2, max: 9 }],
  [[4, 1, 2, 10], { min: 1, median: 3, max: 10 }],
])('the spread of %j is %j', (values, expected) => {
  expect(spreadOf(values)).toEqual(expected);
});

test('nothing has no spread', () => {
  expect(() => spreadOf([])).toThrow('no measurement');
});

test('ratios are taken round by round', () => {
  expect(ratios([2, 9], [1, 3])).toEqual([2, 3]);
});

test('a spread is written with its median first', () => {
  expect(formatSpread([1.234, 1, 2])).toBe('1.23 (1.00–2.00)');
  expect(formatSpread([12.6], 0)).toBe('13 (13–13)');
});
