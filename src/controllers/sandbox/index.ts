import { LABELS } from '../../api/keys';
import { CORE_GROUP } from '../../api/kinds';
import { nameHash } from '../../api/names';
import { findControllerOf, keyOf, type Key, type KubeObject } from '../../runtime/object';
import { ReconcileLoop } from '../../runtime/reconcile';
import type { ControllerContext } from '../shared/context';
import { cacheOf } from '../shared/informers';
import { SANDBOXES } from '../shared/objects';
import { observe, type Caches, type Memory, type Observed, type Settings, type Surroundings } from './observe';
import { plan } from './plan';
import { traceOf } from './trace';

/** The Sandbox controller: which events wake which Sandbox, and nothing else. */
export function sandboxController(context: ControllerContext, settings: Settings, surroundings: Surroundings): ReconcileLoop<Observed, Memory> {
  const { sandboxes, pods, services, volumeClaims } = context.informers;
  const caches: Caches = {
    sandboxes: { find: (key) => sandboxes.cache.find(key), byNameHash: (namespace, hash) => sandboxes.cache.by('nameHash', `${namespace}/${hash}`) },
    pods: { find: (key) => pods.cache.find(key), ownedBy: ({ metadata }) => pods.cache.by('owner', metadata.uid) },
    services: services.cache,
    volumeClaims: volumeClaims.cache,
  };
  const loop = new ReconcileLoop<Observed, Memory>({
    ...context,
    cacheOf: cacheOf(context.informers),
    reconciler: {
      ...{ name: 'sandbox', plan, trace: traceOf(caches, settings) },
      observe: (key, circumstances) => observe(key, circumstances, { caches, settings, surroundings }),
    },
  });
  // When an older Sandbox of the same hash goes, the younger one may have its Pod; when one comes whose name goes before in the same second, it may not.
  const rivals = ({ metadata: { namespace = '', name } }: KubeObject): readonly Key[] =>
    caches.sandboxes
      .byNameHash(namespace, nameHash(name))
      .map(keyOf)
      .filter((key) => key.name !== name);
  sandboxes.cache.onChange(loop.waking((sandbox) => [keyOf(sandbox)]));
  sandboxes.cache.onChange((change) => {
    if (change.type !== 'updated') rivals(change.object).forEach((key) => loop.wake(key));
  });
  for (const { cache } of [pods, services, volumeClaims]) cache.onChange(loop.waking((child) => sandboxesOf(child, caches.sandboxes)));
  return loop;
}

/** The Sandbox that owns a child, and those in whose way it may be: of its name, and of the name that its label tells. */
function sandboxesOf(child: KubeObject, sandboxes: Caches['sandboxes']): readonly Key[] {
  const { namespace = '', labels = {} } = child.metadata;
  const owner = findControllerOf(child);
  const isSandbox = owner?.kind === SANDBOXES.kind && owner.apiVersion.startsWith(`${CORE_GROUP}/`);
  const tracked = sandboxes.byNameHash(namespace, labels[LABELS.sandboxNameHash] ?? '').map(keyOf);
  const keys = [keyOf(child), ...(isSandbox ? [{ namespace, name: owner.name }] : []), ...tracked];
  return keys.filter((key) => sandboxes.find(key) !== undefined);
}
