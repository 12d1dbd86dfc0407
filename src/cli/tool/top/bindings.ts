import { LABELS } from '../../../api/keys';
import { CLAIMS, WARM_POOLS, type Sandbox } from '../../../controllers/shared/objects';
import { findExtensionOwnerKind } from '../../../controllers/shared/ownership';
import { findControllerOf, type ObjectMeta, type OwnerReference } from '../../../runtime/object';
import type { Change } from '../../../runtime/store';

/** What was seen of the claims of a pool since the start. */
export interface Seen {
  /** Claims that have taken a member. */
  readonly warm: number;
  /** Claims that have had a Sandbox created. */
  readonly cold: number;
  /** Per second, over the last minute; absent in the first second, in which a single claim would look like a flood. */
  readonly claimsPerSecond?: number;
}

/** A Sandbox that a claim has got. */
interface Binding {
  readonly claim: OwnerReference;
  readonly namespace: string;
  readonly isWarm: boolean;
  readonly atMs: number;
}

/** Name of the pool that a claim of this UID refers to, if the claim is known. */
type FindPool = (namespace: string, claim: OwnerReference) => string | undefined;

const WINDOW_MS = 60_000;

/** Counts how claims get their Sandboxes, by the moment at which a Sandbox passes into the hands of a claim. */
export class Bindings {
  private readonly pools = new Map<string, { warm: number; cold: number; times: number[] }>();
  /** Those whose claim the watch has not brought yet. */
  private waiting: Binding[] = [];

  constructor(
    private readonly startMs: number,
    private readonly findPool: FindPool,
  ) {}

  /** To be told of every change after the start. */
  public see({ type, object, old }: Change<Sandbox>, nowMs: number): void {
    const claim = claimOf(object);
    if (type === 'deleted' || !claim || (old && claimOf(old))) return;
    const { namespace = '', labels } = object.metadata;
    const binding = { claim, namespace, isWarm: labels?.[LABELS.launchType] === 'warm', atMs: nowMs };
    const pool = old && findExtensionOwnerKind(old) === WARM_POOLS.kind ? findControllerOf(old)?.name : undefined;
    if (pool === undefined) this.waiting.push(binding);
    else this.count(pool, binding);
  }

  /** What was seen of a pool's claims. */
  public of({ namespace = '', name }: ObjectMeta, nowMs: number): Seen {
    this.assign(nowMs);
    const { warm = 0, cold = 0, times = [] } = this.pools.get(`${namespace}/${name}`) ?? {};
    const recent = times.filter((atMs) => nowMs - atMs < WINDOW_MS);
    times.splice(0, times.length - recent.length);
    const spanMs = Math.min(WINDOW_MS, nowMs - this.startMs);
    return { warm, cold, ...(spanMs >= 1000 && { claimsPerSecond: (recent.length * 1000) / spanMs }) };
  }

  private assign(nowMs: number): void {
    const waiting = this.waiting;
    this.waiting = waiting.filter((binding) => {
      const pool = this.findPool(binding.namespace, binding.claim);
      if (pool !== undefined) this.count(pool, binding);
      // A claim that never comes was deleted before it was seen.
      return pool === undefined && nowMs - binding.atMs < WINDOW_MS;
    });
  }

  private count(pool: string, { namespace, isWarm, atMs }: Binding): void {
    const key = `${namespace}/${pool}`;
    const counts = this.pools.get(key) ?? { warm: 0, cold: 0, times: [] };
    this.pools.set(key, counts);
    counts.times.push(atMs);
    if (isWarm) counts.warm++;
    else counts.cold++;
  }
}

const claimOf = (sandbox: Sandbox): OwnerReference | undefined => (findExtensionOwnerKind(sandbox) === CLAIMS.kind ? findControllerOf(sandbox) : undefined);
