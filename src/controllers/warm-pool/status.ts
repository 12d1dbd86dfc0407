import { LABELS } from '../../api/keys';
import { keyOf } from '../../runtime/object';
import type { Action } from '../../runtime/plan';
import { WARM_POOLS, type SandboxWarmPoolStatus } from '../shared/objects';
import { desiredOf, type Observed } from './observe';

const FIELDS = ['replicas', 'readyReplicas', 'selector', 'observedGeneration'] as const;

// Spec 06 §11.
const ONE_WRITE_PER_MS = 1000;

/** The status write that is due now; or how long it has to wait, because there was one just now. */
export interface StatusStep {
  readonly write?: Action;
  /** Whether the limit counts it. */
  readonly isCounted?: boolean;
  readonly waitMs?: number;
}

/** What is seen of the pool. Zero values are absent. */
function statusOf({ pool, stock, hash }: Observed): SandboxWarmPoolStatus {
  return {
    ...(stock.active > 0 && { replicas: stock.active }),
    ...(stock.ready > 0 && { readyReplicas: stock.ready }),
    selector: `${LABELS.warmPool}=${hash}`,
    ...(pool.metadata.generation && { observedGeneration: pool.metadata.generation }),
  };
}

/** At most one write per second, the first at once and the last for certain. That the pool is full, or that its spec was seen, is told at once in any case. */
export function statusStep(observed: Observed): StatusStep {
  const { pool, memory, monotonicMs } = observed;
  const [stored, next] = [pool.status ?? {}, statusOf(observed)];
  const changed = FIELDS.filter((field) => stored[field] !== next[field]);
  if (changed.length === 0) return {};
  const isFull = changed.includes('readyReplicas') && (next.readyReplicas ?? 0) === desiredOf(pool);
  const isCounted = !isFull && !changed.includes('observedGeneration');
  const waitMs = memory?.statusAtMs === undefined ? 0 : memory.statusAtMs + ONE_WRITE_PER_MS - monotonicMs;
  if (isCounted && waitMs > 0) return { waitMs };
  const { uid, resourceVersion } = pool.metadata;
  const patch = { status: Object.fromEntries(changed.map((field) => [field, next[field] ?? null])) };
  const write: Action = {
    ...{ do: 'patch', resource: WARM_POOLS, key: keyOf(pool), uid, ifVersion: resourceVersion, subresource: 'status' },
    ...{ patch, step: 'status', purpose: 'refill' },
  };
  return { write, isCounted };
}
