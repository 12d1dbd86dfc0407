import { findControllerOf } from '../../../src/runtime/object';
import { findType, PODS, SANDBOXES } from '../api/resource-types';
import { listOf, partOf, type Stored } from '../api/stored';
import { nameOf, type InvariantOf } from './invariant';

const addressesOf = (pod: Stored): readonly unknown[] => listOf(partOf(pod, 'status'), 'podIPs').map(({ ip }) => ip);

/**
 * I8, as far as it concerns Sandboxes: what is published is true of a Pod of its own, and Ready comes together with the addresses.
 * However late a status arrives: the server compares no UID in a patch of the status, so the sender has to name the version that it saw.
 */
export const onlyOwnPodsArePublished: InvariantOf = ({ model }) => {
  /** UID of the owner of the Pod that has or had an address. */
  const owners = new Map<unknown, string>();
  model.store.onChange(({ type, object }) => {
    if (type === PODS) for (const address of addressesOf(object)) owners.set(address, findControllerOf(object)?.uid ?? 'nobody');
  });
  return {
    id: 'I8',
    landed({ sent, answer, after }) {
      if (findType(sent.request.resource) !== SANDBOXES || sent.request.subresource !== 'status' || answer.status >= 300 || !after) return undefined;
      const status = partOf(after, 'status');
      const addresses = Array.isArray(status.podIPs) ? (status.podIPs as readonly unknown[]) : [];
      const foreign = addresses.find((address) => owners.get(address) !== after.metadata.uid);
      if (foreign !== undefined) return `${nameOf(after)} publishes the address ${JSON.stringify(foreign)}, which no Pod of its own ever had`;
      const isReady = listOf(status, 'conditions').some((condition) => condition.type === 'Ready' && condition.status === 'True');
      return isReady && addresses.length === 0 ? `${nameOf(after)} is published as Ready without an address` : undefined;
    },
  };
};
