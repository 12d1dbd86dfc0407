import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { mergePatch } from '../../src/runtime/merge-patch';

/** RFC 7386, as it is written there. */
function applied(target: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch;
  const result: Record<string, unknown> = { ...(isMap(target) ? target : {}) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = applied(Object.hasOwn(result, key) ? result[key] : undefined, value);
  }
  return result;
}

const isMap = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);

const { map } = fc.letrec<{ map: Record<string, unknown>; value: unknown }>((tie) => ({
  map: fc.dictionary(fc.constantFrom('a', 'b', 'constructor', 'toString'), tie('value'), { noNullPrototype: true }),
  value: fc.oneof({ depthSize: 'small' }, fc.constantFrom('x', 1, true), fc.array(fc.constantFrom(1, 'y')), tie('map')),
}));

test('a patch turns one value into the other, and there is none when they are the same', () => {
  fc.assert(
    fc.property(map, map, (from, to) => {
      const patch = mergePatch(from, to);
      expect(applied(from, patch ?? {})).toEqual(to);
      expect(patch === undefined).toBe(isDeepStrictEqual(from, to));
    }),
  );
});

test('members without a value are as if they were not there', () => {
  expect(mergePatch({ a: undefined, b: 1 }, { b: 1, c: undefined })).toBeUndefined();
  expect(mergePatch({ a: 1 }, { a: undefined })).toEqual({ a: null });
});
