import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { apiRequest, type Endpoint } from './api-request';
import { provide } from './build';
import { LOOPBACK } from './free-ports';
import type { Supervised } from './supervised';
import { until } from './until';

const START_TIMEOUT_MS = 120_000;
// Whoever got the port first may accept connections and never answer.
const PROBE_TIMEOUT_MS = 5000;

/** One of each runs, and nobody asks them for metrics: no election, no port. */
const QUIET_FLAGS = ['--leader-elect=false', '--secure-port=0'];

/** Where a server listens. */
export interface Listener {
  readonly address: string;
  readonly port: number;
}

/** Starts etcd; resolves to its URL when it is ready. */
export async function startEtcd(folder: string, processes: Supervised, [clientPort, peerPort]: readonly number[]): Promise<string> {
  const client = `http://${LOOPBACK}:${clientPort}`;
  const peer = `http://${LOOPBACK}:${peerPort}`;
  const data = mkdtempSync(join(folder, 'etcd-'));
  // The name is how this etcd is known from another that got the port first.
  processes.start('etcd', await provide('etcd'), [
    ...['--unsafe-no-fsync', '--log-level=warn', `--name=${data}`, `--data-dir=${data}`],
    ...[`--listen-client-urls=${client}`, `--advertise-client-urls=${client}`],
    ...[`--listen-peer-urls=${peer}`, `--initial-advertise-peer-urls=${peer}`, `--initial-cluster=${data}=${peer}`],
  ]);
  const isReady = async () => {
    processes.assertRunning('etcd');
    const answer = await fetch(`${client}/v3/cluster/member/list`, { method: 'POST', body: '{}', signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) }).then(
      (response) => response.text(),
      () => '',
    );
    return answer.includes(JSON.stringify(data)) ? true : undefined;
  };
  await until('etcd to be ready', isReady, START_TIMEOUT_MS);
  return client;
}

/** Starts kube-apiserver; resolves when it is ready. */
export async function startApiServer(
  folder: string,
  processes: Supervised,
  { address, port }: Listener,
  token: string,
  flags: readonly string[],
): Promise<Endpoint> {
  const url = `https://${address}:${port}`;
  const certificates = join(folder, 'apiserver');
  processes.start('kube-apiserver', await provide('kube-apiserver'), [
    ...[`--bind-address=${address}`, `--advertise-address=${address}`, `--secure-port=${port}`, `--cert-dir=${certificates}`],
    ...['--authorization-mode=Node,RBAC', '--allow-privileged=true', '--service-cluster-ip-range=10.0.0.0/16', `--service-account-issuer=${url}`],
    // A loopback address cannot be the endpoint of the kubernetes Service, and nobody here goes through it.
    '--endpoint-reconciler-type=none',
    ...flags,
  ]);
  const isReady = async () => {
    processes.assertRunning('kube-apiserver');
    try {
      // The server writes its certificate itself; until then there is no file, and before the end of the start no answer.
      const endpoint = { url, token, ca: readFileSync(join(certificates, 'apiserver.crt'), 'utf8') };
      const { status } = await apiRequest(endpoint, { method: 'GET', path: '/readyz', timeoutMs: PROBE_TIMEOUT_MS });
      return status === 200 ? endpoint : undefined;
    } catch {
      return undefined;
    }
  };
  return until('kube-apiserver to be ready', isReady, START_TIMEOUT_MS);
}

/** Starts kube-controller-manager; `waitForDefaultNamespace` says when it works. */
export async function startControllerManager(processes: Supervised, kubeconfig: string, key: string, caFile: string): Promise<void> {
  processes.start('kube-controller-manager', await provide('kube-controller-manager'), [
    ...[`--kubeconfig=${kubeconfig}`, `--service-account-private-key-file=${key}`, `--root-ca-file=${caFile}`, ...QUIET_FLAGS],
    // With the default limits the first service account comes 5 s late.
    ...['--kube-api-qps=200', '--kube-api-burst=400'],
  ]);
}

/** Starts kube-scheduler. */
export async function startScheduler(processes: Supervised, kubeconfig: string): Promise<void> {
  // With the default limits 50 Pods a second would get a node.
  const limits = ['--kube-api-qps=1000', '--kube-api-burst=1000'];
  processes.start('kube-scheduler', await provide('kube-scheduler'), [`--kubeconfig=${kubeconfig}`, ...QUIET_FLAGS, ...limits]);
}

/** Waits for what proves that the start is over. With a controller manager its first sign of life, the default service account; without, the namespace that kube-apiserver makes after it is ready. */
export async function waitForDefaultNamespace(processes: Supervised, endpoint: Endpoint, serviceAccount: boolean): Promise<void> {
  const path = `/api/v1/namespaces/default${serviceAccount ? '/serviceaccounts/default' : ''}`;
  const exists = async () => {
    for (const name of ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler']) processes.assertRunning(name);
    const { status } = await apiRequest(endpoint, { method: 'GET', path });
    return status === 200 ? true : undefined;
  };
  await until(`GET ${path} to answer 200`, exists, START_TIMEOUT_MS);
}
