import type { OwnerReference } from '../../../src/runtime/object';
import type { ApiModel } from '../api/api-model';
import { FOREGROUND, ORPHAN } from '../api/deletion';
import { same } from '../api/json';
import { findTypeOf, typeOf } from '../api/resource-types';
import type { Change } from '../api/store';
import type { Stored } from '../api/stored';
import type { Random } from '../random';
import type { Scheduler } from '../scheduler';
import { Errands } from './errands';

const ACTOR = 'gc';

/** An owner as a dependent sees it: there, gone, waiting for what it owns, or of a kind that nobody knows. */
type Standing = 'solid' | 'dangling' | 'waiting' | 'unknown';

/** The garbage collector of kube-controller-manager: what has owners, and none of them lives, goes. */
export class GarbageCollector {
  private readonly dependents = new Map<string, Set<string>>();
  private readonly errands: Errands;

  constructor(
    private readonly model: ApiModel,
    scheduler: Scheduler,
    random: Random,
  ) {
    this.errands = new Errands(scheduler, random);
    model.store.onChange((change) => this.see(change));
  }

  private see({ object, previous, event }: Change): void {
    const { uid, ownerReferences = [], deletionTimestamp, finalizers = [] } = object.metadata;
    const before = previous?.metadata.ownerReferences ?? [];
    for (const owner of ownerReferences) this.dependentsOf(owner.uid).add(uid);
    // Whoever waits for this object in order to go may go on.
    for (const owner of before) if (event === 'DELETED' || !ownerReferences.some((other) => other.uid === owner.uid)) this.plan(owner.uid);
    if (event === 'DELETED') {
      this.dependents.get(uid)?.forEach((dependent) => this.plan(dependent));
      return;
    }
    const isNewlyOwned = !same(ownerReferences, before) && ownerReferences.some((owner) => this.standingOf(object, owner) !== 'solid');
    const isHeld = deletionTimestamp !== undefined && finalizers.some((finalizer) => finalizer === FOREGROUND || finalizer === ORPHAN);
    if (isNewlyOwned || isHeld) this.plan(uid);
  }

  private dependentsOf(uid: string): Set<string> {
    const known = this.dependents.get(uid) ?? new Set<string>();
    this.dependents.set(uid, known);
    return known;
  }

  private plan(uid: string): void {
    this.errands.plan(uid, () => this.collect(uid));
  }

  private collect(uid: string): void {
    const object = this.model.store.findByUid(uid);
    if (!object) return;
    const { deletionTimestamp, finalizers = [] } = object.metadata;
    if (deletionTimestamp === undefined) this.judge(object);
    else if (finalizers.includes(FOREGROUND)) this.finish(object);
    else if (finalizers.includes(ORPHAN)) this.orphan(object);
  }

  /** Deletes an object that has owners of which none lives; takes references away that lead nowhere. */
  private judge(object: Stored): void {
    const owners = object.metadata.ownerReferences ?? [];
    const standings = owners.map((owner) => this.standingOf(object, owner));
    // Of an owner of unknown kind nobody can say that it is gone.
    if (owners.length === 0 || standings.includes('unknown')) return;
    if (standings.includes('solid')) {
      const solid = owners.filter((_, index) => standings[index] === 'solid');
      if (solid.length < owners.length) this.patch(object, { ownerReferences: solid });
      return;
    }
    const isForeground = standings.includes('waiting') && this.living(object.metadata.uid).length > 0;
    this.delete(object, isForeground ? 'Foreground' : 'Background');
  }

  /** The last step of a deletion in the foreground: the owner goes when nothing blocks it any more. */
  private finish(object: Stored): void {
    const { uid, finalizers = [] } = object.metadata;
    const blocking = this.living(uid).filter(({ metadata: { ownerReferences = [] } }) =>
      ownerReferences.some((owner) => owner.uid === uid && owner.blockOwnerDeletion === true),
    );
    if (blocking.length === 0) this.patch(object, { finalizers: finalizers.filter((finalizer) => finalizer !== FOREGROUND) });
    for (const { metadata } of blocking) if (metadata.deletionTimestamp === undefined) this.plan(metadata.uid);
  }

  private orphan(object: Stored): void {
    const { uid, finalizers = [] } = object.metadata;
    for (const dependent of this.living(uid)) {
      this.patch(dependent, { ownerReferences: (dependent.metadata.ownerReferences ?? []).filter((owner) => owner.uid !== uid) });
    }
    this.patch(object, { finalizers: finalizers.filter((finalizer) => finalizer !== ORPHAN) });
  }

  private living(uid: string): readonly Stored[] {
    return [...this.dependentsOf(uid)]
      .map((dependent) => this.model.store.findByUid(dependent))
      .filter((object) => object !== undefined)
      .filter(({ metadata: { ownerReferences = [] } }) => ownerReferences.some((owner) => owner.uid === uid));
  }

  private standingOf({ metadata: { namespace = '' } }: Stored, { apiVersion, kind, name, uid }: OwnerReference): Standing {
    const type = findTypeOf({ apiVersion, kind });
    if (!type) return 'unknown';
    const owner = this.model.store.find(type, { namespace: type.isNamespaced ? namespace : '', name });
    if (owner?.metadata.uid !== uid) return 'dangling';
    return owner.metadata.deletionTimestamp !== undefined && owner.metadata.finalizers?.includes(FOREGROUND) ? 'waiting' : 'solid';
  }

  private patch(object: Stored, metadata: object): void {
    const { namespace = '', name, resourceVersion } = object.metadata;
    this.model.handle({ verb: 'patch', resource: typeOf(object), namespace, name, body: { metadata: { resourceVersion, ...metadata } } }, ACTOR);
  }

  private delete(object: Stored, propagationPolicy: string): void {
    const { namespace = '', name, uid } = object.metadata;
    this.model.handle({ verb: 'delete', resource: typeOf(object), namespace, name, body: { propagationPolicy, preconditions: { uid } } }, ACTOR);
  }
}
