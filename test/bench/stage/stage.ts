import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Chart, Testing } from 'cdk8s';
import { NODE_OPTIONS } from '../../../src/constructs/install/controller-deployment';
import { TEMPLATES } from '../../../src/controllers/shared/objects';
import { AgentSandboxCrds } from '../../../src/index';
import { clusterOf, writeConnection } from '../../cluster/connection';
import { startControlPlane, type ControlPlane } from '../../cluster/control-plane';
import { Program, type ProgramOptions } from '../../cluster/program';
import { NAMESPACE, RAW_NAMESPACE, template } from './objects';
import { User } from './user';

/** Each has a name of its own in the audit log. */
export const ACTORS = ['controller', 'user', 'raw', 'kubelet'] as const;
export type Actor = (typeof ACTORS)[number];

/** The programs whose processor time is read. */
export type Watched = 'controller' | 'kube-apiserver' | 'etcd' | 'kubelet';

/** A control plane with nothing but etcd and kube-apiserver, what plays the kubelet in a process of its own, and the users. */
export class Stage {
  private controller?: Program;

  private constructor(
    public readonly plane: ControlPlane,
    private readonly kubelet: ChildProcess,
    /** Makes claims, and hears of them. */
    public readonly user: User,
    /** Sends what is compared, into a namespace that no controller watches. */
    public readonly raw: User,
  ) {}

  public static async open(): Promise<Stage> {
    const plane = await startControlPlane({ users: ACTORS.map((name) => ({ name, groups: ['system:masters'] })) });
    const cluster = clusterOf(plane);
    await cluster.installCrds(crds());
    for (const name of [NAMESPACE, RAW_NAMESPACE]) await cluster.object('POST', '/api/v1/namespaces', { metadata: { name } });
    const kubelet = fork(join(__dirname, 'kubelet-program.ts'), [writeConnection(plane), NAMESPACE], { execArgv: ['--import', 'tsx'] });
    await Promise.race([once(kubelet, 'message'), once(kubelet, 'exit').then(() => Promise.reject(new Error('the kubelet has not started')))]);
    const user = await User.connect(cluster.as('user'), NAMESPACE);
    await user.make(TEMPLATES, template());
    return new Stage(plane, kubelet, user, await User.connect(cluster.as('raw'), RAW_NAMESPACE));
  }

  /** Starts the controller as it is installed, with further flags; one that ran before is stopped. */
  public async start(flags: readonly string[], how: Pick<ProgramOptions, 'bundle' | 'nodeArgs' | 'said'> = {}): Promise<Program> {
    await this.controller?.stop();
    const kubeconfig = clusterOf(this.plane).as('controller').connection.kubeconfig;
    const args = ['--extensions', '--leader-election-namespace=default', `--watch-namespaces=${NAMESPACE}`, ...flags];
    return (this.controller = await Program.start({ ...how, kubeconfig, args, environment: { NODE_OPTIONS } }));
  }

  /** Where the controller tells of itself. */
  public get metricsUrl(): string {
    return this.running.metricsUrl;
  }

  public get pids(): Readonly<Record<Watched, number>> {
    const pidOf = (name: string): number => this.plane.pids.get(name) ?? 0;
    return { controller: this.running.pid, kubelet: this.kubelet.pid ?? 0, etcd: pidOf('etcd'), 'kube-apiserver': pidOf('kube-apiserver') };
  }

  public async close(): Promise<void> {
    await Promise.all([this.user.close(), this.raw.close(), this.controller?.stop()]);
    this.kubelet.disconnect();
    await this.plane.stop();
  }

  private get running(): Program {
    if (!this.controller) throw new Error('no controller runs');
    return this.controller;
  }
}

function crds(): readonly object[] {
  const chart = new Chart(Testing.app(), 'crds');
  new AgentSandboxCrds(chart, 'crds');
  // cdk8s types what it makes as any.
  return chart.toJson() as readonly object[];
}
