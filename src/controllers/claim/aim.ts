import { additionalMetadataProblems } from '../../api/additional-metadata';
import { CLAIM_MESSAGE, CLAIM_REASON, CONDITION } from '../../api/conditions';
import { LABELS } from '../../api/keys';
import { EXTENSIONS_GROUP } from '../../api/kinds';
import { findControllerOf, keyText, type Key, type Resource } from '../../runtime/object';
import type { Failure } from '../../runtime/plan';
import { isBefore } from '../members/by-node';
import { findCondition } from '../shared/conditions';
import { SANDBOXES, TEMPLATES, WARM_POOLS, type Sandbox, type SandboxWarmPool } from '../shared/objects';
import { isOwnedBy } from '../shared/ownership';
import { alignmentOf, doesWithoutTemplate, poolNotFound, templateNotFound, templateOf, type Alignment } from './bound';
import { adoptionConflict, hasLost } from './contention';
import { isExpired, isMarked } from './expiry';
import type { Known } from './observe';
import { podMetadata } from './pod-metadata';
import { errorSeen, type Problem } from './problem';

/** Something that only the cache lacks, perhaps. */
export interface Unread {
  readonly is: 'unread';
  readonly resource: Resource;
  readonly key: Key;
}

/** What a claim is to get, as far as that is decided before any member is reserved. */
export type Aim =
  | { readonly is: 'several'; readonly surplus: readonly Sandbox[] }
  | { readonly is: 'expired' }
  | { readonly is: 'refused'; readonly problem: Problem }
  | Unread
  | ({ readonly is: 'bound'; readonly sandbox: Sandbox } & Alignment)
  | { readonly is: 'warm'; readonly pool: SandboxWarmPool; readonly assigned: string | undefined }
  | { readonly is: 'cold'; readonly reason: 'env' | 'volume_claim_templates' };

/** The way of spec 05 §4 and §5, up to where a member has to be reserved: whatever fails before that is told without one. */
export function aimOf(known: Known): Aim {
  const { claim, owned, settings, nowMs } = known;
  const untold = unreadBinding(known);
  if (untold) return untold;
  const kept = owned.length > 1 ? [...owned].sort((one, other) => rankOf(known, one) - rankOf(known, other) || byAge(one, other))[0] : owned[0];
  const surplus = owned.filter((sandbox) => sandbox !== kept && !sandbox.metadata.deletionTimestamp);
  if (surplus.length > 0) return { is: 'several', surplus };
  if (isExpired(claim, nowMs)) return { is: 'expired' };
  const flaw = additionalMetadataProblems(claim.spec.additionalPodMetadata ?? {}, settings.labelDomains)[0];
  if (flaw !== undefined) return refused({ reason: CLAIM_REASON.invalidMetadata, message: `invalid additionalPodMetadata: ${flaw}`, retry: 'change' });
  return kept ? boundAim(known, kept) : (failedAim(known) ?? unboundAim(known));
}

/** The Sandbox that the claim was told of, where the cache does not have it as the claim's: another process may have published it, and it is not taken back for that. */
function unreadBinding({ claim, owned, memory, failures }: Known): Aim | undefined {
  const name = claim.status?.sandbox?.name;
  if (name === undefined || isMarked(claim) || owned.some(({ metadata }) => metadata.name === name)) return undefined;
  const key = { namespace: claim.metadata.namespace ?? '', name };
  const failure = failures.find(({ step }) => step === 'look');
  if (failure) return refused(errorSeen(failure.message, 'time'));
  return memory?.looked?.includes(lookOf(SANDBOXES, key)) ? undefined : { is: 'unread', resource: SANDBOXES, key };
}

/** Where a claim gets its Sandbox from that owns none (spec 05 §3, §5). */
function unboundAim(known: Known): Aim {
  const { claim, namesake, pool } = known;
  const assigned = pool && isCandidate(known.assigned, pool) ? known.assigned?.metadata.name : undefined;
  if (namesake && assigned === undefined) {
    const { name } = claim.metadata;
    const message = `sandbox "${name}" is not controlled by claim "${name}". Please use a different claim name or delete the sandbox manually`;
    return refused(errorSeen(message, 'minute'));
  }
  const { warmPoolRef, env = [], volumeClaimTemplates = [] } = claim.spec;
  if (!pool) return missing(known, WARM_POOLS, warmPoolRef.name, poolNotFound(warmPoolRef.name));
  if (env.length > 0) return { is: 'cold', reason: 'env' };
  if (volumeClaimTemplates.length > 0) return { is: 'cold', reason: 'volume_claim_templates' };
  const conflict = known.template && podMetadata(claim, known.template).problem;
  return conflict ? refused(conflict) : { is: 'warm', pool, assigned };
}

