import { Chart, Testing } from 'cdk8s';
import { LateFindingsPolicy } from '../../src';
import type { ApiResponse } from './api-request';
import { cluster } from './connection';
import { until } from './until';

jest.setTimeout(120_000);

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly [field: string]: unknown };
  readonly spec: { readonly [field: string]: unknown };
}

const PAST = '2020-01-01T00:00:00Z';
const FUTURE = '2120-01-01T00:00:00Z';
const APIS: Readonly<Record<string, readonly [string, string]>> = {
  Sandbox: ['agents.x-k8s.io', 'sandboxes'],
  SandboxTemplate: ['extensions.agents.x-k8s.io', 'sandboxtemplates'],
  SandboxWarmPool: ['extensions.agents.x-k8s.io', 'sandboxwarmpools'],
  SandboxClaim: ['extensions.agents.x-k8s.io', 'sandboxclaims'],
};

const volume = (name: string) => ({ metadata: { name }, spec: { accessModes: ['ReadWriteOnce'] } });
const pod = (container: object = {}, further: object = {}) => ({
  podTemplate: { spec: { containers: [{ name: 'main', image: 'busybox', ...container }], ...further } },
});
const mounting = (...names: string[]) => ({ volumeMounts: names.map((name) => ({ name, mountPath: `/${name}` })) });
const sandbox = (name: string, spec: object = {}): Manifest => ({ kind: 'Sandbox', metadata: { name }, spec: { ...pod(), ...spec } });
const template = (name: string, spec: object = {}): Manifest => ({ kind: 'SandboxTemplate', metadata: { name }, spec: { ...pod(), ...spec } });
const pool = (name: string, templateName: string): Manifest => ({
  kind: 'SandboxWarmPool',
  metadata: { name },
  spec: { sandboxTemplateRef: { name: templateName } },
});
const claim = (name: string, spec: object = {}): Manifest => ({ kind: 'SandboxClaim', metadata: { name }, spec: { warmPoolRef: { name: 'a' }, ...spec } });

const range = (length: number): number[] => Array.from({ length }, (_, index) => index);

