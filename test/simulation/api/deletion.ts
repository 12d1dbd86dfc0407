import { frozen, same, textOf, withMembers, type JsonObject } from './json';
import { graceSeconds } from './pod-rules';
import { Refusal, unsupported } from './refusal';
import { NAMESPACES, PODS, type ResourceType } from './resource-types';
import { timeText } from './rules';
import type { ServerParts } from './store';
import { partOf, withMetadata, type Stored } from './stored';

/** Held by the garbage collector until what the object owns is gone. */
export const FOREGROUND = 'foregroundDeletion';
/** Held by the garbage collector until what the object owns is free. */
export const ORPHAN = 'orphan';

const POLICIES = ['Foreground', 'Background', 'Orphan'];

export interface DeleteRequest {
  readonly type: ResourceType;
  readonly object: Stored;
  /** The DeleteOptions. */
  readonly options: JsonObject;
  readonly actor: string;
}

/** DELETE, in the two steps of the server: first the object is marked, then, if nothing holds it, it goes. */
export class Deletion {
  constructor(private readonly parts: ServerParts) {}

  /** Answers with the object that is or was there, or with a Status. */
  public remove({ type, object, options, actor }: DeleteRequest): object {
    assertPolicy(options);
    assertPreconditions(type, object, options);
    if (type === NAMESPACES) return this.terminating(object, actor);
    const grace = this.graceOf(type, object, options);
    if (grace === 'pending') return object;
    const finalizers = finalizersFor(object, options);
    const marked = this.marked(object, finalizers, grace);
    const stored = same(marked, object) ? object : this.parts.store.put(type, marked, actor);
    if (finalizers.length > 0 || (grace?.seconds ?? 0) > 0) return stored;
    const gone = this.parts.store.remove(type, stored, actor);
    return type.answersDeleted ? gone : deleted(type, gone);
  }

  /** A namespace waits for what is in it. */
  private terminating(namespace: Stored, actor: string): Stored {
    if (namespace.metadata.deletionTimestamp !== undefined) return namespace;
    const marked = withMetadata(namespace, { deletionTimestamp: timeText(this.parts.nowMs()) });
    return this.parts.store.put(NAMESPACES, withMembers(marked, { status: { phase: 'Terminating' } }), actor);
  }

  /** The grace period to set; undefined where there is none to set, `pending` where one runs that is not longer. */
  private graceOf(type: ResourceType, object: Stored, options: JsonObject): { seconds: number; endMs: number } | 'pending' | undefined {
    const asked = typeof options.gracePeriodSeconds === 'number' ? options.gracePeriodSeconds : undefined;
    const { deletionTimestamp, deletionGracePeriodSeconds: running } = object.metadata;
    if (deletionTimestamp !== undefined) {
      if (running === undefined || running === 0) return undefined;
      if (asked === undefined || asked >= running) return 'pending';
      return { seconds: asked, endMs: Date.parse(deletionTimestamp) + (asked - running) * 1000 };
    }
    if (type !== PODS) return undefined;
    const seconds = graceSeconds(object, asked);
    return { seconds, endMs: this.parts.nowMs() + seconds * 1000 };
  }

  private marked(object: Stored, finalizers: readonly string[], grace: { seconds: number; endMs: number } | undefined): Stored {
    const { deletionTimestamp, generation } = object.metadata;
    const held = withMetadata(object, { finalizers: finalizers.length > 0 ? finalizers : undefined });
    if (!grace && finalizers.length === 0) return held;
    const first = deletionTimestamp === undefined;
    const end = grace ? timeText(grace.endMs) : (deletionTimestamp ?? timeText(this.parts.nowMs()));
    return withMetadata(held, {
      deletionTimestamp: end,
      deletionGracePeriodSeconds: grace?.seconds ?? 0,
      generation: first && generation !== undefined ? generation + 1 : generation,
    });
  }
}

/** The finalizers that the garbage collector is to hold, beside those of others. */
function finalizersFor({ metadata: { finalizers = [] } }: Stored, { propagationPolicy: policy }: JsonObject): readonly string[] {
  const wanted = (name: string, of: string) => (policy === undefined ? finalizers.includes(name) : policy === of);
  const others = finalizers.filter((finalizer) => finalizer !== FOREGROUND && finalizer !== ORPHAN);
  return [...others, ...(wanted(ORPHAN, 'Orphan') ? [ORPHAN] : []), ...(wanted(FOREGROUND, 'Foreground') ? [FOREGROUND] : [])];
}

function assertPolicy({ propagationPolicy: policy }: JsonObject): void {
  if (policy === undefined || POLICIES.includes(textOf(policy))) return;
  const cause = unsupported('propagationPolicy', policy, [...POLICIES, 'nil']);
  const details = { group: 'meta.k8s.io', kind: 'DeleteOptions', causes: [cause] };
  throw new Refusal(422, 'Invalid', `DeleteOptions.meta.k8s.io "" is invalid: ${cause.field}: ${cause.message}`, details);
}

function assertPreconditions(type: ResourceType, { metadata }: Stored, options: JsonObject): void {
  const { uid, resourceVersion } = partOf(options, 'preconditions');
  const wrong =
    uid !== undefined && uid !== metadata.uid
      ? `the UID in the precondition (${textOf(uid)}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`
      : resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion
        ? `the ResourceVersion in the precondition (${textOf(resourceVersion)}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`
        : undefined;
  if (wrong === undefined) return;
  const { kind, group, kindText } = type;
  const details = { name: metadata.name, ...(group !== '' && { group }), kind };
  throw new Refusal(409, 'Conflict', `Operation cannot be fulfilled on ${kindText} ${JSON.stringify(metadata.name)}: ${wrong}`, details);
}

const deleted = ({ group, plural }: ResourceType, { metadata: { name, uid } }: Stored): object =>
  frozen({
    ...{ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' },
    details: { name, ...(group !== '' && { group }), kind: plural, uid },
  });
