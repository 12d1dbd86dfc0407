import { LABELS } from '../../api/keys';
import { keyOf } from '../../runtime/object';
import { findFailure, firstOf, type Action, type Plan, type Rule } from '../../runtime/plan';
import { isBefore } from '../members/by-node';
import type { Member } from '../members/member';
import { SANDBOXES, WARM_POOLS, type Sandbox } from '../shared/objects';
import { controllerReference } from '../shared/ownership';
import { UNPROTECTED_RULE } from '../shared/protection';
import { isStale } from '../shared/staleness';
import { desiredMember } from './desired-member';
import { eventsOf } from './events';
import { growthOf, isStockLow } from './growth';
import { examinedInMs, verdictOn } from './health';
import { remembered, replacedInMs, type Remembered } from './memory';
import { desiredOf, gracePeriodMs, type Memory, type Observed } from './observe';
import { afterBatch, nextBatch } from './pacing';
import { recreatable } from './recreation';
import { statusStep } from './status';

/** Decides about one pool. The rules come in order, the first that has something to write is the whole decision of a round; the last tells what came of it. */
export function plan(observed: Observed): Plan<Memory> {
  const known = remembered(observed);
  return { memory: known.memory, ...decide(known) };
}

type PoolRule = Rule<Remembered, Memory>;

const rules: readonly PoolRule[] = [
  orphansAreTakenOrDeleted,
  membersAreLabelledWarm,
  stuckMembersAreReplaced,
  surplusIsDeleted,
  poolIsFilled,
  staleMembersAreReplaced,
  statusSaysWhatIsThere,
];
const decide = firstOf<Remembered, Memory>(rules);

function orphansAreTakenOrDeleted(observed: Remembered): Plan<Memory> | undefined {
  const { orphans, template, pool } = observed;
  // Without its template nobody knows whether one matches.
  if (!template) return undefined;
  return inBatches(observed, 'orphans', orphans, (orphan) => {
    if (isStale(orphan, template)) return deletion(orphan, 'orphans');
    const ownerReferences = [...(orphan.metadata.ownerReferences ?? []), controllerReference(WARM_POOLS, pool)];
    return patch(orphan, 'orphans', { ownerReferences, labels: { [LABELS.launchType]: 'warm' } });
  });
}

function membersAreLabelledWarm(observed: Remembered): Plan<Memory> | undefined {
  const members = inStock(observed, observed.stock.unlabelled);
  return inBatches(observed, 'label', members, ({ sandbox }) => patch(sandbox, 'label', { labels: { [LABELS.launchType]: 'warm' } }));
}

function stuckMembersAreReplaced(observed: Remembered): Plan<Memory> | undefined {
  const { memory, monotonicMs } = observed;
  const verdicts = replaceable(observed);
  const isStuckOne = verdicts.some(({ verdict }) => verdict === 'stuck');
  const plan = inBatches(observed, 'stuck', verdicts, ({ member }) => deletion(member.sandbox, 'stuck'));
  if (!plan || !isStuckOne || memory.run?.step === 'stuck') return plan;
  return { ...plan, memory: { ...memory, ...plan.memory, replacements: { count: (memory.replacements?.count ?? 0) + 1, lastMs: monotonicMs } } };
}

function surplusIsDeleted(observed: Remembered): Plan<Memory> | undefined {
  const { pool, stock } = observed;
  const surplus = stock.active - desiredOf(pool);
  if (surplus <= 0) return undefined;
  const leaving = inStock(observed, stock.members)
    .filter(({ isTerminating }) => !isTerminating)
    .sort((one, other) => Number(one.isReady) - Number(other.isReady) || (isBefore(one.sandbox.metadata, other.sandbox.metadata) ? 1 : -1))
    .slice(0, surplus);
  return inBatches(observed, 'surplus', leaving, ({ sandbox }) => deletion(sandbox, 'surplus'));
}

function poolIsFilled(observed: Remembered): Plan<Memory> | undefined {
  const { pool, template, settings, names, memory, protection } = observed;
  const { count } = growthOf(observed);
  if (count === 0 || !template) return undefined;
  const creations = names.slice(0, count).map((name): Action => {
    const object = desiredMember(name, { pool, template, settings });
    const key = { ...keyOf(pool), name };
    return { do: 'create', resource: SANDBOXES, key, object, step: 'create', purpose: 'refill', isUrgent: isStockLow(observed) };
  });
  const tokens = { ...memory.tokens, count: memory.tokens.count - count };
  return {
    actions: [creations],
    memory: { ...memory, tokens, run: afterBatch(memory.run, 'create', count) },
    ...(protection.is === 'overdue' && { by: UNPROTECTED_RULE }),
  };
}

