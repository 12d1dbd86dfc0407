import type { ApiModel } from '../api/api-model';
import { PODS, VOLUME_CLAIMS } from '../api/resource-types';
import type { Change } from '../api/store';
import { listOf, partOf, type Stored } from '../api/stored';
import { PROTECTION } from '../api/volume-claim-rules';
import type { Random } from '../random';
import type { Scheduler } from '../scheduler';
import { Errands } from './errands';

/** Lets a deleted PersistentVolumeClaim go when no Pod on a node uses it. */
export class VolumeProtection {
  private readonly errands: Errands;

  constructor(
    private readonly model: ApiModel,
    scheduler: Scheduler,
    random: Random,
  ) {
    this.errands = new Errands(scheduler, random);
    model.store.onChange((change) => this.see(change));
  }

  private see({ type, object, event }: Change): void {
    if (type === VOLUME_CLAIMS && event !== 'DELETED' && object.metadata.deletionTimestamp !== undefined) this.plan(object);
    if (type !== PODS || event !== 'DELETED') return;
    for (const name of claimsOf(object)) {
      const claim = this.model.store.find(VOLUME_CLAIMS, { namespace: object.metadata.namespace ?? '', name });
      if (claim?.metadata.deletionTimestamp !== undefined) this.plan(claim);
    }
  }

  private plan({ metadata: { uid } }: Stored): void {
    this.errands.plan(uid, () => this.release(uid));
  }

  private release(uid: string): void {
    const claim = this.model.store.findByUid(uid);
    if (!claim?.metadata.finalizers?.includes(PROTECTION)) return;
    const { namespace = '', name, finalizers, resourceVersion } = claim.metadata;
    const users = this.model.store.list(PODS, namespace).filter((pod) => partOf(pod, 'spec').nodeName !== undefined && claimsOf(pod).includes(name));
    if (users.length > 0) return;
    const body = { metadata: { resourceVersion, finalizers: finalizers.filter((finalizer) => finalizer !== PROTECTION) } };
    this.model.handle({ verb: 'patch', resource: VOLUME_CLAIMS, namespace, name, body }, 'pvc-protection');
  }
}

/** The claims that a Pod mounts. */
export const claimsOf = (pod: Stored): readonly string[] =>
  listOf(partOf(pod, 'spec'), 'volumes')
    .map((volume) => partOf(volume, 'persistentVolumeClaim').claimName)
    .filter((name) => typeof name === 'string');
