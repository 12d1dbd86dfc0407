import { ANNOTATIONS, LABELS } from '../../api/keys';
import { endIfFailed, findFailure, firstOf, type Action, type Plan } from '../../runtime/plan';
import { timeText } from '../shared/conditions';
import { CLAIMS, SANDBOXES, TEMPLATES, type Sandbox, type SandboxTemplate } from '../shared/objects';
import { UNPROTECTED_RULE } from '../shared/protection';
import { lookOf, missing, type Unread } from './aim';
import { isAdopted, templateNotFound } from './bound';
import { adoptionConflict, hasLost, nextTries } from './contention';
import { desiredSandbox } from './desired-sandbox';
import { isExpired, isMarked, msToExpiry } from './expiry';
import { isReady } from './first-seen';
import type { Memory, Observed } from './observe';
import { errorSeen, type Problem } from './problem';
import { recordPatch } from './record';
import { statusOf, type Outcome } from './status';
import { differsOnlyInPassing, statusPatch } from './status-patch';
import { transferPatch } from './transfer';

type Decision = Plan<Memory>;

/** Rules in order; the first that has something to say is the whole decision. */
const decide = firstOf<Observed, Memory>([
  refusedStatusIsToldInBrief,
  unwrittenStatusEndsThePass,
  surplusSandboxIsDeletedWhenAllHaveBeenRead,
  expiredClaimIsMarkedBeforeAnythingIsDeleted,
  markedClaimIsDeletedByItsPolicy,
  markedClaimLosesItsSandbox,
  markedClaimSaysWhatIsLeft,
  whatOnlyTheCacheLacksIsReadOnce,
  refusedClaimSaysFirstWhenItWasSeen,
  refusedClaimSaysWhy,
  boundClaimRecordsItsSandboxBeforeItIsPublished,
  boundSandboxCarriesTheMetadataOfItsClaim,
  readyClaimSaysSinceWhen,
  boundClaimSaysHowItsSandboxIs,
  reservedMemberBecomesTheClaims,
  waitingClaimIsLeftAlone,
  missingTemplateIsReadOnceAndTold,
  sandboxThatCannotBeMadeIsTold,
  unprotectedSandboxIsNotMadeYet,
  coldSandboxIsMade,
]);

// Spec 05 §8 and §18.
const LOOK_AGAIN_MS = 60_000;
const LONGEST_PENDING_MS = 5000;

// So that it fits into a message whatever it says.
const LONGEST_QUOTE = 1000;

/** How long, and over how many passes, an error must last before it takes a healthy claim's Ready away (spec 03 §8.1, 05 §9). */
const TOLERATED_MS = 10_000;
const TOLERATED_PASSES = 5;

/** The decision for one claim. The timer of its expiry is armed whatever else is decided. */
export function plan(observed: Observed): Decision {
  const decided = decide(observed);
  const { claim, nowMs } = observed;
  const timers = [decided.againMs, msToExpiry(claim, claim.status?.conditions, nowMs)].flatMap((ms) => (ms !== undefined && ms > 0 ? [ms] : []));
  return { ...decided, ...(timers.length > 0 && { againMs: Math.min(...timers) }), ...memoryAfter(observed, decided) };
}

/** The tries of a pass end with it, and where a pass has come to a good end nothing else is kept that it does not ask for. */
function memoryAfter(observed: Observed, { actions, isFailed, memory }: Decision): Pick<Decision, 'memory'> {
  const steps = actions.flat().map(({ step }) => step);
  const tries = steps.length > 0 ? nextTries(observed, steps) : undefined;
  if (tries) return { memory: { ...(memory ?? remembering(observed, {})), tries } };
  if (memory) return { memory: { ...memory, tries: undefined } };
  return !isFailed && observed.memory ? { memory: { uid: observed.claim.metadata.uid } } : {};
}

