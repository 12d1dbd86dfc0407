import type { ApiModel } from '../api/api-model';
import { NAMESPACES, RESOURCE_TYPES } from '../api/resource-types';
import type { Change } from '../api/store';
import type { Random } from '../random';
import type { Scheduler } from '../scheduler';
import { Errands } from './errands';

const ACTOR = 'namespaces';

/** Empties a namespace that is being deleted, then lets it go. */
export class NamespaceController {
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
    const name = type === NAMESPACES && event !== 'DELETED' ? object.metadata.name : event === 'DELETED' ? object.metadata.namespace : undefined;
    if (name === undefined) return;
    const namespace = this.model.store.find(NAMESPACES, { namespace: '', name });
    if (namespace?.metadata.deletionTimestamp !== undefined) this.errands.plan(name, () => this.empty(name));
  }

  private empty(name: string): void {
    const types = RESOURCE_TYPES.filter((type) => type.isNamespaced);
    const left = types.flatMap((resource) => this.model.store.list(resource, name).map((object) => ({ resource, object })));
    for (const { resource, object } of left) {
      if (object.metadata.deletionTimestamp === undefined) {
        this.model.handle({ verb: 'delete', resource, namespace: name, name: object.metadata.name, body: { propagationPolicy: 'Background' } }, ACTOR);
      }
    }
    const namespace = this.model.store.find(NAMESPACES, { namespace: '', name });
    const isEmpty = types.every((type) => this.model.store.list(type, name).length === 0);
    if (namespace && isEmpty) this.model.store.remove(NAMESPACES, namespace, ACTOR);
  }
}
