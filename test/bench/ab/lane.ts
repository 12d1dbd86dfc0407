import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { TEMPLATES } from '../../../src/controllers/shared/objects';
import { clusterOf } from '../../cluster/connection';
import { startControlPlane, type ControlPlane } from '../../cluster/control-plane';
import { AuditLog } from '../../cluster/controllers/audit-log';
import { customKinds } from '../../cluster/custom-kinds';
import { Program, type ProgramOptions } from '../../cluster/program';
import { quantile } from '../report/measures';
import { startPlayer, type Nodes } from '../stage/nodes';
import { template } from '../stage/objects';
import { cpuMsOf, memoryMbOf } from '../stage/usage';
import { User } from '../stage/user';
import type { Run } from '../workloads/claims';
import type { Figure } from './verdict';

/** How a contestant is started. */
export type Start = Pick<ProgramOptions, 'bundle' | 'node' | 'args' | 'environment'>;

/** What a piece of work came to, by what is compared. */
export type Sample = Readonly<Partial<Record<Figure, number>>>;

/** The server that all contestants share: etcd and kube-apiserver, with a user for each controller. */
export async function openServer(lanes: number): Promise<ControlPlane> {
  const names = Array.from({ length: lanes }, (_, n) => controllerOf(n));
  const users = ['user', 'kubelet', ...names].map((name) => ({ name, groups: ['system:masters'] }));
  // A log that is begun anew would take back what was counted.
  return startControlPlane({ users, crds: customKinds(), apiServerFlags: ['--audit-log-maxsize=100000'] });
}

const controllerOf = (lane: number): string => `controller-${lane}`;

// Of the pool's status there is one write a second at most: a second without one is the end.
const QUIET_MS = 1000;
/** Sets VmHWM to what is held now (proc(5)). */
const FORGET_PEAK = '5';

/**
 * One of several controllers on one server. Each has a namespace, a user, a Lease and a player of the nodes of its own and hears of nothing else, so that
 * all of them can stay while one works: none is measured cold.
 */
export class Lane {
  private controller?: Program;

  private constructor(
    private readonly plane: ControlPlane,
    private readonly name: string,
    private readonly namespace: string,
    private readonly nodes: Nodes,
    public readonly user: User,
  ) {}

  public static async open(plane: ControlPlane, number: number): Promise<Lane> {
    const namespace = `lane-${number}`;
    const cluster = clusterOf(plane);
    await cluster.object('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
    const user = await User.connect(cluster.as('user'), namespace);
    await user.make(TEMPLATES, template());
    return new Lane(plane, controllerOf(number), namespace, await startPlayer(plane, namespace), user);
  }

  /** Starts the controller; one that ran before is stopped. */
  public async start({ args, ...how }: Start): Promise<void> {
    await this.controller?.stop();
    const { kubeconfig } = clusterOf(this.plane).as(this.name).connection;
    const own = ['--extensions', `--leader-election-namespace=${this.namespace}`, `--watch-namespaces=${this.namespace}`];
    this.controller = await Program.start({ ...how, kubeconfig, args: [...own, ...args] });
  }

  /** What so many claims or members cost each, until the controller has nothing more to write. */
  public async measure(count: number, work: () => Promise<Run | void>): Promise<Sample> {
    const audit = new AuditLog(this.plane.auditLog);
    const { pid } = this;
    writeFileSync(`/proc/${pid}/clear_refs`, FORGET_PEAK);
    const [before, fromMs] = [this.cpuMs(), performance.now()];
    const run = await work();
    const wallMs = performance.now() - fromMs;
    const { writes, cpuMs: after } = await this.quiet(audit);
    return {
      ...(run && { p50Ms: quantile(latenciesOf(run), 0.5), p99Ms: quantile(latenciesOf(run), 0.99) }),
      wallMs: run ? run.wallMs : wallMs,
      controllerMs: (after.controller - before.controller) / count,
      apiServerMs: (after.apiServer - before.apiServer) / count,
      ...{ peakMb: memoryMbOf(pid).peak, writes: writes / count },
    };
  }

  /** Resident memory of the controller now. */
  public get memoryMb(): number {
    return memoryMbOf(this.pid).rss;
  }

  public async close(): Promise<void> {
    await Promise.all([this.user.close(), this.controller?.stop(), this.nodes.stop()]);
  }

  private get pid(): number {
    if (!this.controller) throw new Error(`no controller runs in ${this.namespace}`);
    return this.controller.pid;
  }

  private cpuMs(): { readonly controller: number; readonly apiServer: number } {
    return { controller: cpuMsOf(this.pid), apiServer: cpuMsOf(this.plane.pids.get('kube-apiserver') ?? 0) };
  }

  /**
   * Waits until the controller writes nothing any more: how much it has written, and the processor time as it was before the second that proved it, in which
   * the server was busy with itself. Events count: they cost as much as anything.
   */
  private async quiet(audit: AuditLog): Promise<{ readonly writes: number; readonly cpuMs: ReturnType<Lane['cpuMs']> }> {
    for (let [before, cpuMs] = [-1, this.cpuMs()]; ;) {
      const writes = audit.writesOf(this.name).filter(({ resource }) => resource !== 'leases').length;
      if (writes === before) return { writes, cpuMs };
      [before, cpuMs] = [writes, this.cpuMs()];
      await delay(QUIET_MS);
    }
  }
}

/** Throws when a claim has failed: what it cost says nothing then. */
function latenciesOf({ claims }: Run): readonly number[] {
  const failed = claims.find(({ failure }) => failure !== undefined);
  if (failed) throw new Error(`claim ${failed.name}: ${failed.failure}`);
  return claims.map(({ ms }) => ms);
}
