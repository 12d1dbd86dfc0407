import { findControllerOf } from '../../../src/runtime/object';
import { findType, PODS, SANDBOXES } from '../api/resource-types';
import { listOf, partOf, type Stored } from '../api/stored';
import type { Process } from '../network/process';
import { nameOf, type InvariantOf } from './invariant';

const addressesOf = (pod: Stored): readonly unknown[] => listOf(partOf(pod, 'status'), 'podIPs').map(({ ip }) => ip);

/** I8, as far as it concerns Sandboxes: what is published is true of a Pod of its own, and Ready comes together with the addresses. */
export const onlyOwnPodsArePublished: InvariantOf = ({ model }) => {
  /** UID of the owner of the Pod that has or had an address. */
  const owners = new Map<unknown, string>();
  /** Who wrote the status last. */
  const writers = new Map<string, Process>();
  /** UIDs that Sandboxes of a name have or had. */
  const uids = new Map<string, Set<string>>();
  model.store.onChange(({ type, object }) => {
    const owner = findControllerOf(object);
    if (type === SANDBOXES) uids.set(nameOf(object), (uids.get(nameOf(object)) ?? new Set()).add(object.metadata.uid));
    if (type === PODS) for (const address of addressesOf(object)) owners.set(address, owner?.uid ?? 'nobody');
  });
  return {
    id: 'I8',
    landed({ sent, answer, after, isAwaited }) {
      if (findType(sent.request.resource) !== SANDBOXES || sent.request.subresource !== 'status' || answer.status >= 300 || !after) return undefined;
      const status = partOf(after, 'status');
      const addresses = Array.isArray(status.podIPs) ? (status.podIPs as readonly unknown[]) : [];
      // A status may arrive when the Sandbox has just been made anew; the server does not compare UIDs then, and the sender could not know.
      const isOwn = (owner: string) => owner === after.metadata.uid || (uids.get(nameOf(after))?.has(owner) && !sent.knewGone(owner));
      const foreign = addresses.find((address) => !isOwn(owners.get(address) ?? 'nobody'));
      if (foreign !== undefined) return `${nameOf(after)} publishes the address ${JSON.stringify(foreign)}, which no Pod of its own ever had`;
      // The status is sent without a version (spec 03 §10): what arrives late, or from another leader, may mix with what was there, until somebody sees it.
      const isMixed = !isAwaited || (writers.get(after.metadata.uid) ?? sent.process) !== sent.process;
      writers.set(after.metadata.uid, sent.process);
      if (isMixed) return undefined;
      const isReady = listOf(status, 'conditions').some((condition) => condition.type === 'Ready' && condition.status === 'True');
      return isReady && addresses.length === 0 ? `${nameOf(after)} is published as Ready without an address` : undefined;
    },
  };
};
