import { same } from '../api/json';
import { findType, SANDBOXES, TEMPLATES } from '../api/resource-types';
import { listOf, partOf, type Stored } from '../api/stored';
import type { Sent } from '../network/network';
import type { World } from '../world';
import { conditionOf } from './bindings';
import { nameOf, type InvariantOf } from './invariant';
import { findPoolOf } from './members';

const MOST_AT_ONCE = 0.25;
// Less than the readiness grace period: nobody has given such a member up.
const YOUNG_MS = 60_000;

const replicasOf = (pool: Stored): number => Number(partOf(pool, 'spec').replicas ?? 1);
const isReady = (sandbox: Stored): boolean => conditionOf(sandbox, 'Ready')?.status === 'True';
const isTerminating = ({ metadata }: Stored): boolean => metadata.deletionTimestamp !== undefined;
const imagesOf = (object: Stored): readonly unknown[] =>
  listOf(partOf(partOf(partOf(object, 'spec'), 'podTemplate'), 'spec'), 'containers').map(({ image }) => image);

/** Members that a process has deleted because they are stale. */
class Replacements {
  /** Deleted ones of which no successor was made, by process and pool. */
  private readonly missing = new Map<string, number>();
  private readonly deleted = new Set<string>();
  private readonly wereReady = new Set<string>();
  /** How often what a template says has changed, by its name. */
  private readonly edits = new Map<string, number>();

  constructor(private readonly world: World) {
    world.model.store.onChange(({ type, object, previous }) => {
      const { uid, name, generation } = object.metadata;
      if (type === SANDBOXES && isReady(object)) this.wereReady.add(uid);
      if (type === TEMPLATES && generation !== previous?.metadata.generation) this.edits.set(name, (this.edits.get(name) ?? 0) + 1);
    });
  }

  public made(sent: Sent, pool: string): void {
    this.add(sent, pool, -1);
  }

  /** How many are under way when this one is deleted. */
  public with(sent: Sent, { metadata: { uid } }: Stored, pool: Stored, members: readonly Stored[]): number {
    this.deleted.add(uid);
    const own = this.add(sent, pool.metadata.uid, 1);
    const marked = members.filter((member) => isTerminating(member) && this.deleted.has(member.metadata.uid)).length;
    const shortage = replicasOf(pool) - members.filter((member) => !isTerminating(member)).length;
    return Math.min(Math.max(own, marked), shortage) + this.startingOf(pool, members);
  }

  /** Successors that were never Ready. Where a template was changed twice nobody can tell which members a process takes for stale. */
  private startingOf(pool: Stored, members: readonly Stored[]): number {
    const { model, scheduler, wallClockErrorMs } = this.world;
    const { namespace = '' } = pool.metadata;
    const name = String(partOf(partOf(pool, 'spec'), 'sandboxTemplateRef').name);
    const template = model.store.find(TEMPLATES, { namespace, name });
    if (!template || wallClockErrorMs !== 0 || (this.edits.get(name) ?? 0) > 2) return 0;
    const isYoung = ({ metadata }: Stored): boolean => Date.parse(metadata.creationTimestamp) > scheduler.nowMs - YOUNG_MS;
    const isStarting = (member: Stored): boolean => !isTerminating(member) && !this.wereReady.has(member.metadata.uid) && isYoung(member);
    return members.filter((member) => isStarting(member) && same(imagesOf(member), imagesOf(template))).length;
  }

  private add({ process }: Sent, pool: string, change: number): number {
    const subject = `${process.name} ${pool}`;
    const count = Math.max(0, (this.missing.get(subject) ?? 0) + change);
    this.missing.set(subject, count);
    return count;
  }
}

/**
 * Spec 06 §5: under Recreate at most a quarter of a pool is being replaced at a time because of staleness. What terminates is counted whoever deleted it;
 * what is gone and has no successor yet only for the process that deleted it, because no other can know why it is missing. A Ready member of a pool that has
 * not too many is deleted for no other reason. Of pools that were changed nobody can tell which members were too many.
 */
export const recreationIsLimited: InvariantOf = (world) => {
  const { store } = world.model;
  const replacements = new Replacements(world);
  /** Requests whose sender has learnt nothing of them. */
  const givenUp = new WeakSet<Sent>();
  const faultOf = (sent: Sent, before: Stored, pool: Stored): string | undefined => {
    const members = store.list(SANDBOXES).filter((sandbox) => findPoolOf(sandbox) === pool.metadata.uid);
    const hasTooFew = members.filter((member) => !isTerminating(member)).length < replicasOf(pool);
    const isRolling = partOf(partOf(pool, 'spec'), 'updateStrategy').type === 'Recreate' && pool.metadata.generation === 1;
    if (!isRolling || !hasTooFew || !isReady(before)) return undefined;
    const underWay = replacements.with(sent, before, pool, members);
    const limit = Math.max(1, Math.floor(replicasOf(pool) * MOST_AT_ONCE));
    return underWay > limit
      ? `${nameOf(before)} is one of ${underWay} stale members of ${pool.metadata.name} that are replaced; at most ${limit} may be`
      : undefined;
  };
  return {
    id: '06 §5',
    settled({ sent, reply }) {
      if (!reply.answered) givenUp.add(sent);
      return undefined;
    },
    landed({ sent, answer, before, after }) {
      const { verb, resource } = sent.request;
      const uid = findPoolOf(verb === 'create' ? after : before);
      if (uid === undefined || findType(resource) !== SANDBOXES || answer.status >= 300) return undefined;
      if (verb === 'create') replacements.made(sent, uid);
      const pool = store.findByUid(uid);
      // What a process had under way when it died, or has given up, nobody can have counted.
      const isJudged = verb === 'delete' && sent.process.isAlive && !givenUp.has(sent);
      return isJudged && pool && before ? faultOf(sent, before, pool) : undefined;
    },
  };
};
