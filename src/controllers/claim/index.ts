import { ANNOTATIONS, LABELS, normalizedCreator } from '../../api/keys';
import { findControllerOf, keyOf, type Key } from '../../runtime/object';
import { ReconcileLoop, type PassSeen } from '../../runtime/reconcile';
import type { Change } from '../../runtime/store';
import type { Attributes } from '../../runtime/tracing';
import type { Allocator } from '../members/allocator';
import type { ControllerContext } from '../shared/context';
import { cacheOf, extensionsOf } from '../shared/informers';
import type { Sandbox, SandboxClaim } from '../shared/objects';
import { templateOf } from './bound';
import { FirstReady } from './first-ready';
import { FirstSeen, isReady } from './first-seen';
import { observe, type Memory, type Observed, type Settings, type Sources } from './observe';
import type { ClaimObserver } from './observer';
import { plan } from './plan';
import { findClaimOf, isOfNewGeneration, isTelling, isUnbound } from './watches';

/** What the claim controller gets beside what all get. */
export interface ClaimContext extends ControllerContext, Pick<Sources, 'protections'> {
  /** The allocator, which hears of every change before any controller does. */
  readonly members: Pick<Allocator, 'offer' | 'release' | 'onServed'>;
  readonly observer: ClaimObserver;
}

/** The claim controller: which events wake which claim (spec 05 §1), and nothing else. Throws without the informers of the extensions. */
export function claimController(context: ClaimContext, settings: Settings): ReconcileLoop<Observed, Memory> {
  const { clock, informers, members, observer } = context;
  const { sandboxes } = informers;
  const { claims, pools, templates, policies } = extensionsOf(informers);
  const firstSeen = new FirstSeen(clock);
  const firstReady = new FirstReady({ isDeciding: () => loop.isDeciding, nowMs: () => clock.nowMs() });
  const sources: Sources = {
    ...{ ...context, settings, firstSeen, firstReady, traceContext: () => context.tracing?.traceContext() },
    claims: claims.cache,
    sandboxes: { find: (key) => sandboxes.cache.find(key), ownedBy: (uid) => sandboxes.cache.by('owner', uid) },
    pools: pools.cache,
    templates: templates.cache,
  };
  const span = (key: Key) => {
    const claim = claims.cache.find(key);
    return claim && spanOf(claim, settings);
  };
  const loop: ReconcileLoop<Observed, Memory> = new ReconcileLoop<Observed, Memory>({
    ...context,
    cacheOf: cacheOf(informers),
    passed: (pass) => {
      tell(observer, pass);
      context.passed(pass);
    },
    reconciler: { name: 'sandboxclaim', plan, trace: { span }, observe: (key, circumstances) => observe(key, circumstances, sources) },
  });
  remember({ ...context, firstSeen, firstReady, isDeciding: () => loop.isDeciding });
  const claimsOf = (pool: Key): readonly SandboxClaim[] => claims.cache.by('pool', `${pool.namespace}/${pool.name}`);
  const unboundOf = (pool: Key): readonly Key[] => claimsOf(pool).filter(isUnbound).map(keyOf);
  // What made the Sandbox may not have written down of which template: then the pool says it, also when it says something new.
  const isLedByPool = ({ metadata }: SandboxClaim): boolean =>
    !metadata.deletionTimestamp && sandboxes.cache.by('owner', metadata.uid).some((sandbox) => templateOf(sandbox) === undefined);
  const poolsOf = (template: Key): readonly Key[] => pools.cache.by('template', `${template.namespace}/${template.name}`).map(keyOf);
  const livingOf = (pool: Key): readonly Key[] =>
    claimsOf(pool)
      .filter(({ metadata }) => !metadata.deletionTimestamp)
      .map(keyOf);
  // A claim may have come to its Sandbox by another pool than the one that it names now.
  const holdersOf = ({ namespace, name }: Key): readonly Key[] =>
    sandboxes.cache
      .by('claimed', `${namespace}/${name}`)
      .flatMap(concerned)
      .filter((key) => claims.cache.find(key));

  claims.cache.onChange(loop.waking((claim) => [keyOf(claim)]));
  // A Sandbox wakes its claim, and the one in whose way it is.
  sandboxes.cache.onChange(
    only(
      isTelling,
      loop.waking((sandbox) => concerned(sandbox).filter((key) => claims.cache.find(key))),
    ),
  );
  pools.cache.onChange(
    only(
      isOfNewGeneration,
      loop.waking((pool) =>
        claimsOf(keyOf(pool))
          .filter((claim) => isUnbound(claim) || isLedByPool(claim))
          .map(keyOf),
      ),
    ),
  );
  templates.cache.onChange(
    only(
      isOfNewGeneration,
      loop.waking((template) => [...poolsOf(keyOf(template)).flatMap(livingOf), ...holdersOf(keyOf(template))]),
    ),
  );
  // Claims that get a Sandbox of their own wait for the policy of its template.
  policies.cache.onChange(
    loop.waking((policy) => {
      const template = findControllerOf(policy);
      return template?.kind === 'SandboxTemplate' ? poolsOf({ ...keyOf(policy), name: template.name }).flatMap(unboundOf) : [];
    }),
  );
  members.onServed((claim) => loop.wake(claim));
  return loop;
}

