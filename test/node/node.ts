import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

import { provide } from '../cluster/build';
import { clusterOf, type Cluster } from '../cluster/connection';
import { startControlPlane, type ControlPlane } from '../cluster/control-plane';
import { Supervised } from '../cluster/supervised';
import { until } from '../cluster/until';
import { run, say, told } from './command';
import { cleanHost, prepareHost } from './host';
import { importImages } from './images';
import { API_SERVER, CONTAINERD_SOCKET, DATA, NODE_ADDRESS, NODE_NAME, SERVICE_RANGE } from './layout';
import { writeContainerdConfig, writeKubeletClient, writeKubeletConfig } from './node-files';
import { nodeObjects } from './volumes';

const KUBELET_USER = { name: `system:node:${NODE_NAME}`, groups: ['system:nodes'] };
const START_TIMEOUT_MS = 120_000;

/** A cluster of one real node, which is this machine. */
export interface RealNode {
  readonly plane: ControlPlane;
  /** Whoever ends the kubelet or containerd sees it started again, as by an init system. */
  readonly processes: Supervised;
  /** Ends every process and container, and makes the machine what it was before. */
  stop(): Promise<void>;
}

/** Starts control plane, containerd and kubelet; resolves when the node is Ready and has its images and volumes. What a killed run has left is removed first. */
export async function startNode(): Promise<RealNode> {
  for (const component of ['kubelet', 'runsc', 'containerd-shim-runsc-v1'] as const) await provide(component);
  const startMs = Date.now();
  await cleanHost();
  await prepareHost();
  const folder = mkdtempSync(join(tmpdir(), 'agent-sandbox-node-'));
  const processes = new Supervised(folder);
  const planes: ControlPlane[] = [];
  const stop = async () => {
    await processes.stop();
    await cleanHost();
    for (const plane of planes) await plane.stop();
  };
  try {
    const client = writeKubeletClient();
    const flags = [
      ...[`--service-cluster-ip-range=${SERVICE_RANGE}`, '--kubelet-preferred-address-types=InternalIP'],
      ...[`--kubelet-client-certificate=${client.cert}`, `--kubelet-client-key=${client.key}`],
    ];
    const options = { controllerManager: true, scheduler: true, users: [KUBELET_USER], listener: API_SERVER, apiServerFlags: flags };
    const plane = await told('starting the control plane', startControlPlane(options));
    planes.push(plane);
    await told('starting containerd', startContainerd(processes));
    await told('importing images', importImages());
    await startKubelet(processes, plane, client.cert);
    const cluster = clusterOf(plane);
    await cluster.apply(nodeObjects(), { form: 'server' });
    await told('starting the kubelet', waitForNode(cluster, processes));
    say(`the node is ready after ${((Date.now() - startMs) / 1000).toFixed(1)} s`);
    return { plane, processes, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startContainerd(processes: Supervised): Promise<void> {
  const config = writeContainerdConfig(await provide('runsc'));
  // containerd looks for the shim of a runtime on its PATH.
  const path = [dirname(await provide('containerd-shim-runsc-v1')), process.env.PATH, '/usr/sbin', '/sbin'].join(delimiter);
  processes.start('containerd', 'env', [`PATH=${path}`, 'containerd', '--config', config], { restarts: true });
  await until(
    'containerd to answer',
    async () => {
      processes.assertRunning('containerd');
      return run('ctr', '--address', CONTAINERD_SOCKET, 'version').catch(() => undefined);
    },
    START_TIMEOUT_MS,
  );
}

async function startKubelet(processes: Supervised, plane: ControlPlane, clientCa: string): Promise<void> {
  const kubeconfig = join(dirname(plane.kubeconfig), `${KUBELET_USER.name.replaceAll(':', '-')}.kubeconfig`);
  const args = [
    ...[`--config=${writeKubeletConfig(clientCa)}`, `--kubeconfig=${kubeconfig}`, `--hostname-override=${NODE_NAME}`, `--node-ip=${NODE_ADDRESS}`],
    ...[`--root-dir=${join(DATA, 'kubelet')}`, `--cert-dir=${join(DATA, 'kubelet-certificates')}`],
  ];
  const path = [process.env.PATH, '/usr/sbin', '/sbin'].join(delimiter);
  processes.start('kubelet', 'env', [`PATH=${path}`, await provide('kubelet'), ...args], { restarts: true });
}

async function waitForNode(cluster: Cluster, processes: Supervised): Promise<void> {
  await until(
    `node ${NODE_NAME} to be Ready`,
    async () => {
      processes.assertRunning('kubelet');
      const { body } = await cluster.request('GET', `/api/v1/nodes/${NODE_NAME}`);
      // A Node, or a Status without conditions as long as the kubelet has not come.
      const { status } = body as { readonly status?: { readonly conditions?: ReadonlyArray<{ readonly type: string; readonly status: string }> } };
      return status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ? true : undefined;
    },
    START_TIMEOUT_MS,
  );
}
