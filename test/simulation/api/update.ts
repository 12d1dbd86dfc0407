import { badRequest, wrongNamespace } from './creation';
import { assertValid, invalidObject } from './invalid';
import { mergePatch, same, textOf, withMembers, type JsonObject } from './json';
import { cleanMetadata } from './object-meta';
import { invalid, Refusal } from './refusal';
import { detailsOf, PODS, type ResourceType } from './resource-types';
import type { ServerParts } from './store';
import { partOf, withMetadata, type Stored } from './stored';

/** A merge patch of an object that exists. */
export interface PatchRequest {
  readonly type: ResourceType;
  readonly object: Stored;
  readonly patch: JsonObject;
  readonly subresource: 'status' | undefined;
  readonly actor: string;
}

/** PATCH. */
export class Update {
  constructor(private readonly parts: ServerParts) {}

  public patch({ type, object: old, patch, subresource, actor }: PatchRequest): Stored {
    // A merge patch of an object gives an object.
    const patched = mergePatch(old, patch) as JsonObject;
    assertSame(type, old, patched);
    assertVersion(type, old, patch);
    const wanted = withMembers(patched, { metadata: changedMetadata(old, patched) }) as Stored;
    const unreadable = type.rules.unreadable?.(wanted, old);
    if (unreadable !== undefined) throw unreadablePatch(unreadable);
    const isolated = subresource === 'status' ? statusOnly(type, wanted, old) : withStatusOf(type, wanted, old);
    const completed = type.rules.complete(isolated, { old, nowMs: this.parts.nowMs(), random: this.parts.random });
    const changed = withMetadata(completed, { generation: generationOf(type, completed, old) });
    assertValid(type, changed, old);
    return this.store(type, changed, old, actor);
  }

  private store(type: ResourceType, changed: Stored, old: Stored, actor: string): Stored {
    if (same(changed, old)) return old;
    if (!isReleased(changed, old)) return this.parts.store.put(type, changed, actor);
    // The last finalizer is gone: this is the deletion. The history shows what was stored before, the answer what was wanted.
    this.parts.store.remove(type, old, actor);
    return changed;
  }
}

/** An object that is being deleted goes when nothing holds it and its grace period is over. */
const isReleased = ({ metadata }: Stored, { metadata: old }: Stored): boolean =>
  old.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length === 0 && (old.deletionGracePeriodSeconds ?? 0) === 0;

/** Of a custom object the status endpoint takes the status and nothing else, not even a UID to compare; of a built-in one also metadata. */
function statusOnly(type: ResourceType, wanted: Stored, old: Stored): Stored {
  if (type.isCustom) return withMembers(old, { status: wanted.status });
  const changed = withMembers(wanted, { spec: old.spec });
  return type === PODS ? withMetadata(changed, { ownerReferences: old.metadata.ownerReferences }) : changed;
}

function withStatusOf(type: ResourceType, wanted: Stored, old: Stored): Stored {
  return type.hasStatus ? withMembers(wanted, { status: old.status }) : wanted;
}

/** Everything but metadata counts, except the status where that is a subresource. */
function generationOf(type: ResourceType, changed: Stored, old: Stored): number | undefined {
  const content = (object: Stored) => withMembers(object, { metadata: undefined, status: type.hasStatus ? undefined : object.status });
  const { generation } = old.metadata;
  return generation === undefined || !type.hasGeneration || same(content(changed), content(old)) ? generation : generation + 1;
}

/** What clients may not change is put back where the server forgives it. */
function changedMetadata(old: Stored, patched: JsonObject): JsonObject {
  const { uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, generation, resourceVersion, namespace } = old.metadata;
  const kept = { uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds };
  return { ...kept, ...cleanMetadata(partOf(patched, 'metadata')), generation, resourceVersion, namespace };
}

function assertSame(type: ResourceType, old: Stored, patched: JsonObject): void {
  const { name, namespace } = partOf(patched, 'metadata');
  if (name !== old.metadata.name) {
    throw badRequest(`the name of the object (${textOf(name)}) does not match the name on the URL (${old.metadata.name})`);
  }
  if (namespace !== old.metadata.namespace) throw wrongNamespace();
  if (patched.kind !== type.kind) throw invalidObject(type, old.metadata.name, [invalid('kind', patched.kind, `must be ${type.kind}`)]);
}

/** Compare-and-swap: a patch that names a resourceVersion applies to that version only. */
function assertVersion(type: ResourceType, old: Stored, patch: JsonObject): void {
  const { resourceVersion: asked } = partOf(patch, 'metadata');
  const { name } = old.metadata;
  if (asked === undefined || asked === old.metadata.resourceVersion) return;
  if (asked !== null && asked !== '' && asked !== '0') throw modified(type, name);
  // No version means any version, which only built-in resources accept.
  if (type.isCustom) {
    const cause = invalid('metadata.resourceVersion', 0, 'must be specified for an update');
    throw new Refusal(422, 'Invalid', `${type.pluralText} ${JSON.stringify(name)} is invalid: ${cause.field}: ${cause.message}`, {
      ...detailsOf(type, name),
      causes: [cause],
    });
  }
}

const modified = (type: ResourceType, name: string): Refusal =>
  new Refusal(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${type.pluralText} ${JSON.stringify(name)}: the object has been modified; please apply your changes to the latest version and try again`,
    detailsOf(type, name),
  );

const unreadablePatch = (text: string): Refusal =>
  new Refusal(422, 'Invalid', ` "" is invalid: patch: Invalid value: ${text}`, { causes: [{ reason: 'FieldValueInvalid', message: text, field: 'patch' }] });
