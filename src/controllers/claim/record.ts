import { ANNOTATIONS, LABELS } from '../../api/keys';
import type { SandboxClaim } from '../shared/objects';

/** What a claim is to say of how it came to its Sandbox. */
export interface Recorded {
  /** When this process first saw the claim; undefined when no times are to be written. */
  readonly firstSeenMs: number | undefined;
  /** The member that it gets; undefined for a claim that gets a Sandbox of its own, which names none. */
  readonly member: string | undefined;
  /** The present one, if the claim is to be traced. */
  readonly traceContext: string | undefined;
}

/** The merge patch of the claim's metadata (spec 05 §13, 08 §4.3); undefined when all of it is there. One patch for all keys. */
export function recordPatch({ metadata }: SandboxClaim, { firstSeenMs, member, traceContext }: Recorded): Readonly<Record<string, unknown>> | undefined {
  const { annotations = {}, labels = {} } = metadata;
  const due = {
    ...(firstSeenMs !== undefined && !annotations[ANNOTATIONS.firstObservedAt] && { [ANNOTATIONS.firstObservedAt]: fractionalTime(firstSeenMs) }),
    ...(annotations[ANNOTATIONS.sandboxName] !== member && { [ANNOTATIONS.sandboxName]: member ?? null }),
  };
  // The label is how old controllers recorded a member; nothing but a void one is left of it here.
  const isLabelVoid = member === undefined && labels[LABELS.sandboxName] !== undefined;
  if (Object.keys(due).length === 0 && !isLabelVoid) return undefined;
  const trace = traceContext && !annotations[ANNOTATIONS.traceContext] ? { [ANNOTATIONS.traceContext]: traceContext } : {};
  return { metadata: { annotations: { ...due, ...trace }, ...(isLabelVoid && { labels: { [LABELS.sandboxName]: null } }) } };
}

/** The member that was assigned to the claim (spec 05 §5): a hint for where to look, never a proof. */
export const assignedMember = ({ metadata, status }: SandboxClaim): string | undefined =>
  metadata.annotations?.[ANNOTATIONS.sandboxName] || metadata.labels?.[LABELS.sandboxName] || status?.sandbox?.name;

/** RFC 3339 with a fraction that is not zero: clients tell by it that the time was taken and not made up (spec 02 §2). */
function fractionalTime(ms: number): string {
  const text = new Date(ms).toISOString();
  return text.endsWith('.000Z') ? text.replace('.000Z', '.000001Z') : text;
}
