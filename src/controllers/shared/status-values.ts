import type { Condition } from './objects';

/** Whether two members of a status are equal as stored: absent and empty lists are the same, and the order of conditions means nothing. */
export function sameValue(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(comparable(one)) === JSON.stringify(comparable(other));
}

function comparable(value: unknown): unknown {
  if (!Array.isArray(value) || value.length === 0) return Array.isArray(value) ? undefined : value;
  // Both lists of a status: texts, or conditions.
  const items = value as ReadonlyArray<string | Condition>;
  const conditions = items.filter((item) => typeof item !== 'string');
  if (conditions.length === 0) return items;
  return conditions
    .map(({ type, status, reason, message, lastTransitionTime, observedGeneration }) => [type, status, reason, message, lastTransitionTime, observedGeneration])
    .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
}
