import { ANNOTATIONS, LABELS, normalizedCreator } from '../../src/api/keys';
import { isReservedKey } from '../../src/api/names';

test('every label of the system is a reserved key', () => {
  expect(Object.values(LABELS).filter((key) => !isReservedKey(key))).toEqual([]);
});

test('only the trace context and the autoscaler annotation stand outside the reserved prefixes', () => {
  expect(Object.values(ANNOTATIONS).filter((key) => !isReservedKey(key))).toEqual([
    'opentelemetry.io/trace-context',
    'cluster-autoscaler.kubernetes.io/safe-to-evict',
  ]);
});

test.each([
  ['go-client', 'go-client'],
  ['python-client', 'python-client'],
  ['controller', 'controller'],
  ['my-client', 'unknown'],
  ['', 'unknown'],
])('created-by %j reaches a Pod as %s', (value, normalized) => {
  expect(normalizedCreator(value)).toBe(normalized);
});

test('configuration can name further creators', () => {
  expect(normalizedCreator('my-client', ['my-client'])).toBe('my-client');
});
