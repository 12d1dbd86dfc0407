import { nearest } from './nearest';
import { canonicalQuantity } from './quantity';
import type { Schema } from './schema';

/** A JSON value as it is written to a manifest. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
/** A JSON object. */
export type JsonObject = { readonly [key: string]: Json };

/** A value that the API would prune, refuse or misunderstand. */
export class RenderError extends Error {
  public constructor(
    public readonly path: string,
    public readonly problem: string,
  ) {
    super(`${path}: ${problem}`);
  }
}

/**
 * Brings a value into the form the API server stores: member names in the API's spelling, wrapped quantities and ports unwrapped,
 * dates as RFC 3339 with seconds, nothing undefined or empty where empty means absent, and the defaults of list items filled in,
 * because a list is compared as a whole and a GitOps tool would otherwise see a difference for ever.
 *
 * Throws a RenderError that names the path and the remedy on anything the schema does not allow.
 */
export function render(schema: Schema, value: unknown, path: string): Json {
  try {
    return renderValue(schema, value, false);
  } catch (error) {
    throw below(path, error);
  }
}

/** The error of a part, with the path of the part put before it: paths are written only when something is wrong, because they cost time. */
const below = (step: string, error: unknown): unknown => (error instanceof RenderError ? new RenderError(`${step}${error.path}`, error.problem) : error);

function renderValue(schema: Schema, given: unknown, inList: boolean): Json {
  const value = unwrap(given);
  if (value === null) throw new RenderError('', 'null is not a value; leave the field out');
  switch (schema.type) {
    case 'object':
      return schema.additionalProperties ? renderMap(schema.additionalProperties, value, inList) : renderObject(schema, value, inList);
    case 'array':
      return renderList(schema, value);
    case 'string':
      return renderString(schema, value);
    case 'boolean':
      if (typeof value !== 'boolean') throw wrongType('true or false', value);
      return value;
    default:
      if (!schema['x-kubernetes-int-or-string']) return renderNumber(schema, value);
      return intOrString(schema, value === given ? value : computed(schema, value));
  }
}

/** cdk8s-plus wraps quantities and ports in objects with the one member `value`, cdk8s late values in ones with `produce`; a Date is written as text. */
function unwrap(value: unknown): unknown {
  // Most values by far are these; the rest costs.
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value.constructor === Object) return value;
  if (isLazy(value)) return unwrap(value.produce());
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) return value;
    return value.toISOString().replace(/\.\d{3}Z$/, 'Z');
  }
  return 'value' in value ? value.value : value;
}

function renderObject(schema: Schema, value: unknown, inList: boolean): JsonObject {
  if (!isObject(value)) throw wrongType('an object', value);
  const properties = schema.properties ?? {};
  const out: Record<string, Json> = {};
  for (const key of Object.keys(value)) {
    const member = value[key];
    if (member === undefined) continue;
    const name = Object.hasOwn(properties, key) ? key : canonicalName(schema, key);
    const property = properties[name];
    if (!property) throw unknownField(key, properties);
    try {
      const rendered = renderValue(property, member, inList);
      if (!isEmptyList(rendered)) out[name] = rendered;
    } catch (error) {
      throw below(`.${name}`, error);
    }
  }
  if (inList) fillDefaults(properties, out);
  for (const name of schema.required ?? []) {
    if (!(name in out)) throw new RenderError(`.${name}`, 'is required and missing or empty');
  }
  return out;
}

function fillDefaults(properties: Readonly<Record<string, Schema>>, out: Record<string, Json>): void {
  for (const name of defaultedNames(properties)) {
    // The default of a committed CRD is JSON.
    if (!(name in out)) out[name] = properties[name]?.default as Json;
  }
}

function renderMap(values: Schema, value: unknown, inList: boolean): JsonObject {
  if (!isObject(value)) throw wrongType('a map', value);
  const out: Record<string, Json> = {};
  for (const key of Object.keys(value)) {
    const member = value[key];
    if (member === undefined) continue;
    try {
      out[key] = renderValue(values, member, inList);
    } catch (error) {
      throw below(`[${JSON.stringify(key)}]`, error);
    }
  }
  return out;
}

function renderList(schema: Schema, value: unknown): readonly Json[] {
  if (!Array.isArray(value)) throw wrongType('a list', value);
  const items = schema.items ?? {};
  const out = value.map((item, index) => {
    try {
      return renderValue(items, item, true);
    } catch (error) {
      throw below(`[${index}]`, error);
    }
  });
  if (schema['x-kubernetes-list-type'] === 'map') refuseDuplicates(schema['x-kubernetes-list-map-keys'] ?? [], out);
  return out;
}

