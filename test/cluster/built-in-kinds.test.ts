import { isStoredAs, withDataOfSecret } from './built-in-kinds';

it.each<[unknown, unknown, boolean]>([
  [false, undefined, true],
  [0, undefined, true],
  ['', undefined, true],
  [[], undefined, true],
  [{ fsGroup: 0, sysctls: [] }, undefined, true],
  [true, undefined, false],
  [[''], undefined, false],
  [{ fsGroup: 1 }, undefined, false],
  ['1000m', '1', true],
  ['0.5', '500m', true],
  [1, '1', true],
  ['2048Mi', '2Gi', true],
  ['1000Mi', '1Gi', false],
  ['100m', '100M', false],
  ['web', 'web', true],
  ['web', 'app', false],
  [80, 'http', false],
])('a built-in kind stores %j as %j: %s', (rendered, stored, same) => {
  expect(isStoredAs(rendered, stored)).toBe(same);
});

it('a Secret stores its texts as base64, and other kinds keep the field', () => {
  const stringData = { user: 'alice' };
  expect(withDataOfSecret({ kind: 'Secret', data: { a: 'Yg==' }, stringData })).toEqual({ kind: 'Secret', data: { a: 'Yg==', user: 'YWxpY2U=' } });
  expect(withDataOfSecret({ kind: 'Other', stringData })).toEqual({ kind: 'Other', stringData });
});