/** A defect of ours, which the log tells; what the server takes for certain tells that there is one (spec 08 §4.10). */
function refusedStatusIsToldInBrief(observed: Observed): Decision | undefined {
  const { claim, nowMs } = observed;
  const failure = findFailure(observed, 'status');
  if (!failure?.isPermanent && !failure?.isMalformed) return undefined;
  const problem = errorSeen(`the API server refuses the status of this claim: ${failure.message.slice(0, LONGEST_QUOTE)}`, 'time');
  const patch = statusPatch(observed, statusOf(claim, isExpired(claim, nowMs) ? {} : { problem }, nowMs));
  return patch && !findFailure(observed, 'brief') ? { actions: [{ ...patch, step: 'brief' }] } : undefined;
}

function unwrittenStatusEndsThePass(observed: Observed): Decision | undefined {
  return hasLost(observed, 'status') ? { actions: [], isFailed: true } : endIfFailed(observed, 'status');
}

function surplusSandboxIsDeletedWhenAllHaveBeenRead(observed: Observed): Decision | undefined {
  const { aim, owned, claim, memory } = observed;
  if (aim.is !== 'several') return undefined;
  if (findFailure(observed, 'surplus')) return { actions: [], isFailed: true };
  const reads = [{ resource: CLAIMS, object: claim }, ...owned.map((object) => ({ resource: SANDBOXES, object }))].map(({ resource, object }) =>
    readOf({ is: 'unread', resource, key: keyIn(observed, object.metadata.name) }, 'surplus'),
  );
  const looks = reads.map(({ resource, key }) => lookOf(resource, key));
  if (!looks.every((look) => memory?.looked?.includes(look))) return { actions: [reads], memory: remembering(observed, { looked: looks }) };
  // If one of them has changed meanwhile, all are read again.
  const deletions = aim.surplus.map((sandbox) => ({ ...deletionOf(observed, sandbox, 'surplus'), ifVersion: sandbox.metadata.resourceVersion }));
  return { actions: [deletions], memory: remembering(observed, { looked: [] }) };
}

function expiredClaimIsMarkedBeforeAnythingIsDeleted(observed: Observed): Decision | undefined {
  return observed.aim.is === 'expired' && !isMarked(observed.claim) ? told(observed, leftOf(observed)) : undefined;
}

function markedClaimIsDeletedByItsPolicy(observed: Observed): Decision | undefined {
  const { aim, claim, settings } = observed;
  const { shutdownPolicy = 'Retain' } = claim.spec.lifecycle ?? {};
  if (aim.is !== 'expired' || shutdownPolicy === 'Retain') return undefined;
  if (findFailure(observed, 'expiry')) return { actions: [], isFailed: true };
  const note = `Deleting Claim (ShutdownPolicy=${shutdownPolicy})`;
  const action: Action = {
    ...ofClaim(observed, 'expiry'),
    do: 'delete',
    propagation: shutdownPolicy === 'Delete' ? 'Background' : 'Foreground',
    ...(!settings.areEventsDisabled && { events: [{ regarding: claim, type: 'Normal', reason: 'ClaimExpired', action: 'Deleting', note }] }),
  };
  return { actions: [action] };
}

function markedClaimLosesItsSandbox(observed: Observed): Decision | undefined {
  const { aim, owned } = observed;
  if (aim.is !== 'expired' || findFailure(observed, 'expiry')) return undefined;
  const living = owned.filter(({ metadata }) => !metadata.deletionTimestamp);
  const failure = 'failed to delete expired sandbox: ';
  return living.length > 0 ? { actions: [living.map((sandbox) => ({ ...deletionOf(observed, sandbox, 'expiry'), failure }))] } : undefined;
}

/**
 * The mark stays while a deletion fails, though spec 05 §16 puts every error before the expiry: without the mark the next pass would have to write it again
 * before it may delete (05 §2), so that each try would tell two things in turn; and clients that wait have been told the end (02 §4.4). The log has the error.
 */
function markedClaimSaysWhatIsLeft(observed: Observed): Decision | undefined {
  if (observed.aim.is !== 'expired') return undefined;
  return { ...told(observed, leftOf(observed)), ...(findFailure(observed, 'expiry') && { isFailed: true }) };
}

