import type { Key } from '../../../src/runtime/object';
import { keyOf } from '../../../src/runtime/object';
import type { ApiModel } from '../api/api-model';
import { PODS, VOLUME_CLAIMS } from '../api/resource-types';
import type { Change } from '../api/store';
import { listOf, partOf, type Stored } from '../api/stored';
import type { Random } from '../random';
import type { Scheduler } from '../scheduler';
import { ended, hasCondition, isEnded, isReadyPod, running, unschedulable, withCondition } from './pod-status';
import { claimsOf } from './volume-protection';

/** What becomes of a Pod, if nobody interferes. */
export type PodLife =
  | 'ready'
  | 'slow' /* Ready after a minute or two. */
  | 'unschedulable'
  | 'neverReady'
  | 'crashLoop' /* Ready and not Ready in turn, then not Ready. */
  | 'succeeds'
  | 'fails'
  | 'stuck'; /* Ready; when deleted it takes much longer than its grace period. */

export const POD_LIVES: readonly PodLife[] = ['ready', 'slow', 'unschedulable', 'neverReady', 'crashLoop', 'succeeds', 'fails', 'stuck'];

// Enough to see a Sandbox flap, few enough to come to an end.
const CRASHES = 3;
const NO_PLACE = '0/3 nodes are available: 3 Insufficient cpu.';

/** kube-scheduler and the kubelets: they look at each Pod again and again and take it one step further. */
export class Nodes {
  /** What the first Pod gets, the second, and so on from the start again. */
  public lives: readonly PodLife[] = ['ready'];
  /** Nobody schedules and runs Pods, as on a bare API server. */
  public areOff = false;
  private readonly lifeOf = new Map<string, PodLife>();
  private readonly crashes = new Map<string, number>();
  private readonly planned = new Set<string>();
  private seen = 0;
  private addressed = 0;
  private readonly random: Random;

  constructor(
    private readonly model: ApiModel,
    private readonly scheduler: Scheduler,
    random: Random,
  ) {
    this.random = random.fork();
    model.store.onChange((change) => this.see(change));
  }

  /** The Pod comes to its end: its containers exit, or the kubelet evicts it. */
  public end(key: Key, phase: 'Succeeded' | 'Failed', reason?: string): void {
    const pod = this.model.store.find(PODS, key);
    if (pod && !isEnded(pod)) this.report(pod, ended(pod, this.scheduler.nowMs, phase, reason));
  }

  /** Somebody drains the node: the Pod is marked, and deleted with its grace period. */
  public drain(key: Key): void {
    const pod = this.model.store.find(PODS, key);
    if (!pod || pod.metadata.deletionTimestamp !== undefined) return;
    const conditions = withCondition(pod, this.scheduler.nowMs, 'DisruptionTarget', { status: 'True', reason: 'EvictionByEvictionAPI' });
    this.report(pod, { conditions });
    this.model.handle({ verb: 'delete', resource: PODS, ...key, body: {} }, 'drain');
  }

  private see({ type, object, event }: Change): void {
    if (type !== PODS || this.areOff) return;
    const { uid } = object.metadata;
    if (event === 'DELETED') this.lifeOf.delete(uid);
    else this.plan(object);
  }

  private plan(pod: Stored): void {
    const { uid } = pod.metadata;
    if (!this.lifeOf.has(uid)) this.lifeOf.set(uid, this.lives[this.seen++ % this.lives.length] ?? 'ready');
    const delayMs = this.delayOf(pod);
    const subject = `${uid} ${pod.metadata.deletionTimestamp === undefined}`;
    if (delayMs === undefined || this.planned.has(subject)) return;
    this.planned.add(subject);
    this.scheduler.after(delayMs, () => {
      this.planned.delete(subject);
      const now = this.model.store.findByUid(uid);
      if (now) this.advance(now);
    });
  }

  /** How long the next step takes. */
  private delayOf(pod: Stored): number | undefined {
    const life = this.lifeOf.get(pod.metadata.uid);
    const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod.metadata;
    if (deletionTimestamp !== undefined) {
      if (life === 'stuck') return (deletionGracePeriodSeconds + 90) * 1000;
      return this.random.chance(0.8) ? this.random.below(1000) : this.random.below(deletionGracePeriodSeconds * 1000 + 1);
    }
    if (life === 'slow' && !isReadyPod(pod)) return this.random.between(20_000, 60_000);
    if (life === 'crashLoop' || life === 'succeeds' || life === 'fails') return this.random.below(10_000);
    return this.random.chance(0.8) ? this.random.below(200) : this.random.below(3000);
  }

