import { loadCrds } from '../../src/api/crds';
import type { Schema } from '../../src/api/schema';
import { cluster, type KubeObject } from './connection';
import { CoreTypes } from './core-types';
import { CustomObjects, messageOf, type KindName } from './custom-objects';

jest.setTimeout(60_000);

const POD_SPEC = 'io.k8s.api.core.v1.PodSpec';
const PVC_SPEC = 'io.k8s.api.core.v1.PersistentVolumeClaimSpec';
const INGRESS = 'io.k8s.api.networking.v1.NetworkPolicyIngressRule';
const EGRESS = 'io.k8s.api.networking.v1.NetworkPolicyEgressRule';

/** Spec 01 §9.1, and what Kubernetes 1.37 added. */
const MEMBERS =
  `activeDeadlineSeconds affinity automountServiceAccountToken containers dnsConfig dnsPolicy enableServiceLinks ephemeralContainers evictionResponders
  hostAliases hostIPC hostNetwork hostPID hostUsers hostname hostnameOverride imagePullSecrets initContainers nodeName nodeSelector os overhead preemptionPolicy
  priority priorityClassName readinessGates resourceClaims resources restartPolicy runtimeClassName schedulerName schedulingGates schedulingGroup securityContext
  serviceAccount serviceAccountName setHostnameAsFQDN shareProcessNamespace subdomain terminationGracePeriodSeconds tolerations topologySpreadConstraints
  volumes`.split(/\s+/);

let objects: CustomObjects;
let coreTypes: CoreTypes;

beforeAll(async () => {
  objects = await CustomObjects.inNamespace(cluster(), 'crd-pod-spec');
  coreTypes = await CoreTypes.of(cluster());
});

/** Creates an object that the server must not prune anything of, and reads its spec back. */
async function strictlyStored(kind: KindName, spec: object): Promise<unknown> {
  const { status, body } = await objects.post(kind, { spec }, '?fieldValidation=Strict');
  expect(`${status} ${status === 201 ? '' : messageOf(body)}`).toBe('201 ');
  return (await objects.read(body as KubeObject)).spec;
}

describe('a value with every field of core Kubernetes set survives a round trip:', () => {
  it.each<KindName>(['Sandbox', 'SandboxTemplate'])('the Pod of a %s', async (kind) => {
    const whole = coreTypes.wholeValue(POD_SPEC);
    expect(MEMBERS.filter((name) => !Object.hasOwn(whole as object, name))).toEqual([]);
    expect(JSON.stringify(whole)).toContain('"bindMountOptions"');
    expect(await strictlyStored(kind, { podTemplate: { spec: whole } })).toMatchObject({ podTemplate: { spec: whole } });
  });

  it.each<[KindName, object]>([
    ['Sandbox', { podTemplate: { spec: { containers: [] } } }],
    ['SandboxTemplate', { podTemplate: { spec: { containers: [] } } }],
    ['SandboxClaim', { warmPoolRef: { name: 'python' } }],
  ])('the volume claim of a %s', async (kind, rest) => {
    const volumeClaimTemplates = [{ spec: coreTypes.wholeValue(PVC_SPEC) }];
    expect(await strictlyStored(kind, { ...rest, volumeClaimTemplates })).toMatchObject({ volumeClaimTemplates });
  });

  it('the network policy of a SandboxTemplate', async () => {
    const networkPolicy = { ingress: [coreTypes.wholeValue(INGRESS)], egress: [coreTypes.wholeValue(EGRESS)] };
    expect(await strictlyStored('SandboxTemplate', { podTemplate: { spec: { containers: [] } }, networkPolicy })).toMatchObject({ networkPolicy });
  });
});

const specSchemaOf = (kind: string): Schema => {
  const crd = loadCrds().find(({ spec }) => spec.names.kind === kind);
  return crd?.spec.versions[0]?.schema.openAPIV3Schema.properties?.spec ?? {};
};
/** The schema at a path such as `podTemplate.spec` or `networkPolicy.egress[]`. */
const schemaAt = (kind: string, path: string): Schema =>
  path.split(/\.|(?=\[\])/).reduce((schema, step) => (step === '[]' ? schema.items : schema.properties?.[step]) ?? {}, specSchemaOf(kind));

it.each([
  ['Sandbox', 'podTemplate.spec', POD_SPEC],
  ['SandboxTemplate', 'podTemplate.spec', POD_SPEC],
  ['Sandbox', 'volumeClaimTemplates[].spec', PVC_SPEC],
  ['SandboxTemplate', 'volumeClaimTemplates[].spec', PVC_SPEC],
  ['SandboxClaim', 'volumeClaimTemplates[].spec', PVC_SPEC],
  ['SandboxTemplate', 'networkPolicy.ingress[]', INGRESS],
  ['SandboxTemplate', 'networkPolicy.egress[]', EGRESS],
])('%s.spec.%s requires, types and lists what %s does', (kind, path, definition) => {
  expect(coreTypes.mismatches(definition, schemaAt(kind, path))).toEqual([]);
});

it('the comparison with core Kubernetes finds a missing field, a field that is no longer required and another list type', () => {
  const schema = structuredClone(schemaAt('Sandbox', 'podTemplate.spec')) as { properties: Record<string, Schema>; required?: readonly string[] };
  delete schema.properties.hostUsers;
  delete schema.required;
  schema.properties.tolerations = { ...schema.properties.tolerations, 'x-kubernetes-list-type': 'set' };
  expect(coreTypes.mismatches(POD_SPEC, schema as Schema)).toEqual([
    ': required is [], in core Kubernetes ["containers"]',
    '.hostUsers: is missing',
    '.tolerations: the list type is "set", in core Kubernetes "atomic"',
  ]);
});
