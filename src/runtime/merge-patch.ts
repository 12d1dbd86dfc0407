type Members = Readonly<Record<string, unknown>>;

/** The JSON merge patch (RFC 7386) that turns one value into another; undefined when nothing changes. Lists are replaced as a whole. */
export function mergePatch(from: object, to: object): Members | undefined {
  // A merge patch is about objects of JSON: all that they have are members by name.
  const [before, after] = [from as Members, to as Members];
  const patch: Record<string, unknown> = {};
  for (const key of Object.keys(after)) {
    const change = changeOf(own(before, key), after[key]);
    if (change !== undefined) patch[key] = change;
  }
  for (const key of Object.keys(before)) if (before[key] !== undefined && own(after, key) === undefined) patch[key] = null;
  return Object.keys(patch).length > 0 ? patch : undefined;
}

/** What a patch says of one member that is to be there; undefined when it is as it should be. */
function changeOf(old: unknown, value: unknown): unknown {
  if (value === old) return undefined;
  if (isMap(value) && isMap(old)) return mergePatch(old, value);
  return JSON.stringify(value) === JSON.stringify(old) ? undefined : value;
}

/** A label may be called `constructor`. */
const own = (members: Members, key: string): unknown => (Object.hasOwn(members, key) ? members[key] : undefined);
const isMap = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);
