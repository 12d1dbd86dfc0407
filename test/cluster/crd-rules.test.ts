import { cluster, type KubeObject } from './connection';
import { CustomObjects, messageOf, type KindName } from './custom-objects';

jest.setTimeout(60_000);

let objects: CustomObjects;

beforeAll(async () => {
  objects = await CustomObjects.inNamespace(cluster(), 'crd-rules');
});

const podTemplate = { spec: { containers: [{ name: 'main' }] } };
const claims = (name: string) => ({ volumeClaimTemplates: [{ metadata: { name }, spec: { resources: { requests: { storage: '1Gi' } } } }] });

const withVolume = (volumeClaimTemplate: object) => ({
  spec: { podTemplate: { spec: { ...podTemplate.spec, volumes: [{ name: 'scratch', ephemeral: { volumeClaimTemplate } }] } } },
});

const SPECS: Readonly<Record<KindName, object>> = {
  Sandbox: { podTemplate },
  SandboxTemplate: { podTemplate },
  SandboxWarmPool: { sandboxTemplateRef: { name: 'python' } },
  SandboxClaim: { warmPoolRef: { name: 'python' } },
};

const create = (kind: KindName, more: object = {}) => objects.create(kind, { spec: { ...SPECS[kind], ...more } });

/** Patches the object; resolves to `<status> <message>` of a refusal, and to `200` of a success. */
async function patched(object: KubeObject, spec: object): Promise<string> {
  const { status, body } = await objects.patch(object, { spec });
  return status === 200 ? '200' : `${status} ${messageOf(body)}`;
}

describe('volumeClaimTemplates of a Sandbox', () => {
  it.each<[string, object, object]>([
    ['set later', {}, claims('workspace')],
    ['removed', claims('workspace'), { volumeClaimTemplates: null }],
    ['changed', claims('workspace'), claims('other')],
  ])('cannot be %s', async (_how, before, after) => {
    const sandbox = await create('Sandbox', before);
    expect(await patched(sandbox, after)).toMatch(/^422 .*volumeClaimTemplates is immutable/);
    expect(await objects.read(sandbox)).toEqual(sandbox);
  });

  it.each<[string, object]>([
    ['with', claims('workspace')],
    ['without', {}],
  ])('let a Sandbox %s them be changed otherwise', async (_which, given) => {
    const sandbox = await create('Sandbox', given);
    expect(await patched(sandbox, { operatingMode: 'Suspended', podTemplate: { spec: { containers: [{ name: 'main', image: 'new' }] } } })).toBe('200');
    expect((await objects.read(sandbox)).spec).toMatchObject({ operatingMode: 'Suspended', ...given });
  });

  it.each<KindName>(['SandboxTemplate', 'SandboxClaim'])('can be changed in a %s', async (kind) => {
    const object = await create(kind);
    expect(await patched(object, claims('workspace'))).toBe('200');
    expect(await patched(object, claims('other'))).toBe('200');
    expect(await patched(object, { volumeClaimTemplates: null })).toBe('200');
  });
});

describe('what is not in the API', () => {
  it.each<[KindName, string, object, object]>([
    ['Sandbox', 'a field of the spec', { spec: { podTemplate, replicas: 1 } }, { podTemplate }],
    ['Sandbox', 'a field of the Pod', { spec: { podTemplate: { spec: { ...podTemplate.spec, unknown: { a: 1 } } } } }, { podTemplate }],
    ['Sandbox', 'the name of a Pod', { spec: { podTemplate: { ...podTemplate, metadata: { name: 'a' } } } }, { podTemplate: { ...podTemplate, metadata: {} } }],
    [
      'Sandbox',
      'the namespace of a volume claim',
      { spec: { podTemplate, volumeClaimTemplates: [{ metadata: { namespace: 'a', name: 'w' }, spec: {} }] } },
      { podTemplate, volumeClaimTemplates: [{ metadata: { name: 'w' }, spec: {} }] },
    ],
    [
      'Sandbox',
      'the name of an ephemeral volume claim',
      withVolume({ metadata: { name: 'a', labels: { b: 'c' } }, spec: {} }),
      withVolume({ metadata: { labels: { b: 'c' } }, spec: {} }).spec,
    ],
    [
      'SandboxTemplate',
      'the selector of a policy',
      { spec: { podTemplate, networkPolicy: { podSelector: {}, policyTypes: ['Egress'] } } },
      { podTemplate, networkPolicy: {} },
    ],
    [
      'SandboxClaim',
      'the source of a variable',
      { spec: { warmPoolRef: { name: 'p' }, env: [{ name: 'A', value: '', valueFrom: {} }] } },
      { warmPoolRef: { name: 'p' }, env: [{ name: 'A', value: '' }] },
    ],
    ['SandboxWarmPool', 'a template in place', { spec: { sandboxTemplateRef: { name: 't' }, podTemplate } }, { sandboxTemplateRef: { name: 't' } }],
  ])('in a %s is dropped, or refused on request: %s', async (kind, _what, fields, stored) => {
    expect((await objects.create(kind, fields)).spec).toMatchObject(stored);
    expect((await objects.create(kind, fields)).spec).not.toMatchObject((fields as { spec: object }).spec);
    const { status, body } = await objects.post(kind, fields, '?fieldValidation=Strict');
    expect(`${status} ${messageOf(body)}`).toMatch(/^400 .*unknown field/);
  });
});