/** What a claim asks for that nothing is known of: read once before its absence is told for the first time, because clients give up then. */
export function missing({ claim, memory, failures }: Known, resource: Resource, name: string, problem: Problem): Aim {
  const key = { namespace: claim.metadata.namespace ?? '', name };
  const ready = findCondition(claim.status?.conditions, CONDITION.ready);
  const isTold = ready?.reason === problem.reason && ready.message === problem.message;
  const failure = failures.find(({ step }) => step === 'look');
  if (failure) return refused(errorSeen(failure.message, 'time'));
  return isTold || memory?.looked?.includes(lookOf(resource, key)) ? refused(problem) : { is: 'unread', resource, key };
}

/** Names a read, for the memory of the pass. */
export const lookOf = ({ kind }: Resource, key: Key): string => `${kind} ${keyText(key)}`;

const refused = (problem: Problem): Aim => ({ is: 'refused', problem });

/** Of several Sandboxes of one claim, the one that a client may have been told about is never deleted (spec 08 §7.3). */
function rankOf({ claim, assigned }: Known, { metadata: { name }, status }: Sandbox): number {
  if (claim.status?.sandbox?.name === name) return 0;
  if (assigned?.metadata.name === name) return 1;
  return findCondition(status?.conditions, CONDITION.ready)?.status === 'True' ? 2 : 3;
}

const byAge = ({ metadata: one }: Sandbox, { metadata: other }: Sandbox): number => (isBefore(one, other) ? -1 : 1);

function boundAim(known: Known, sandbox: Sandbox): Aim {
  const { claim, sandboxTemplate, pool } = known;
  if (sandbox.metadata.deletionTimestamp) return { is: 'bound', sandbox };
  if (sandboxTemplate) return { is: 'bound', sandbox, ...alignmentOf(claim, sandbox, sandboxTemplate) };
  if (doesWithoutTemplate(claim, sandbox)) return { is: 'bound', sandbox };
  const name = templateOf(sandbox) ?? pool?.spec.sandboxTemplateRef.name;
  const { warmPoolRef } = claim.spec;
  const aim =
    name === undefined
      ? missing(known, WARM_POOLS, warmPoolRef.name, poolNotFound(warmPoolRef.name))
      : missing(known, TEMPLATES, name, templateNotFound(name, 'failed to get template for metadata propagation: '));
  return aim.is === 'refused' ? { is: 'bound', sandbox, problem: aim.problem } : aim;
}

/** What a write of this pass has come to, where another one of the same sort would come to no more. */
function failedAim(known: Known): Aim | undefined {
  const of = (name: string): Failure | undefined => known.failures.find(({ step }) => step === name);
  const [transfer, sandbox] = [of('transfer'), of('sandbox')];
  if (transfer?.isUnread || hasLost(known, 'transfer')) return refused(adoptionConflict(known, known.memory?.adopting ?? ''));
  if (sandbox?.isUnread) return refused({ reason: CLAIM_REASON.sandboxCreatePending, message: CLAIM_MESSAGE.createPending, retry: 'time' });
  const failure = transfer ?? sandbox ?? of('record');
  return failure && refused(errorSeen(failure.message, failure.isPermanent ? 'change' : 'time'));
}

/** Whether a Sandbox is a member that this pool may give away (spec 05 §6.1): look-alikes are ignored. */
function isCandidate(sandbox: Sandbox | undefined, pool: SandboxWarmPool): boolean {
  const owner = sandbox && findControllerOf(sandbox);
  if (!sandbox || !owner || sandbox.metadata.deletionTimestamp) return false;
  const { labels = {} } = sandbox.metadata;
  const isPool = owner.kind === WARM_POOLS.kind && owner.apiVersion.startsWith(`${EXTENSIONS_GROUP}/`) && owner.name === pool.metadata.name;
  return isPool && isOwnedBy(sandbox, pool) && labels[LABELS.warmPool] !== undefined && labels[LABELS.templateRefHash] !== undefined;
}
