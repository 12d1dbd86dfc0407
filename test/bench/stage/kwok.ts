import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { provide } from '../../cluster/build';
import { recipeOf } from '../../cluster/components';
import type { Cluster } from '../../cluster/connection';
import { Supervised } from '../../cluster/supervised';
import { until } from '../../cluster/until';
import type { Nodes } from './nodes';

const NODES = 10;
/** Enough for all Pods of the greatest workload on any of them. */
const ROOM = { cpu: '10k', memory: '100Ti', pods: '100k' };

const IS_DELETED = { key: '.metadata.deletionTimestamp', operator: 'Exists' };
const LIVES = { key: '.metadata.deletionTimestamp', operator: 'DoesNotExist' };
const IS_PENDING = { key: '.status.phase', operator: 'In', values: ['Pending'] };
const IS_NOT_READY = { key: '.status.conditions.[] | select( .type == "Ready" ) | .status', operator: 'NotIn', values: ['True'] };

/** The stages `node-fast` and `pod-fast` of kwok without what ours do not have: a Pod that has a node runs at once, and one that is deleted goes at once. */
const STAGES = [
  stage('node-ready', 'Node', [IS_NOT_READY], {
    statusTemplate: `{{ $now := Now }}
allocatable: ${JSON.stringify(ROOM)}
capacity: ${JSON.stringify(ROOM)}
conditions:
- { type: Ready, status: "True", reason: KubeletReady, message: "", lastHeartbeatTime: {{ $now | Quote }}, lastTransitionTime: {{ $now | Quote }} }
phase: Running
`,
  }),
  stage('pod-ready', 'Pod', [LIVES, IS_PENDING], {
    statusTemplate: `{{ $now := Now }}
conditions:
{{ range $type := list "Initialized" "ContainersReady" "Ready" }}
- { type: {{ $type }}, status: "True", lastTransitionTime: {{ $now | Quote }} }
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- { name: {{ .name | Quote }}, image: {{ .image | Quote }}, ready: true, restartCount: 0, state: { running: { startedAt: {{ $now | Quote }} } } }
{{ end }}
{{ $ips := PodIPsWith .spec.nodeName false .metadata.uid .metadata.name .metadata.namespace }}
podIP: {{ index $ips 0 | Quote }}
podIPs:
{{ range $ips }}
- { ip: {{ . | Quote }} }
{{ end }}
phase: Running
startTime: {{ $now | Quote }}
`,
  }),
  stage('pod-delete', 'Pod', [IS_DELETED], { delete: true }),
];

/** Starts kwok as what plays the kubelets of a few nodes; kube-scheduler gives Pods to them. */
export async function startKwok(cluster: Cluster, user: string): Promise<Nodes> {
  const folder = mkdtempSync(join(tmpdir(), 'agent-sandbox-kwok-'));
  const processes = new Supervised(folder);
  try {
    const config = join(folder, 'stages.yaml');
    writeFileSync(config, STAGES.map((one) => `${JSON.stringify(one)}\n`).join('---\n'));
    const { kubeconfig } = cluster.as(user).connection;
    const flags = ['--manage-all-nodes=true', '--node-lease-duration-seconds=0', '--cidr=10.128.0.0/9', '--v=WARN'];
    processes.start('kwok', await provide('kwok'), [`--kubeconfig=${kubeconfig}`, `--config=${config}`, ...flags]);
    for (let n = 1; n <= NODES; n++) await makeNode(cluster, `kwok-${n}`);
    const pid = await until('kwok to be started', () => (processes.assertRunning('kwok'), processes.pids.get('kwok')));
    return { about: `${NODES} nodes of kwok behind kube-scheduler`, pid, versions: { kwok: recipeOf('kwok').version }, stop: () => processes.stop() };
  } catch (error) {
    await processes.stop();
    throw error;
  }
}

async function makeNode(cluster: Cluster, name: string): Promise<void> {
  const path = '/api/v1/nodes';
  await cluster.object('POST', path, { apiVersion: 'v1', kind: 'Node', metadata: { name } });
  // Admission says of a new node that it is not ready, and kube-controller-manager, which would take that back, does not run here.
  await cluster.object('PATCH', `${path}/${name}`, { spec: { taints: null } });
}

function stage(name: string, kind: 'Node' | 'Pod', matchExpressions: readonly object[], next: object): object {
  const spec = { resourceRef: { apiGroup: 'v1', kind }, selector: { matchExpressions }, next };
  return { apiVersion: 'kwok.x-k8s.io/v1alpha1', kind: 'Stage', metadata: { name }, spec };
}