function refuseDuplicates(keys: readonly string[], items: readonly Json[]): void {
  const seen = new Map<string, number>();
  items.forEach((item, index) => {
    // Items of a list of type map are objects by the CRD.
    const id = keys.map((key) => `${key} ${JSON.stringify((item as JsonObject)[key])}`).join(', ');
    const first = seen.get(id);
    if (first !== undefined) throw new RenderError(`[${index}]`, `repeats ${id} of item ${first}; the API server refuses that. Remove one of the two`);
    seen.set(id, index);
  });
}

function renderString(schema: Schema, value: unknown): string {
  if (typeof value !== 'string') throw wrongType(schema.format === 'date-time' ? 'a Date or an RFC 3339 text' : 'a text', value);
  if (schema.enum && !schema.enum.includes(value)) {
    const near = nearest(value, schema.enum);
    throw new RenderError('', `${JSON.stringify(value)} is not one of ${schema.enum.join(', ')}${near ? `; did you mean ${near}?` : ''}`);
  }
  if (schema.format === 'date-time' && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value)) {
    throw new RenderError('', `${JSON.stringify(value)} is not a time; expected RFC 3339 such as 2027-01-31T18:00:00Z`);
  }
  return value;
}

function renderNumber(schema: Schema, value: unknown): number {
  const whole = schema.type === 'integer';
  if (typeof value !== 'number' || !Number.isFinite(value) || (whole && !Number.isSafeInteger(value)))
    throw wrongType(whole ? 'a whole number' : 'a number', value);
  if (schema.format === 'int32' && Math.abs(value) > 0x7fffffff) throw new RenderError('', `${value} does not fit into 32 bits`);
  if (schema.minimum !== undefined && value < schema.minimum) throw new RenderError('', `${value} is too small; the least is ${schema.minimum}`);
  return value;
}

function intOrString(schema: Schema, value: unknown): Json {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  const text = typeof value === 'number' && schema.pattern ? String(value) : value;
  if (typeof text !== 'string') throw wrongType(schema.pattern ? 'a quantity such as 500m or 1Gi' : 'a number or a name', value);
  if (schema.pattern && !patternOf(schema.pattern).test(text))
    throw new RenderError('', `${JSON.stringify(text)} is not a quantity; expected a form such as 500m, 2 or 1Gi`);
  return text;
}

/** What was unwrapped: cdk8s-plus has computed it, and unlike a text it has no spelling that anybody chose. */
const computed = (schema: Schema, value: unknown): unknown => (typeof value === 'string' && schema.pattern ? canonicalQuantity(value) : value);

const patterns = new Map<string, RegExp>();
function patternOf(pattern: string): RegExp {
  const known = patterns.get(pattern) ?? new RegExp(pattern);
  patterns.set(pattern, known);
  return known;
}

const spellings = new WeakMap<Schema, ReadonlyMap<string, string>>();
/** jsii spells `hostIPC` as `hostIpc`, so names are looked up without regard to case. */
function canonicalName(schema: Schema, key: string): string {
  const properties = schema.properties ?? {};
  const known = spellings.get(schema) ?? new Map(Object.keys(properties).map((name) => [name.toLowerCase(), name]));
  spellings.set(schema, known);
  const name = known.get(key.toLowerCase());
  if (name === undefined) throw unknownField(key, properties);
  return name;
}

const defaulted = new WeakMap<object, readonly string[]>();
function defaultedNames(properties: Readonly<Record<string, Schema>>): readonly string[] {
  const known = defaulted.get(properties) ?? Object.keys(properties).filter((name) => properties[name]?.default !== undefined);
  defaulted.set(properties, known);
  return known;
}

// A Lazy of cdk8s, recognised by its method: this room imports nothing, and two copies of cdk8s must work together.
const isLazy = (value: unknown): value is { produce(): unknown } =>
  typeof value === 'object' && value !== null && 'produce' in value && typeof value.produce === 'function';
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isEmptyList = (value: Json): boolean => Array.isArray(value) && value.length === 0;

function unknownField(key: string, properties: Readonly<Record<string, Schema>>): RenderError {
  const near = nearest(key, Object.keys(properties));
  const known = Object.keys(properties);
  const hint = near ? `; did you mean ${near}?` : known.length > 0 && known.length <= 12 ? `; known are ${known.join(', ')}` : '';
  return new RenderError(`.${key}`, `unknown field; the API server would drop it${hint}`);
}

function wrongType(expected: string, value: unknown): RenderError {
  const found = value === undefined ? 'nothing' : JSON.stringify(value);
  return new RenderError('', `expected ${expected}, found ${found.length > 80 ? `${found.slice(0, 77)}...` : found}`);
}
