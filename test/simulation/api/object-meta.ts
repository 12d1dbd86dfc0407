import { isDnsSubdomain, isLabelValue, isQualifiedName } from '../../../src/api/names';
import { isObject, same, type JsonObject } from './json';
import { forbidden, invalid, required, type Cause } from './refusal';
import { listOf, partOf, type Stored } from './stored';

/** What of `metadata` is kept. Field managers are not modelled. */
const FIELDS = [
  ...['name', 'generateName', 'namespace', 'uid', 'resourceVersion', 'generation', 'creationTimestamp', 'deletionTimestamp'],
  ...['deletionGracePeriodSeconds', 'labels', 'annotations', 'ownerReferences', 'finalizers'],
];
const OWNER_FIELDS = ['apiVersion', 'kind', 'name', 'uid', 'controller', 'blockOwnerDeletion'];
const FIXED = ['uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds'];

const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const QUALIFIED =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LABEL_VALUE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

/** What the server would keep of some metadata: known fields only, and nothing that is empty. */
export function cleanMetadata(metadata: JsonObject): JsonObject {
  const kept: Record<string, unknown> = {};
  for (const field of FIELDS) if (!isEmpty(metadata[field])) kept[field] = metadata[field];
  if (Array.isArray(kept.ownerReferences)) kept.ownerReferences = listOf(metadata, 'ownerReferences').map(cleanOwner);
  return kept;
}

const cleanOwner = (owner: JsonObject): JsonObject =>
  Object.fromEntries(OWNER_FIELDS.filter((field) => owner[field] !== undefined).map((field) => [field, owner[field]]));

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}

/** What the server has against the metadata of an object to be created or, with `old`, changed. */
export function metadataFaults(object: Stored, old?: Stored): readonly Cause[] {
  // ObjectMeta has no index signature, but is JSON like everything else here.
  const metadata = object.metadata as unknown as JsonObject;
  // Nothing is wrong with what is stored already.
  const isNew = (field: keyof Stored['metadata']): boolean => object.metadata[field] !== old?.metadata[field];
  return [
    ...(isNew('labels') ? labelFaults(metadata) : []),
    ...(isNew('annotations') ? annotationFaults(metadata) : []),
    ...(isNew('ownerReferences') ? ownerFaults(listOf(metadata, 'ownerReferences')) : []),
    ...(old ? changeFaults(metadata, old.metadata as unknown as JsonObject) : []),
  ];
}

/** What is wrong with the name of most objects. */
export function subdomainFaults(name: string): readonly Cause[] {
  if (name === '') return [required('metadata.name', 'name or generateName is required')];
  return isDnsSubdomain(name) ? [] : [invalid('metadata.name', name, SUBDOMAIN)];
}

function labelFaults(metadata: JsonObject): readonly Cause[] {
  return Object.entries(partOf(metadata, 'labels')).flatMap(([key, value]) => [
    ...(isQualifiedName(key) ? [] : [invalid('metadata.labels', key, QUALIFIED)]),
    ...(isLabelValue(String(value)) ? [] : [invalid('metadata.labels', value, String(value).length > 63 ? 'must be no more than 63 bytes' : LABEL_VALUE)]),
  ]);
}

// Upper case is allowed in the keys of annotations.
const annotationFaults = (metadata: JsonObject): readonly Cause[] =>
  Object.keys(partOf(metadata, 'annotations'))
    .filter((key) => !isQualifiedName(key.toLowerCase()))
    .map((key) => invalid('metadata.annotations', key, QUALIFIED));

function ownerFaults(owners: readonly JsonObject[]): readonly Cause[] {
  const found: Cause[] = owners.flatMap((owner, index) =>
    ['apiVersion', 'kind', 'name', 'uid']
      .filter((field) => isEmpty(owner[field]))
      .map((field) =>
        field === 'apiVersion'
          ? invalid(`metadata.ownerReferences[${index}].apiVersion`, owner[field] ?? '', 'version must not be empty')
          : required(`metadata.ownerReferences[${index}].${field}`, 'must not be empty'),
      ),
  );
  const [one, other] = owners.filter((owner) => owner.controller === true);
  if (one && other) {
    const text = `Only one reference can have Controller set to true. Found "true" in references for ${titleOf(one)} and ${titleOf(other)}`;
    found.push(invalid('metadata.ownerReferences', owners, text));
  }
  return found;
}

const titleOf = (owner: JsonObject): string => `${String(owner.kind)}/${String(owner.name)}`;

function changeFaults(metadata: JsonObject, old: JsonObject): readonly Cause[] {
  const fixed = FIXED.filter((field) => !same(metadata[field], old[field])).map((field) => invalid(`metadata.${field}`, metadata[field], 'field is immutable'));
  if (old.deletionTimestamp === undefined) return fixed;
  const before = (old.finalizers ?? []) as readonly string[];
  const added = ((metadata.finalizers ?? []) as readonly string[]).filter((finalizer) => !before.includes(finalizer));
  if (added.length === 0) return fixed;
  const list = added.map((finalizer) => JSON.stringify(finalizer)).join(', ');
  return [...fixed, forbidden('metadata.finalizers', `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`)];
}
