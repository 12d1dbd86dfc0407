import { execFile } from 'node:child_process';
import { appendFileSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { Chart, Testing, Yaml } from 'cdk8s';
import { LEASE_NAME, SYSTEM_NAMESPACE } from '../../src/api/installation';
import {
  CLAIMS,
  NETWORK_POLICIES,
  PODS,
  SANDBOXES,
  SERVICES,
  TEMPLATES,
  VOLUME_CLAIMS,
  WARM_POOLS,
  type Condition,
} from '../../src/controllers/shared/objects';
import { AgentSandboxSystem, ControllerImage, CrdInstallation, type AgentSandboxSystemProps } from '../../src/index';
import { HttpTransport } from '../../src/runtime/http-transport';
import { findConnection } from '../../src/runtime/kube-config';
import { typeMetaOf, type KubeObject, type Resource } from '../../src/runtime/object';
import { pathOf } from '../../src/runtime/paths';
import { manifestsIn, type Manifest } from '../support/example-output';
import { provide } from './build';
import { clusterOf, type Cluster } from './connection';
import { startControlPlane, type ControlPlane } from './control-plane';
import { tokenOf } from './controllers/account';
import { Kubelet } from './controllers/kubelet';
import { kubectlEnvironment } from './kubectl';
import { bundle, BUNDLE, Program } from './program';
import { until } from './until';

// A server with its controllers, four controllers one after the other, and what deletes whole kinds.
jest.setTimeout(300_000);

const NAMESPACE = 'agents';
/** What examples/install.ts wrote before the image became a prop of its own (commit 2bd53dd). */
const PREVIOUS = manifestsIn(gunzipSync(readFileSync(join(__dirname, 'previous', 'agent-sandbox.yaml.gz'))).toString('utf8'));
const RESOURCES: readonly Resource[] = [SANDBOXES, CLAIMS, WARM_POOLS, TEMPLATES, PODS, SERVICES, VOLUME_CLAIMS, NETWORK_POLICIES];

const folder = mkdtempSync(join(tmpdir(), 'agent-sandbox-upgrade-'));
let plane: ControlPlane;
let cluster: Cluster;
let transport: HttpTransport;
let kubelet: Kubelet;
let running: Program | undefined;
beforeAll(async () => {
  bundle();
  plane = await startControlPlane({ controllerManager: true, crds: PREVIOUS.filter(({ kind }) => kind === 'CustomResourceDefinition') });
  cluster = clusterOf(plane);
  transport = new HttpTransport(await findConnection({ kubeconfig: plane.kubeconfig, environment: {} }), { version: 'kubelet' });
  await cluster.object('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  await cluster.waitFor(`/api/v1/namespaces/${NAMESPACE}/serviceaccounts/default`, 'to exist', ({ status }) => status === 200);
  kubelet = await Kubelet.start(cluster, transport, NAMESPACE);
});
afterAll(async () => {
  await running?.stop();
  await kubelet.stop();
  await transport.close();
  await plane.stop();
  rmSync(folder, { recursive: true });
});

function rendered(props?: AgentSandboxSystemProps): readonly Manifest[] {
  const chart = new Chart(Testing.app(), 'test');
  new AgentSandboxSystem(chart, 'system', props);
  // What cdk8s renders.
  return Testing.synth(chart) as readonly Manifest[];
}

interface DeploymentSpec {
  readonly template: { readonly spec: { readonly containers: readonly [{ readonly args: readonly string[] }] } };
}

/** Replaces the controller by the one of these manifests: their rights, their arguments, and a program of other bytes if it is another release. */
async function roll(manifests: readonly Manifest[], release: string): Promise<void> {
  await running?.stop();
  const token = await tokenOf(cluster, SYSTEM_NAMESPACE, 'agent-sandbox-controller');
  const kubeconfig = join(folder, `${release}.kubeconfig`);
  const admin = JSON.parse(readFileSync(plane.kubeconfig, 'utf8')) as object;
  writeFileSync(kubeconfig, JSON.stringify({ ...admin, users: [{ name: 'test', user: { token } }] }));
  const program = join(folder, `${release}.cjs`);
  copyFileSync(BUNDLE, program);
  appendFileSync(program, `// ${release}\n`);
  // The Deployment is part of what both releases render.
  const deployment = manifests.find(({ kind }) => kind === 'Deployment') as Manifest<DeploymentSpec>;
  const { args } = deployment.spec.template.spec.containers[0];
  running = await Program.start({ kubeconfig, bundle: program, args: [...args, `--leader-election-namespace=${SYSTEM_NAMESPACE}`] });
}

/** Waits until the controller leads, has looked at every object, and has nothing left to do. */
async function settled(program: Program | undefined = running): Promise<void> {
  await until('the controller to have looked at everything', async () => {
    const metrics = program && (await (await fetch(program.metricsUrl)).text());
    const sumOf = (name: string): number =>
      [...(metrics ?? '').matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))].reduce((sum, [, value]) => sum + Number(value), 0);
    const isIdle = ['workqueue_depth', 'controller_runtime_active_workers'].every((name) => sumOf(name) === 0);
    return sumOf('leader_election_master_status') === 1 && sumOf('controller_runtime_reconcile_total') >= OBJECTS && isIdle ? true : undefined;
  });
}

