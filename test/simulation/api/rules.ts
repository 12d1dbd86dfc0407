import type { Random } from '../random';
import { isObject, withMembers, type JsonObject } from './json';
import { invalid, type Cause } from './refusal';
import { partOf, type Stored } from './stored';

/** What the server knows of one kind, beyond metadata. */
export interface Rules {
  /** Why the server cannot even read the object as one of its kind, if it cannot. */
  unreadable?(object: Stored, old: Stored | undefined): string | undefined;
  /** Fills in defaults and what only the server sets. A change comes with the object as it was before. */
  complete(object: Stored, circumstances: Circumstances): Stored;
  /** What is wrong with the completed object. */
  faults(object: Stored, old: Stored | undefined): readonly Cause[];
  /** There are rules in CEL, which the server does not look at while something else is wrong. */
  readonly hasExpressions?: boolean;
  /** What is wrong with a name; absent where any DNS subdomain will do. */
  nameFaults?(name: string): readonly Cause[];
}

export interface Circumstances {
  readonly old: Stored | undefined;
  readonly nowMs: number;
  readonly random: Random;
}

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_TEXT =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

/** What is wrong with a name that has to be a DNS label. */
export function labelFaults(field: string, name: string): readonly Cause[] {
  if (name.includes('.')) return [invalid(field, name, 'must not contain dots')];
  return [
    ...(name.length > 63 ? [invalid(field, name, 'must be no more than 63 characters')] : []),
    ...(LABEL.test(name) ? [] : [invalid(field, name, LABEL_TEXT)]),
  ];
}

/** RFC 3339 with seconds, the only precision that the server's times have. */
export const timeText = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** The object with members of its spec replaced. */
export const withSpec = (object: Stored, members: JsonObject): Stored => withMembers(object, { spec: withMembers(partOf(object, 'spec'), members) });

/** The members of `fallbacks` that `object` lacks. */
export const missing = (object: JsonObject, fallbacks: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(fallbacks).filter(([name]) => object[name] === undefined));

/** Lists that were never filled are not stored; Go leaves them out. */
export function withoutEmptyLists(object: JsonObject, names: readonly string[]): JsonObject {
  const isNone = (value: unknown): boolean => value === null || (Array.isArray(value) && value.length === 0);
  return withMembers(object, Object.fromEntries(names.filter((name) => isNone(object[name])).map((name) => [name, undefined])));
}

/** Ports with the protocol that the server assumes. */
export const portsWithProtocol = (ports: unknown): unknown =>
  Array.isArray(ports) ? ports.map((port) => (isObject(port) ? withMembers(port, missing(port, { protocol: 'TCP' })) : (port as unknown))) : ports;

/** A map of texts as Go reads it: null is the empty text. */
export const textsOf = (map: unknown): unknown => (isObject(map) ? Object.fromEntries(Object.entries(map).map(([key, value]) => [key, value ?? ''])) : map);
