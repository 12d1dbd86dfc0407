import type { Condition } from './objects';

/** A condition as it is computed; the time of the transition comes from what is stored. */
export type Wanted = Omit<Condition, 'lastTransitionTime'> & { readonly lastTransitionTime?: string };

// CRD: maxLength of `message` (spec 01 §3.2).
const LONGEST_MESSAGE = 32_768;
// CRD: pattern and maxLength of `reason` (spec 01 §3.2).
const REASON = /^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/;
const LONGEST_REASON = 1024;

/** Whether the API server accepts the text as a condition's reason. */
export const isReason = (text: string | undefined): text is string => text !== undefined && text.length <= LONGEST_REASON && REASON.test(text);

/** The stored conditions with the wanted one in its place (spec 02 §4.3): the transition time changes with the status alone. */
export function withCondition(conditions: readonly Condition[], wanted: Wanted, nowMs: number): readonly Condition[] {
  const stored = conditions.find(({ type }) => type === wanted.type);
  const moved = stored?.status !== wanted.status;
  const next: Condition = {
    ...wanted,
    message: clipped(wanted.message),
    lastTransitionTime: moved ? (wanted.lastTransitionTime ?? timeText(nowMs)) : stored.lastTransitionTime,
  };
  return stored ? conditions.map((condition) => (condition === stored ? next : condition)) : [...conditions, next];
}

/** The conditions without one. */
export const withoutCondition = (conditions: readonly Condition[], type: string): readonly Condition[] =>
  conditions.filter((condition) => condition.type !== type);

export const findCondition = (conditions: readonly Condition[] | undefined, type: string): Condition | undefined =>
  conditions?.find((condition) => condition.type === type);

/** RFC 3339 with seconds, as `lastTransitionTime` has it. */
export const timeText = (ms: number): string => new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');

// The server counts characters, which are code points.
function clipped(message: string): string {
  if (message.length <= LONGEST_MESSAGE) return message;
  const characters = [...message];
  return characters.length <= LONGEST_MESSAGE ? message : `${characters.slice(0, LONGEST_MESSAGE - 1).join('')}…`;
}
