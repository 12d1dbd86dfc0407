import { loadCrds } from '../../../src/api/crds';
import { PACKAGE_VERSION } from '../../../src/api/version';
import { MALLOC_OPTIONS, NODE_OPTIONS } from '../../../src/constructs/install/controller-deployment';
import { TEMPLATES } from '../../../src/controllers/shared/objects';
import { recipeOf } from '../../cluster/components';
import { clusterOf } from '../../cluster/connection';
import { startControlPlane, type ControlPlane } from '../../cluster/control-plane';
import { SCHEDULER } from '../../cluster/control-plane-files';
import { Program, type ProgramOptions } from '../../cluster/program';
import { startKwok } from './kwok';
import { startPlayer, type Nodes } from './nodes';
import { NAMESPACE, RAW_NAMESPACE, template } from './objects';
import type { Gauges, OwnController, Site } from './site';
import { User } from './user';

/** What plays the nodes: kwok behind kube-scheduler, or a program of the bench that does the work of both for less of the machine. */
export type NodesKind = 'kwok' | 'player';

/** Each has a name of its own in the audit log; the last one is whatever plays the nodes. */
const USERS = ['controller', 'user', 'raw', 'kubelet'];
const ACTORS = { controller: 'controller', user: 'user', raw: 'raw', kubelet: 'nodes', [SCHEDULER.name]: 'kube-scheduler' };
const API_SERVER_FLAGS = [
  // A log that is begun anew would take back what was counted.
  '--audit-log-maxsize=100000',
  // What a workload leaves behind is deleted at once.
  '--delete-collection-workers=16',
];

/** A control plane with nothing but etcd and kube-apiserver, what makes Pods run, and the users. */
export class Stage implements Site, OwnController {
  public readonly own = this;
  private controller?: Program;

  private constructor(
    public readonly plane: ControlPlane,
    private readonly nodes: Nodes,
    public readonly user: User,
    public readonly raw: User,
  ) {}

  /** Throws a MissingPrerequisiteError where the programs of the control plane can neither be found nor built. */
  public static async open(kind: NodesKind = 'player'): Promise<Stage> {
    const users = USERS.map((name) => ({ name, groups: ['system:masters'] }));
    const plane = await startControlPlane({ users, scheduler: kind === 'kwok', apiServerFlags: API_SERVER_FLAGS });
    try {
      const cluster = clusterOf(plane);
      await cluster.installCrds(loadCrds());
      for (const name of [NAMESPACE, RAW_NAMESPACE]) await cluster.object('POST', '/api/v1/namespaces', { metadata: { name } });
      const nodes = kind === 'kwok' ? await startKwok(cluster, 'kubelet') : await startPlayer(plane);
      const user = await User.connect(cluster.as('user'), NAMESPACE);
      await user.make(TEMPLATES, template());
      return new Stage(plane, nodes, user, await User.connect(cluster.as('raw'), RAW_NAMESPACE));
    } catch (error) {
      await plane.stop();
      throw error;
    }
  }

  /** Starts the controller as it is installed, with further flags; one that ran before is stopped. */
  public async start(flags: readonly string[], how: Pick<ProgramOptions, 'bundle' | 'nodeArgs' | 'said'> = {}): Promise<Program> {
    await this.stop();
    const kubeconfig = clusterOf(this.plane).as('controller').connection.kubeconfig;
    const args = ['--extensions', '--leader-election-namespace=default', `--watch-namespaces=${NAMESPACE}`, ...flags];
    return (this.controller = await Program.start({ ...how, kubeconfig, args, environment: { NODE_OPTIONS, ...MALLOC_OPTIONS } }));
  }

  public async stop(): Promise<void> {
    await this.controller?.stop();
    this.controller = undefined;
  }

  public get about(): Site['about'] {
    const { about: nodes, versions } = this.nodes;
    const programs = ['kube-apiserver', 'etcd'] as const;
    const own = Object.fromEntries(programs.map((name) => [name, recipeOf(name).version]));
    return { controller: `agent-sandbox-controller ${PACKAGE_VERSION}`, nodes, versions: { ...own, ...versions, node: process.version } };
  }

  public get gauges(): Gauges {
    const textOf = async (url: string): Promise<string> => (await fetch(url)).text();
    const { etcdUrl, auditLog: file } = this.plane;
    return {
      audit: { file, actors: ACTORS, namespaces: [NAMESPACE, RAW_NAMESPACE] },
      metrics: {
        controller: async () => this.controller && textOf(this.controller.metricsUrl),
        // It answers text.
        'kube-apiserver': async () => (await clusterOf(this.plane).request('GET', '/metrics')).body as string,
        etcd: () => textOf(`${etcdUrl}/metrics`),
      },
      pids: () => this.pids,
    };
  }

  public async close(): Promise<void> {
    await Promise.all([this.user.close(), this.raw.close(), this.stop()]);
    await this.nodes.stop();
    await this.plane.stop();
  }

  private get pids(): Readonly<Record<string, number>> {
    return { ...Object.fromEntries(this.plane.pids), nodes: this.nodes.pid, ...(this.controller && { controller: this.controller.pid }) };
  }
}
