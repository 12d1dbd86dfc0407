import { findType, POOLS, SANDBOXES } from '../api/resource-types';
import { partOf, type Stored } from '../api/stored';
import type { Sent } from '../network/network';
import type { World } from '../world';
import { conditionOf } from './bindings';
import { nameOf, type InvariantOf } from './invariant';
import { findPoolOf } from './members';

const MOST_AT_ONCE = 0.25;

const replicasOf = (pool: Stored): number => Number(partOf(pool, 'spec').replicas ?? 1);

/**
 * Spec 06 §5: under Recreate at most a quarter of a pool is deleted at a time because of staleness, also by a process that has just begun. A Ready member of
 * a pool that has not too many is deleted for no other reason. Pools that were scaled are left out: nobody can tell which members were surplus.
 */
export const recreationIsLimited: InvariantOf = ({ model }: World) => {
  const scaled = new Set<string>();
  const replaced = new Set<string>();
  /** Requests whose sender has learnt nothing of them. */
  const givenUp = new WeakSet<Sent>();
  model.store.onChange(({ type, object, previous }) => {
    if (type === POOLS && previous && replicasOf(previous) !== replicasOf(object)) scaled.add(object.metadata.uid);
  });
  const isReplacement = (before: Stored, pool: Stored, active: number): boolean =>
    partOf(partOf(pool, 'spec'), 'updateStrategy').type === 'Recreate' &&
    !scaled.has(pool.metadata.uid) &&
    active < replicasOf(pool) &&
    conditionOf(before, 'Ready')?.status === 'True';
  return {
    id: '06 §5',
    settled({ sent, reply }) {
      if (!reply.answered) givenUp.add(sent);
      return undefined;
    },
    landed({ sent, answer, before }) {
      const { verb, resource } = sent.request;
      const pool = verb === 'delete' && findType(resource) === SANDBOXES ? model.store.findByUid(findPoolOf(before) ?? '') : undefined;
      if (!pool || !before || answer.status >= 300 || givenUp.has(sent) || !sent.process.isAlive) return undefined;
      const members = model.store.list(SANDBOXES).filter((sandbox) => findPoolOf(sandbox) === pool.metadata.uid);
      const terminating = members.filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
      if (!isReplacement(before, pool, members.length - terminating.length)) return undefined;
      replaced.add(before.metadata.uid);
      const underWay = terminating.filter(({ metadata }) => replaced.has(metadata.uid)).length;
      const limit = Math.max(1, Math.floor(replicasOf(pool) * MOST_AT_ONCE));
      return underWay > limit
        ? `${nameOf(before)} is one of ${underWay} stale members of ${pool.metadata.name} that terminate; at most ${limit} may`
        : undefined;
    },
  };
};