function whatOnlyTheCacheLacksIsReadOnce(observed: Observed): Decision | undefined {
  return observed.aim.is === 'unread' ? looking(observed, observed.aim) : undefined;
}

function refusedClaimSaysFirstWhenItWasSeen(observed: Observed): Decision | undefined {
  const { aim, claim } = observed;
  if (aim.is !== 'refused' || claim.status?.conditions?.length || isRecordGivenUp(observed)) return undefined;
  // What it has recorded stays: the problem may pass.
  return recording(observed, claim.metadata.annotations?.[ANNOTATIONS.sandboxName] || claim.metadata.labels?.[LABELS.sandboxName]);
}

function refusedClaimSaysWhy(observed: Observed): Decision | undefined {
  const { aim, claim, failures } = observed;
  if (aim.is !== 'refused') return undefined;
  const { problem } = aim;
  const isPending = failures.some(({ isUnread, step }) => isUnread && step === 'sandbox');
  const again = { ...retryOf(problem), ...(isPending && { againMs: LONGEST_PENDING_MS }) };
  // The Sandbox is there, and nobody could read it: what was told of it stays (spec 05 §16).
  if (isPending && claim.status?.sandbox?.name) return { actions: [], ...again };
  return { ...told(observed, { problem, sandbox: publishedSandbox(observed) }), ...again };
}

function boundClaimRecordsItsSandboxBeforeItIsPublished(observed: Observed): Decision | undefined {
  const { aim, claim } = observed;
  if (aim.is !== 'bound' || publishedSandbox(observed) || isRecordGivenUp(observed)) return undefined;
  return recording(observed, isAdopted(claim, aim.sandbox) ? aim.sandbox.metadata.name : undefined);
}

function boundSandboxCarriesTheMetadataOfItsClaim(observed: Observed): Decision | undefined {
  const { aim, claim } = observed;
  if (aim.is !== 'bound' || !aim.patch || findFailure(observed, 'metadata')) return undefined;
  const { name, uid } = aim.sandbox.metadata;
  const failure = `failed to patch sandbox metadata for claim "${claim.metadata.name}": `;
  return { actions: [{ do: 'patch', resource: SANDBOXES, key: keyIn(observed, name), uid, patch: aim.patch, failure, ...of('metadata') }] };
}

/** In the background, after the claim was told to be Ready, and only where somebody asks for it (spec 08 §5). */
function readyClaimSaysSinceWhen(observed: Observed): Decision | undefined {
  const { aim, claim, firstReadyMs, settings } = observed;
  const isDue = settings.isFirstReadyWritten && firstReadyMs !== undefined && isReady(claim) && !claim.metadata.annotations?.[ANNOTATIONS.firstReadyAt];
  if (aim.is !== 'bound' || !isDue || findFailure(observed, 'firstReady')) return undefined;
  const patch = { metadata: { annotations: { [ANNOTATIONS.firstReadyAt]: timeText(firstReadyMs) } } };
  return { actions: [{ ...ofClaim(observed, 'firstReady'), do: 'patch', ifVersion: claim.metadata.resourceVersion, patch }] };
}

/** Writes the status, or waits a little where the difference passes by itself. */
function boundClaimSaysHowItsSandboxIs(observed: Observed): Decision | undefined {
  const { aim, claim, memory, monotonicMs, settings } = observed;
  if (aim.is !== 'bound') return undefined;
  // A binding is published when the claim's record of it is stored, and not before.
  const isUnrecorded = isRecordGivenUp(observed) && !publishedSandbox(observed);
  const conflict = isUnrecorded && hasLost(observed, 'record') ? adoptionConflict(observed, aim.sandbox.metadata.name) : undefined;
  const problem = aim.problem ?? failureProblem(observed, aim.sandbox) ?? conflict;
  const decision = told(observed, { problem, ...(!isUnrecorded && { sandbox: aim.sandbox }) });
  const sinceMs = memory?.transitionalSinceMs ?? monotonicMs;
  const heldMs = sinceMs + settings.transitionalStatusWindowMs - monotonicMs;
  const next = statusOf(claim, { problem, sandbox: aim.sandbox }, observed.nowMs);
  if (decision.actions.length > 0 && heldMs > 0 && differsOnlyInPassing(claim.status ?? {}, next)) {
    return { actions: [], againMs: heldMs, memory: remembering(observed, { transitionalSinceMs: sinceMs }) };
  }
  const isFailed = observed.failures.some(({ step }) => step === 'metadata' || step === 'record');
  return { ...decision, ...(problem && retryOf(problem)), ...(isFailed && { isFailed }) };
}

