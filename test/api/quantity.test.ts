import { canonicalQuantity } from '../../src/api/quantity';

test.each([
  ['1024Mi', '1Gi'],
  ['1048576Ki', '1Gi'],
  ['1536Mi', '1536Mi'],
  ['1000m', '1'],
  ['2500m', '2500m'],
  ['1000', '1k'],
  ['1024', '1024'],
  ['1000000m', '1k'],
  ['0Gi', '0'],
  ['0', '0'],
  ['1000000000000000000E', '1000000000000000000E'],
  ['0.5', '0.5'],
  ['1e3', '1e3'],
  ['half', 'half'],
])('%s is spelled %s', (text, canonical) => {
  expect(canonicalQuantity(text)).toBe(canonical);
});
