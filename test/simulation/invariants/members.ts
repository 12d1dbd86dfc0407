import { LABELS } from '../../../src/api/keys';
import { nameHash } from '../../../src/api/names';
import { findControllerOf } from '../../../src/runtime/object';
import { CLAIMS, findType, POOLS, SANDBOXES } from '../api/resource-types';
import { listOf, partOf, type Stored } from '../api/stored';
import type { Sent } from '../network/network';
import type { Process } from '../network/process';
import type { World } from '../world';
import { findClaimOf, isMarkedExpired } from './bindings';
import { nameOf, type InvariantOf } from './invariant';

/** UID of the pool that owns a Sandbox, if one does. */
export function findPoolOf(sandbox: Stored | undefined): string | undefined {
  const owner = sandbox && findControllerOf(sandbox);
  return owner?.kind === POOLS.kind && owner.apiVersion.startsWith(`${POOLS.group}/`) ? owner.uid : undefined;
}

/** I4, as far as it concerns Sandboxes: whoever deletes a member or changes an owner names the version that it saw, and touches only what is its own. */
export const membersAreGuarded: InvariantOf = (world) => ({
  id: 'I4',
  sent: (sent) => precondition(world, sent),
  landed(landed) {
    const { sent, answer, before, after } = landed;
    const { verb, resource, subresource } = sent.request;
    if (findType(resource) !== SANDBOXES || subresource === 'status' || answer.status >= 300 || !before) return undefined;
    if (verb === 'delete') return deletionFault(world, before);
    return after && verb === 'patch' ? patchFault(world, before, after) : undefined;
  },
});

function precondition({ model }: World, { request: { verb, resource, namespace, name = '', subresource, body = {} } }: Sent): string | undefined {
  if (findType(resource) !== SANDBOXES || subresource === 'status') return undefined;
  const sandbox = model.store.find(SANDBOXES, { namespace, name });
  const what = `Sandbox ${namespace}/${name}`;
  if (verb === 'delete') {
    const isMember = findPoolOf(sandbox) !== undefined || sandbox?.metadata.labels?.[LABELS.warmPool] !== undefined;
    return isMember && typeof partOf({ ...body }, 'preconditions').resourceVersion !== 'string' ? `DELETE of the member ${what} names no version` : undefined;
  }
  const metadata = partOf({ ...body }, 'metadata');
  return verb === 'patch' && metadata.ownerReferences !== undefined && typeof metadata.resourceVersion !== 'string'
    ? `the owner of ${what} is changed without a version`
    : undefined;
}

function deletionFault({ model }: World, before: Stored): string | undefined {
  if (findPoolOf(before) !== undefined) return undefined;
  const claimUid = findClaimOf(before);
  if (claimUid === undefined) {
    const isOrphan = before.metadata.labels?.[LABELS.warmPool] !== undefined && !findControllerOf(before);
    return isOrphan || partOf(before, 'spec').shutdownPolicy === 'Delete' ? undefined : `${nameOf(before)} was deleted and belongs to no pool and no claim`;
  }
  const claim = model.store.findByUid(claimUid);
  if (!claim || isMarkedExpired(claim)) return undefined;
  const others = model.store.list(SANDBOXES).filter((other) => findClaimOf(other) === claimUid && other !== before);
  return others.length === 0 ? `${nameOf(before)} was deleted, the only Sandbox of ${nameOf(claim)}, which has not expired` : undefined;
}

function patchFault({ model }: World, before: Stored, after: Stored): string | undefined {
  const [old, now] = [findControllerOf(before), findControllerOf(after)];
  if (old?.uid === now?.uid) return old ? undefined : `${nameOf(before)} belongs to nobody and was changed`;
  if (!old) return now && before.metadata.labels?.[LABELS.warmPool] === nameHash(now.name) ? undefined : `${nameOf(before)} belongs to nobody and was taken`;
  const claim = model.store.findByUid(findClaimOf(after) ?? '');
  if (findPoolOf(before) === undefined || findClaimOf(after) === undefined) return `${nameOf(before)} was taken from ${old.kind}/${old.name}`;
  // A claim that has gone meanwhile is the garbage collector's business.
  return claim && transferFault(before, old.name, claim);
}

function transferFault(member: Stored, pool: string, claim: Stored): string | undefined {
  const spec = partOf(claim, 'spec');
  if (member.metadata.deletionTimestamp !== undefined) return `${nameOf(member)} was given to a claim while it was being deleted`;
  if (member.metadata.labels?.[LABELS.warmPool] === undefined) return `${nameOf(member)} was given to a claim and lacks the label of members`;
  if (listOf(spec, 'env').length > 0 || listOf(spec, 'volumeClaimTemplates').length > 0) return `${nameOf(claim)} wants a Sandbox of its own and got a member`;
  return partOf(spec, 'warmPoolRef').name === pool ? undefined : `${nameOf(claim)} got a member of ${pool}, which is not its pool`;
}