/** The Sandbox and the claim's record of it at the same time, each on the version seen: whichever is stored alone leads to the other (spec 08 §3, §7.4). */
function reservedMemberBecomesTheClaims(observed: Observed): Decision | undefined {
  const { offer, claim, template, settings, traceContext } = observed;
  if (offer?.result !== 'member') return undefined;
  const member = offer.sandbox;
  const { name, uid, resourceVersion: ifVersion } = member.metadata;
  const patch = transferPatch({ ...{ claim, member, template, traceContext }, isLean: settings.isAdoptionLean, isPodNameWritten: settings.isPodNameWritten });
  if (!patch) return undefined;
  const transfer: Action = { do: 'patch', resource: SANDBOXES, key: keyIn(observed, name), uid, ifVersion, patch, ...of('transfer') };
  return {
    actions: [[transfer, ...(recording(observed, name)?.actions.flat() ?? [])]],
    memory: remembering(observed, { adopting: name }),
  };
}

/** Its status is not touched, and nothing looks again before the allocator wakes it, or its time is over. */
function waitingClaimIsLeftAlone({ offer, waitedMs, settings }: Observed): Decision | undefined {
  if (offer?.result !== 'wait') return undefined;
  const { emptyPoolWaitMs, warmCandidateGraceMs } = settings;
  return { actions: [], againMs: (waitedMs < emptyPoolWaitMs ? emptyPoolWaitMs : warmCandidateGraceMs) - waitedMs };
}

function missingTemplateIsReadOnceAndTold(observed: Observed): Decision | undefined {
  const { template, pool } = observed;
  if (template) return undefined;
  const name = pool?.spec.sandboxTemplateRef.name ?? '';
  const aim = missing(observed, TEMPLATES, name, templateNotFound(name));
  if (aim.is === 'unread') return looking(observed, aim);
  return refusedBy({ ...observed, aim });
}

function sandboxThatCannotBeMadeIsTold(observed: Observed): Decision | undefined {
  const { template, claim, traceContext } = observed;
  const problem = template && desiredSandbox(claim, template, { traceContext }).problem;
  return problem && refusedBy({ ...observed, aim: { is: 'refused', problem } });
}

function unprotectedSandboxIsNotMadeYet({ protection }: Observed): Decision | undefined {
  return protection?.is === 'awaited' ? { actions: [], againMs: protection.againMs } : undefined;
}

function coldSandboxIsMade(observed: Observed): Decision | undefined {
  const { template, claim, memory, protection } = observed;
  if (!template) return undefined;
  return {
    actions: [[...(recording(observed, undefined)?.actions.flat() ?? []), ...creation(observed, template)]],
    memory: { uid: claim.metadata.uid, ...(memory?.looked && { looked: memory.looked }) },
    ...(protection?.is === 'overdue' && { by: UNPROTECTED_RULE }),
  };
}

function creation(observed: Observed, template: SandboxTemplate): readonly Action[] {
  const { claim, settings, traceContext } = observed;
  const { name } = claim.metadata;
  const { value: object } = desiredSandbox(claim, template, { traceContext });
  if (!object) return [];
  const event = { regarding: claim, type: 'Normal', reason: 'SandboxProvisioned', action: 'Provisioning', note: `Created Sandbox "${name}"` } as const;
  const made = { do: 'create', resource: SANDBOXES, key: keyIn(observed, name), object, failure: 'sandbox create error: ', ...of('sandbox') } as const;
  return [{ ...made, ...(!settings.areEventsDisabled && { events: [event] }) }];
}

