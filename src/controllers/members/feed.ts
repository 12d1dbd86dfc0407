import { findControllerOf, keyOf } from '../../runtime/object';
import type { Change } from '../../runtime/store';
import { extensionsOf, type Informers } from '../shared/informers';
import type { Pod, Sandbox, SandboxWarmPool } from '../shared/objects';
import { isStale } from '../shared/staleness';
import type { Allocator } from './allocator';
import { isMember, memberOf } from './member';

/** Keeps the allocator as the caches are. To be called before any controller listens, so that the allocator knows of a change first. */
export function feed(allocator: Allocator, informers: Informers): void {
  const { sandboxes, pods } = informers;
  const { pools, templates } = extensionsOf(informers);
  const put = (sandbox: Sandbox): void => {
    const owner = findControllerOf(sandbox);
    if (!owner || !isMember(sandbox)) return allocator.remove(sandbox);
    const { namespace = '' } = sandbox.metadata;
    const pool = pools.cache.find({ namespace, name: owner.name });
    const pod = pods.cache.by('owner', sandbox.metadata.uid)[0];
    const isFresh = pool?.metadata.uid === owner.uid && isWanted(sandbox, pool);
    allocator.put({ uid: owner.uid, namespace, name: owner.name }, memberOf(sandbox, pod, isFresh));
  };
  /** Of a Recreate pool claims get only what is of its present template, so none while that is unknown (spec 05 §6.1). */
  const isWanted = (sandbox: Sandbox, { metadata, spec }: SandboxWarmPool): boolean => {
    if (spec.updateStrategy?.type !== 'Recreate') return true;
    const template = templates.cache.find({ namespace: metadata.namespace ?? '', name: spec.sandboxTemplateRef.name });
    return template !== undefined && !isStale(sandbox, template);
  };
  const putAll = ({ metadata: { uid } }: SandboxWarmPool): void => sandboxes.cache.by('owner', uid).forEach(put);
  sandboxes.cache.onChange(({ type, object }) => (type === 'deleted' ? allocator.remove(object) : put(object)));
  pods.cache.onChange((change) => ownersOf(change).forEach((owner) => put(owner)));
  pools.cache.onChange(({ type, object, old }) => {
    if (type === 'deleted') allocator.drop(object.metadata.uid);
    if (old?.metadata.generation !== object.metadata.generation) putAll(object);
  });
  templates.cache.onChange(({ object: { metadata }, old }) => {
    if (old?.metadata.generation === metadata.generation) return;
    for (const pool of pools.cache.by('template', `${metadata.namespace ?? ''}/${metadata.name}`)) putAll(pool);
  });
  function ownersOf({ object, old }: Change<Pod>): readonly Sandbox[] {
    const owner = findControllerOf(object) ?? (old && findControllerOf(old));
    const sandbox = owner && sandboxes.cache.find({ ...keyOf(object), name: owner.name });
    return sandbox?.metadata.uid === owner?.uid && sandbox && isMember(sandbox) ? [sandbox] : [];
  }
}
