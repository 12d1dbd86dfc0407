import { randomUUID } from 'node:crypto';
import { ANNOTATIONS, LABELS } from '../../../src/api/keys';
import { CLAIMS, PODS, SANDBOXES, type Sandbox, type SandboxClaim } from '../../../src/controllers/shared/objects';
import { typeMetaOf, type KubeObject } from '../../../src/runtime/object';
import { claim, TEMPLATE } from '../stage/objects';
import type { User } from '../stage/user';

/** What the server stores of one bound claim, as the model for what is sent raw. */
export interface Sample {
  readonly claim: SandboxClaim;
  readonly sandbox: Sandbox;
  readonly pod: KubeObject & { readonly spec: object; readonly status?: object };
}

/** Of a Pod that no scheduler gives a node, so that nobody else writes it. */
const NOBODYS = { nodeName: undefined, schedulerName: 'nobody' };
// More than the server works on at one time.
const AT_ONCE = 16;

const memberName = (n: number): string => `member-${n}`;

/** The writes of warm claims without any controller: same objects, same fields, nobody decides anything. */
export class RawWrites {
  private runs = 0;

  /** How long it took to make the members, each by four writes. */
  public madeMs = 0;

  private constructor(
    private readonly user: User,
    private readonly sample: Sample,
    public readonly members: number,
  ) {}

  /** Makes so many Sandboxes with Pods as members of a pool have them. */
  public static async prepare(user: User, sample: Sample, members: number): Promise<RawWrites> {
    const raw = new RawWrites(user, sample, members);
    const fromMs = performance.now();
    await raw.makeMembers(members, memberName);
    raw.madeMs = performance.now() - fromMs;
    return raw;
  }

  /** Milliseconds of two PATCHes, one after the other: of a Sandbox, and of a claim's status. */
  public async pair(n: number): Promise<number> {
    const name = `pair-${this.runs++}`;
    await this.user.make(CLAIMS, claim(name, 'none'));
    const fromMs = performance.now();
    await this.user.patch(SANDBOXES, memberName(n % this.members), this.transfer(name));
    await this.user.patch(CLAIMS, name, this.publication(), 'status');
    return performance.now() - fromMs;
  }

  /** All writes of so many warm claims, each claim's in the order of the protocol, all claims at the same time: how long they take, and the processor time of sending them. */
  public async burst(claims: number): Promise<{ readonly wallMs: number; readonly cpuMs: number }> {
    const run = this.runs++;
    // A member is transferred once: the second transfer would cost the server less.
    const nameOf = (n: number): string => `burst-${run}-${n}`;
    await this.makeMembers(claims, nameOf);
    const [fromMs, before] = [performance.now(), process.cpuUsage()];
    await Promise.all(Array.from({ length: claims }, (_, n) => this.whole(nameOf(n), nameOf(n))));
    const { user, system } = process.cpuUsage(before);
    return { wallMs: performance.now() - fromMs, cpuMs: (user + system) / 1000 };
  }

  private async whole(name: string, member: string): Promise<void> {
    await this.user.make(CLAIMS, claim(name, 'none'));
    await Promise.all([this.user.patch(SANDBOXES, member, this.transfer(name)), this.user.patch(CLAIMS, name, this.record(member))]);
    await Promise.all([this.user.patch(CLAIMS, name, this.publication(), 'status'), this.user.patch(PODS, member, this.identity())]);
  }

  private async makeMembers(count: number, nameOf: (n: number) => string): Promise<void> {
    const names = Array.from({ length: count }, (_, n) => nameOf(n));
    await inTurns(names, AT_ONCE, (name) => this.makeMember(name));
  }

  private async makeMember(name: string): Promise<void> {
    const { sandbox, pod } = this.sample;
    const labels = { ...sandbox.metadata.labels, [LABELS.warmPool]: 'none', [LABELS.templateHash]: 'none' };
    await this.user.make(SANDBOXES, { metadata: { name, labels, annotations: sandbox.metadata.annotations }, spec: sandbox.spec });
    await this.user.patch(SANDBOXES, name, { status: sandbox.status }, 'status');
    const podLabels = { ...pod.metadata.labels, [LABELS.warmPool]: 'none' };
    await this.user.make(PODS, { metadata: { name, labels: podLabels, annotations: pod.metadata.annotations }, spec: { ...pod.spec, ...NOBODYS } });
    await this.user.patch(PODS, name, { status: pod.status }, 'status');
  }

  /** As write A of the protocol (spec 08 §4.3). */
  private transfer(name: string): object {
    const owner = { ...typeMetaOf(CLAIMS), name, uid: randomUUID(), controller: true, blockOwnerDeletion: true };
    const labels = { [LABELS.warmPool]: null, [LABELS.templateHash]: null, [LABELS.launchType]: 'warm', [LABELS.claimUid]: owner.uid };
    return { metadata: { ownerReferences: [owner], labels, managedFields: [{}] } };
  }

  /** As write B. */
  private record(member: string): object {
    return { metadata: { annotations: { [ANNOTATIONS.sandboxName]: member, [ANNOTATIONS.firstObservedAt]: new Date().toISOString() } } };
  }

  /** As write C. */
  private publication(): object {
    return { status: this.sample.claim.status };
  }

  /** As what the Sandbox controller writes into the Pod after that. */
  private identity(): object {
    return {
      metadata: {
        labels: { [LABELS.warmPool]: null, [LABELS.claimUid]: randomUUID() },
        annotations: { [ANNOTATIONS.templateRef]: TEMPLATE },
        managedFields: [{}],
      },
    };
  }
}

/** Does something with every item, so many at a time. */
export async function inTurns<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<unknown>): Promise<void> {
  const queue = items[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (let next = queue.next(); !next.done; next = queue.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
