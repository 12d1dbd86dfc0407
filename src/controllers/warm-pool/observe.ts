import { nameHash } from '../../api/names';
import { keyOf, type Key } from '../../runtime/object';
import type { Circumstances } from '../../runtime/plan';
import type { Member } from '../members/member';
import type { PoolId, StockView } from '../members/stock';
import type { Pod, Sandbox, SandboxTemplate, SandboxWarmPool } from '../shared/objects';
import { isOwnedBy } from '../shared/ownership';
import type { Protection } from '../shared/protection';
import { memberName } from './desired-member';
import type { Overdue, Replacements } from './health';
import { nextBatch, type Hold, type Run, type Tokens } from './pacing';

/** The flags that decide something about a pool (spec 07 §1). */
export interface Settings {
  readonly maxBatchSize: number;
  readonly replenishDelayMs: number;
  /** Members per second; 0 means no limit. */
  readonly maxRefillRate: number;
  readonly readinessGracePeriodMs: number;
  readonly unschedulableRecheckMs: number;
  readonly isWarmPoolEvictionEnabled: boolean;
  readonly isAdoptionLean: boolean;
  readonly refillMinFreePercent: number;
}

/** What is remembered between passes of one pool; dropped when it goes. Times are by the monotonic clock. */
export interface Memory {
  /** UID of the pool; one that is made anew under the name begins afresh. */
  readonly of: string;
  readonly firstSeenMs: number;
  /**
   * Names that are chosen and not seen yet: whether a member of that name was created may be unknown, so the same is asked for again. A name that was seen is
   * never chosen again, because somebody may still know its former bearer by it.
   */
  readonly names: readonly string[];
  /** The writes of this pass. */
  readonly run?: Run;
  readonly hold: Hold;
  readonly tokens: Tokens;
  /** Creations that the server has refused in a row, while pool and template were as `for` says. */
  readonly refusal?: { readonly for: string; readonly count: number; readonly lastMs: number };
  /** Why the server has refused creations since the pool was last full. */
  readonly refusals: readonly string[];
  /** Ready members when last looked. */
  readonly ready: number;
  readonly replacements?: Replacements;
  /** Stale members that were deleted and whose successors were not created yet. */
  readonly recreating: number;
  /** The last status write that the limit counts. */
  readonly statusAtMs?: number;
  /** What has been told by an event. */
  readonly isToldHeld: boolean;
  readonly isToldTemplateMissing: boolean;
}

/** What one round looks at; a plan sees nothing else. Members are looked through only where some of them are not as they should be. */
export interface Observed extends Circumstances<Memory> {
  readonly pool: SandboxWarmPool;
  readonly settings: Settings;
  /** Value of the label `warm-pool-sandbox`. */
  readonly hash: string;
  readonly template: SandboxTemplate | undefined;
  readonly protection: Protection;
  readonly stock: StockView;
  /** Sandboxes without controller that carry the pool's label, and are not being deleted. */
  readonly orphans: readonly Sandbox[];
  /** Active members that have not been Ready for longer than the grace period. */
  readonly overdue: readonly Overdue[];
  /** Of the other members that are not Ready the one that has been so for longest. */
  readonly starting: Member | undefined;
  /** Members of the names in memory that have come since the last look. */
  readonly created: number;
  /** Those names in memory that nobody has, and as many new ones as the next batch may need. */
  readonly names: readonly string[];
  /** From 1 up to 1.5. */
  readonly jitter: number;
}

/** What a pool is seen through. */
export interface View {
  readonly pools: { find(key: Key): SandboxWarmPool | undefined };
  readonly templates: { find(key: Key): SandboxTemplate | undefined };
  readonly sandboxes: { find(key: Key): Sandbox | undefined; byNameHash(namespace: string, hash: string): readonly Sandbox[] };
  readonly orphans: (namespace: string, hash: string) => readonly Sandbox[];
  /** Whether a Sandbox of that name was there and is gone. */
  readonly isSpent: (key: Key) => boolean;
  readonly podOf: (member: Sandbox) => Pod | undefined;
  readonly stock: (pool: PoolId) => StockView;
  readonly protectionOf: (template: SandboxTemplate, monotonicMs: number) => Protection;
}

interface Context {
  readonly view: View;
  readonly settings: Settings;
  /** Answers at least 0 and less than 1. */
  readonly random: () => number;
}

