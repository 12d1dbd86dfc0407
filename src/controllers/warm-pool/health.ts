import { CONDITION, SANDBOX_REASON } from '../../api/conditions';
import type { Member } from '../members/member';
import { findCondition } from '../shared/conditions';
import type { Pod, SandboxTemplate } from '../shared/objects';
import { hasOtherBlueprint, isStale } from '../shared/staleness';

/** A member that has not been Ready for longer than the grace period, and the Pod that it owns. */
export interface Overdue {
  readonly member: Member;
  readonly pod: Pod | undefined;
}

/**
 * What becomes of an overdue member (spec 06 §6). `held`: another one of the template would fare no better. `corrected`: it would be held, but the
 * template has changed since. `stuck`: another one may fare better.
 */
export type Verdict = 'held' | 'corrected' | 'stuck';

const HOLDING_REASONS: ReadonlyArray<string | undefined> = ['Unschedulable', 'SchedulingGated'];

/** Judges an overdue member. */
export function verdictOn({ member: { sandbox }, pod }: Overdue, template: SandboxTemplate | undefined): Verdict {
  const isInvalid = findCondition(sandbox.status?.conditions, CONDITION.ready)?.reason === SANDBOX_REASON.invalidConfiguration;
  if (!isInvalid && !cannotBeScheduled(pod)) return 'stuck';
  // The hash tells quickly that nothing has changed; that something has is told by the blueprint alone.
  return template && isStale(sandbox, template) && hasOtherBlueprint(sandbox, template) ? 'corrected' : 'held';
}

function cannotBeScheduled(pod: Pod | undefined): boolean {
  if (!pod || pod.metadata.deletionTimestamp) return false;
  const scheduled = pod.status?.conditions?.find(({ type }) => type === CONDITION.podScheduled);
  return scheduled?.status === 'False' && HOLDING_REASONS.includes(scheduled.reason);
}

/** Replacements of stuck members in a row, none of whom became Ready; by the monotonic clock. */
export interface Replacements {
  readonly count: number;
  readonly lastMs: number;
}

// Spec 06 §6.
const LONGEST_BACKOFF_MS = 3_600_000;

/** How long no stuck member is replaced: a grace period after the first replacement, and twice as long after each further one. */
export function backOffMs(replacements: Replacements | undefined, graceMs: number, nowMs: number): number {
  if (!replacements) return 0;
  const waitMs = Math.min(graceMs * 2 ** (replacements.count - 1), Math.max(graceMs, LONGEST_BACKOFF_MS));
  return Math.max(0, replacements.lastMs + waitMs - nowMs);
}

// Spec 06 §6: a member is examined a little after its grace period, when its last news have come.
const EXAMINED_AFTER_MS = 2000;

/** When to look at a member again that is not Ready yet. `jitter` keeps members that were created together from being examined together. */
export const examinedInMs = ({ unreadySinceMs }: Member, graceMs: number, { nowMs, jitter }: { readonly nowMs: number; readonly jitter: number }): number =>
  (Math.max(0, unreadySinceMs + graceMs - nowMs) + EXAMINED_AFTER_MS) * jitter;
