import type { Schema } from '../../../src/api/schema';
import { isObject, withMembers, type JsonObject } from './json';

/** A structural schema, ready to be walked along with a value. */
export interface Structure {
  readonly schema: Schema;
  readonly properties: ReadonlyMap<string, Structure> | undefined;
  readonly additional: Structure | undefined;
  readonly items: Structure | undefined;
  /** Members that are filled in when they are missing. */
  readonly defaults: ReadonlyArray<readonly [string, unknown]>;
  readonly pattern: RegExp | undefined;
  readonly mapKeys: readonly string[] | undefined;
}

/** Prepares a schema. Schemas are trees, so each node is prepared once. */
export function structureOf(schema: Schema): Structure {
  const properties = schema.properties && new Map(Object.entries(schema.properties).map(([name, member]) => [name, structureOf(member)]));
  return {
    schema,
    properties,
    additional: schema.additionalProperties && structureOf(schema.additionalProperties),
    items: schema.items && structureOf(schema.items),
    defaults: Object.entries(schema.properties ?? {}).flatMap(([name, member]) => (member.default === undefined ? [] : [[name, member.default] as const])),
    pattern: schema.pattern === undefined ? undefined : new RegExp(schema.pattern),
    mapKeys: schema['x-kubernetes-list-type'] === 'map' ? schema['x-kubernetes-list-map-keys'] : undefined,
  };
}

/**
 * Prunes unknown members, drops nulls and fills in defaults, as the server does before it validates. The value itself if nothing changes.
 * What is stored already has been through this: parts that are still the same object are taken as they are.
 */
export function normalised(structure: Structure, value: unknown, stored?: unknown): unknown {
  if (value === stored) return value;
  if (Array.isArray(value) && structure.items) {
    const { items } = structure;
    const list = value.map((item) => normalised(items, item));
    return list.every((item, index) => item === value[index]) ? (value as unknown) : list;
  }
  if (!isObject(value) || structure.schema.type !== 'object') return value;
  const members: Record<string, unknown> = {};
  const before = isObject(stored) ? stored : {};
  for (const [name, fallback] of structure.defaults) if (value[name] === undefined || value[name] === null) members[name] = fallback;
  for (const [name, member] of Object.entries(value)) {
    if (name in members) continue;
    const inner = structure.properties?.get(name) ?? structure.additional;
    members[name] = inner === undefined || member === null ? undefined : normalised(inner, member, before[name]);
  }
  return withMembers<JsonObject>(value, members);
}
