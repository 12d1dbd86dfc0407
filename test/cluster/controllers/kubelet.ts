import { PODS, type Pod } from '../../../src/controllers/shared/objects';
import { pathOf } from '../../../src/runtime/paths';
import type { Transport } from '../../../src/runtime/transport';
import type { Cluster } from '../connection';

/** What a Pod reports of itself. */
export interface Report {
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
  /**
   * Whether its Ready condition is True.
   *
   * @default - true when it runs
   */
  readonly isReady?: boolean;
  /**
   * Its addresses.
   *
   * @default - one of its own when it runs, else none
   */
  readonly ips?: readonly string[];
  /**
   * When its container ended.
   *
   * @default - it has not
   */
  readonly finishedAt?: string;
}

const HEARTBEAT_MS = 10_000;
// A server that is gone for good must not be asked all the time.
const AGAIN_MS = 100;
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';

/**
 * Plays scheduler and kubelet for the Pods of one namespace: binds them, reports them running and Ready with an address, and lets them go
 * when they are deleted. Pods whose names stand in `byHand` live only as the test says.
 */
export class Kubelet {
  /** Names of Pods that the test moves itself. */
  public readonly byHand = new Set<string>();
  private readonly done = new Set<string>();
  /** Pods that have changed in a pause. */
  private unseen?: Map<string, Pod>;
  private addresses = 0;
  private isStopped = false;
  private stopWatch = (): void => undefined;
  private heartbeat?: NodeJS.Timeout;

  private constructor(
    private readonly cluster: Cluster,
    private readonly transport: Transport,
    private readonly namespace: string,
  ) {}

  /** Name of its node. */
  public get node(): string {
    return `node-of-${this.namespace}`;
  }

  public static async start(cluster: Cluster, transport: Transport, namespace: string): Promise<Kubelet> {
    const kubelet = new Kubelet(cluster, transport, namespace);
    await kubelet.join();
    kubelet.watch();
    return kubelet;
  }

  /** The node goes too, and nobody renews its lease any more. */
  public async stop(): Promise<void> {
    this.isStopped = true;
    this.stopWatch();
    clearInterval(this.heartbeat);
    await this.cluster.request('DELETE', `/api/v1/nodes/${this.node}`);
  }

  /** Does nothing until `resume`. */
  public pause(): void {
    this.unseen ??= new Map();
  }

  public resume(): void {
    const pods = this.unseen ?? new Map<string, Pod>();
    this.unseen = undefined;
    for (const pod of pods.values()) this.look(pod);
  }

  /** Gives a Pod to the node. */
  public async bind(name: string): Promise<void> {
    const target = { apiVersion: 'v1', kind: 'Node', name: this.node };
    await this.cluster.request('POST', `${this.pathOf(name)}/binding`, { apiVersion: 'v1', kind: 'Binding', metadata: { name }, target });
  }

  /** Reports what has become of a Pod. */
  public async report(
    name: string,
    { phase, isReady = phase === 'Running', ips = phase === 'Running' ? [this.address()] : [], finishedAt }: Report,
  ): Promise<void> {
    const state = finishedAt === undefined ? { running: {} } : { terminated: { exitCode: phase === 'Succeeded' ? 0 : 1, finishedAt } };
    const condition = (type: string, isTrue: boolean) => ({ type, status: isTrue ? 'True' : 'False' });
    await this.cluster.request('PATCH', `${this.pathOf(name)}/status`, {
      status: {
        phase,
        podIP: ips[0] ?? null,
        podIPs: ips.map((ip) => ({ ip })),
        conditions: [condition('PodScheduled', true), condition('ContainersReady', isReady), condition('Ready', isReady)],
        containerStatuses: [{ name: 'main', image: 'i', imageID: 'i', ready: isReady, restartCount: 0, state }],
      },
    });
  }

  /** Reports conditions alone, as the scheduler does. */
  public async condition(
    name: string,
    condition: { readonly type: string; readonly status: string; readonly reason?: string; readonly message?: string },
  ): Promise<void> {
    await this.cluster.request('PATCH', `${this.pathOf(name)}/status`, { status: { conditions: [condition] } });
  }

  /** Lets a Pod go at once: as when its containers have ended, or by force. */
  public async remove(name: string): Promise<void> {
    await this.cluster.request('DELETE', this.pathOf(name), { gracePeriodSeconds: 0 });
  }

  private pathOf(name: string): string {
    return pathOf({ verb: 'get', resource: PODS, namespace: this.namespace, name });
  }

  private address(): string {
    this.addresses++;
    return `10.9.${this.addresses >> 8}.${this.addresses & 255}`;
  }

  /** Without a node of that name, with a lease that is renewed, kube-controller-manager would evict the Pods. */
  private async join(): Promise<void> {
    const ready = { type: 'Ready', status: 'True', reason: 'KubeletReady', message: '', lastHeartbeatTime: now(), lastTransitionTime: now() };
    await this.cluster.object('POST', '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: this.node } });
    await this.cluster.object('PATCH', `/api/v1/nodes/${this.node}/status`, { status: { conditions: [ready] } });
    const spec = () => ({ holderIdentity: this.node, leaseDurationSeconds: 40, renewTime: now() });
    await this.cluster.object('POST', LEASES, { metadata: { name: this.node }, spec: spec() });
    this.heartbeat = setInterval(() => {
      this.cluster.request('PATCH', `${LEASES}/${this.node}`, { spec: spec() }).catch(() => undefined);
    }, HEARTBEAT_MS).unref();
  }

  private watch(): void {
    if (this.isStopped) return;
    this.stopWatch = this.transport.watch(
      { resource: PODS, namespace: this.namespace, initialEvents: true, timeoutSeconds: 600 },
      {
        // A watch of Pods brings Pods.
        event: (type, object) => void (type !== 'BOOKMARK' && type !== 'DELETED' && this.look(object as Pod)),
        end: () => void setTimeout(() => this.watch(), AGAIN_MS).unref(),
      },
    );
  }

  private look(pod: Pod): void {
    const { metadata, spec, status } = pod;
    const { name, uid, deletionTimestamp } = metadata;
    if (this.unseen) return void this.unseen.set(uid, pod);
    if (this.byHand.has(name)) return;
    if (deletionTimestamp) this.once(`${uid} remove`, () => this.remove(name));
    else if ('schedulingGates' in spec) return;
    else if (!spec.nodeName) this.once(`${uid} bind`, () => this.bind(name));
    else if (status?.phase === 'Pending') this.once(`${uid} run`, () => this.report(name, { phase: 'Running' }));
  }

  private once(step: string, take: () => Promise<void>): void {
    if (this.done.has(step)) return;
    this.done.add(step);
    // Whoever deletes the Pod or the server meanwhile is right.
    take().catch(() => undefined);
  }
}

/** A time as leases have it, with microseconds; other times take it too. */
const now = (): string => new Date().toISOString().replace('Z', '000Z');
