import { keyOf, type Key } from '../../runtime/object';
import type { Allocator } from '../members/allocator';
import { isBefore } from '../members/by-node';
import type { SandboxClaim } from '../shared/objects';
import type { Sources } from './observe';
import { assignedMember } from './record';

/** What there is when a term begins. */
export interface Beginning extends Pick<Sources, 'pools'> {
  readonly claims: { entries(): Iterable<readonly [string, SandboxClaim]> };
  readonly sandboxes: Pick<Sources['sandboxes'], 'ownedBy'>;
  readonly allocator: Pick<Allocator, 'assign'>;
}

/**
 * What comes before the first pass of a term (spec 08 §7.1): a member that a claim has recorded is kept for it, for the older where two name the same, and
 * claims without a Sandbox are served in the order of their age.
 */
export function recover({ claims, sandboxes, pools, allocator }: Beginning, wake: (claim: Key) => void): void {
  const unbound = Array.from(claims.entries(), ([, claim]) => claim)
    .filter(({ metadata }) => !metadata.deletionTimestamp && sandboxes.ownedBy(metadata.uid).length === 0)
    .sort((one, other) => (isBefore(one.metadata, other.metadata) ? -1 : 1));
  for (const claim of unbound) {
    const { uid, creationTimestamp: createdAt } = claim.metadata;
    const member = assignedMember(claim);
    const pool = pools.find({ ...keyOf(claim), name: claim.spec.warmPoolRef.name });
    if (member !== undefined && pool) allocator.assign({ key: keyOf(claim), uid, createdAt }, { ...keyOf(pool), uid: pool.metadata.uid }, member);
  }
  for (const claim of unbound) wake(keyOf(claim));
}
