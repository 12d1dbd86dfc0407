import type { Metrics } from '../../runtime/metrics';
import type { Key } from '../../runtime/object';
import type { Allocator } from './allocator';

/** `agent_sandbox_ext_members` and `agent_sandbox_ext_claims_waiting` (spec 02 §8.4), read from the allocator when somebody asks. `isInDoubt` tells of a Sandbox that nobody knows what is stored of it. */
export function countMembers(metrics: Metrics, allocator: Allocator, isInDoubt: (sandbox: Key) => boolean): void {
  const labelNames = ['namespace', 'pool'] as const;
  metrics.gauge(
    { name: 'agent_sandbox_ext_members', help: 'Members of pools by what claims may do with them.', labelNames: [...labelNames, 'state'] },
    (gauge) => {
      gauge.reset();
      for (const { namespace, name, free, starting, reserved } of allocator.counts) {
        const doubtful = reserved.filter(isInDoubt).length;
        const states = { free, starting, reserved: reserved.length - doubtful, in_doubt: doubtful };
        for (const [state, count] of Object.entries(states)) gauge.set({ namespace, pool: name, state }, count);
      }
    },
  );
  metrics.gauge({ name: 'agent_sandbox_ext_claims_waiting', help: 'Claims that wait for a member that is starting.', labelNames }, (gauge) => {
    gauge.reset();
    for (const { namespace, name, waiting } of allocator.counts) gauge.set({ namespace, pool: name }, waiting);
  });
}
