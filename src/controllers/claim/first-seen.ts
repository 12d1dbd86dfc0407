import { CONDITION } from '../../api/conditions';
import type { Clock } from '../../runtime/clock';
import { keyOf, keyText, type Key } from '../../runtime/object';
import { findCondition } from '../shared/conditions';
import type { SandboxClaim } from '../shared/objects';

/** What is remembered of a claim from its first sight until it is Ready. Moments are by the monotonic clock. */
export interface Sight {
  readonly uid: string;
  /** When this process first saw it, by the wall clock: what the claim is told. */
  readonly seenMs: number;
  /** Since when it waits for a member. A claim that was there before this process has waited since its creation. */
  readonly waitsSinceMs: number;
  /** When it was decided where its Sandbox comes from. */
  decidedMs?: number;
  /** When the Sandbox was its own. */
  ownedMs?: number;
  /** Why it got no member. */
  coldReason?: string;
}

/** When this process first saw each claim that is not Ready (spec 05 §1): by name, checked by UID, because names are reused. */
export class FirstSeen {
  private readonly sights = new Map<string, Sight>();

  constructor(private readonly clock: Clock) {}

  /** What is known of the claim, from now on if nothing is. */
  public see(claim: SandboxClaim, isOld = false): Sight {
    const known = this.find(claim);
    if (known) return known;
    const [seenMs, monotonicMs] = [this.clock.nowMs(), this.clock.monotonicMs()];
    const ageMs = isOld ? Math.max(0, seenMs - Date.parse(claim.metadata.creationTimestamp)) : 0;
    const sight: Sight = { uid: claim.metadata.uid, seenMs, waitsSinceMs: monotonicMs - ageMs };
    this.sights.set(keyText(keyOf(claim)), sight);
    return sight;
  }

  public find(claim: SandboxClaim): Sight | undefined {
    const sight = this.sights.get(keyText(keyOf(claim)));
    return sight?.uid === claim.metadata.uid ? sight : undefined;
  }

  public forget(key: Key): void {
    this.sights.delete(keyText(key));
  }
}

export const isReady = ({ status }: SandboxClaim): boolean => findCondition(status?.conditions, CONDITION.ready)?.status === 'True';
