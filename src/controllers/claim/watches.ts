import { CONDITION } from '../../api/conditions';
import { EXTENSIONS_GROUP } from '../../api/kinds';
import { findControllerOf, type KubeObject, type OwnerReference } from '../../runtime/object';
import type { Change } from '../../runtime/store';
import { findCondition } from '../shared/conditions';
import { CLAIMS, type Sandbox, type SandboxClaim } from '../shared/objects';

/** The claim that controls a Sandbox, if one does. */
export function findClaimOf(sandbox: Sandbox): OwnerReference | undefined {
  const owner = findControllerOf(sandbox);
  return owner?.kind === CLAIMS.kind && owner.apiVersion.startsWith(`${EXTENSIONS_GROUP}/`) ? owner : undefined;
}

/** Whether the claim of a Sandbox has to look (spec 05 §1): at one that comes, goes or changes hands, and at what its own status tells of it. */
export function isTelling({ type, object, old }: Pick<Change<Sandbox>, 'type' | 'object' | 'old'>): boolean {
  if (type !== 'updated' || !old) return true;
  return tellingPart(old) !== tellingPart(object);
}

function tellingPart(sandbox: Sandbox): string {
  const { podIPs = [], serviceFQDN, conditions } = sandbox.status ?? {};
  // Ready is told with the generation of the claim, Finished as the Sandbox has it.
  const ready = { ...findCondition(conditions, CONDITION.ready), observedGeneration: undefined };
  const finished = findCondition(conditions, CONDITION.finished);
  const owner = findControllerOf(sandbox)?.uid;
  return JSON.stringify([owner, Boolean(sandbox.metadata.deletionTimestamp), podIPs, serviceFQDN, ready, finished]);
}

/** Whether a change of its pool concerns the claim: it has got no Sandbox yet. */
export const isUnbound = ({ metadata, status }: SandboxClaim): boolean => !metadata.deletionTimestamp && !status?.sandbox?.name;

/** Whether an object has come, gone, or changed in what people write into it. */
export const isOfNewGeneration = ({ object, old }: { readonly object: KubeObject; readonly old?: KubeObject }): boolean =>
  old?.metadata.generation !== object.metadata.generation;
