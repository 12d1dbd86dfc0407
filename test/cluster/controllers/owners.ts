import { LABELS } from '../../../src/api/keys';
import { nameHash } from '../../../src/api/names';
import type { Sandbox } from '../../../src/controllers/shared/objects';
import type { KubeObject, OwnerReference, Resource } from '../../../src/runtime/object';

/** Who owns what: metadata of children, and what the controller says of those that are not its own. */

/** Objects that may own something and mean nothing to us. */
export const CONFIG_MAPS: Resource = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps' };

/** Whoever wants it may take it over. */
export const ADOPTABLE = { labels: { [LABELS.adoptable]: 'true' } };

/** It belongs to the Sandbox of that name, says its label. */
export const trackedAs = (name: string) => ({ labels: { [LABELS.sandboxNameHash]: nameHash(name) } });

/** The reference by which an object controls another. */
export const controlledBy = ({ apiVersion = '', kind = '', metadata: { name, uid } }: KubeObject): OwnerReference => ({
  ...{ apiVersion, kind, name, uid },
  controller: true,
});

/** The reference that the controller writes. */
export const ownedBySandbox = (sandbox: Sandbox): OwnerReference => ({ ...controlledBy(sandbox), blockOwnerDeletion: true });

/** Why a child that nobody owns is not taken over; `what` is `Pod`, `PVC` or `service`. */
export const lacksPermission = (what: string, name: string): string =>
  `Error seen: cannot adopt unowned ${what} "${name}": missing required pool authorization label ("agents.x-k8s.io/adoptable") or sandbox tracking label ("agents.x-k8s.io/sandbox-name-hash")`;

/** Why a child of somebody else is not taken over; `what` is `pod "alice"`. */
export const isOwnedBy = (what: string, { kind, metadata: { name, uid } }: KubeObject, sandbox: string): string =>
  `Error seen: ${what} is owned by ${kind}/${name} (UID: ${uid}), not by sandbox "${sandbox}"`;
