import { METRICS } from '../../api/metrics';
import type { Metrics } from '../../runtime/metrics';
import type { Key } from '../../runtime/object';
import type { Allocator } from './allocator';
import type { PoolId } from './stock';

/** What the allocator does not know of members. */
export interface Beside {
  /** Whether nobody knows what is stored of a Sandbox. */
  readonly isInDoubt: (sandbox: Key) => boolean;
  /** How many of those that are starting are held by the pool controller: they will not get on by themselves. */
  readonly heldIn: (pool: PoolId) => number;
}

/** `agent_sandbox_ext_members` and `agent_sandbox_ext_claims_waiting` (spec 02 §8.4), read from the allocator when somebody asks. */
export function countMembers(metrics: Metrics, allocator: Pick<Allocator, 'counts'>, { isInDoubt, heldIn }: Beside): void {
  metrics.gauge(METRICS.members, (gauge) => {
    gauge.reset();
    for (const { uid, namespace, name, free, starting, reserved } of allocator.counts) {
      const doubtful = reserved.filter(isInDoubt).length;
      const held = heldIn({ uid, namespace, name });
      const states = { free, starting: starting - held, reserved: reserved.length - doubtful, in_doubt: doubtful, held };
      for (const [state, count] of Object.entries(states)) gauge.set({ namespace, pool: name, state }, count);
    }
  });
  metrics.gauge(METRICS.claimsWaiting, (gauge) => {
    gauge.reset();
    for (const { namespace, name, waiting } of allocator.counts) gauge.set({ namespace, pool: name }, waiting);
  });
}
