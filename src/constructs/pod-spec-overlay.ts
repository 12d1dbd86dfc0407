import type { Schema } from '../api/schema';

/**
 * Lays one value over another: objects are merged member by member, lists that the schema keys are merged item by item (containers by
 * name, mounts by path), every other list and value is replaced. Neither value is changed.
 */
export function overlay(schema: Schema | undefined, base: unknown, over: unknown): unknown {
  if (over === undefined) return base;
  if (Array.isArray(base) && Array.isArray(over)) return schema?.['x-kubernetes-list-type'] === 'map' ? overlayItems(schema, base, over) : over;
  if (isPlain(base) && isPlain(over)) return overlayMembers(schema, base, over);
  return over;
}

function overlayMembers(schema: Schema | undefined, base: Members, over: Members): Members {
  const out: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(over)) {
    // jsii spells hostIPC as hostIpc; the keys of a map have one spelling.
    const known = schema?.properties ? (spelled(name, Object.keys(out)) ?? name) : name;
    out[known] = overlay(memberOf(schema, name), out[known], value);
  }
  return out;
}

function overlayItems(schema: Schema, base: readonly unknown[], over: readonly unknown[]): readonly unknown[] {
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const idOf = (item: unknown): string =>
    keys.map((key) => JSON.stringify((isPlain(item) ? item[key] : undefined) ?? memberOf(schema.items, key)?.default)).join();
  const out = [...base];
  const free = new Map(base.map((item, index) => [idOf(item), index]));
  for (const item of over) {
    const index = free.get(idOf(item));
    // An item that the list names twice stays twice, so that the renderer refuses it.
    free.delete(idOf(item));
    if (index === undefined) out.push(item);
    else out[index] = overlay(schema.items, out[index], item);
  }
  return out;
}

type Members = Readonly<Record<string, unknown>>;
// Wrapped quantities and ports of cdk8s-plus are class instances: values, not objects to look into.
const isPlain = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null);
const spelled = (name: string, names: readonly string[]): string | undefined => names.find((other) => other.toLowerCase() === name.toLowerCase());

function memberOf(schema: Schema | undefined, name: string): Schema | undefined {
  const properties = schema?.properties;
  if (!properties) return schema?.additionalProperties;
  return properties[name] ?? properties[spelled(name, Object.keys(properties)) ?? ''];
}
