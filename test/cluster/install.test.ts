import { Chart, Size, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { AgentSandboxCrds, AgentSandboxSystem, ControllerImage, CrdInstallation, ScrapeTarget, type AgentSandboxSystemProps } from '../../src';
import { cluster, type KubeObject } from './connection';
import { differences } from './differences';
import { driftOf, type Manifest } from './drift';

jest.setTimeout(180_000);

/** A policy would reach the objects of test files that run at the same time. */
const NOBODY = { namespaceLabels: { 'kubernetes.io/metadata.name': 'nobody' } };

const EVERYTHING: AgentSandboxSystemProps = {
  // The test of AgentSandboxCrds has them.
  crds: CrdInstallation.LEFT_OUT,
  replicas: 2,
  image: ControllerImage.fromRegistry('mirror.example/controller', { digest: `sha256:${'0'.repeat(64)}` }),
  resources: { cpu: { request: kplus.Cpu.millis(1000) }, memory: { request: Size.mebibytes(1024), limit: Size.gibibytes(2) } },
  flags: { kubeApiQps: 100, metricsBindAddress: ':9090', metricsSecureServing: true },
  tuning: { kubeApiBurst: 200, allowedLabelDomains: ['example.com'] },
  watchNamespaces: ['install-red', 'agent-sandbox-system'],
  monitoring: { labels: { release: 'prometheus' } },
  priorityClassName: 'system-cluster-critical',
  networkPolicy: { apiServerCidrs: ['10.0.0.1/32'] },
  lateFindings: { deny: true, ...NOBODY },
};

/** With traces, so that both programs are in the manifests. */
const INLINE: AgentSandboxSystemProps = { crds: CrdInstallation.LEFT_OUT, image: ControllerImage.inline(), flags: { enableTracing: true } };

function manifestsOf(props?: AgentSandboxSystemProps): Manifest[] {
  const chart = new Chart(Testing.app(), 'test');
  new AgentSandboxSystem(chart, 'system', props);
  // What cdk8s renders.
  return Testing.synth(chart) as Manifest[];
}

// Without props it is examples/install.ts, which the test of the examples applies.
it('the installation with everything switched on is accepted, does not change when it is applied again, and leaves nothing behind', async () => {
  expect(await driftOf(cluster(), manifestsOf(EVERYTHING))).toEqual([]);
});

it('the installation with the program in its manifests is accepted, does not change when it is applied again, and leaves nothing behind', async () => {
  expect(await driftOf(cluster(), manifestsOf(INLINE))).toEqual([]);
});

it('kubectl apply takes the program without --server-side too, which keeps the whole object in an annotation', async () => {
  const namespace = await cluster().namespace('install');
  const programs = manifestsOf(INLINE).filter(({ kind }) => kind === 'ConfigMap');
  const items = programs.map((manifest) => ({ ...manifest, metadata: { ...manifest.metadata, namespace } }));
  const output = await cluster().kubectl(['apply', '--filename=-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  expect(output.match(/^configmap\/\S+ created$/gm)).toHaveLength(programs.length);
  expect(programs.length).toBeGreaterThan(1);
});

describe.each<[string, AgentSandboxSystemProps | undefined]>([
  ['without props', undefined],
  ['of the core alone, with a policy that warns', { extensions: false, lateFindings: NOBODY, monitoring: { scrape: ScrapeTarget.POD_MONITOR } }],
  ['with everything switched on', EVERYTHING],
  ['with the program in the manifests', INLINE],
])('the installation %s', (_, props) => {
  it('holds in its lists whatever the API server fills in', async () => {
    const namespace = await cluster().namespace('install');
    const manifests = manifestsOf(props).map((manifest) =>
      manifest.metadata.namespace === undefined ? manifest : { ...manifest, metadata: { ...manifest.metadata, namespace } },
    );
    const inNamespace = manifests.filter(({ kind }) => kind !== 'Namespace');
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: inNamespace });
    const output = await cluster().kubectl(['apply', '--server-side', '--force-conflicts', '--dry-run=server', '--output=json', '--filename=-'], list);
    // kubectl prints a List of what would be stored.
    const stored = (JSON.parse(output) as { items: KubeObject[] }).items;
    const found = inNamespace.flatMap((manifest, index) =>
      differences(manifest, stored[index], { additions: 'in lists', equals: Object.is }, `${manifest.kind} ${manifest.metadata.name} `),
    );
    expect(found).toEqual([]);
  });
});

it('the CRDs of a file of their own do not change when they are applied again', async () => {
  const chart = new Chart(Testing.app(), 'test');
  new AgentSandboxCrds(chart, 'crds', { keepOnDelete: true });
  expect(await driftOf(cluster(), Testing.synth(chart) as Manifest[])).toEqual([]);
});
