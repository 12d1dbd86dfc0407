import { CLAIM_REASON } from '../../api/conditions';
import { ANNOTATIONS } from '../../api/keys';
import { keyOf, type Key } from '../../runtime/object';
import type { Circumstances } from '../../runtime/plan';
import type { Allocator, Offer, Terms } from '../members/allocator';
import type { Sandbox, SandboxClaim, SandboxTemplate, SandboxWarmPool } from '../shared/objects';
import { isOwnedBy } from '../shared/ownership';
import type { Protection } from '../shared/protection';
import { aimOf, type Aim } from './aim';
import { templateOf } from './bound';
import type { Tries } from './contention';
import type { FirstReady } from './first-ready';
import { isReady, type FirstSeen, type Sight } from './first-seen';
import { assignedMember } from './record';

/** The flags that decide something about a claim (spec 07 §1). */
export interface Settings {
  /** Values of `created-by` that keep their name, beside the known ones. */
  readonly createdByValues: readonly string[];
  readonly labelDomains: readonly string[];
  readonly warmCandidateGraceMs: number;
  readonly emptyPoolWaitMs: number;
  readonly isAdoptionLean: boolean;
  /** `--legacy-pod-name-annotation`. */
  readonly isPodNameWritten: boolean;
  readonly areEventsDisabled: boolean;
  /** `--disable-claim-observability-annotations`. */
  readonly areTimesDisabled: boolean;
  readonly isFirstReadyWritten: boolean;
  readonly transitionalStatusWindowMs: number;
}

/** What is remembered between rounds and passes of one claim. */
export interface Memory {
  readonly uid: string;
  /** What was read past the cache since the last pass that came to an end. */
  readonly looked?: readonly string[];
  /** Name of the member that this process has sent a transfer for. */
  readonly adopting?: string;
  /** Of the pass under way. */
  readonly tries?: Tries | undefined;
  /** Since when a difference waits that is only transitional, by the monotonic clock. */
  readonly transitionalSinceMs?: number;
}

/** What is known before a member is reserved. */
export interface Known extends Circumstances<Memory> {
  readonly claim: SandboxClaim;
  readonly settings: Settings;
  /** Sandboxes whose controller is this claim, by UID. */
  readonly owned: readonly Sandbox[];
  /** The Sandbox that the claim's record names. */
  readonly assigned: Sandbox | undefined;
  /** A Sandbox of the claim's name that the claim does not own. */
  readonly namesake: Sandbox | undefined;
  /** A Sandbox of the name in the claim's status that the claim does not own. */
  readonly foreign: Sandbox | undefined;
  readonly pool: SandboxWarmPool | undefined;
  /** Of the pool. */
  readonly template: SandboxTemplate | undefined;
  /** Of the Sandbox that the claim owns: its own, or that of the pool where it names none. */
  readonly sandboxTemplate: SandboxTemplate | undefined;
  readonly firstSeenMs: number;
  readonly waitedMs: number;
  /** When it was Ready for the first time, if this process saw it. */
  readonly firstReadyMs: number | undefined;
  /** The present one, when tracing is on. */
  readonly traceContext: string | undefined;
}

/** What one round looks at, and what it has got. A plan sees nothing else. */
export interface Observed extends Known {
  readonly aim: Aim;
  /** Of the allocator, for a claim that may go warm. */
  readonly offer: Offer | undefined;
  /** How it stands with the NetworkPolicy of the template, for a claim that goes cold. */
  readonly protection: Protection | undefined;
}

/** What a claim is seen through. */
export interface Sources {
  readonly claims: { find(key: Key): SandboxClaim | undefined };
  readonly sandboxes: { find(key: Key): Sandbox | undefined; ownedBy(uid: string): readonly Sandbox[] };
  readonly pools: { find(key: Key): SandboxWarmPool | undefined };
  readonly templates: { find(key: Key): SandboxTemplate | undefined };
  readonly members: Pick<Allocator, 'offer' | 'release'>;
  readonly protections: { protectionOf(template: SandboxTemplate, monotonicMs: number): Protection };
  readonly firstSeen: FirstSeen;
  readonly firstReady: Pick<FirstReady, 'find'>;
  readonly settings: Settings;
  readonly traceContext: () => string | undefined;
}