/** What an expired claim still has, or must leave alone. Of a Sandbox that it was never told of it does not speak any more. */
function leftOf(observed: Observed): Outcome {
  const { owned, foreign, namesake } = observed;
  const other = foreign ?? namesake;
  if (owned.length > 0) return { sandbox: publishedSandbox(observed) };
  return other ? { foreign: other.metadata.name } : {};
}

/** A refusal that was found out late: as one that was known before. */
const refusedBy = (observed: Observed): Decision | undefined => refusedClaimSaysFirstWhenItWasSeen(observed) ?? refusedClaimSaysWhy(observed);

/** Reads something past the cache, and remembers that it has done so. */
function looking(observed: Observed, unread: Unread): Decision {
  const looked = [...(observed.memory?.looked ?? []), lookOf(unread.resource, unread.key)];
  return { actions: [readOf(unread, 'look')], memory: remembering(observed, { looked }) };
}

/** The record that the claim lacks; undefined when it lacks none. */
function recording(observed: Observed, member: string | undefined): Decision | undefined {
  const { claim, settings, firstSeenMs, traceContext } = observed;
  const patch = recordPatch(claim, { firstSeenMs: settings.areTimesDisabled ? undefined : firstSeenMs, member, traceContext });
  return patch && { actions: [{ ...ofClaim(observed, 'record'), do: 'patch', ifVersion: claim.metadata.resourceVersion, patch }] };
}

function told(observed: Observed, outcome: Outcome): Decision {
  const patch = statusPatch(observed, statusOf(observed.claim, outcome, observed.nowMs));
  return { actions: patch ? [patch] : [] };
}

function retryOf({ retry }: Problem): Pick<Decision, 'againMs' | 'isFailed'> {
  if (retry === 'minute') return { againMs: LOOK_AGAIN_MS };
  return retry === 'time' ? { isFailed: true } : {};
}

/** What a failed write means for a bound claim: what time may mend takes a claim that is well down only when it lasts. */
function failureProblem(observed: Observed, sandbox: Sandbox): Problem | undefined {
  const { claim, trouble } = observed;
  const failure = findFailure(observed, 'record') ?? findFailure(observed, 'metadata');
  if (!failure) return undefined;
  const isWell = isReady(claim) && isReady({ ...claim, status: sandbox.status });
  const hasLasted = trouble.forMs >= TOLERATED_MS && trouble.passes >= TOLERATED_PASSES;
  return isWell && !failure.isPermanent && !hasLasted ? undefined : errorSeen(failure.message, 'time');
}

const isRecordGivenUp = (observed: Observed): boolean => findFailure(observed, 'record') !== undefined || hasLost(observed, 'record');

/** The claim's Sandbox, if it is the one that its status names. */
const publishedSandbox = ({ claim, owned }: Observed): Sandbox | undefined => owned.find(({ metadata: { name } }) => name === claim.status?.sandbox?.name);

const remembering = ({ claim, memory }: Observed, change: Partial<Memory>): Memory => ({ ...memory, uid: claim.metadata.uid, ...change });

const keyIn = ({ claim }: Observed, name: string) => ({ namespace: claim.metadata.namespace ?? '', name });

const of = (step: string) => ({ step, purpose: 'claim' }) as const;

const readOf = ({ resource, key }: Unread, step: string) => ({ do: 'read', resource, key, step }) as const;

const ofClaim = (observed: Observed, step: string) => {
  const { name, uid } = observed.claim.metadata;
  return { resource: CLAIMS, key: keyIn(observed, name), uid, ...of(step) };
};

const deletionOf = (observed: Observed, { metadata: { name, uid } }: Sandbox, step: string) =>
  ({ do: 'delete', resource: SANDBOXES, key: keyIn(observed, name), uid, ...of(step) }) as const;
