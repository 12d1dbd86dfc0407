import { LABELS } from '../../api/keys';
import { CORE_GROUP } from '../../api/kinds';
import { isReservedKey, volumeClaimName } from '../../api/names';
import { findControllerOf } from '../../runtime/object';
import type { Action } from '../../runtime/plan';
import { SANDBOXES, VOLUME_CLAIMS, type VolumeClaim, type VolumeClaimTemplate } from '../shared/objects';
import { controllerReference, isAdoptable, isForeignTo, isOwnedBy, ownerText } from '../shared/ownership';
import type { Observed } from './observe';
import { act, adoptionEvent, failureOf, lacksPermission, NOTHING, errandOf, refuse, type Step } from './step';

/** PersistentVolumeClaims: made once, never changed, never deleted (spec 03 §4). The first error ends the step. */
export function volumeClaims(observed: Observed): Step {
  const problem = failureOf(observed, 'volumeClaims');
  if (problem) return { actions: [], problem };
  const actions: Action[] = [];
  for (const template of observed.sandbox.spec.volumeClaimTemplates ?? []) {
    const name = volumeClaimName(template.metadata?.name ?? '', observed.sandbox.metadata.name);
    const found = observed.volumeClaims.get(name);
    const { actions: wanted, problem } = found ? judged(observed, found) : act(creation(observed, name, template));
    actions.push(...wanted);
    if (problem) return { actions, problem };
  }
  return actions.length > 0 ? act(...actions) : NOTHING;
}

/**
 * Whether a claim belongs to an earlier Sandbox of this name, and so will be collected. No Pod may be made on it: it would run on the data of the
 * former, and the claim, once deleted, would wait for that Pod for ever.
 */
export function hasClaimOfFormerSandbox({ sandbox: { metadata }, volumeClaims }: Observed): boolean {
  const owners = [...volumeClaims.values()].flatMap((claim) => findControllerOf(claim) ?? []);
  return owners.some(
    ({ apiVersion, kind, name, uid }) => uid !== metadata.uid && name === metadata.name && kind === SANDBOXES.kind && apiVersion.startsWith(`${CORE_GROUP}/`),
  );
}

function judged(observed: Observed, claim: VolumeClaim): Step {
  const { sandbox, hash } = observed;
  const { name, namespace = '', uid, resourceVersion } = claim.metadata;
  if (isOwnedBy(claim, sandbox)) return NOTHING;
  if (isForeignTo(claim, sandbox)) return refuse(`PVC "${name}" is owned by ${ownerText(claim)}, not by sandbox "${sandbox.metadata.name}"`);
  if (!isAdoptable(claim, hash)) return refuse(lacksPermission('PVC', name));
  return act({
    do: 'patch',
    resource: VOLUME_CLAIMS,
    key: { namespace, name },
    uid,
    ifVersion: resourceVersion,
    // Owners that are no controllers stay.
    patch: { metadata: { ownerReferences: [...(claim.metadata.ownerReferences ?? []), controllerReference(SANDBOXES, sandbox)] } },
    step: 'volumeClaims',
    ...errandOf(observed),
    events: [adoptionEvent(sandbox, 'PersistentVolumeClaim', name)],
  });
}

function creation(observed: Observed, name: string, { metadata, spec }: VolumeClaimTemplate): Action {
  const { sandbox, hash } = observed;
  const { namespace = '' } = sandbox.metadata;
  const annotations = unreserved(metadata?.annotations ?? {});
  return {
    do: 'create',
    resource: VOLUME_CLAIMS,
    key: { namespace, name },
    object: {
      apiVersion: 'v1',
      kind: VOLUME_CLAIMS.kind,
      metadata: {
        name,
        namespace,
        labels: { ...unreserved(metadata?.labels ?? {}), [LABELS.sandboxNameHash]: hash },
        ...(Object.keys(annotations).length > 0 && { annotations }),
        ownerReferences: [controllerReference(SANDBOXES, sandbox)],
      },
      spec,
    },
    fieldManager: 'sandbox-controller',
    step: 'volumeClaims',
    ...errandOf(observed),
  };
}

const unreserved = (texts: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(texts).filter(([key]) => !isReservedKey(key)));