/**
 * Reads the caches for one claim, and reserves a member for it if it may have one: from here to the sending of the transfer nothing waits, so no other
 * claim can be promised the same. One that is gone or being deleted leaves nothing to decide: garbage collection has its Sandbox.
 */
export function observe(key: Key, circumstances: Circumstances<Memory>, sources: Sources): Observed | undefined {
  const { members, firstSeen, protections } = sources;
  const claim = sources.claims.find(key);
  if (!claim || claim.metadata.deletionTimestamp) {
    members.release(key);
    if (!claim) firstSeen.forget(key);
    return undefined;
  }
  const sight = firstSeen.see(claim);
  const known = knownOf(claim, { circumstances, sources, sight });
  const aim = aimOf(known);
  const offer = aim.is === 'warm' ? members.offer(askingOf(claim), termsOf(known, aim)) : undefined;
  const isPursued = offer ? offer.result !== 'none' : aim.is === 'refused' && aim.problem.reason === CLAIM_REASON.adoptionConflict;
  if (!isPursued) members.release(key);
  const isCold = aim.is === 'cold' || offer?.result === 'none';
  note(sight, { aim, offer, monotonicMs: known.monotonicMs });
  if (aim.is === 'bound' && isReady(claim)) firstSeen.forget(key);
  const protection = isCold && known.template ? protections.protectionOf(known.template, known.monotonicMs) : undefined;
  return { ...known, aim, offer, protection };
}

function knownOf(
  claim: SandboxClaim,
  { circumstances, sources, sight }: { readonly circumstances: Circumstances<Memory>; readonly sources: Sources; readonly sight: Sight },
): Known {
  const { sandboxes, pools, templates, settings } = sources;
  const { uid, name, namespace = '' } = claim.metadata;
  const at = (other: string | undefined): Sandbox | undefined => (other === undefined ? undefined : sandboxes.find({ namespace, name: other }));
  const foreign = (sandbox: Sandbox | undefined): Sandbox | undefined => (sandbox && !isOwnedBy(sandbox, claim) ? sandbox : undefined);
  const owned = sandboxes.ownedBy(uid);
  const pool = pools.find({ namespace, name: claim.spec.warmPoolRef.name });
  const template = pool && templates.find({ namespace, name: pool.spec.sandboxTemplateRef.name });
  const ownTemplate = owned[0] && templateOf(owned[0]);
  const { memory } = circumstances;
  return {
    ...circumstances,
    // A claim of this name that is gone may have left something.
    memory: memory?.uid === uid ? memory : undefined,
    ...{ claim, settings, owned, pool, template },
    assigned: at(assignedMember(claim)),
    namesake: foreign(at(name)),
    foreign: foreign(at(claim.status?.sandbox?.name)),
    sandboxTemplate: ownTemplate === undefined ? template : templates.find({ namespace, name: ownTemplate }),
    firstSeenMs: sight.seenMs,
    waitedMs: circumstances.monotonicMs - sight.waitsSinceMs,
    firstReadyMs: sources.firstReady.find(claim),
    traceContext: claim.metadata.annotations?.[ANNOTATIONS.traceContext] ? undefined : sources.traceContext(),
  };
}

const askingOf = (claim: SandboxClaim) => ({ key: keyOf(claim), uid: claim.metadata.uid, createdAt: claim.metadata.creationTimestamp });

function termsOf({ waitedMs, settings }: Known, { pool, assigned }: Aim & { readonly is: 'warm' }): Terms {
  const { uid, name, namespace = '' } = pool.metadata;
  const waitsFor = waitedMs < settings.emptyPoolWaitMs ? 'any' : waitedMs < settings.warmCandidateGraceMs ? 'starting' : 'nothing';
  return { pool: { uid, namespace, name }, waitsFor, ...(assigned !== undefined && { assigned }) };
}

/** For the metrics. */
function note(sight: Sight, { aim, offer, monotonicMs }: Pick<Observed, 'aim' | 'offer' | 'monotonicMs'>): void {
  if (aim.is === 'cold') sight.coldReason = aim.reason;
  if (offer?.result === 'none') sight.coldReason = offer.reason;
  if (aim.is === 'cold' || (offer && offer.result !== 'wait')) sight.decidedMs ??= monotonicMs;
}
