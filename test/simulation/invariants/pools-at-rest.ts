import { LABELS } from '../../../src/api/keys';
import { nameHash } from '../../../src/api/names';
import { findControllerOf } from '../../../src/runtime/object';
import { same } from '../api/json';
import { POOLS, SANDBOXES, TEMPLATES } from '../api/resource-types';
import { listOf, partOf, type Stored } from '../api/stored';
import type { World } from '../world';
import { conditionOf } from './bindings';
import { nameOf, type InvariantOf } from './invariant';
import { findPoolOf } from './members';

const isReady = (sandbox: Stored): boolean => conditionOf(sandbox, 'Ready')?.status === 'True';

/** What a pool has come to when nothing happens any more: exactly its members, and a status that counts them. */
export const poolsHaveConverged: InvariantOf = (world) => ({
  id: 'at rest',
  atRest() {
    for (const pool of world.model.store.list(POOLS)) {
      const fault = pool.metadata.deletionTimestamp === undefined ? faultOf(world, pool) : undefined;
      if (fault !== undefined) return `${nameOf(pool)} ${fault}`;
    }
    return undefined;
  },
});

function faultOf({ model }: World, pool: Stored): string | undefined {
  const { namespace = '', name, uid } = pool.metadata;
  const sandboxes = model.store.list(SANDBOXES, namespace);
  const members = sandboxes.filter((sandbox) => findPoolOf(sandbox) === uid);
  const active = members.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const spec = partOf(pool, 'spec');
  const replicas = Number(spec.replicas ?? 1);
  const status = statusFault(pool, active);
  if (status !== undefined) return status;
  if (active.length > replicas) return `has ${active.length} members and is to have ${replicas}`;
  const template = model.store.find(TEMPLATES, { namespace, name: String(partOf(spec, 'sandboxTemplateRef').name) });
  // Without a template there is nothing to make members of; and one that terminates holds the place of its successor.
  if (!template || members.length > active.length) return undefined;
  if (active.length < replicas) return `has ${active.length} members and is to have ${replicas}`;
  const orphan = sandboxes.find((sandbox) => !findControllerOf(sandbox) && sandbox.metadata.labels?.[LABELS.warmPool] === nameHash(name));
  if (orphan && orphan.metadata.deletionTimestamp === undefined) return `leaves the orphan ${orphan.metadata.name} alone`;
  // A successor that does not get ready holds the others up.
  const isRolling = partOf(spec, 'updateStrategy').type === 'Recreate' && active.every(isReady);
  const stale = isRolling ? active.find((member) => !same(imagesOf(member), imagesOf(template))) : undefined;
  return stale && `keeps the stale member ${stale.metadata.name}`;
}

const imagesOf = (object: Stored): readonly unknown[] =>
  listOf(partOf(partOf(partOf(object, 'spec'), 'podTemplate'), 'spec'), 'containers').map(({ image }) => image);

function statusFault(pool: Stored, active: readonly Stored[]): string | undefined {
  const { replicas = 0, readyReplicas = 0, observedGeneration, selector } = partOf(pool, 'status');
  const ready = active.filter(isReady).length;
  if (replicas !== active.length || readyReplicas !== ready) {
    return `counts ${String(replicas)} members and ${String(readyReplicas)} ready ones; there are ${active.length} and ${ready}`;
  }
  if (observedGeneration !== pool.metadata.generation) return 'has a status of an earlier generation';
  return selector === `${LABELS.warmPool}=${nameHash(pool.metadata.name)}` ? undefined : 'has a wrong selector';
}