const LONG = 'a'.repeat(64);
const LONGEST = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(57)}`;

/** What is wrong with a new object, and what people are told. */
const BAD: ReadonlyArray<readonly [string, Manifest, string]> = [
  ['a claim without a pool', claim('a', { warmPoolRef: { name: '' } }), 'spec.warmPoolRef.name: found nothing, expected the name of a SandboxWarmPool'],
  ['a pool without a template', pool('a', ''), 'spec.sandboxTemplateRef.name: found nothing, expected the name of a SandboxTemplate'],
  [
    'a Sandbox with a nameless volume',
    sandbox('a', { ...pod(mounting('data')), volumeClaimTemplates: [volume('data'), { spec: {} }] }),
    'spec.volumeClaimTemplates[1].metadata.name: found nothing, expected the name of a volume',
  ],
  [
    'a template with a nameless volume',
    template('a', { volumeClaimTemplates: [{ metadata: {}, spec: {} }] }),
    'spec.volumeClaimTemplates[0].metadata.name: found nothing, expected the name of a volume',
  ],
  [
    'a claim with a nameless volume',
    claim('a', { volumeClaimTemplates: [volume('')] }),
    'spec.volumeClaimTemplates[0].metadata.name: found nothing, expected the name of a volume',
  ],
  [
    'a claim that sets a variable twice',
    claim('a', {
      env: [
        { name: 'A', value: '1' },
        { name: 'B', value: '1', containerName: 'x' },
        { name: 'B', value: '2', containerName: 'x' },
      ],
    }),
    'spec.env: found B more than once for one container, expected each name once',
  ],
  [
    'a Sandbox whose Service would have too long a name',
    sandbox(LONG, { service: true }),
    'metadata.name: found 64 characters, expected at most 63 without dots, because with spec.service the Service has the same name',
  ],
  ['a Sandbox whose Service would have a dot', sandbox('a.b', { service: true }), 'metadata.name: found 3 characters with a dot, expected at most 63'],
  [
    'a Sandbox whose volume would have too long a name',
    sandbox(LONGEST, { ...pod(mounting('data')), volumeClaimTemplates: [volume('data')] }),
    `spec.volumeClaimTemplates: the PersistentVolumeClaim would have a name of 254 characters, expected at most 253: data-${LONGEST}`,
  ],
  [
    'a claim whose volume would have too long a name',
    claim(LONGEST, { volumeClaimTemplates: [volume('data')] }),
    'spec.volumeClaimTemplates: the PersistentVolumeClaim would have a name of 254 characters, expected at most 253',
  ],
  ['a Sandbox that has expired', sandbox('a', { shutdownTime: PAST }), `spec.shutdownTime: found ${PAST}, which has passed, expected a time to come`],
  ['a claim that has expired', claim('a', { lifecycle: { shutdownTime: PAST } }), `spec.lifecycle.shutdownTime: found ${PAST}, which has passed`],
  [
    'a Sandbox that mounts none of its volumes',
    sandbox('a', { volumeClaimTemplates: [volume('data'), volume('cache')] }),
    'spec.volumeClaimTemplates: no container mounts data, cache, expected a volumeMount or a volumeDevice of that name',
  ],
  [
    'a template that mounts one of two volumes',
    template('a', { ...pod(mounting('data')), volumeClaimTemplates: [volume('data'), volume('cache')] }),
    'spec.volumeClaimTemplates: no container mounts cache, expected',
  ],
];

/** New objects of which nothing is to be said. */
const GOOD: ReadonlyArray<readonly [string, Manifest]> = [
  ['a Sandbox with the least', sandbox('least')],
  ['a Sandbox with a Service and the longest name for it', sandbox('a'.repeat(63), { service: true })],
  ['a Sandbox without a Service and a long name with dots', sandbox(`${LONG}.b`, { service: false })],
  ['a Sandbox that expires', sandbox('expires', { shutdownTime: FUTURE })],
  [
    'a Sandbox that mounts its volumes in a container, in an init container and as a device',
    sandbox('mounts', {
      ...pod(mounting('data'), {
        initContainers: [{ name: 'init', image: 'busybox', ...mounting('cache'), volumeDevices: [{ name: 'raw', devicePath: '/dev/raw' }] }],
      }),
      volumeClaimTemplates: [volume('data'), volume('cache'), volume('raw')],
    }),
  ],
  ['a Sandbox with the longest name for its volume', sandbox(LONGEST.slice(1), { ...pod(mounting('data')), volumeClaimTemplates: [volume('data')] })],
  [
    'a Sandbox so big that rules which are not frugal would use up their budget',
    sandbox('big', {
      podTemplate: {
        spec: {
          containers: range(20).map((container) => ({
            name: `c${container}`,
            image: 'busybox',
            volumeMounts: range(50).map((mount) => ({ name: container === 19 ? `v${mount}` : 'tmp', mountPath: `/${mount}` })),
          })),
        },
      },
      volumeClaimTemplates: range(20).map((index) => volume(`v${index}`)),
    }),
  ],
  ['a template', template('a', { service: true })],
  ['a pool', pool('a', 'a')],
  ['a claim with the least', claim('least')],
  [
    'a claim that sets a variable in two containers',
    claim('env', {
      env: [
        { name: 'A', value: '1' },
        { name: 'A', value: '1', containerName: 'x' },
      ],
    }),
  ],
  ['a claim with a volume and an end', claim('whole', { lifecycle: { shutdownTime: FUTURE }, volumeClaimTemplates: [volume('data')] })],
];

/** What people are told about a change of a good object. */
const BAD_CHANGES: ReadonlyArray<readonly [string, Manifest, object, string]> = [
  ['an expiry in the past', sandbox('expiry', { shutdownTime: FUTURE }), { shutdownTime: PAST }, `spec.shutdownTime: found ${PAST}, which has passed`],
  [
    'an expiry of a claim in the past',
    claim('expiry'),
    { lifecycle: { shutdownTime: PAST } },
    `spec.lifecycle.shutdownTime: found ${PAST}, which has passed, expected a time to come`,
  ],
  ['a Service for a name with a dot', sandbox('now.with.service'), { service: true }, 'metadata.name: found 16 characters with a dot'],
  [
    'a volume that is mounted no more',
    sandbox('unmounted', { ...pod(mounting('data')), volumeClaimTemplates: [volume('data')] }),
    pod(),
    'spec.volumeClaimTemplates: no container mounts data',
  ],
  ['a pool that loses its template', pool('loses', 'a'), { sandboxTemplateRef: { name: '' } }, 'spec.sandboxTemplateRef.name: found nothing'],
];

/** Changes of objects that were bad before there was a policy: what does not change is no news. */
const OLD: ReadonlyArray<readonly [string, Manifest, object]> = [
  ['an unmounted volume', sandbox('old-volume', { volumeClaimTemplates: [volume('data')] }), { operatingMode: 'Suspended' }],
  ['a nameless volume', sandbox('old-nameless', { volumeClaimTemplates: [{ spec: {} }] }), { operatingMode: 'Suspended' }],
  ['an expiry in the past', sandbox('old-expiry', { shutdownTime: PAST }), { operatingMode: 'Suspended' }],
  ['a Service of a name with a dot', sandbox('old.name', { service: true }), { operatingMode: 'Suspended' }],
  ['no template', pool('old-pool', ''), { replicas: 0 }],
  [
    'a variable set twice',
    claim('old-env', {
      env: [
        { name: 'A', value: '1' },
        { name: 'A', value: '2' },
      ],
    }),
    { lifecycle: { shutdownTime: FUTURE } },
  ],
  ['no pool', claim('old-claim', { warmPoolRef: { name: '' } }), { lifecycle: { shutdownTime: FUTURE } }],
];

const BOUND = claim('bound');
const CONTROLLER = { 'impersonate-user': 'system:serviceaccount:agent-sandbox-system:agent-sandbox-controller', 'impersonate-group': 'system:masters' };

const pathOf = (namespace: string, { kind }: Manifest): string => {
  const [group = '', plural = ''] = APIS[kind] ?? [];
  return `/apis/${group}/v1beta1/namespaces/${namespace}/${plural}`;
};
const create = (namespace: string, manifest: Manifest, query = '', headers = {}): Promise<ApiResponse> =>
  cluster().request('POST', `${pathOf(namespace, manifest)}${query}`, { apiVersion: `${APIS[manifest.kind]?.[0]}/v1beta1`, ...manifest }, headers);
const change = (namespace: string, manifest: Manifest, spec: object): Promise<ApiResponse> =>
  cluster().request('PATCH', `${pathOf(namespace, manifest)}/${manifest.metadata.name}`, { spec });

/** What people are told: the status, and the end of the warnings or of the message. */
function toldBy(namespace: string, { status, body, warnings }: ApiResponse): { readonly status: number; readonly texts: readonly string[] } {
  const texts = status < 300 ? warnings : [(body as { readonly message: string }).message];
  return {
    status,
    texts: texts.map((text) => text.replace(new RegExp(`^.*ValidatingAdmissionPolicy '${namespace}' with binding '${namespace}'( denied request)?: `), '')),
  };
}

function policyOf(namespace: string, deny: boolean): Manifest[] {
  const chart = new Chart(Testing.app(), 'test');
  new LateFindingsPolicy(chart, 'late', { deny, name: namespace, namespaceLabels: { 'kubernetes.io/metadata.name': namespace } });
  // What cdk8s renders.
  return Testing.synth(chart) as Manifest[];
}

/** A namespace with a policy of its own, that knows objects from before. */
async function namespaceWithPolicy(deny: boolean): Promise<string> {
  const namespace = await cluster().namespace('late');
  const before = [...BAD_CHANGES, ...OLD].map(([, manifest]) => manifest);
  const answers = await Promise.all([...before, BOUND].map((manifest) => create(namespace, manifest)));
  const refused = answers.find(({ status }) => status !== 201);
  if (refused) throw new Error(`an object was refused before there was a policy: ${JSON.stringify(refused.body)}`);
  await cluster().object('PATCH', `${pathOf(namespace, BOUND)}/bound/status`, { status: { sandbox: { name: 'member' } } });
  await cluster().apply(policyOf(namespace, deny), { form: 'server' });
  await until('the API server to heed the policy', async () => {
    const { status, warnings } = await create(namespace, claim('probe', { warmPoolRef: { name: '' } }), '?dryRun=All');
    return status === 422 || warnings.length > 0 ? true : undefined;
  });
  return namespace;
}

const withoutPolicy = (name: string): Promise<string> => cluster().kubectl(['delete', 'validatingadmissionpolicy,validatingadmissionpolicybinding', name]);

describe.each<[string, boolean, number]>([
  ['warns', false, 200],
  ['denies', true, 422],
])('the policy that %s', (_, deny, statusOfChange) => {
  const statusOfCreation = deny ? 422 : 201;
  let namespace: string;

  beforeAll(async () => {
    namespace = await namespaceWithPolicy(deny);
  });
  afterAll(() => withoutPolicy(namespace));

  // The API server takes some of its structs as one value: what it had to add would be a change each time.
  it.each(policyOf('any', deny).map(({ kind }) => kind))('is stored as rendered, in its %s', async (kind) => {
    const rendered = policyOf(namespace, deny).find((manifest) => manifest.kind === kind);
    const stored = JSON.parse(await cluster().kubectl(['get', kind, namespace, '--output=json'])) as Manifest;
    expect(stored.spec).toEqual(rendered?.spec);
  });

  it.each(BAD)('names %s', async (_what, manifest, message) => {
    const told = toldBy(namespace, await create(namespace, manifest, '?dryRun=All'));
    expect(told).toEqual({ status: statusOfCreation, texts: [expect.stringContaining(message)] });
  });

  it.each(GOOD)('has nothing to say about %s', async (_what, manifest) => {
    expect(toldBy(namespace, await create(namespace, manifest, '?dryRun=All'))).toEqual({ status: 201, texts: [] });
  });

  it.each(BAD_CHANGES)('names %s', async (_what, manifest, spec, message) => {
    const told = toldBy(namespace, await change(namespace, manifest, spec));
    expect(told).toEqual({ status: statusOfChange, texts: [expect.stringContaining(message)] });
  });

  it.each(OLD)('lets an object change that had %s before', async (_what, manifest, spec) => {
    expect(toldBy(namespace, await change(namespace, manifest, spec))).toEqual({ status: 200, texts: [] });
  });

  it('names another pool for a claim that has its Sandbox, and none before', async () => {
    const told = toldBy(namespace, await change(namespace, BOUND, { warmPoolRef: { name: 'b' } }));
    expect(told).toEqual({
      status: statusOfChange,
      texts: [expect.stringContaining('spec.warmPoolRef.name: found b, expected a: the claim has Sandbox member and keeps it')],
    });
    await create(namespace, claim('waiting'));
    expect(toldBy(namespace, await change(namespace, claim('waiting'), { warmPoolRef: { name: 'b' } }))).toEqual({ status: 200, texts: [] });
  });

  it('judges a change also where the API server has forgotten who set which field', async () => {
    const adopted = sandbox('adopted');
    await create(namespace, adopted);
    await cluster().object('PATCH', `${pathOf(namespace, adopted)}/adopted`, { metadata: { managedFields: [{}] } });
    expect(toldBy(namespace, await change(namespace, adopted, { shutdownTime: FUTURE }))).toEqual({ status: 200, texts: [] });
    const told = toldBy(namespace, await change(namespace, adopted, { shutdownTime: PAST }));
    expect(told).toEqual({ status: statusOfChange, texts: [expect.stringContaining(`spec.shutdownTime: found ${PAST}, which has passed`)] });
  });

  it('leaves labels, status and the controller alone', async () => {
    const [, old] = OLD[0] ?? [];
    if (!old) throw new Error('the table of old objects is empty');
    const path = `${pathOf(namespace, old)}/${old.metadata.name}`;
    const answers = [
      await cluster().request('PATCH', path, { metadata: { labels: { a: 'b' } } }),
      await cluster().request('PATCH', `${path}/status`, { status: { nodeName: 'a' } }),
      await create(namespace, sandbox('by-controller', { shutdownTime: PAST }), '?dryRun=All', CONTROLLER),
    ];
    expect(answers.map((answer) => toldBy(namespace, answer))).toEqual([200, 200, 201].map((status) => ({ status, texts: [] })));
  });
});

// Without a controller manager nobody checks the types.
const withControllers = cluster().connection.controllerManager ? describe : describe.skip;

withControllers('the type check of the API server', () => {
  it('finds that the rules fit each of the four kinds', async () => {
    const namespace = await namespaceWithPolicy(false);
    const checked = await cluster().waitFor(
      `/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/${namespace}`,
      'to be checked',
      ({ body }) =>
        typeof body === 'object' &&
        body !== null &&
        'status' in body &&
        typeof body.status === 'object' &&
        body.status !== null &&
        'typeChecking' in body.status,
    );
    expect(checked.body).toMatchObject({ status: { observedGeneration: 1, typeChecking: {} } });
    expect(JSON.stringify(checked.body)).not.toContain('expressionWarnings');
    await withoutPolicy(namespace);
  });
});
