import { isObject, same, type JsonObject } from './json';
import { duplicate, invalid, required, unsupported, wrongType, type Cause } from './refusal';
import type { Structure } from './structure';

const DATE_TIME = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
const INT32 = 2 ** 31;

/** A place in an object, and what the messages call it. */
interface Place {
  readonly structure: Structure;
  readonly path: string;
  /** The path as the messages spell it: below `status` the server leaves the first part out. */
  readonly name: string;
  /** What is stored there now. */
  readonly stored?: unknown;
}

/** What the schema has against the value. It has nothing against what is stored already: parts that are still the same object are not looked at. */
export function violations(structure: Structure, value: unknown, path: string, stored?: unknown): readonly Cause[] {
  const found: Cause[] = [];
  examine({ structure, path, name: path.replace(/^status\b\.?/, ''), stored }, value, found);
  return found;
}

function examine(place: Place, value: unknown, found: Cause[]): void {
  if (value !== undefined && value === place.stored) return;
  const { schema } = place.structure;
  const wrong = typeFault(place, value);
  if (wrong) found.push(wrong);
  else if (schema.type === 'object' && isObject(value)) examineObject(place, value, found);
  else if (Array.isArray(value)) examineList(place, value, found);
  else found.push(...scalarFaults(place, value));
}

function examineObject({ structure, path, name, stored }: Place, value: JsonObject, found: Cause[]): void {
  const before = isObject(stored) ? stored : {};
  for (const member of structure.schema.required ?? []) if (value[member] === undefined) found.push(required(join(path, member)));
  for (const [member, inner] of Object.entries(value)) {
    const next = structure.properties?.get(member) ?? structure.additional;
    if (next) examine({ structure: next, path: join(path, member), name: join(name, member), stored: before[member] }, inner, found);
  }
}

function examineList({ structure, path, name }: Place, value: readonly unknown[], found: Cause[]): void {
  const { items, mapKeys, schema } = structure;
  if (items) value.forEach((item, index) => examine({ structure: items, path: `${path}[${index}]`, name: `${name}[${index}]` }, item, found));
  if (!mapKeys && schema['x-kubernetes-list-type'] !== 'set') return;
  const identities = value.map((item) => (mapKeys && isObject(item) ? identity(mapKeys, item) : item));
  identities.forEach((one, index) => {
    if (identities.findIndex((other) => same(one, other)) < index) found.push(duplicate(`${path}[${index}]`, one));
  });
}

const identity = (keys: readonly string[], item: JsonObject): JsonObject =>
  Object.fromEntries(keys.filter((key) => item[key] !== undefined).map((key) => [key, item[key]]));

function scalarFaults(place: Place, value: unknown): readonly Cause[] {
  const { structure, path, name } = place;
  const { schema } = structure;
  const found: Cause[] = [];
  if (schema.enum && !schema.enum.includes(String(value))) found.push(unsupported(path, value, schema.enum));
  if (typeof value === 'number' && schema.minimum !== undefined && value < schema.minimum) {
    found.push(invalid(path, value, `${name} in body should be greater than or equal to ${schema.minimum}`));
  }
  return typeof value === 'string' ? [...found, ...textFaults(place, value)] : found;
}

/** Of a text the server names only the first thing that is wrong. */
function textFaults({ structure, path, name }: Place, value: string): readonly Cause[] {
  const { schema, pattern } = structure;
  if (schema.maxLength !== undefined && value.length > schema.maxLength) {
    return [{ reason: 'FieldValueTooLong', message: `Too long: may not be more than ${schema.maxLength} bytes`, field: path }];
  }
  if (schema.minLength !== undefined && value.length < schema.minLength) {
    return [invalid(path, value, `${name} in body should be at least ${schema.minLength} chars long`)];
  }
  return pattern && !pattern.test(value) ? [invalid(path, value, `${name} in body should match '${pattern.source}'`)] : [];
}

function typeFault({ structure, path, name }: Place, value: unknown): Cause | undefined {
  const { schema } = structure;
  const is = typeOf(value);
  if (schema['x-kubernetes-int-or-string']) {
    return is === 'integer' || is === 'string' ? undefined : wrongType(path, is, `${name} in body must be of type integer,string: "${is}"`);
  }
  const wanted = schema.type;
  if (wanted === undefined) return undefined;
  const number = typeof value === 'number' && (wanted === 'number' || (is === 'integer' && fits(schema.format, value)));
  if (wanted === 'integer' || wanted === 'number') {
    // A fraction is told that it is no int32, everything else that it is no integer: so does the server.
    const type = typeof value === 'number' ? (schema.format ?? wanted) : wanted;
    return number ? undefined : wrongType(path, is, `${name} in body must be of type ${type}: "${is}"`);
  }
  if (is !== wanted) return wrongType(path, is, `${name} in body must be of type ${wanted}: "${is}"`);
  if (schema.format === 'date-time' && !DATE_TIME.test(String(value)))
    return wrongType(path, value, `${name} in body must be of type date-time: "${String(value)}"`);
  return undefined;
}

const fits = (format: string | undefined, value: number): boolean => format !== 'int32' || (value >= -INT32 && value < INT32);

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'float64';
  return typeof value;
}

const join = (path: string, member: string): string => (path === '' ? member : `${path}.${member}`);