/** Spec 08 §2.3: a process promises a member to one claim only, and to a claim one member only, until the outcome is known. */
export const reservationsAreExclusive: InvariantOf = () => {
  /** Transfers of which no outcome is known, by process and member. */
  const open = new Map<string, { readonly process: Process; readonly member: string; readonly claim: string }>();
  return {
    id: '08 §2.3',
    sent(sent) {
      const claim = findTaker(sent);
      if (claim === undefined) return undefined;
      const { process, request } = sent;
      const member = `${request.namespace}/${request.name}`;
      const others = [...open.values()].filter((other) => other.process === process && (other.member === member) !== (other.claim === claim));
      open.set(`${process.name} ${member}`, { process, member, claim });
      const [other] = others;
      if (!other) return undefined;
      return other.member === member ? `${member} is promised to two claims` : `a claim is to get ${member} while the outcome for ${other.member} is open`;
    },
    settled({ sent, reply }) {
      const { verb, resource, namespace, name } = sent.request;
      if (findType(resource) !== SANDBOXES) return undefined;
      const isDefinite = reply.answered && (reply.status < 500 || reply.retryAfterMs !== undefined);
      const tells = findTaker(sent) !== undefined || verb === 'get';
      if (isDefinite && tells) open.delete(`${sent.process.name} ${namespace}/${name}`);
      return undefined;
    },
  };
};

/** UID of the claim that a request makes the owner of a Sandbox that exists. */
function findTaker({ request: { verb, resource, body = {} } }: Sent): string | undefined {
  if (verb !== 'patch' || findType(resource) !== SANDBOXES) return undefined;
  const owner = listOf(partOf({ ...body }, 'metadata'), 'ownerReferences').find(({ kind }) => kind === CLAIMS.kind);
  return typeof owner?.uid === 'string' ? owner.uid : undefined;
}

// The request of a pass that began before the pool was made smaller may come that much later.
const LONGEST_PASS_MS = 120_000;

/** I5: as long as one process leads, a pool never has more members than it is to have, terminating ones included. */
export const poolsAreNeverTooLarge: InvariantOf = ({ model, scheduler }) => {
  /** How many a pool was to have, until which revision and when, by its UID. */
  const wanted = new Map<string, Array<{ readonly replicas: number; untilRevision: number; untilMs: number }>>();
  /** Who made a member, by its UID; members that were adopted are not here. */
  const makers = new Map<string, Process>();
  const seen = new WeakMap<Sent, number>();
  /** Requests whose sender has learnt nothing of them; what lands after that nobody can have counted (spec 08 §7.4, K18). */
  const givenUp = new WeakSet<Sent>();
  model.store.onChange(({ type, object, revision }) => {
    if (type !== POOLS) return;
    const replicas = Number(partOf(object, 'spec').replicas ?? 1);
    const all = wanted.get(object.metadata.uid) ?? [];
    const last = all.at(-1);
    if (last?.replicas === replicas) return;
    if (last) Object.assign(last, { untilRevision: revision, untilMs: scheduler.nowMs });
    wanted.set(object.metadata.uid, [...all, { replicas, untilRevision: Infinity, untilMs: Infinity }]);
  });
  const limitOf = (pool: string, sent: Sent): number => {
    const seenRevision = seen.get(sent) ?? 0;
    const believed = (wanted.get(pool) ?? []).filter(
      ({ untilRevision, untilMs }) => untilRevision > seenRevision || untilMs > scheduler.nowMs - LONGEST_PASS_MS,
    );
    return Math.max(0, ...believed.map(({ replicas }) => replicas));
  };
  const isMaking = ({ request: { verb, resource } }: Sent): boolean => verb === 'create' && findType(resource) === SANDBOXES;
  return {
    id: 'I5',
    sent(sent) {
      const owner = isMaking(sent) ? findPoolOf(sent.request.body as Stored) : undefined;
      if (owner !== undefined) seen.set(sent, sent.process.newestSeen(owner));
      return undefined;
    },
    settled({ sent, reply }) {
      if (!reply.answered) givenUp.add(sent);
      return undefined;
    },
    landed({ sent, answer, after }) {
      const pool = findPoolOf(after);
      if (!isMaking(sent) || answer.status >= 300 || !after || pool === undefined) return undefined;
      if (givenUp.has(sent)) return undefined;
      makers.set(after.metadata.uid, sent.process);
      // What a process had under way when it died may come later than what its successor does.
      if (!sent.process.isAlive) return undefined;
      const population = model.store.list(SANDBOXES).filter((sandbox) => findPoolOf(sandbox) === pool && makers.get(sandbox.metadata.uid) === sent.process);
      const limit = limitOf(pool, sent);
      return population.length > limit ? `${nameOf(after)} is one of ${population.length} members of a pool that is to have ${limit}` : undefined;
    },
  };
};
