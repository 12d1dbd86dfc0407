import type { Json, JsonObject } from '../../api/render';

/** One object as it is written to YAML. */
export interface RenderedObject {
  readonly manifest: JsonObject;
  /** Where it comes from: its file, or the path of its construct. */
  readonly source: string;
  /** The file that the app writes it to, if each object gets its own. */
  readonly outputFile?: string;
}

/** A part of a manifest. */
export interface Place {
  /** Path of the field, such as `spec.podTemplate.spec.containers[0]`. */
  readonly path: string;
  readonly value: JsonObject;
}

/** The objects in YAML documents, those inside a `List` one by one. Throws on a document that is no object, such as the marker of a merge conflict. */
export function renderedObjects(documents: readonly unknown[], source: string): RenderedObject[] {
  return documents.flatMap((document) => {
    if (document === null || document === undefined) return [];
    // A YAML document without tags of its own is JSON.
    const manifest = document as Json;
    if (!isObject(manifest)) throw new Error(`${source}: expected Kubernetes objects, found ${JSON.stringify(document).slice(0, 80)}; remove what is not YAML`);
    const { items } = manifest;
    return isList(items) && textAt(manifest, 'kind').endsWith('List') ? renderedObjects(items, source) : [{ manifest, source }];
  });
}

export const isObject = (value: Json | undefined): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

// Array.isArray alone does not narrow a readonly array.
export const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

/** The value at the end of a way through objects; undefined where the way ends early. */
export function valueAt(from: Json | undefined, ...keys: readonly string[]): Json | undefined {
  return keys.reduce((value, key) => (isObject(value) ? value[key] : undefined), from);
}

/** The text at the end of a way through objects; empty if there is none. */
export function textAt(from: Json, ...keys: readonly string[]): string {
  const value = valueAt(from, ...keys);
  return typeof value === 'string' ? value : '';
}

/** The list at the end of a way through objects; empty if there is none. */
export function listAt(from: Json, ...keys: readonly string[]): readonly Json[] {
  const value = valueAt(from, ...keys);
  return isList(value) ? value : [];
}

/** The objects in a list of a place. */
export const placesAt = ({ path, value }: Place, key: string): Place[] =>
  listAt(value, key).flatMap((item, index) => (isObject(item) ? [{ path: `${path}.${key}[${index}]`, value: item }] : []));

/** API group, kind, namespace and name: what makes two objects the same for the API server. */
export function keyOf({ manifest }: RenderedObject): string {
  return JSON.stringify([groupOf(manifest), textAt(manifest, 'kind'), textAt(manifest, 'metadata', 'namespace'), nameOf(manifest)]);
}

/** An object as people call it: `Sandbox team-a/alice`. */
export function labelOf({ manifest }: RenderedObject): string {
  const namespace = textAt(manifest, 'metadata', 'namespace');
  return `${textAt(manifest, 'kind')} ${namespace === '' ? '' : `${namespace}/`}${nameOf(manifest) || '(without a name)'}`;
}

/** Group of an object; empty for the core group. */
export const groupOf = (manifest: JsonObject): string => /^(.*)\//.exec(textAt(manifest, 'apiVersion'))?.[1] ?? '';
export const nameOf = (manifest: JsonObject): string => textAt(manifest, 'metadata', 'name');
