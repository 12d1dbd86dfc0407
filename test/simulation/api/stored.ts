import type { Key, KubeObject } from '../../../src/runtime/object';
import { isObject, withMembers, type JsonObject } from './json';

/** An object as it lies in the store: complete, frozen, of any kind. */
export interface Stored extends KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly [field: string]: unknown;
}

/** A member that is an object, or an empty one where it is missing or something else. */
export function partOf(object: JsonObject, member: string): JsonObject {
  const value = object[member];
  return isObject(value) ? value : {};
}

/** A member that is a list, or an empty one where it is missing or something else. */
export function listOf(object: JsonObject, member: string): readonly JsonObject[] {
  const value = object[member];
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** The same object with other metadata; what is undefined goes. */
export function withMetadata(object: Stored, members: JsonObject): Stored {
  // ObjectMeta has no index signature, but is JSON like everything else here.
  return withMembers(object, { metadata: withMembers(object.metadata as unknown as JsonObject, members) });
}

/** Where an object lies in its table. */
export const placeOf = ({ namespace, name }: Key): string => `${namespace}/${name}`;
