/** What the kernel knows of an object: its metadata. Kinds are the business of the rooms above. */

/** An entry of `metadata.ownerReferences`. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** `metadata` of an object that the API server has stored. Times are RFC 3339 texts as on the wire. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  /** Compared for equality only. */
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly finalizers?: readonly string[];
}

/** An object that the API server has stored. */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
}

/** A resource of the API; `T` is the type of its objects, which nothing checks at run time. */
export interface Resource<T extends KubeObject = KubeObject> {
  /** Empty for core/v1. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  /** Only a type: never present. */
  readonly object?: T;
}

/** Names one object of a resource. */
export interface Key {
  readonly namespace: string;
  readonly name: string;
}

/** `namespace/name`, as logs and messages show it. */
export const keyText = ({ namespace, name }: Key): string => `${namespace}/${name}`;

/** The key that a text names. */
export function keyIn(text: string): Key {
  const [namespace = '', name = ''] = text.split('/');
  return { namespace, name };
}

/** The key of a stored object; the namespace of a cluster-wide one is empty. */
export const keyOf = ({ metadata }: KubeObject): Key => ({ namespace: metadata.namespace ?? '', name: metadata.name });

/** The owner with `controller: true`, if there is one. */
export const findControllerOf = ({ metadata }: KubeObject): OwnerReference | undefined => metadata.ownerReferences?.find((owner) => owner.controller === true);

/** `apiVersion` and `kind` of a resource's objects. */
export const typeMetaOf = ({ group, version, kind }: Resource): { readonly apiVersion: string; readonly kind: string } => ({
  apiVersion: group === '' ? version : `${group}/${version}`,
  kind,
});
