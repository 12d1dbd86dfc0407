import { loadCrds } from '../../src/api/crds';
import { HttpTransport } from '../../src/runtime/http-transport';
import { findConnection } from '../../src/runtime/kube-config';
import { provide } from '../cluster/build';
import { clusterOf, type Cluster } from '../cluster/connection';
import { startControlPlane, type ControlPlaneOptions } from '../cluster/control-plane';
import { Kubelet } from '../cluster/controllers/kubelet';
import { bundle, Program, type ProgramOptions } from '../cluster/program';
import type { Session } from './session';

/** Builds what is missing, and starts a control plane that knows our kinds and collects what their objects own. */
export async function startCluster(session: Session, options: ControlPlaneOptions = {}): Promise<Cluster> {
  await session.step('building the programs of the control plane, where they are missing', () => provide('kubectl'));
  const start = () => startControlPlane({ ...options, controllerManager: true, crds: loadCrds() });
  return clusterOf(await session.step('starting etcd, kube-apiserver and kube-controller-manager', start, (plane) => plane.stop()));
}

/** Makes a namespace in which Pods can be made. */
export async function makeNamespace(cluster: Cluster, name: string): Promise<void> {
  await cluster.object('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  await cluster.waitFor(`/api/v1/namespaces/${name}/serviceaccounts/default`, 'to exist', ({ status }) => status === 200);
}

/** Makes a RuntimeClass, without which the API server refuses Pods that name it. */
export async function makeRuntimeClass(cluster: Cluster, name: string): Promise<void> {
  const body = { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name }, handler: name };
  await cluster.object('POST', '/apis/node.k8s.io/v1/runtimeclasses', body);
}

/** Starts what plays scheduler and kubelet in these namespaces. Resolves to its connection to the server. */
export async function startKubelets(session: Session, cluster: Cluster, namespaces: readonly string[]): Promise<HttpTransport> {
  const transport = new HttpTransport(await findConnection({ kubeconfig: cluster.connection.kubeconfig, environment: {} }), { version: 'dev' });
  await session.step(
    'starting what plays scheduler and kubelet',
    () => Promise.all(namespaces.map((name) => Kubelet.start(cluster, transport, name))),
    async (kubelets) => {
      await Promise.all(kubelets.map((kubelet) => kubelet.stop()));
      await transport.close();
    },
  );
  return transport;
}

/** A controller that was started, and what rejects when it ends by itself. */
export interface StartedController {
  readonly readyMs: number;
  readonly endedEarly: Promise<never>;
}

/** Bundles the controller and starts it. */
export async function startController(session: Session, options: ProgramOptions): Promise<StartedController> {
  const start = () => {
    bundle();
    return Program.start(options);
  };
  const program = await session.step('starting the controller', start, (started) => started.stop());
  const endedEarly = program.ended.then((code) => {
    throw new Error(`the controller has ended with exit code ${code}`);
  });
  endedEarly.catch(() => undefined);
  return { readyMs: program.readyMs, endedEarly };
}