/** Creates an object of the team. A test that is run once more finds it there. */
const create = (resource: Resource, name: string, spec: object): Promise<unknown> =>
  cluster.apply([{ ...typeMetaOf(resource), metadata: { name }, spec }], { form: 'server', namespace: NAMESPACE });
const pathIn = (resource: Resource, name?: string): string => pathOf({ verb: 'get', resource, namespace: NAMESPACE, ...(name !== undefined && { name }) });

const POD = { podTemplate: { spec: { containers: [{ name: 'main', image: 'i' }] } } };
const DATA = [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }];

/** Objects that some controller looks at: a template, two pools, two claims, and the Sandboxes of two members, two claims and two people. */
const OBJECTS = 11;

/** What a team has: a pool of two, a warm claim, a cold one, a Sandbox with a volume and a suspended one. Waits until all of it is as it should be. */
async function populate(): Promise<void> {
  await create(TEMPLATES, 'python', POD);
  await create(WARM_POOLS, 'python', { replicas: 2, sandboxTemplateRef: { name: 'python' } });
  await create(WARM_POOLS, 'empty', { replicas: 0, sandboxTemplateRef: { name: 'python' } });
  await is(WARM_POOLS, 'python', 'full', ({ status }) => status?.readyReplicas === 2);
  await create(CLAIMS, 'warm', { warmPoolRef: { name: 'python' } });
  await create(CLAIMS, 'cold', { warmPoolRef: { name: 'empty' } });
  await create(SANDBOXES, 'carol', { ...POD, service: true, volumeClaimTemplates: DATA });
  await create(SANDBOXES, 'dave', { ...POD, operatingMode: 'Suspended', volumeClaimTemplates: DATA });
  for (const [resource, name] of [...['warm', 'cold'].map((name) => [CLAIMS, name] as const), [SANDBOXES, 'carol'] as const])
    await is(resource, name, 'Ready', (object) => hasCondition(object, 'Ready'));
  await is(SANDBOXES, 'dave', 'suspended', (object) => hasCondition(object, 'Suspended'));
  await is(WARM_POOLS, 'python', 'full again', ({ status }) => status?.readyReplicas === 2);
}

interface Live extends KubeObject {
  readonly status?: { readonly conditions?: readonly Condition[]; readonly readyReplicas?: number };
}

const hasCondition = ({ status }: Live, type: string): boolean => status?.conditions?.some((each) => each.type === type && each.status === 'True') === true;
const is = (resource: Resource, name: string, what: string, fits: (object: Live) => boolean): Promise<unknown> =>
  // The API server answers with an object of the resource.
  cluster.waitFor(pathIn(resource, name), `to be ${what}`, ({ status, body }) => status === 200 && fits(body as Live));

/** Every object of the team, with the version in which it is stored: whatever is written changes it. */
async function stored(): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const resource of RESOURCES) {
    const { items } = (await cluster.object('GET', pathIn(resource))) as unknown as { readonly items: readonly KubeObject[] };
    for (const { metadata } of items) found.set(`${resource.kind} ${metadata.name}`, `${metadata.uid} in version ${metadata.resourceVersion}`);
  }
  return found;
}

const namesOf = (found: ReadonlyMap<string, string>): readonly string[] => [...found.keys()].sort();
const uidsOf = (found: ReadonlyMap<string, string>): object => Object.fromEntries([...found].map(([name, text]) => [name, text.split(' ')[0]]));

