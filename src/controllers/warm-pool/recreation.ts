import { LABELS } from '../../api/keys';
import type { Member } from '../members/member';
import type { StockView } from '../members/stock';
import type { SandboxTemplate } from '../shared/objects';
import { isStale } from '../shared/staleness';
import { desiredOf, gracePeriodMs, type Observed } from './observe';

// Spec 06 §5.
const MOST_AT_ONCE = 0.25;

/** The stale members of a Recreate pool that may be replaced now, those that are not Ready first: at most a quarter of the pool is being replaced at a time. */
export function recreatable(observed: Observed): readonly Member[] {
  const { pool, template, stock } = observed;
  if (pool.spec.updateStrategy?.type !== 'Recreate' || !template) return [];
  const stale = staleMembers(stock, template);
  if (stale.length === 0) return [];
  const budget = Math.max(1, Math.floor(desiredOf(pool) * MOST_AT_ONCE)) - underWay(observed, new Set(stale));
  const candidates = stale.filter((member) => stock.isInStock(member)).sort((one, other) => Number(one.isReady) - Number(other.isReady));
  return candidates.slice(0, Math.max(0, budget));
}

/** Members of one version are alike; where none is told each is looked at. */
function staleMembers({ versions }: StockView, template: SandboxTemplate): readonly Member[] {
  return [...versions.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const isVersionKnown = Boolean(first.sandbox.metadata.labels?.[LABELS.templateHash]);
    const judged = isVersionKnown ? [first] : [...group];
    const stale = judged.filter(({ sandbox }) => isStale(sandbox, template));
    return isVersionKnown && stale.length > 0 ? [...group] : stale;
  });
}

/**
 * Members that were replaced and whose successors are not Ready yet, though they still may be in time. Those that still terminate are counted as they are
 * stored, so that a process that has just begun does not delete one more while a finalizer holds one.
 */
function underWay({ pool, settings, stock, memory, nowMs }: Observed, stale: ReadonlySet<Member>): number {
  const isInTime = ({ unreadySinceMs }: Member): boolean => unreadySinceMs + gracePeriodMs({ pool, settings }) > nowMs;
  const successors = [...stock.unready].filter((member) => !stale.has(member) && isInTime(member)).length;
  return successors + Math.min(Math.max(memory?.recreating ?? 0, stock.terminating), Math.max(0, desiredOf(pool) - stock.active));
}
