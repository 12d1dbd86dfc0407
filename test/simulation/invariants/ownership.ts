import { LABELS } from '../../../src/api/keys';
import { nameHash } from '../../../src/api/names';
import { findControllerOf } from '../../../src/runtime/object';
import { findType, NETWORK_POLICIES, PODS, SANDBOXES, SERVICES, VOLUME_CLAIMS, type ResourceType } from '../api/resource-types';
import { partOf, type Stored } from '../api/stored';
import type { Landed } from '../network/network';
import { nameOf, type InvariantOf } from './invariant';

/** What the controllers make and must own from the first moment. */
const OWNED: readonly ResourceType[] = [PODS, SERVICES, VOLUME_CLAIMS, NETWORK_POLICIES];
const MADE: readonly ResourceType[] = [...OWNED, SANDBOXES];

const isOneOf = (types: readonly ResourceType[], { sent }: Landed): boolean => types.some((type) => type === findType(sent.request.resource));

/** I3: everything a controller makes has its controller owner from the POST on, and never a moment without one. */
export const noOrphans: InvariantOf = ({ model }) => {
  const made = new Set<string>();
  // Whoever deletes an owner may ask for orphans.
  model.store.onChange(({ actor, object, previous }) => {
    if (actor === 'gc' && previous && findControllerOf(previous) && !findControllerOf(object)) made.delete(object.metadata.uid);
  });
  return {
    id: 'I3',
    landed(landed) {
      const { sent, answer, before, after } = landed;
      if (!isOneOf(MADE, landed) || answer.status >= 300) return undefined;
      const owner = after && findControllerOf(after);
      if (sent.request.verb === 'create' && after) {
        made.add(after.metadata.uid);
        if (owner?.blockOwnerDeletion !== true) return `${nameOf(after)} was created without a controller owner that waits for it`;
      }
      if (sent.request.verb === 'patch' && before && after && findControllerOf(before) && !owner) return `${nameOf(after)} lost its controller owner`;
      return undefined;
    },
    atRest() {
      // What is marked already waits for somebody's finalizer.
      const orphan = MADE.flatMap((type) => model.store.list(type)).find(
        (object) =>
          made.has(object.metadata.uid) && object.metadata.deletionTimestamp === undefined && !model.store.findByUid(findControllerOf(object)?.uid ?? ''),
      );
      return orphan && `${nameOf(orphan)} is left without an owner`;
    },
  };
};

/** I4: nothing foreign is touched, and every DELETE says which object it means. */
export const nothingForeignIsTouched: InvariantOf = () => ({
  id: 'I4',
  sent({ request }) {
    if (request.verb !== 'delete') return undefined;
    const { uid } = partOf({ ...request.body }, 'preconditions');
    return typeof uid === 'string' ? undefined : `DELETE of ${request.resource.kind} ${request.namespace}/${request.name} names no UID`;
  },
  landed(landed) {
    const { sent, answer, before, after } = landed;
    if (!before || answer.status >= 300 || !isOneOf(OWNED, landed)) return undefined;
    if (sent.request.verb === 'patch') return touchFault(before, after, landed);
    return sent.request.verb === 'delete' ? ownershipFault(before, landed) : undefined;
  },
});

/** A patch of one's own object, or an adoption that is permitted and done in the same write. */
function touchFault(before: Stored, after: Stored | undefined, landed: Landed): string | undefined {
  const [old, now] = [findControllerOf(before), after && findControllerOf(after)];
  if (old) return now && now.uid !== old.uid ? `${nameOf(before)} was taken from its owner ${old.kind}/${old.name}` : ownershipFault(before, landed);
  if (!now) return `${nameOf(before)} belongs to nobody and was changed without being adopted`;
  const { [LABELS.adoptable]: adoptable, [LABELS.sandboxNameHash]: hash } = before.metadata.labels ?? {};
  const isPermitted = adoptable === 'true' || (hash !== undefined && hash === nameHash(now.name));
  return isPermitted ? undefined : `${nameOf(before)} was adopted without a label that permits it`;
}

function ownershipFault(before: Stored, { sent }: Landed): string | undefined {
  const owner = findControllerOf(before);
  const kinds = ['Sandbox', 'SandboxClaim', 'SandboxTemplate', 'SandboxWarmPool'];
  if (!owner || !kinds.includes(owner.kind)) return `${nameOf(before)} belongs to ${owner ? `${owner.kind}/${owner.name}` : 'nobody'} and was touched`;
  // Whoever has not heard of the owner's end may still act for it; who has, acts for somebody else of the same name.
  return sent.knewGone(owner.uid) ? `${nameOf(before)} belongs to an earlier ${owner.kind} ${owner.name} and was touched` : undefined;
}
