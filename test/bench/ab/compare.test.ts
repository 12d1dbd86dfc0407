import { isComparison, roundsOf, workloadsOf } from './compare';

test.each([
  [['--ab', 'a.json', 'b.json'], true],
  [['b.json', '--ab=a.json'], true],
  [['--rounds', '2'], false],
])('%j asks for a comparison: %s', (args, expected) => {
  expect(isComparison(args)).toBe(expected);
});

test('workloads are named one by one, and a misspelt one is told with the nearest', () => {
  expect(workloadsOf('burst,serial')).toEqual(['burst', 'serial']);
  expect(() => workloadsOf('burst,serail')).toThrow(
    '--workloads burst,serail: "serail" is no workload, did you mean serial?; known are serial, workers, burst, refilled',
  );
});

test.each(['0', '-1', '1.5', 'three'])('%s rounds are refused', (text) => {
  expect(() => roundsOf(text, 5)).toThrow(`--rounds ${text}: expected a whole number from 1 on`);
});