function staleMembersAreReplaced(observed: Remembered): Plan<Memory> | undefined {
  const plan = inBatches(observed, 'stale', recreatable(observed), ({ sandbox }) => deletion(sandbox, 'stale'));
  const [batch = []] = plan?.actions ?? [];
  const { memory } = observed;
  return plan && { ...plan, memory: { ...memory, ...plan.memory, recreating: memory.recreating + ('do' in batch ? 1 : batch.length) } };
}

function statusSaysWhatIsThere(observed: Remembered): Plan<Memory> {
  const { memory, failures, monotonicMs } = observed;
  const { write, isCounted, waitMs } = hasFailed(observed, 'status') ? {} : statusStep(observed);
  const { events, told } = eventsOf(observed);
  const next = { ...memory, ...told, ...(isCounted && { statusAtMs: monotonicMs }) };
  if (write) return { actions: [write], events, memory: next };
  const delaysMs = [waitMs, ...delays(observed)].filter((ms) => ms !== undefined);
  return {
    ...{ actions: [], events, memory: { ...next, run: undefined }, isFailed: failures.length > 0 },
    ...(delaysMs.length > 0 && { againMs: Math.min(...delaysMs) }),
  };
}

/** When time alone will give this pool something to do. */
function delays(observed: Remembered): ReadonlyArray<number | undefined> {
  const { starting, overdue, settings, memory, template, monotonicMs } = observed;
  const graceMs = gracePeriodMs(observed);
  const isSomeHeld = overdue.some((each) => verdictOn(each, template) === 'held');
  const isCut = memory.run !== undefined && memory.run.total >= settings.maxBatchSize;
  const untoldMs = memory.firstSeenMs + graceMs - monotonicMs;
  const waiting = overdue.some((each) => verdictOn(each, template) === 'stuck') ? replacedInMs(observed) : 0;
  return [
    growthOf(observed).waitMs,
    starting && examinedInMs(starting, graceMs, observed),
    isSomeHeld ? settings.unschedulableRecheckMs : undefined,
    isSomeHeld && !memory.isToldHeld && untoldMs > 0 ? untoldMs : undefined,
    waiting > 0 ? waiting : undefined,
    isCut ? 0 : undefined,
  ];
}

/** Overdue members that are replaced now. */
function replaceable(observed: Remembered) {
  const { overdue, template, stock } = observed;
  const isHeldBack = replacedInMs(observed) > 0;
  return overdue
    .filter(({ member }) => stock.isInStock(member))
    .map((each) => ({ member: each.member, verdict: verdictOn(each, template) }))
    .filter(({ verdict }) => verdict === 'corrected' || (verdict === 'stuck' && !isHeldBack));
}

/** The next batch of writes of a step; nothing when there is none to make, or one has failed. */
function inBatches<T>(observed: Remembered, step: Step, items: readonly T[], write: (item: T) => Action): Plan<Memory> | undefined {
  const { memory, settings } = observed;
  const batch = items.slice(0, nextBatch(memory.run, step, settings.maxBatchSize));
  if (batch.length === 0 || hasFailed(observed, step)) return undefined;
  return { actions: [batch.map(write)], memory: { ...memory, run: afterBatch(memory.run, step, batch.length) } };
}

type Step = 'orphans' | 'label' | 'stuck' | 'surplus' | 'stale';

const inStock = ({ stock }: Remembered, members: Iterable<Member>): readonly Member[] => [...members].filter((member) => stock.isInStock(member));

const hasFailed = (observed: Observed, step: string): boolean => findFailure(observed, step) !== undefined;

/** Every write to a member relies on the version seen: it may have been claimed meanwhile. */
function of({ metadata }: Sandbox) {
  const { namespace = '', name, uid, resourceVersion } = metadata;
  return { resource: SANDBOXES, key: { namespace, name }, uid, ifVersion: resourceVersion, purpose: 'refill' } as const;
}

const deletion = (sandbox: Sandbox, step: Step): Action => ({ do: 'delete', ...of(sandbox), step });

const patch = (sandbox: Sandbox, step: Step, metadata: object): Action => ({ do: 'patch', ...of(sandbox), patch: { metadata }, step });
