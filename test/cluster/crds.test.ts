import { loadCrds } from '../../src/api/crds';
import { cluster, type KubeObject } from './connection';
import { CustomObjects, type KindName } from './custom-objects';
import { driftOf } from './drift';

jest.setTimeout(120_000);

const READY = ["Ready:string:.status.conditions[?(@.type=='Ready')].status", "Reason:string:.status.conditions[?(@.type=='Ready')].reason"] as const;
const AGE = 'Age:date:.metadata.creationTimestamp';

interface Row {
  readonly kind: KindName;
  readonly group: string;
  readonly plural: string;
  readonly shortName: string;
  readonly subresources?: object;
  readonly columns?: readonly string[];
}

/** Spec 01 §1 and §3.1. */
const TABLE: readonly Row[] = [
  { kind: 'Sandbox', group: 'agents.x-k8s.io', plural: 'sandboxes', shortName: 'sandbox', subresources: { status: {} }, columns: [...READY, AGE] },
  {
    kind: 'SandboxClaim',
    group: 'extensions.agents.x-k8s.io',
    plural: 'sandboxclaims',
    shortName: 'sandboxclaim',
    subresources: { status: {} },
    columns: [READY[0], 'Sandbox:string:.status.sandbox.name', READY[1], AGE],
  },
  { kind: 'SandboxTemplate', group: 'extensions.agents.x-k8s.io', plural: 'sandboxtemplates', shortName: 'sandboxtemplate' },
  {
    kind: 'SandboxWarmPool',
    group: 'extensions.agents.x-k8s.io',
    plural: 'sandboxwarmpools',
    shortName: 'swp',
    subresources: { status: {}, scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas', labelSelectorPath: '.status.selector' } },
    columns: ['Ready:integer:.status.readyReplicas', 'Desired:integer:.spec.replicas', AGE],
  },
];

/** What the server stores of a CRD, as far as it is looked at. */
interface StoredCrd extends KubeObject {
  readonly spec: {
    readonly versions: readonly {
      readonly name: string;
      readonly additionalPrinterColumns?: readonly { readonly name: string; readonly type: string; readonly jsonPath: string }[];
      readonly subresources?: object;
      readonly [field: string]: unknown;
    }[];
    readonly [field: string]: unknown;
  };
  readonly status: { readonly storedVersions: readonly string[]; readonly conditions: readonly { readonly type: string; readonly status: string }[] };
}

const storedCrd = async ({ plural, group }: Row): Promise<StoredCrd> =>
  // The path is that of a CRD.
  (await cluster().object('GET', `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${plural}.${group}`)) as StoredCrd;

it('the CRDs are accepted, and applying them twice changes nothing, in both ways', async () => {
  expect(await driftOf(cluster(), loadCrds())).toEqual([]);
});

describe.each(TABLE)('the CRD of $kind', (row) => {
  it('is served under its names', async () => {
    const { spec, status } = await storedCrd(row);
    const { kind, group, plural, shortName } = row;
    const names = { kind, plural, singular: kind.toLowerCase(), shortNames: [shortName], listKind: `${kind}List` };
    expect(spec).toMatchObject({ group, scope: 'Namespaced', conversion: { strategy: 'None' } });
    expect(spec.names).toEqual(names);
    // NonStructuralSchema would stand here too.
    expect(Object.fromEntries(status.conditions.map((condition) => [condition.type, condition.status]))).toEqual({
      NamesAccepted: 'True',
      Established: 'True',
    });
  });

  it('serves and stores v1beta1 only, with its subresources and columns', async () => {
    const { spec, status } = await storedCrd(row);
    expect(status.storedVersions).toEqual(['v1beta1']);
    expect(spec.versions).toEqual([expect.objectContaining({ name: 'v1beta1', served: true, storage: true })]);
    const version = spec.versions[0];
    expect(version?.deprecated).toBeUndefined();
    expect(version?.subresources).toEqual(row.subresources);
    expect(version?.additionalPrinterColumns?.map(({ name, type, jsonPath }) => `${name}:${type}:${jsonPath}`)).toEqual(row.columns);
  });

  it('has the short name and no category', async () => {
    const resources = await cluster().kubectl(['api-resources', '--api-group', row.group, '--output', 'wide', '--no-headers']);
    const columns = resources
      .split('\n')
      .map((line) => line.split(/\s{2,}/))
      .find(([name]) => name === row.plural);
    expect(columns?.slice(0, 5)).toEqual([row.plural, row.shortName, `${row.group}/v1beta1`, 'true', row.kind]);
    expect(columns?.[6] ?? '').toBe('');
  });
});

describe('kubectl', () => {
  let objects: CustomObjects;
  let kubectl: (...args: readonly string[]) => Promise<string>;
  let created: Readonly<Record<KindName, KubeObject>>;

  beforeAll(async () => {
    objects = await CustomObjects.inNamespace(cluster(), 'crds');
    kubectl = (...args) => cluster().kubectl(['--namespace', objects.namespace, ...args]);
    const podTemplate = { spec: { containers: [{ name: 'main' }] } };
    created = {
      Sandbox: await objects.create('Sandbox', { spec: { podTemplate } }),
      SandboxTemplate: await objects.create('SandboxTemplate', { spec: { podTemplate } }),
      SandboxWarmPool: await objects.create('SandboxWarmPool', { spec: { sandboxTemplateRef: { name: 'python' }, replicas: 3 } }),
      SandboxClaim: await objects.create('SandboxClaim', { spec: { warmPoolRef: { name: 'pool' } } }),
    };
    const ready = { type: 'Ready', status: 'False', reason: 'SandboxSuspended', message: '', lastTransitionTime: '2027-01-31T18:00:00Z' };
    await objects.patch(created.Sandbox, { status: { conditions: [ready] } }, '/status');
    await objects.patch(created.SandboxClaim, { status: { conditions: [ready], sandbox: { name: 'alice' } } }, '/status');
    await objects.patch(
      created.SandboxWarmPool,
      { status: { replicas: 2, readyReplicas: 1, selector: 'agents.x-k8s.io/warm-pool-sandbox=244dc158' } },
      '/status',
    );
  });

  it.each<[KindName, string, readonly string[], readonly string[]]>([
    ['Sandbox', 'sandbox', ['NAME', 'READY', 'REASON', 'AGE'], ['False', 'SandboxSuspended']],
    ['SandboxClaim', 'sandboxclaim', ['NAME', 'READY', 'SANDBOX', 'REASON', 'AGE'], ['False', 'alice', 'SandboxSuspended']],
    ['SandboxTemplate', 'sandboxtemplate', ['NAME', 'AGE'], []],
    ['SandboxWarmPool', 'swp', ['NAME', 'READY', 'DESIRED', 'AGE'], ['1', '3']],
  ])('shows the columns of a %s for its short name', async (kind, shortName, titles, values) => {
    const [header = '', row = ''] = (await kubectl('get', shortName)).split('\n');
    expect(header.trim().split(/\s+/)).toEqual(titles);
    expect(row.trim().split(/\s+/)).toEqual([created[kind].metadata.name, ...values, expect.stringMatching(/^\d+[smh]/)]);
  });

  it('scales a pool, and an autoscaler finds its size and its Pods', async () => {
    const { name } = created.SandboxWarmPool.metadata;
    expect(await kubectl('scale', 'swp', name, '--replicas', '7')).toContain('scaled');
    expect((await objects.read(created.SandboxWarmPool)).spec).toMatchObject({ replicas: 7 });
    const scale = await cluster().object('GET', `${objects.pathOf(created.SandboxWarmPool)}/scale`);
    expect(scale).toMatchObject({ spec: { replicas: 7 }, status: { replicas: 2, selector: 'agents.x-k8s.io/warm-pool-sandbox=244dc158' } });
  });

  it.each<KindName>(['Sandbox', 'SandboxTemplate', 'SandboxClaim'])('finds no size of a %s', async (kind) => {
    expect((await cluster().request('GET', `${objects.pathOf(created[kind])}/scale`)).status).toBe(404);
  });
});