test('an upgrade, a roll-back and a restart with another program write nothing: no Pod is replaced and no object of a user changes', async () => {
  await cluster.apply(PREVIOUS, { form: 'server' });
  await roll(PREVIOUS, 'previous');
  await populate();
  await settled();
  const before = await stored();
  // Of each kind something is there that could be changed.
  expect(
    namesOf(before).filter((name) => /^(Sandbox|Pod|PersistentVolumeClaim|Service|SandboxClaim|SandboxWarmPool|SandboxTemplate|NetworkPolicy) /.test(name)),
  ).toHaveLength(before.size);
  expect(new Set([...before.keys()].map((name) => name.split(' ')[0]))).toEqual(new Set(RESOURCES.map(({ kind }) => kind)));

  const steps = [
    ['this release', rendered()],
    ['this release again, of other bytes, in ConfigMaps', rendered({ image: ControllerImage.inline() })],
    ['the previous release', PREVIOUS],
    ['this release', rendered({ crds: CrdInstallation.KEPT_ON_DELETE, replicas: 2 })],
  ] as const;
  for (const [index, [title, manifests]] of steps.entries()) {
    await cluster.apply(manifests, { form: 'server' });
    await roll(manifests, `release-${index}`);
    await settled();
    expect({ after: title, stored: await stored() }).toEqual({ after: title, stored: before });
  }
  // The controller that has written nothing is no dead one.
  await create(CLAIMS, 'late', { warmPoolRef: { name: 'python' } });
  await is(CLAIMS, 'late', 'Ready', (object) => hasCondition(object, 'Ready'));
  const { spec } = (await cluster.object('GET', `/apis/coordination.k8s.io/v1/namespaces/${SYSTEM_NAMESPACE}/leases/${LEASE_NAME}`)) as {
    readonly spec?: object;
  };
  expect(spec).toMatchObject({ holderIdentity: expect.any(String) as string });
  await is(WARM_POOLS, 'python', 'full again', ({ status }) => status?.readyReplicas === 2);
  await settled();
});

test('an installation that keeps its CRDs can be removed, and every Sandbox, its Pod and its volume stay', async () => {
  const chart = join(folder, 'chart');
  mkdirSync(join(chart, 'templates'), { recursive: true });
  writeFileSync(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: agent-sandbox\nversion: 0.1.0\n');
  writeFileSync(join(chart, 'objects.yaml'), Yaml.stringify(...rendered({ crds: CrdInstallation.KEPT_ON_DELETE })));
  // Helm would read what descriptions say in braces.
  writeFileSync(join(chart, 'templates', 'objects.yaml'), '{{ .Files.Get "objects.yaml" }}');
  await helm('upgrade', '--install', 'agent-sandbox', chart, '--take-ownership');
  await settled();
  const before = await stored();
  await running?.stop();
  running = undefined;
  expect(await helm('uninstall', 'agent-sandbox', '--wait')).toContain('kept due to the resource policy');
  await gone(`/api/v1/namespaces/${SYSTEM_NAMESPACE}`);
  expect(uidsOf(await stored())).toEqual(uidsOf(before));

  // And an installation made anew goes on with them.
  await cluster.apply(rendered(), { form: 'server' });
  await roll(rendered(), 'anew');
  await settled();
  expect(await stored()).toEqual(before);
});

test('with the CRDs go all Sandboxes, and with them their Pods, Services, volumes and policies', async () => {
  await create(SANDBOXES, 'erin', { ...POD, service: true, volumeClaimTemplates: DATA });
  await is(SANDBOXES, 'erin', 'Ready', (object) => hasCondition(object, 'Ready'));
  const before = await stored();
  await running?.stop();
  running = undefined;
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: rendered() });
  await cluster.kubectl(['delete', '--wait=false', '--filename', '-'], list);
  await gone(`/api/v1/namespaces/${SYSTEM_NAMESPACE}`);
  const owned = [PODS, SERVICES, VOLUME_CLAIMS, NETWORK_POLICIES];
  expect(namesOf(before).filter((name) => owned.some(({ kind }) => name.startsWith(`${kind} `))).length).toBeGreaterThan(10);
  for (const resource of [SANDBOXES, CLAIMS, WARM_POOLS, TEMPLATES]) await gone(pathIn(resource));
  for (const resource of owned) {
    await cluster.waitFor(pathIn(resource), 'to be empty', ({ body }) => (body as { readonly items: readonly unknown[] }).items.length === 0, 120_000);
  }
});

const gone = (path: string): Promise<unknown> => cluster.waitFor(path, 'to be gone', ({ status }) => status === 404, 120_000);

async function helm(...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(await provide('helm'), args, { env: kubectlEnvironment(plane.kubeconfig) });
  return stdout;
}