/** How a pass over a claim shows in traces (spec 02 §9). */
function spanOf({ metadata: { labels, annotations } }: SandboxClaim, { createdByValues }: Settings) {
  const creator = labels?.[LABELS.createdBy];
  const attributes: Attributes = creator ? { [LABELS.createdBy]: normalizedCreator(creator, createdByValues) } : {};
  return { name: 'ReconcileSandboxClaim', attributes, parent: annotations?.[ANNOTATIONS.traceContext] };
}

const only =
  <C>(isRelevant: (change: C) => boolean, handler: (change: C) => void) =>
  (change: C): void =>
    isRelevant(change) ? handler(change) : undefined;

function concerned(sandbox: Sandbox): readonly Key[] {
  const owner = findClaimOf(sandbox);
  return [keyOf(sandbox), ...(owner ? [{ ...keyOf(sandbox), name: owner.name }] : [])];
}

interface Remembering extends Pick<ClaimContext, 'clock' | 'informers' | 'observer'> {
  readonly firstSeen: FirstSeen;
  readonly firstReady: FirstReady;
  readonly isDeciding: () => boolean;
}

/** Keeps what is remembered of claims, and tells the observer what happens to them. */
function remember({ clock, informers, observer, firstSeen, firstReady, isDeciding }: Remembering): void {
  const { claims } = extensionsOf(informers);
  const { sandboxes } = informers;
  let isOld = true;
  void claims.cache.synced.then(() => (isOld = false));
  claims.cache.onChange((change) => {
    const { type, object, old } = change;
    const isFirst = firstReady.hear(change);
    const bound = object.status?.sandbox?.name;
    const sandbox = bound === undefined ? undefined : sandboxes.cache.find({ ...keyOf(object), name: bound });
    const moment = { claim: object, sandbox, sight: firstSeen.find(object), nowMs: clock.nowMs(), monotonicMs: clock.monotonicMs() };
    if (isDeciding() && type === 'updated' && bound && bound !== old?.status?.sandbox?.name) observer.bound(moment);
    if (isFirst) observer.becameReady(moment);
    // What is told needs the sight; after that a claim that is Ready needs it no more.
    if (type === 'deleted' || isReady(object)) firstSeen.forget(keyOf(object));
    else firstSeen.see(object, isOld);
  });
  sandboxes.cache.onChange(({ type, object, old }: Change<Sandbox>) => {
    const owner = findClaimOf(object);
    if (!owner || type === 'deleted' || (old && findClaimOf(old)?.uid === owner.uid)) return;
    const claim = claims.cache.find({ ...keyOf(object), name: owner.name });
    const sight = claim && firstSeen.find(claim);
    if (!sight) return;
    sight.ownedMs ??= clock.monotonicMs();
    if (type === 'added' && sight.coldReason !== undefined && isDeciding()) observer.startedCold(sight.coldReason);
  });
}

function tell(observer: ClaimObserver, { rules, writes }: PassSeen): void {
  observer.passed(writes.length > 0);
  const hasSurplus = rules.includes('surplusSandboxIsDeletedWhenAllHaveBeenRead');
  const deleted = hasSurplus ? writes.filter((write) => write.startsWith('DELETE Sandbox ')).length : 0;
  if (deleted > 0) observer.surplusDeleted(deleted);
}
