import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { apiRequest, type Endpoint } from './api-request';
import { provide } from './build';
import {
  ADMIN,
  CONTROLLER_MANAGER,
  SCHEDULER,
  writeAuditPolicy,
  writeKubeconfig,
  writeServiceAccountKey,
  writeTokens,
  type TokenUser,
  type User,
} from './control-plane-files';
import { runKubectl } from './kubectl';
import { ProcessEndedError, Supervised } from './supervised';
import { until } from './until';

/** What to start beside etcd and kube-apiserver. */
export interface ControlPlaneOptions {
  /**
   * Start kube-controller-manager: namespaces can be deleted, owned objects are collected, service accounts appear.
   *
   * @default false - without it, Pods need no service account
   */
  readonly controllerManager?: boolean;
  /**
   * Start kube-scheduler.
   *
   * @default false
   */
  readonly scheduler?: boolean;
  /**
   * Users with a token each, beside the administrator.
   *
   * @default - none
   */
  readonly users?: readonly User[];
  /**
   * Further flags of kube-apiserver.
   *
   * @default - none
   */
  readonly apiServerFlags?: readonly string[];
}

/** A running control plane with throw-away data. */
export interface ControlPlane {
  readonly url: string;
  /** Certificate of the server's authority, in PEM form. */
  readonly ca: string;
  readonly caFile: string;
  readonly adminToken: string;
  /** Path of a kubeconfig of the administrator; those of the other users lie beside it, as `<user>.kubeconfig`. */
  readonly kubeconfig: string;
  /** The administrator and the users that were asked for, with their tokens. */
  readonly users: readonly TokenUser[];
  /** Path of the audit log: one JSON event a line for each finished request, level Metadata. */
  readonly auditLog: string;
  readonly controllerManager: boolean;
  /** Pids of the running processes by name. */
  readonly pids: ReadonlyMap<string, number>;
  /** Runs kubectl as the administrator; rejects with a KubectlError when its exit code is not 0. */
  kubectl(args: readonly string[], stdin?: string): Promise<string>;
  /** Ends every process, waits until they have ended, and removes the data. */
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';
const PORT_ATTEMPTS = 5;
const START_TIMEOUT_MS = 120_000;
const PORT_IN_USE = 'address already in use';

/** Starts etcd and kube-apiserver, and what else the options ask for, on free loopback ports; resolves when they are ready. */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const folder = mkdtempSync(join(tmpdir(), 'agent-sandbox-cluster-'));
  const processes = new Supervised(folder);
  try {
    return await start(folder, processes, options);
  } catch (error) {
    await processes.stop();
    throw error;
  }
}

async function start(folder: string, processes: Supervised, options: ControlPlaneOptions): Promise<ControlPlane> {
  const tokens = writeTokens(folder, [ADMIN, CONTROLLER_MANAGER, SCHEDULER, ...(options.users ?? [])]);
  const [admin, controllerManager, scheduler, ...others] = tokens.users;
  if (!admin || !controllerManager || !scheduler) throw new Error('writeTokens must answer one token for each user');
  const serviceAccountKey = writeServiceAccountKey(folder);
  const auditLog = join(folder, 'audit.log');
  const flags = [
    ...[`--token-auth-file=${tokens.file}`, `--service-account-key-file=${serviceAccountKey}`, `--service-account-signing-key-file=${serviceAccountKey}`],
    ...[`--audit-policy-file=${writeAuditPolicy(folder)}`, `--audit-log-path=${auditLog}`],
    // Nobody makes service accounts without the controller manager, and Pods without one would be refused.
    ...(options.controllerManager ? [] : ['--disable-admission-plugins=ServiceAccount']),
    ...(options.apiServerFlags ?? []),
  ];
  const etcd = await onFreePorts(() => startEtcd(folder, processes));
  const endpoint = await onFreePorts(() => startApiServer(folder, processes, etcd, admin.token, flags));
  const caFile = join(folder, 'apiserver', 'apiserver.crt');
  const kubeconfigOf = (user: TokenUser) => writeKubeconfig(folder, endpoint.url, caFile, user);
  if (options.controllerManager) await startControllerManager(processes, kubeconfigOf(controllerManager), serviceAccountKey, caFile);
  if (options.scheduler) processes.start('kube-scheduler', await provide('kube-scheduler'), [`--kubeconfig=${kubeconfigOf(scheduler)}`, ...QUIET_FLAGS]);
  await waitForDefaultNamespace(processes, endpoint, options.controllerManager === true);
  const kubeconfig = kubeconfigOf(admin);
  others.forEach(kubeconfigOf);
  return {
    ...{ url: endpoint.url, ca: endpoint.ca, caFile, adminToken: admin.token, kubeconfig, auditLog },
    users: [admin, ...others],
    controllerManager: options.controllerManager === true,
    pids: processes.pids,
    kubectl: (args, stdin) => runKubectl(kubeconfig, args, stdin),
    stop: () => processes.stop(),
  };
}

