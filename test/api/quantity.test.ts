import { canonicalQuantity, quantityValue } from '../../src/api/quantity';

test.each([
  ['1024Mi', '1Gi'],
  ['1048576Ki', '1Gi'],
  ['1536Mi', '1536Mi'],
  ['1.5Gi', '1536Mi'],
  ['0.5Ki', '512'],
  ['1000m', '1'],
  ['2500m', '2500m'],
  ['1000', '1k'],
  ['1024', '1024'],
  ['1000000m', '1k'],
  ['0Gi', '0'],
  ['0', '0'],
  ['1000000000000000000E', '1000000000000000000E'],
  ['0.5', '500m'],
  ['.5', '500m'],
  ['5.', '5'],
  ['-1.5', '-1500m'],
  ['+2', '2'],
  ['100u', '100u'],
  ['0.1n', '1n'],
  ['1e3', '1e3'],
  ['15E2', '1500'],
  ['1e-3', '1e-3'],
  ['1e-12', '1e-9'],
  ['half', 'half'],
  ['', ''],
  ['.', '.'],
  ['1KiB', '1KiB'],
])('%s is spelled %s', (text, canonical) => {
  expect(canonicalQuantity(text)).toBe(canonical);
});

test.each([
  ['1Gi', '1073741824', true],
  ['0.5', '500m', true],
  ['1e3', '1k', true],
  ['1k', '1Ki', false],
  ['1n', '0', false],
  ['1n', 'half', false],
])('%s and %s have the same value: %s', (one, other, isSame) => {
  expect(quantityValue(one) === quantityValue(other)).toBe(isSame);
});
