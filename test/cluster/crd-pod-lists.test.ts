import { loadCrds } from '../../src/api/crds';
import type { Schema } from '../../src/api/schema';
import { cluster } from './connection';
import { CoreTypes } from './core-types';
import { CustomObjects, messageOf, type KindName } from './custom-objects';

jest.setTimeout(60_000);

const KINDS: readonly KindName[] = ['Sandbox', 'SandboxTemplate'];
const CONTAINERS = ['containers[]', 'initContainers[]', 'ephemeralContainers[]'];

let objects: CustomObjects;
let coreTypes: CoreTypes;
const whole = () => coreTypes.wholeValue('io.k8s.api.core.v1.PodSpec');

beforeAll(async () => {
  coreTypes = await CoreTypes.of(cluster());
  objects = await CustomObjects.inNamespace(cluster(), 'crd-pod-lists');
});

const podSpecSchema = (kind: KindName): Schema => {
  const crd = loadCrds().find(({ spec }) => spec.names.kind === kind);
  return crd?.spec.versions[0]?.schema.openAPIV3Schema.properties?.spec?.properties?.podTemplate?.properties?.spec ?? {};
};

/** Every schema below this one, with its path. */
function schemasOf(schema: Schema, path = ''): readonly (readonly [string, Schema])[] {
  const inner: readonly (readonly [string, Schema])[] = [
    ...Object.entries(schema.properties ?? {}).map(([name, property]) => [path === '' ? name : `${path}.${name}`, property] as const),
    ...(schema.items ? [[`${path}[]`, schema.items] as const] : []),
    ...(schema.additionalProperties ? [[`${path}{}`, schema.additionalProperties] as const] : []),
  ];
  return inner.flatMap(([name, member]) => [[name, member] as const, ...schemasOf(member, name)]);
}

const inContainers = <T>(rows: readonly (readonly [string, T])[]): readonly (readonly [string, T])[] =>
  CONTAINERS.flatMap((container) => rows.map(([path, value]) => [`${container}.${path}`, value] as const));

/** Spec 01 §9.2. */
const DEFAULTS: readonly (readonly [string, unknown])[] = [
  ...inContainers<string | boolean>([
    ['ports[].protocol', 'TCP'],
    ['env[].valueFrom.configMapKeyRef.name', ''],
    ['env[].valueFrom.secretKeyRef.name', ''],
    ['env[].valueFrom.fileKeyRef.optional', false],
    ['envFrom[].configMapRef.name', ''],
    ['envFrom[].secretRef.name', ''],
    ['livenessProbe.grpc.service', ''],
    ['readinessProbe.grpc.service', ''],
    ['startupProbe.grpc.service', ''],
  ]),
  ['imagePullSecrets[].name', ''],
  ['volumes[].azureDisk.fsType', 'ext4'],
  ['volumes[].azureDisk.readOnly', false],
  ['volumes[].cephfs.secretRef.name', ''],
  ['volumes[].cinder.secretRef.name', ''],
  ['volumes[].configMap.name', ''],
  ['volumes[].csi.nodePublishSecretRef.name', ''],
  ['volumes[].flexVolume.secretRef.name', ''],
  ['volumes[].iscsi.iscsiInterface', 'default'],
  ['volumes[].iscsi.secretRef.name', ''],
  ['volumes[].projected.sources[].configMap.name', ''],
  ['volumes[].projected.sources[].secret.name', ''],
  ['volumes[].rbd.keyring', '/etc/ceph/keyring'],
  ['volumes[].rbd.pool', 'rbd'],
  ['volumes[].rbd.user', 'admin'],
  ['volumes[].rbd.secretRef.name', ''],
  ['volumes[].scaleIO.fsType', 'xfs'],
  ['volumes[].scaleIO.storageMode', 'ThinProvisioned'],
  ['volumes[].scaleIO.secretRef.name', ''],
  ['volumes[].storageos.secretRef.name', ''],
];

/** Spec 01 §9.1, and what Kubernetes 1.37 added (evictionResponders). Every list that is not here, and not below, is atomic. */
const MAP_LISTS: readonly (readonly [string, readonly string[]])[] = [
  ...['containers', 'initContainers', 'ephemeralContainers', 'volumes', 'imagePullSecrets'].map((list) => [list, ['name']] as const),
  ...['resourceClaims', 'schedulingGates', 'evictionResponders', 'resources.claims'].map((list) => [list, ['name']] as const),
  ['hostAliases', ['ip']],
  ['topologySpreadConstraints', ['topologyKey', 'whenUnsatisfiable']],
  ...inContainers<readonly string[]>([
    ['env', ['name']],
    ['resources.claims', ['name']],
    ['ports', ['containerPort', 'protocol']],
    ['volumeMounts', ['mountPath']],
    ['volumeDevices', ['devicePath']],
  ]),
];
const SET_LISTS = CONTAINERS.flatMap((container) => [`${container}.restartPolicyRules[].exitCodes.values`, `${container}.volumeMounts[].bindMountOptions`]);

/** A Pod in which every object that has a default in it is there, with nothing but what is required. */
const BARE = { ...Object.fromEntries(CONTAINERS.map((list) => [list.replace('[]', ''), [bareContainer()]])), imagePullSecrets: [{}], volumes: bareVolumes() };

function bareContainer(): object {
  const probe = { grpc: { port: 1 } };
  return {
    name: 'main',
    ports: [{ containerPort: 80 }],
    env: [
      { name: 'A', valueFrom: { configMapKeyRef: { key: 'k' } } },
      { name: 'B', valueFrom: { secretKeyRef: { key: 'k' } } },
      { name: 'C', valueFrom: { fileKeyRef: { key: 'k', path: 'p', volumeName: 'v' } } },
    ],
    envFrom: [{ configMapRef: {} }, { secretRef: {} }],
    ...{ livenessProbe: probe, readinessProbe: probe, startupProbe: probe },
  };
}