const READY = { type: 'Ready', status: 'True', reason: 'DependenciesReady', message: '', lastTransitionTime: '2027-01-31T18:00:00Z', observedGeneration: 1 };

/** A whole status of each kind that has one (spec 01 §4.3, §7.2, §8). */
const STATUSES: readonly [KindName, object][] = [
  [
    'Sandbox',
    {
      conditions: [READY],
      service: 'a',
      serviceFQDN: 'a.b.svc.cluster.local',
      selector: 'agents.x-k8s.io/sandbox-name-hash=374de8f5',
      podIPs: ['10.0.0.1', 'fd00::1'],
      nodeName: 'n',
    },
  ],
  ['SandboxClaim', { conditions: [READY], sandbox: { name: 'a', podIPs: ['10.0.0.1'], serviceFQDN: 'a.b.svc.cluster.local' } }],
  ['SandboxWarmPool', { replicas: 2, readyReplicas: 1, selector: 'agents.x-k8s.io/warm-pool-sandbox=244dc158', observedGeneration: 1 }],
];

describe('the status', () => {
  it.each(STATUSES)('of a %s is written at /status only, and nothing else is', async (kind, status) => {
    const created = await objects.create(kind, { spec: SPECS[kind], status });
    expect(created.status).toBeUndefined();
    expect((await objects.patch(created, { status })).status).toBe(200);
    expect((await objects.read(created)).status).toBeUndefined();
    expect(
      (await objects.patch(created, { status: { ...status, phase: 'Unknown' }, spec: { unknown: 1 }, metadata: { labels: { a: '1' } } }, '/status')).status,
    ).toBe(200);
    const { metadata, spec, ...rest } = await objects.read(created);
    expect(rest.status).toEqual(status);
    expect(spec).toEqual(created.spec);
    expect(metadata).toMatchObject({ generation: 1, uid: created.metadata.uid });
    expect(metadata.labels).toBeUndefined();
  });

  it('does not exist in a SandboxTemplate', async () => {
    const created = await objects.create('SandboxTemplate', { spec: SPECS.SandboxTemplate, status: { observedGeneration: 1 } });
    expect(created.status).toBeUndefined();
    expect((await objects.patch(created, { status: {} }, '/status')).status).toBe(404);
  });

  it('takes a condition list as one value', async () => {
    const created = await create('Sandbox');
    const conditions = (type: string) => ({ status: { conditions: [{ ...READY, type }] } });
    await objects.patch(created, conditions('Ready'), '/status');
    await objects.patch(created, conditions('Suspended'), '/status');
    expect((await objects.read(created)).status).toEqual(conditions('Suspended').status);
  });

  it.each<KindName>(['Sandbox', 'SandboxClaim'])('of a %s holds conditions of any length that the API allows, and no other', async (kind) => {
    const created = await create(kind);
    const answerTo = async (change: object) => {
      const { status, body } = await objects.patch(created, { status: { conditions: [{ ...READY, ...change }] } }, '/status');
      return status === 200 ? '200' : `${status} ${messageOf(body)}`;
    };
    const accepted = [
      ...['True', 'False', 'Unknown'].map((status) => ({ status })),
      ...[{ type: 'a.b/Ready' }, { type: 'R'.repeat(316) }, { reason: 'A_1,b:c' }, { reason: 'R'.repeat(1024) }],
      ...[{ message: 'x'.repeat(32768) }, { observedGeneration: 0 }, { observedGeneration: undefined }],
    ];
    for (const change of accepted) expect([change, await answerTo(change)]).toEqual([change, '200']);
    const refused: readonly [object, string][] = [
      [{ status: 'true' }, 'status: Unsupported value: "true": supported values: "True", "False", "Unknown"'],
      [{ type: 'R'.repeat(317) }, 'type: Too long'],
      [{ type: '-' }, 'type: Invalid value'],
      [{ reason: '' }, 'reason'],
      [{ reason: 'two words' }, 'reason: Invalid value'],
      [{ reason: 'R'.repeat(1025) }, 'reason: Too long'],
      [{ message: 'x'.repeat(32769) }, 'message: Too long'],
      [{ observedGeneration: -1 }, 'observedGeneration: Invalid value'],
      [{ lastTransitionTime: 'now' }, 'lastTransitionTime: Invalid value'],
      ...['type', 'status', 'reason', 'message', 'lastTransitionTime'].map((name): [object, string] => [{ [name]: undefined }, `${name}: Required value`]),
    ];
    for (const [change, message] of refused) expect(await answerTo(change)).toMatch(new RegExp(`^422 .*status.conditions\\[0\\].${message}`));
  });
});

describe('the generation', () => {
  it.each<[KindName, object]>([
    ['Sandbox', { operatingMode: 'Suspended' }],
    ['SandboxTemplate', { service: true }],
    ['SandboxWarmPool', { replicas: 2 }],
    ['SandboxClaim', { warmPoolRef: { name: 'other' } }],
  ])('of a %s grows when its spec changes and not with its metadata', async (kind, change) => {
    const created = await create(kind);
    expect(created.metadata.generation).toBe(1);
    await objects.patch(created, { metadata: { labels: { a: '1' } } });
    expect((await objects.read(created)).metadata).toMatchObject({ generation: 1, labels: { a: '1' } });
    expect(await patched(created, change)).toBe('200');
    expect((await objects.read(created)).metadata.generation).toBe(2);
    expect(await patched(created, change)).toBe('200');
    expect((await objects.read(created)).metadata.generation).toBe(2);
  });
});
