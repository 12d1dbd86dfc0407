/** The JSON merge patch (RFC 7386) that turns one value into another; undefined when nothing changes. Lists are replaced as a whole. */
export function mergePatch(from: object, to: object): Readonly<Record<string, unknown>> | undefined {
  const before = members(from);
  const after = members(to);
  const changes: [string, unknown][] = [];
  for (const [key, value] of after) {
    const old = before.get(key);
    if (isMap(value) && isMap(old)) {
      const inner = mergePatch(old, value);
      if (inner) changes.push([key, inner]);
    } else if (value !== old && JSON.stringify(value) !== JSON.stringify(old)) changes.push([key, value]);
  }
  for (const key of before.keys()) if (!after.has(key)) changes.push([key, null]);
  return changes.length > 0 ? Object.fromEntries(changes) : undefined;
}

const members = (value: object): Map<string, unknown> => new Map(Object.entries(value).filter(([, member]) => member !== undefined));

const isMap = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);