  private advance(pod: Stored): void {
    const spec = partOf(pod, 'spec');
    if (spec.nodeName === undefined) this.place(pod);
    else if (pod.metadata.deletionTimestamp !== undefined) this.stop(pod);
    else if (!isEnded(pod)) this.run(pod);
  }

  /** The scheduler's step. */
  private place(pod: Stored): void {
    if (listOf(partOf(pod, 'spec'), 'schedulingGates').length > 0 || pod.metadata.deletionTimestamp !== undefined) return;
    const missing = claimsOf(pod).find((name) => this.findClaim(pod, name)?.metadata.deletionTimestamp !== undefined || !this.findClaim(pod, name));
    const reason = this.lifeOf.get(pod.metadata.uid) === 'unschedulable' ? NO_PLACE : missing && `persistentvolumeclaim "${missing}" not found`;
    if (reason === undefined) this.model.bind(keyOf(pod), `node-${this.random.below(3)}`);
    else if (!hasCondition(pod, 'PodScheduled', 'False')) this.report(pod, unschedulable(pod, this.scheduler.nowMs, reason));
    // The scheduler tries again when a claim appears; here it tries again after a while.
    if (missing !== undefined) this.scheduler.after(5000, () => this.retry(pod.metadata.uid));
  }

  private retry(uid: string): void {
    const pod = this.model.store.findByUid(uid);
    if (pod) this.plan(pod);
  }

  private findClaim(pod: Stored, name: string): Stored | undefined {
    return this.model.store.find(VOLUME_CLAIMS, { namespace: pod.metadata.namespace ?? '', name });
  }

  /** One step of the kubelet with a Pod that is to run. */
  private run(pod: Stored): void {
    const life = this.lifeOf.get(pod.metadata.uid);
    const nowMs = this.scheduler.nowMs;
    const { phase, podIPs } = partOf(pod, 'status');
    const addresses = Array.isArray(podIPs) ? podIPs.map(({ ip }: { ip: string }) => ip) : this.newAddresses();
    const isReady = isReadyPod(pod);
    const wantsReady = life !== 'neverReady' && !(life === 'crashLoop' && this.crashesOf(pod) >= CRASHES);
    // Some kubelets report running and ready at once.
    if (phase === 'Pending') this.report(pod, running(pod, nowMs, addresses, wantsReady && this.random.chance(0.3)));
    else if (!isReady && wantsReady) this.report(pod, running(pod, nowMs, addresses, true));
    else if (isReady && life === 'succeeds') this.report(pod, ended(pod, nowMs, 'Succeeded'));
    else if (isReady && life === 'fails') this.report(pod, ended(pod, nowMs, 'Failed'));
    else if (isReady && life === 'crashLoop') {
      this.crashes.set(pod.metadata.uid, this.crashesOf(pod) + 1);
      this.report(pod, running(pod, nowMs, addresses, false));
    }
  }

  /** One step of the kubelet with a Pod that is to go: mostly it says how the containers ended, then it lets the object go. */
  private stop(pod: Stored): void {
    if (!isEnded(pod) && this.random.chance(0.6)) {
      this.report(pod, ended(pod, this.scheduler.nowMs, this.random.chance(0.5) ? 'Succeeded' : 'Failed'));
      return;
    }
    if (pod.metadata.deletionGracePeriodSeconds === 0) return;
    const body = { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid } };
    this.model.handle({ verb: 'delete', resource: PODS, ...keyOf(pod), body }, 'kubelet');
  }

  private crashesOf({ metadata: { uid } }: Stored): number {
    return this.crashes.get(uid) ?? 0;
  }

  private newAddresses(): readonly string[] {
    // No two Pods have the same one.
    const number = ++this.addressed;
    const ip = `10.${(number >>> 16) & 255}.${(number >>> 8) & 255}.${number & 255}`;
    return this.random.chance(0.2) ? [ip, `fd00::${number.toString(16)}`] : [ip];
  }

  private report(pod: Stored, status: object): void {
    this.model.handle({ verb: 'patch', resource: PODS, ...keyOf(pod), subresource: 'status', body: { status } }, 'kubelet');
  }
}
