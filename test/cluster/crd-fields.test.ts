import { cluster } from './connection';
import { CustomObjects, messageOf, type KindName } from './custom-objects';

jest.setTimeout(60_000);

let objects: CustomObjects;

beforeAll(async () => {
  objects = await CustomObjects.inNamespace(cluster(), 'crd-fields');
});

const podTemplate = { spec: { containers: [{ name: 'main' }] } };

/** The smallest spec of each kind. */
const MINIMAL: Readonly<Record<KindName, object>> = {
  Sandbox: { podTemplate },
  SandboxTemplate: { podTemplate },
  SandboxWarmPool: { sandboxTemplateRef: { name: 'python' } },
  SandboxClaim: { warmPoolRef: { name: 'python' } },
};

const withMinimal = (kind: KindName, spec: object) => ({ spec: { ...MINIMAL[kind], ...spec } });

/** `{ lifecycle: { shutdownPolicy: value } }` from `lifecycle.shutdownPolicy`. */
const at = (path: string, value: unknown): object => path.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as object;

async function refusalOf(kind: KindName, fields: object): Promise<string> {
  const { status, body } = await objects.post(kind, fields);
  return `${status} ${messageOf(body)}`;
}

/** Spec 01 §4.1, §6, §7.1, §8. */
const DEFAULTS: Readonly<Record<KindName, object>> = {
  Sandbox: { shutdownPolicy: 'Retain', operatingMode: 'Running' },
  SandboxTemplate: { networkPolicyManagement: 'Managed', envVarsInjectionPolicy: 'Disallowed', volumeClaimTemplatesPolicy: 'Disallowed' },
  SandboxWarmPool: { replicas: 1 },
  SandboxClaim: {},
};

// The whole spec is read back, so there is no other default.
it.each<[KindName, object, object]>([
  ['Sandbox', {}, {}],
  ['SandboxTemplate', {}, {}],
  ['SandboxClaim', {}, {}],
  ['SandboxClaim', { lifecycle: {} }, { lifecycle: { shutdownPolicy: 'Retain' } }],
  ['SandboxWarmPool', {}, {}],
  ['SandboxWarmPool', { updateStrategy: {} }, { updateStrategy: { type: 'OnReplenish' } }],
])('a %s with %j gets its defaults, and %j', async (kind, given, further) => {
  expect((await objects.create(kind, withMinimal(kind, given))).spec).toEqual({ ...MINIMAL[kind], ...DEFAULTS[kind], ...further });
});

const ENUMS: readonly [KindName, string, readonly string[], string][] = [
  ['Sandbox', 'shutdownPolicy', ['Delete', 'Retain'], 'DeleteForeground'],
  ['Sandbox', 'operatingMode', ['Running', 'Suspended'], 'Paused'],
  ['SandboxTemplate', 'networkPolicyManagement', ['Managed', 'Unmanaged'], 'managed'],
  ['SandboxTemplate', 'envVarsInjectionPolicy', ['Allowed', 'Overrides', 'Disallowed'], ''],
  ['SandboxTemplate', 'volumeClaimTemplatesPolicy', ['Disallowed', 'Allowed', 'Overrides'], 'Override'],
  ['SandboxClaim', 'lifecycle.shutdownPolicy', ['Delete', 'DeleteForeground', 'Retain'], 'Orphan'],
  ['SandboxWarmPool', 'updateStrategy.type', ['Recreate', 'OnReplenish'], 'RollingUpdate'],
];

it.each(ENUMS)('%s.spec.%s takes %j and refuses %j', async (kind, path, values, other) => {
  for (const value of values) expect((await objects.create(kind, withMinimal(kind, at(path, value)))).spec).toMatchObject(at(path, value));
  expect(await refusalOf(kind, withMinimal(kind, at(path, other)))).toMatch(
    new RegExp(`^422 .*spec.${path}: Unsupported value: "${other}": supported values: ${values.map((value) => `"${value}"`).join(', ')}`),
  );
});

