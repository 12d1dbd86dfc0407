import type { EventDraft } from '../../runtime/plan';
import { verdictOn } from './health';
import { newRefusals, type Remembered } from './memory';
import { desiredOf, gracePeriodMs, type Memory } from './observe';

/** What there is to tell of the pool and was not told yet (spec 02 §7), and what has been told with it. */
export function eventsOf(observed: Remembered): { readonly events: readonly EventDraft[]; readonly told: Partial<Memory> } {
  const { pool, template, memory } = observed;
  const event = (type: EventDraft['type'], reason: string, note: string): EventDraft => ({ regarding: pool, type, reason, action: 'Reconciling', note });
  const templateName = pool.spec.sandboxTemplateRef.name;
  const refusals = newRefusals(observed);
  const isHeld = isTellablyHeld(observed);
  return {
    events: [
      ...(!template && !memory.isToldTemplateMissing ? [event('Warning', 'TemplateNotFound', `SandboxTemplate "${templateName}" not found`)] : []),
      ...refusals.fresh.map((text) => event('Warning', 'SandboxCreateFailed', `Failed to create a member: ${text}`)),
      ...(isHeld && !memory.isToldHeld ? [event('Warning', 'WarmPoolNotProgressing', heldNote(observed))] : []),
      ...(!isHeld && memory.isToldHeld ? [event('Normal', 'WarmPoolProgressing', 'Warm pool is progressing again')] : []),
    ],
    told: { refusals: refusals.all, isToldHeld: isHeld, isToldTemplateMissing: !template },
  };
}

/** Not in the first grace period of this process: the one before it may have told it. */
function isTellablyHeld(observed: Remembered): boolean {
  const { memory, monotonicMs } = observed;
  return heldCount(observed) > 0 && (memory.isToldHeld || monotonicMs >= memory.firstSeenMs + gracePeriodMs(observed));
}

const heldCount = ({ overdue, template }: Remembered): number => overdue.filter((each) => verdictOn(each, template) === 'held').length;

const heldNote = (observed: Remembered): string =>
  `${heldCount(observed)}/${desiredOf(observed.pool)} sandboxes are unschedulable past the ${spanText(gracePeriodMs(observed))} readiness grace period; holding them instead of replacing (replacements would be equally unschedulable)`;

/** As Go writes a duration: `5m0s`. */
function spanText(ms: number): string {
  const [hours, minutes, seconds] = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, (ms % 60_000) / 1000];
  return `${hours > 0 ? `${hours}h` : ''}${hours + minutes > 0 ? `${minutes}m` : ''}${seconds}s`;
}