function bareVolumes(): readonly object[] {
  const secretRef = {};
  return Object.entries({
    azureDisk: { diskName: 'd', diskURI: 'u' },
    cephfs: { monitors: ['m'], secretRef },
    cinder: { volumeID: 'v', secretRef },
    configMap: {},
    csi: { driver: 'd', nodePublishSecretRef: {} },
    flexVolume: { driver: 'd', secretRef },
    iscsi: { iqn: 'q', lun: 0, targetPortal: 'p', secretRef },
    projected: { sources: [{ configMap: {} }, { secret: {} }] },
    rbd: { image: 'i', monitors: ['m'], secretRef },
    scaleIO: { gateway: 'g', system: 's', secretRef },
    storageos: { secretRef },
  }).map(([source, value]) => ({ name: source.toLowerCase(), [source]: value }));
}

type Node = Record<string, unknown>;
/** `volumes[].rbd.pool` as `volumes`, `[]`, `rbd`, `pool`. */
const stepsOf = (path: string): readonly string[] => path.split(/\.|(?=\[\])/);

/** Sets the member wherever its object is there; returns how often. */
function fill(node: unknown, [step = '', ...rest]: readonly string[], preset: unknown): number {
  if (node === undefined) return 0;
  if (step === '[]') return (node as readonly unknown[]).reduce<number>((count, item) => count + fill(item, rest, preset), 0);
  // All but lists on a path are objects.
  const object = node as Node;
  if (rest.length > 0) return fill(object[step], rest, preset);
  object[step] = preset;
  return 1;
}

/** Repeats the first item of the list at the path. */
function repeat(node: unknown, [step = '', ...rest]: readonly string[]): void {
  const inner: unknown = step === '[]' ? (node as readonly unknown[])[0] : (node as Node)[step];
  if (rest.length > 0) return repeat(inner, rest);
  const list = inner as unknown[];
  list.push(structuredClone(list[0]));
}

const byPath = (rows: readonly (readonly [string, unknown])[]) => Object.fromEntries(rows);

describe.each(KINDS)('the Pod of a %s', (kind) => {
  const schemas = schemasOf(podSpecSchema(kind));

  it('has the defaults of the table and no other', () => {
    const declared = schemas.flatMap(([path, schema]) => (schema.default === undefined ? [] : [[path, schema.default] as const]));
    expect(byPath(declared)).toEqual(byPath(DEFAULTS));
  });

  it('has the list maps and the sets of the table; every other list is atomic', () => {
    const lists = schemas.filter(([, schema]) => schema.type === 'array');
    const ofType = (type: string) => lists.filter(([, schema]) => schema['x-kubernetes-list-type'] === type);
    expect(byPath(ofType('map').map(([path, schema]) => [path, schema['x-kubernetes-list-map-keys']]))).toEqual(byPath(MAP_LISTS));
    expect(new Set(ofType('set').map(([path]) => path))).toEqual(new Set(SET_LISTS));
    expect(ofType('atomic').length).toBe(lists.length - MAP_LISTS.length - SET_LISTS.length);
  });

  it('has no enum, limit, pattern but that of quantities, rule or description', () => {
    const strict = schemas.filter(([, { enum: values, minimum, minLength, maxLength, description, pattern, ...rest }]) => {
      const isQuantity = pattern !== undefined && rest['x-kubernetes-int-or-string'] === true;
      return [values, minimum, minLength, maxLength, description, rest['x-kubernetes-validations'], isQuantity ? undefined : pattern].some(
        (limit) => limit !== undefined,
      );
    });
    expect(strict.map(([path]) => path)).toEqual([]);
  });

  it('is stored with each default of the table', async () => {
    const stored = await objects.create(kind, { spec: { podTemplate: { spec: BARE } } });
    const filled = structuredClone(BARE);
    for (const [path, preset] of DEFAULTS) expect([path, fill(filled, stepsOf(path), preset)]).toEqual([path, 1]);
    expect(stored.spec).toMatchObject({ podTemplate: { spec: filled } });
  });

  it.each([...MAP_LISTS.map(([path]) => path), ...SET_LISTS])('is refused with an item that %s has already', async (path) => {
    const twice = structuredClone(whole());
    repeat(twice, stepsOf(path));
    const { status, body } = await objects.post(kind, { spec: { podTemplate: { spec: twice } } });
    expect(`${status} ${messageOf(body)}`).toMatch(/^422 .*: Duplicate value/);
  });

  it('may repeat items of every other list', async () => {
    const twice = structuredClone(whole());
    const named = [...MAP_LISTS.map(([path]) => path), ...SET_LISTS];
    const others = schemas.flatMap(([path, schema]) => (schema.type === 'array' && !named.includes(path) ? [path] : []));
    // Innermost first, or the copies would differ.
    for (const path of others.reverse()) repeat(twice, stepsOf(path));
    expect((await objects.create(kind, { spec: { podTemplate: { spec: twice } } })).spec).toMatchObject({ podTemplate: { spec: twice } });
  });

  it('may use one port number with two protocols', async () => {
    const ports = [
      { containerPort: 53, protocol: 'TCP' },
      { containerPort: 53, protocol: 'UDP' },
    ];
    const { status } = await objects.post(kind, { spec: { podTemplate: { spec: { containers: [{ name: 'dns', ports }] } } } });
    expect(status).toBe(201);
  });
});