it.each<[string, KindName, object]>([
  ['spec.replicas', 'SandboxWarmPool', { replicas: 0 }],
  ['spec.replicas', 'SandboxWarmPool', { replicas: 2147483647 }],
  ['spec.readinessGracePeriodSeconds', 'SandboxWarmPool', { readinessGracePeriodSeconds: 30 }],
  ['spec.lifecycle.ttlSecondsAfterFinished', 'SandboxClaim', { lifecycle: { ttlSecondsAfterFinished: 0, shutdownPolicy: 'Retain' } }],
  ['spec.lifecycle.shutdownTime', 'SandboxClaim', { lifecycle: { shutdownTime: '2027-01-31T18:00:00Z', shutdownPolicy: 'Retain' } }],
  ['spec.shutdownTime', 'Sandbox', { shutdownTime: '2027-01-31T18:00:00+02:00' }],
  ['spec.service', 'Sandbox', { service: true }],
  ['spec.service', 'Sandbox', { service: false }],
  ['spec.service', 'SandboxTemplate', { service: false }],
  ['spec.warmPoolRef.name', 'SandboxClaim', { warmPoolRef: { name: '' } }],
  ['spec.sandboxTemplateRef.name', 'SandboxWarmPool', { sandboxTemplateRef: { name: '' } }],
  ['spec.additionalPodMetadata', 'SandboxClaim', { additionalPodMetadata: { labels: { a: '1' }, annotations: { b: '2' } } }],
  [
    'spec.env',
    'SandboxClaim',
    {
      env: [
        { name: 'A', value: '' },
        { name: 'A', value: 'twice', containerName: '' },
      ],
    },
  ],
  ['spec.networkPolicy', 'SandboxTemplate', { networkPolicy: {} }],
  ['spec.networkPolicy', 'SandboxTemplate', { networkPolicy: { ingress: [], egress: [{}] } }],
  ['spec.networkPolicy ports', 'SandboxTemplate', { networkPolicy: { egress: [{ ports: [{ port: 'http' }, { port: 80, endPort: 90, protocol: 'UDP' }] }] } }],
  [
    'spec.networkPolicy.ingress',
    'SandboxTemplate',
    {
      networkPolicy: {
        ingress: [
          {
            from: [
              { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16', '10.1.0.0/16'] } },
              {
                namespaceSelector: { matchLabels: { a: 'b' } },
                podSelector: { matchExpressions: [{ key: 'k', operator: 'In', values: ['v'] }] },
              },
            ],
          },
        ],
      },
    },
  ],
  ['spec.podTemplate.metadata {}', 'Sandbox', { podTemplate: { ...podTemplate, metadata: {} } }],
  ['spec.podTemplate.metadata', 'SandboxTemplate', { podTemplate: { ...podTemplate, metadata: { labels: { a: '1' }, annotations: { b: '2' } } } }],
  ['spec.volumeClaimTemplates[].metadata {}', 'Sandbox', { volumeClaimTemplates: [{ metadata: {}, spec: {} }] }],
  ['spec.volumeClaimTemplates[] without a name, twice', 'Sandbox', { volumeClaimTemplates: [{ spec: {} }, { spec: {} }] }],
  [
    'spec.volumeClaimTemplates[].metadata',
    'SandboxClaim',
    { volumeClaimTemplates: [{ metadata: { name: 'w', labels: { a: '1' }, annotations: { b: '2' } }, spec: {} }] },
  ],
])('%s of a %s is stored as given: %j', async (_path, kind, given) => {
  expect((await objects.create(kind, withMinimal(kind, given))).spec).toEqual({ ...MINIMAL[kind], ...DEFAULTS[kind], ...given });
});

it.each<[string, KindName, object, string]>([
  ['no spec', 'Sandbox', {}, 'spec: Required value'],
  ['no spec', 'SandboxTemplate', {}, 'spec: Required value'],
  ['no spec', 'SandboxWarmPool', {}, 'spec: Required value'],
  ['no spec', 'SandboxClaim', {}, 'spec: Required value'],
  ['no podTemplate', 'Sandbox', { spec: {} }, 'spec.podTemplate: Required value'],
  ['no podTemplate', 'SandboxTemplate', { spec: {} }, 'spec.podTemplate: Required value'],
  ['no Pod spec', 'Sandbox', { spec: { podTemplate: {} } }, 'spec.podTemplate.spec: Required value'],
  ['no containers', 'Sandbox', { spec: { podTemplate: { spec: {} } } }, 'spec.podTemplate.spec.containers: Required value'],
  ['no container name', 'Sandbox', { spec: { podTemplate: { spec: { containers: [{}] } } } }, 'spec.podTemplate.spec.containers[0].name: Required value'],
  ['no PVC spec', 'Sandbox', withMinimal('Sandbox', { volumeClaimTemplates: [{}] }), 'spec.volumeClaimTemplates[0].spec: Required value'],
  ['no pool', 'SandboxClaim', { spec: {} }, 'spec.warmPoolRef: Required value'],
  ['no name of the pool', 'SandboxClaim', { spec: { warmPoolRef: {} } }, 'spec.warmPoolRef.name: Required value'],
  ['no name of a variable', 'SandboxClaim', withMinimal('SandboxClaim', { env: [{ value: 'a' }] }), 'spec.env[0].name: Required value'],
  ['no value of a variable', 'SandboxClaim', withMinimal('SandboxClaim', { env: [{ name: 'A' }] }), 'spec.env[0].value: Required value'],
  ['no template', 'SandboxWarmPool', { spec: {} }, 'spec.sandboxTemplateRef: Required value'],
  ['no name of the template', 'SandboxWarmPool', { spec: { sandboxTemplateRef: {} } }, 'spec.sandboxTemplateRef.name: Required value'],
  ['no cidr', 'SandboxTemplate', withMinimal('SandboxTemplate', { networkPolicy: { egress: [{ to: [{ ipBlock: {} }] }] } }), 'ipBlock.cidr: Required value'],
  ['fewer replicas than 0', 'SandboxWarmPool', withMinimal('SandboxWarmPool', { replicas: -1 }), 'spec.replicas: Invalid value: -1'],
  [
    'a grace period below 30 s',
    'SandboxWarmPool',
    withMinimal('SandboxWarmPool', { readinessGracePeriodSeconds: 29 }),
    'spec.readinessGracePeriodSeconds: Invalid value: 29',
  ],
  [
    'a negative time to live',
    'SandboxClaim',
    withMinimal('SandboxClaim', { lifecycle: { ttlSecondsAfterFinished: -1 } }),
    'spec.lifecycle.ttlSecondsAfterFinished: Invalid value: -1',
  ],
  [
    'a time without zone',
    'Sandbox',
    withMinimal('Sandbox', { shutdownTime: '2027-01-31T18:00:00' }),
    'spec.shutdownTime: Invalid value: "2027-01-31T18:00:00"',
  ],
  [
    'a time without zone',
    'SandboxClaim',
    withMinimal('SandboxClaim', { lifecycle: { shutdownTime: 'soon' } }),
    'spec.lifecycle.shutdownTime: Invalid value: "soon"',
  ],
  ['a number too large for 32 bits', 'SandboxWarmPool', withMinimal('SandboxWarmPool', { replicas: 2147483648 }), 'spec.replicas: Invalid value: 2147483648'],
  [
    'a label that is no text',
    'Sandbox',
    { spec: { podTemplate: { ...podTemplate, metadata: { labels: { a: 1 } } } } },
    'spec.podTemplate.metadata.labels.a: Invalid value: "integer"',
  ],
])('%s in a %s is refused', async (_what, kind, fields, message) => {
  expect(await refusalOf(kind, fields)).toMatch(/^422 /);
  expect(await refusalOf(kind, fields)).toContain(message);
});