/** Looks at one pool. One that is gone or being deleted leaves nothing to decide: garbage collection has its members. */
export function observe(key: Key, circumstances: Circumstances<Memory>, context: Context): Observed | undefined {
  const { view, settings, random } = context;
  const pool = view.pools.find(key);
  if (!pool || pool.metadata.deletionTimestamp) return undefined;
  const { namespace, name } = key;
  const { uid } = pool.metadata;
  const hash = nameHash(name);
  const memory = circumstances.memory?.of === uid ? circumstances.memory : undefined;
  const template = view.templates.find({ namespace, name: pool.spec.sandboxTemplateRef.name });
  const stock = view.stock({ uid, namespace, name });
  return {
    ...{ ...circumstances, memory, pool, settings, hash, template, stock },
    protection: template ? view.protectionOf(template, circumstances.monotonicMs) : { is: 'settled' },
    orphans: view.orphans(namespace, hash).filter(({ metadata }) => !metadata.deletionTimestamp),
    ...healthOf({ pool, settings, stock, nowMs: circumstances.nowMs }, view),
    ...namesOf({ pool, settings, stock, memory }, context),
    jitter: 1 + random() / 2,
  };
}

// Names clash hardly ever; a source of chance that is stuck must not hang the process.
const MOST_TRIES = 10_000;

export const desiredOf = ({ spec }: SandboxWarmPool): number => spec.replicas ?? 1;

/** What there is and what is on its way out: members that terminate still take up room. */
export const populationOf = ({ active, terminating }: StockView): number => active + terminating;

export const gracePeriodMs = ({ pool, settings }: Pick<Observed, 'pool' | 'settings'>): number =>
  pool.spec.readinessGracePeriodSeconds === undefined ? settings.readinessGracePeriodMs : pool.spec.readinessGracePeriodSeconds * 1000;

function healthOf(known: Pick<Observed, 'pool' | 'settings' | 'stock' | 'nowMs'>, view: View): Pick<Observed, 'overdue' | 'starting'> {
  const { stock } = known;
  const overdue = overdueOf(known, view.podOf);
  if (overdue.length === 0) return { overdue, starting: stock.longestUnready };
  const members = new Set(overdue.map(({ member }) => member));
  const inTime = [...stock.unready].filter((member) => !members.has(member));
  return { overdue, starting: inTime.sort((one, other) => one.unreadySinceMs - other.unreadySinceMs)[0] };
}

/** Active members that have not been Ready for longer than the grace period, the longest first. */
export function overdueOf(known: Pick<Observed, 'pool' | 'settings' | 'stock' | 'nowMs'>, podOf: View['podOf']): readonly Overdue[] {
  const { stock, nowMs } = known;
  const isOverdue = ({ unreadySinceMs }: Member): boolean => unreadySinceMs + gracePeriodMs(known) <= nowMs;
  if (!stock.longestUnready || !isOverdue(stock.longestUnready)) return [];
  const overdue = [...stock.unready].filter(isOverdue).sort((one, other) => one.unreadySinceMs - other.unreadySinceMs);
  return overdue.map((member) => ({ member, pod: podOf(member.sandbox) }));
}

function namesOf(
  { pool, settings, stock, memory }: Pick<Observed, 'pool' | 'settings' | 'stock' | 'memory'>,
  { view, random }: Context,
): Pick<Observed, 'created' | 'names'> {
  const { namespace } = keyOf(pool);
  const [names, created]: [string[], Sandbox[]] = [[], []];
  const find = (name: string): Sandbox | undefined => view.sandboxes.find({ namespace, name });
  for (const name of memory?.names ?? []) {
    const found = find(name);
    if (!found && !view.isSpent({ namespace, name })) names.push(name);
    else if (found && isOwnedBy(found, pool)) created.push(found);
  }
  const wanted = Math.min(desiredOf(pool) - populationOf(stock), nextBatch(memory?.run, 'create', settings.maxBatchSize));
  for (let tries = 0; names.length < wanted && tries < MOST_TRIES; tries++) {
    const name = memberName(pool.metadata.name, random);
    // Two Sandboxes whose names have the same hash would be in each other's way.
    const isFree = !names.includes(name) && !view.isSpent({ namespace, name }) && view.sandboxes.byNameHash(namespace, nameHash(name)).length === 0;
    if (isFree) names.push(name);
  }
  return { names, created: created.length };
}
