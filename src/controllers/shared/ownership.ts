import { LABELS } from '../../api/keys';
import { EXTENSIONS_GROUP } from '../../api/kinds';
import { findControllerOf, type KubeObject, type OwnerReference, type Resource } from '../../runtime/object';

/** Whether the owner is the controller of the object. Only the UID counts: names are reused. */
export const isOwnedBy = (object: KubeObject, owner: KubeObject): boolean => findControllerOf(object)?.uid === owner.metadata.uid;

/** Whether somebody else is the object's controller. */
export const isForeignTo = (object: KubeObject, owner: KubeObject): boolean => {
  const controller = findControllerOf(object);
  return controller !== undefined && controller.uid !== owner.metadata.uid;
};

/** The reference that makes `owner` the controller of an object (spec 02 §3). */
export const controllerReference = (resource: Resource, owner: KubeObject): OwnerReference => ({
  apiVersion: `${resource.group}/${resource.version}`,
  kind: resource.kind,
  name: owner.metadata.name,
  uid: owner.metadata.uid,
  controller: true,
  blockOwnerDeletion: true,
});

/** Kind of the controller owner if that is of the extensions group, whatever its version: `SandboxWarmPool`, `SandboxClaim`. */
export function findExtensionOwnerKind(object: KubeObject): string | undefined {
  const owner = findControllerOf(object);
  return owner?.apiVersion.startsWith(`${EXTENSIONS_GROUP}/`) ? owner.kind : undefined;
}

/** Whether an unowned object may be taken over: somebody allowed it, or it carries the tracking label of this Sandbox. */
export const isAdoptable = ({ metadata }: KubeObject, sandboxNameHash: string): boolean =>
  metadata.labels?.[LABELS.adoptable] === 'true' || metadata.labels?.[LABELS.sandboxNameHash] === sandboxNameHash;

/** `Kind/name (UID: uid)` of the controller owner, as refusals quote it. */
export function ownerText(object: KubeObject): string {
  const owner = findControllerOf(object);
  return owner ? `${owner.kind}/${owner.name} (UID: ${owner.uid})` : 'nobody';
}
