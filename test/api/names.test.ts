import * as fc from 'fast-check';
import { findTemplateOfPolicy, isQualifiedName, isReservedKey, isServiceName, nameHash, networkPolicyName, volumeClaimName } from '../../src/api/names';

describe('the name hash', () => {
  test.each([
    ['', '811c9dc5'],
    ['a', 'e40c292c'],
    ['my-sandbox', '374de8f5'],
    ['sandbox-name', 'ab179450'],
    ['my-sandbox-conflict', '6da45cea'],
    ['vct-sandbox', '6936fe48'],
    ['test-template', '69155462'],
    ['python-sdk-test-template', 'baa83826'],
    ['my-template', 'aeae83fc'],
    ['my-pool', '244dc158'],
    ['test-pool', '59733166'],
    ['pool', '91dd7983'],
    ['python-sdk-warmpool', 'd937650a'],
    ['default', '933b5bde'],
    ['sandbox-claim-1a2b3c4d', '32ea6318'],
    ['my.sandbox.v1', '6d4baffd'],
    ['é', '1e9de8c1'],
    ['日本', '9f26ee51'],
    ['😀', '33a29608'],
    ['a'.repeat(253), 'df1f7590'],
    ['{"spec":{"containers":[{"name":"main","image":"busybox:1.36","resources":{}}]},"metadata":{}}', '7172fd3b'],
    ['{"podTemplate":{"spec":{"containers":[{"name":"main","image":"busybox:1.36","resources":{}}]},"metadata":{}}}', '81a6e75e'],
    [
      String.raw`{"spec":{"containers":[{"name":"main","image":"busybox:1.36","command":["sleep","1d"],"ports":[{"name":"http","containerPort":8080,"protocol":"TCP"}],"env":[{"name":"Q","value":"a\u003cb\u0026c\u003ed"},{"name":"EMPTY"}],"resources":{"limits":{"memory":"1Gi"},"requests":{"cpu":"500m"}},"volumeMounts":[{"name":"data","mountPath":"/data"}]}],"restartPolicy":"Never"},"metadata":{"labels":{"a":"1","b":"2"}}}`,
      'fe78b0bb',
    ],
    [
      String.raw`{"podTemplate":{"spec":{"containers":[{"name":"main","image":"busybox:1.36","command":["sleep","1d"],"ports":[{"name":"http","containerPort":8080,"protocol":"TCP"}],"env":[{"name":"Q","value":"a\u003cb\u0026c\u003ed"},{"name":"EMPTY"}],"resources":{"limits":{"memory":"1Gi"},"requests":{"cpu":"500m"}},"volumeMounts":[{"name":"data","mountPath":"/data"}]}],"restartPolicy":"Never"},"metadata":{"labels":{"a":"1","b":"2"}}},"volumeClaimTemplates":[{"metadata":{"name":"data"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}],"service":true}`,
      '5d37139e',
    ],
  ])('of %j is %s', (text, hash) => {
    expect(nameHash(text)).toBe(hash);
  });

  test('is always eight lower-case hex digits', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => /^[0-9a-f]{8}$/.test(nameHash(text))));
  });
});

test('children are named as clients expect', () => {
  expect([volumeClaimName('workspace', 'alice'), networkPolicyName('python')]).toEqual(['workspace-alice', 'python-network-policy']);
  expect([findTemplateOfPolicy('python-network-policy'), findTemplateOfPolicy('-network-policy'), findTemplateOfPolicy('other')]).toEqual([
    'python',
    undefined,
    undefined,
  ]);
});

test.each([
  ['agents.x-k8s.io/claim-uid', true],
  ['extensions.agents.x-k8s.io/x', true],
  ['agents.x-k8s.io', false],
  ['my.agents.x-k8s.io/x', false],
])('%s is reserved: %s', (key, reserved) => {
  expect(isReservedKey(key)).toBe(reserved);
});

test.each([
  ['web', true],
  ['a'.repeat(63), true],
  ['a'.repeat(64), false],
  ['1web', false],
  ['web.a', false],
  ['', false],
])('%s is a Service name: %s', (name, valid) => {
  expect(isServiceName(name)).toBe(valid);
});

test.each([
  ['app', true],
  ['sandbox.users.io/team', true],
  ['Sandbox.users.io/team', false],
  ['a/b/c', false],
  ['/b', false],
  ['a/', false],
  [`a/${'b'.repeat(64)}`, false],
])('%s is a label key: %s', (key, valid) => {
  expect(isQualifiedName(key)).toBe(valid);
});
