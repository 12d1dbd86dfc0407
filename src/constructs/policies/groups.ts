/** Items of one key, in their order. */
export type Group<T> = readonly [T, ...T[]];

/** The items by their key, groups in the order of their first item. */
export function groupsOf<T, K>(items: readonly T[], keyFor: (item: T) => K): Map<K, Group<T>> {
  const found = new Map<K, [T, ...T[]]>();
  for (const item of items) {
    const group = found.get(keyFor(item));
    if (group) group.push(item);
    else found.set(keyFor(item), [item]);
  }
  return found;
}
