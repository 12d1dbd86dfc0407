/** JSON values that nobody can change. Unchanged parts are shared, so equal parts are mostly the same object. */

/** A JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

const EMPTY: JsonObject = Object.freeze({});

class Itself {
  constructor(object: object) {
    return object;
  }
}

/**
 * What this file has made. Being frozen is no proof: a frozen object may hold members that JSON does not have, or that are not frozen.
 * The mark is a private member, which nobody else sees; a WeakSet would cost ten times as much.
 */
class Known extends Itself {
  readonly #mark = true;

  static has(object: object): boolean {
    return #mark in object;
  }
}

export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A value as a message shows it. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));

/** What would arrive if the value were written as JSON and read again; frozen. What this function made is taken as it is. */
export function frozen<T>(value: T): T {
  // The copy has the shape of what it copies, apart from members that are undefined.
  return copied(value) as T;
}

function copied(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) {
    if (typeof value === 'bigint' || typeof value === 'function' || typeof value === 'symbol') throw new Error(`a ${typeof value} cannot be sent as JSON`);
    return typeof value === 'number' && !Number.isFinite(value) ? null : value;
  }
  if (Known.has(value)) return value;
  if (value instanceof Date) return value.toJSON();
  const copy = Array.isArray(value) ? value.map((item: unknown) => copied(item ?? null)) : copiedMembers(value);
  new Known(copy);
  return Object.freeze(copy);
}

function copiedMembers(object: object): object {
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(object)) {
    // Of what JSON.stringify would see.
    const member = (object as JsonObject)[key];
    if (member !== undefined) result[key] = copied(member);
  }
  return result;
}

/** Whether two JSON values say the same. The order of members does not count. */
export function same(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (Array.isArray(one)) return Array.isArray(other) && one.length === other.length && one.every((item, index) => same(item, other[index]));
  if (!isObject(one) || !isObject(other)) return false;
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length) return false;
  for (const key of keys) if (!(key in other) || !same(one[key], other[key])) return false;
  return true;
}

/** The object with some members replaced; a member that is undefined goes. The object itself if nothing changes. */
export function withMembers<T extends JsonObject>(object: T, members: JsonObject): T {
  const names = Object.keys(members);
  if (!differs(object, members, names)) return object;
  const result: Record<string, unknown> = {};
  // What was there is frozen already.
  for (const name of Object.keys(object)) if (!(name in members)) result[name] = object[name];
  for (const name of names) if (members[name] !== undefined) result[name] = copied(members[name]);
  new Known(result);
  // Only members that the caller named have changed.
  return Object.freeze(result) as T;
}

function differs(object: JsonObject, members: JsonObject, names: readonly string[]): boolean {
  for (const name of names) if (!same(object[name], members[name])) return true;
  return false;
}

/** RFC 7386: null takes a member away, objects are merged, everything else replaces. The target itself if nothing changes. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return same(target, patch) ? target : frozen(patch);
  const base = isObject(target) ? target : EMPTY;
  const members: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    members[key] = value === null ? undefined : mergePatch(base[key], value);
  }
  return withMembers(base, members);
}
