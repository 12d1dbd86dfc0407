import { additionalMetadataProblems } from '../../src/api/additional-metadata';

type Pairs = Readonly<Record<string, string>>;
const long = (length: number) => 'a'.repeat(length);

test.each<[string, { labels?: Pairs; annotations?: Pairs }]>([
  ['a label of the allowed domain', { labels: { 'sandbox.users.io/user': 'alice' } }],
  ['a label of a domain below it', { labels: { 'team.sandbox.users.io/user': 'alice' } }],
  ['an empty label value', { labels: { 'sandbox.users.io/user': '' } }],
  ['an annotation without domain', { annotations: { note: 'any text, with anything: in it' } }],
  ['the one annotation of the autoscaler', { annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true' } }],
  ['a domain that only ends like one of the system', { annotations: { 'myk8s.io/a': 'b' } }],
  ['x-k8s.io itself', { annotations: { 'x-k8s.io/a': 'b' } }],
])('a claim may set %s', (_, metadata) => {
  expect(additionalMetadataProblems(metadata)).toEqual([]);
});

test.each<[string, { labels?: Pairs; annotations?: Pairs }, string]>([
  ['a key that is none', { labels: { 'sandbox.users.io/': 'a' } }, 'failed to validate label "sandbox.users.io/": invalid label key: "sandbox.users.io/": '],
  [
    'a key of 64 characters',
    { labels: { [`sandbox.users.io/${long(64)}`]: 'a' } },
    `failed to validate label "sandbox.users.io/${long(64)}": invalid label key: `,
  ],
  ['a domain with capitals', { annotations: { 'K8s.io/a': 'b' } }, 'failed to validate annotation "K8s.io/a": invalid annotation key: '],
  ['an annotation key that is none', { annotations: { 'a b': 'c' } }, 'failed to validate annotation "a b": invalid annotation key: "a b": '],
  [
    'the label of the router, whatever its case',
    { labels: { App: 'Sandbox-Router' } },
    'failed to validate label "App": restricted system label value: "App"="Sandbox-Router" is not allowed in AdditionalPodMetadata',
  ],
  [
    'a label without domain',
    { labels: { user: 'a' } },
    `failed to validate label "user": label "user" must have a domain prefix (e.g. 'sandbox.users.io/my-label') to prevent opting into unintended policy domains`,
  ],
  [
    'a label of another domain',
    { labels: { 'notsandbox.users.io/a': 'b' } },
    'failed to validate label "notsandbox.users.io/a": label domain "notsandbox.users.io" is not in the allowlist',
  ],
  [
    'a label value of 64 characters',
    { labels: { 'sandbox.users.io/a': long(64) } },
    `failed to validate label "sandbox.users.io/a": invalid label value: "${long(64)}" does not match allowed pattern: `,
  ],
  ...['kubernetes.io/a', 'app.kubernetes.io/a', 'k8s.io/a', 'x.k8s.io/a', 'agents.x-k8s.io/a', 'extensions.agents.x-k8s.io/a'].map(
    (key): [string, { annotations: Pairs }, string] => [
      `the annotation ${key}`,
      { annotations: { [key]: 'b' } },
      `failed to validate annotation "${key}": restricted system domain: "${key}" is not allowed in AdditionalPodMetadata`,
    ],
  ),
])('a claim may not set %s', (_, metadata, message) => {
  expect(additionalMetadataProblems(metadata)).toEqual([expect.stringContaining(message)]);
});

test('other domains can be allowed, and then the usual one is not', () => {
  const labels = { 'acme.io/a': 'b', 'sandbox.users.io/a': 'b' };
  expect(additionalMetadataProblems({ labels }, ['acme.io'])).toEqual([expect.stringContaining('"sandbox.users.io" is not in the allowlist')]);
});

test('the same input names the same keys in the same order: labels first, each sorted', () => {
  const metadata = { annotations: { 'k8s.io/b': '', 'k8s.io/a': '' }, labels: { b: '', a: '' } };
  expect(additionalMetadataProblems(metadata).map((problem) => /"([^"]+)"/.exec(problem)?.[1])).toEqual(['a', 'b', 'k8s.io/a', 'k8s.io/b']);
});