/** One of each runs, and nobody asks them for metrics: no election, no port. */
const QUIET_FLAGS = ['--leader-elect=false', '--secure-port=0'];

async function startEtcd(folder: string, processes: Supervised): Promise<string> {
  const [clientPort, peerPort] = await freePorts(2);
  const client = `http://${HOST}:${clientPort}`;
  const peer = `http://${HOST}:${peerPort}`;
  const data = mkdtempSync(join(folder, 'etcd-'));
  // The name is how this etcd is known from another that got the port first.
  processes.start('etcd', await provide('etcd'), [
    ...['--unsafe-no-fsync', '--log-level=warn', `--name=${data}`, `--data-dir=${data}`],
    ...[`--listen-client-urls=${client}`, `--advertise-client-urls=${client}`],
    ...[`--listen-peer-urls=${peer}`, `--initial-advertise-peer-urls=${peer}`, `--initial-cluster=${data}=${peer}`],
  ]);
  const isReady = async () => {
    processes.assertRunning('etcd');
    const answer = await fetch(`${client}/v3/cluster/member/list`, { method: 'POST', body: '{}' }).then(
      (response) => response.text(),
      () => '',
    );
    return answer.includes(JSON.stringify(data)) ? true : undefined;
  };
  await until('etcd to be ready', isReady, START_TIMEOUT_MS);
  return client;
}

async function startApiServer(folder: string, processes: Supervised, etcd: string, token: string, flags: readonly string[]): Promise<Endpoint> {
  const [port] = await freePorts(1);
  const url = `https://${HOST}:${port}`;
  const certificates = join(folder, 'apiserver');
  processes.start('kube-apiserver', await provide('kube-apiserver'), [
    ...[`--etcd-servers=${etcd}`, `--bind-address=${HOST}`, `--advertise-address=${HOST}`, `--secure-port=${port}`, `--cert-dir=${certificates}`],
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
      const { status } = await apiRequest(endpoint, { method: 'GET', path: '/readyz' });
      return status === 200 ? endpoint : undefined;
    } catch {
      return undefined;
    }
  };
  return until('kube-apiserver to be ready', isReady, START_TIMEOUT_MS);
}

async function startControllerManager(processes: Supervised, kubeconfig: string, key: string, caFile: string): Promise<void> {
  processes.start('kube-controller-manager', await provide('kube-controller-manager'), [
    ...[`--kubeconfig=${kubeconfig}`, `--service-account-private-key-file=${key}`, `--root-ca-file=${caFile}`, ...QUIET_FLAGS],
    // With the default limits the first service account comes 5 s late.
    ...['--kube-api-qps=200', '--kube-api-burst=400'],
  ]);
}

/** With a controller manager its first sign of life, the default service account; without, the namespace that kube-apiserver makes after it is ready. */
async function waitForDefaultNamespace(processes: Supervised, endpoint: Endpoint, serviceAccount: boolean): Promise<void> {
  const path = `/api/v1/namespaces/default${serviceAccount ? '/serviceaccounts/default' : ''}`;
  const exists = async () => {
    for (const name of ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler']) processes.assertRunning(name);
    const { status } = await apiRequest(endpoint, { method: 'GET', path });
    return status === 200 ? true : undefined;
  };
  await until(`GET ${path} to answer 200`, exists, START_TIMEOUT_MS);
}

/** Between finding a free port and listening on it another process may take it: then the same again with other ports. */
async function onFreePorts<T>(attempt: () => Promise<T>): Promise<T> {
  for (let count = 1; ; count++) {
    try {
      return await attempt();
    } catch (error) {
      const clash = error instanceof ProcessEndedError && error.output.includes(PORT_IN_USE);
      if (!clash || count === PORT_ATTEMPTS) throw error;
    }
  }
}

/** Ports that nobody listens on; all are held while they are collected, so they differ. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.listen(0, HOST, resolve))));
  const ports = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('a listening TCP server must have a port');
    return address.port;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
