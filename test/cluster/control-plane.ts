import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { provide } from './build';
import { type Component } from './components';
import { clusterOf } from './connection';
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
import { startApiServer, startControllerManager, startEtcd, startScheduler, waitForDefaultNamespace, type Listener } from './control-plane-processes';
import { LOOPBACK, withFreePorts } from './free-ports';
import { runKubectl } from './kubectl';
import { Supervised } from './supervised';

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
   * CRDs that are served before kube-controller-manager starts: its garbage collector looks for new kinds every 30 s only, and collects nothing that
   * objects of an unknown kind own.
   *
   * @default - none
   */
  readonly crds?: readonly object[];
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
  /**
   * Where the API server listens.
   *
   * @default - on a free port of 127.0.0.1
   */
  readonly listener?: Listener;
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
  /** Where etcd answers clients, and serves its metrics. */
  readonly etcdUrl: string;
  readonly controllerManager: boolean;
  /** Pids of the running processes by name. */
  readonly pids: ReadonlyMap<string, number>;
  /** Runs kubectl as the administrator; rejects with a KubectlError when its exit code is not 0. */
  kubectl(args: readonly string[], stdin?: string): Promise<string>;
  /** Ends every process, waits until they have ended, and removes the data. */
  stop(): Promise<void>;
}

/** Starts etcd and kube-apiserver, and what else the options ask for, on free loopback ports unless they say otherwise; resolves when they are ready. */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  // A first build takes minutes: all of it before anything runs.
  for (const component of componentsFor(options)) await provide(component);
  const folder = mkdtempSync(join(tmpdir(), 'agent-sandbox-cluster-'));
  const processes = new Supervised(folder);
  try {
    return await start(folder, processes, options);
  } catch (error) {
    await processes.stop();
    throw error;
  }
}

function componentsFor({ controllerManager, scheduler }: ControlPlaneOptions): readonly Component[] {
  return ['etcd', 'kube-apiserver', ...(controllerManager ? (['kube-controller-manager'] as const) : []), ...(scheduler ? (['kube-scheduler'] as const) : [])];
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
  const etcd = await withFreePorts(2, (ports) => startEtcd(folder, processes, ports));
  const serve = (listener: Listener) => startApiServer(folder, processes, listener, admin.token, [`--etcd-servers=${etcd}`, ...flags]);
  const endpoint = await (options.listener ? serve(options.listener) : withFreePorts(1, ([port = 0]) => serve({ address: LOOPBACK, port })));
  const caFile = join(folder, 'apiserver', 'apiserver.crt');
  const kubeconfigOf = (user: TokenUser) => writeKubeconfig(folder, endpoint.url, caFile, user);
  const kubeconfig = kubeconfigOf(admin);
  const plane = {
    ...{ url: endpoint.url, ca: endpoint.ca, caFile, adminToken: admin.token, kubeconfig, auditLog },
    etcdUrl: etcd,
    users: [admin, ...others],
    controllerManager: options.controllerManager === true,
    pids: processes.pids,
    kubectl: (args: readonly string[], stdin?: string) => runKubectl(kubeconfig, args, stdin),
    stop: () => processes.stop(),
  };
  if (options.crds) await clusterOf(plane).installCrds(options.crds);
  if (options.controllerManager) await startControllerManager(processes, kubeconfigOf(controllerManager), serviceAccountKey, caFile);
  if (options.scheduler) await startScheduler(processes, kubeconfigOf(scheduler));
  await waitForDefaultNamespace(processes, endpoint, options.controllerManager === true);
  others.forEach(kubeconfigOf);
  return plane;
}
