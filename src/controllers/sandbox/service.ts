import { LABELS } from '../../api/keys';
import { mergePatch } from '../../runtime/merge-patch';
import type { Action } from '../../runtime/plan';
import { SANDBOXES, SERVICES, type Service, type ServicePort } from '../shared/objects';
import { controllerReference, isAdoptable, isForeignTo, isOwnedBy, ownerText } from '../shared/ownership';
import { servicePorts } from './desired-service';
import type { Observed } from './observe';
import { act, adoptionEvent, failureOf, lacksPermission, NOTHING, errandOf, refuse, type Step } from './step';

/** The headless Service, by the table of spec 03 §6: wanted, unwanted, or kept as it is. */
export function service(observed: Observed): Step {
  const problem = failureOf(observed, 'service');
  if (problem) return { actions: [], problem };
  const { sandbox, service: found } = observed;
  const wanted = sandbox.spec.service;
  if (!found) return wanted === true ? act(creation(observed)) : NOTHING;
  if (isOwnedBy(found, sandbox)) return wanted === false ? serviceRemoval(observed, found) : repair(observed, found);
  if (wanted === false) return NOTHING;
  if (isForeignTo(found, sandbox)) {
    const { name } = found.metadata;
    return refuse(`service "${name}" is owned by ${ownerText(found)}, not by sandbox "${sandbox.metadata.name}"`);
  }
  return wanted === true ? adoption(observed, found) : NOTHING;
}

function creation(observed: Observed): Action {
  const { sandbox, hash } = observed;
  const { namespace = '', name } = sandbox.metadata;
  const ports = servicePorts(sandbox);
  return {
    do: 'create',
    ...write(observed),
    object: {
      apiVersion: 'v1',
      kind: SERVICES.kind,
      metadata: { name, namespace, labels: { [LABELS.sandboxNameHash]: hash }, ownerReferences: [controllerReference(SANDBOXES, sandbox)] },
      spec: { clusterIP: 'None', selector: { [LABELS.sandboxNameHash]: hash }, ...(ports.length > 0 && { ports }) },
    },
    fieldManager: 'sandbox-controller',
  };
}

/** DELETE of an owned Service, unless it is terminating already. */
export function serviceRemoval(observed: Observed, { metadata }: Service): Step {
  return metadata.deletionTimestamp ? NOTHING : act({ do: 'delete', ...write(observed), uid: metadata.uid });
}

/** Label and selector always; ports only where the Sandbox itself wants the Service. */
function repair(observed: Observed, { metadata, spec }: Service): Step {
  const { hash, sandbox } = observed;
  const ports = servicePorts(sandbox);
  const labels = metadata.labels?.[LABELS.sandboxNameHash] === hash ? {} : { metadata: { labels: { [LABELS.sandboxNameHash]: hash } } };
  const selector = mergePatch(spec.selector ?? {}, { [LABELS.sandboxNameHash]: hash });
  const hasDrifted = sandbox.spec.service === true && !samePorts(spec.ports ?? [], ports);
  const changes = { ...(selector && { selector }), ...(hasDrifted && { ports: ports.length > 0 ? ports : null }) };
  const patch = { ...labels, ...(Object.keys(changes).length > 0 && { spec: changes }) };
  if (Object.keys(patch).length === 0 || metadata.deletionTimestamp) return NOTHING;
  return act({ do: 'patch', ...write(observed), uid: metadata.uid, patch });
}

function adoption(observed: Observed, found: Service): Step {
  const { sandbox, hash } = observed;
  const { name, uid, resourceVersion, ownerReferences = [] } = found.metadata;
  const { clusterIP } = found.spec;
  if (!isAdoptable(found, hash)) return refuse(lacksPermission('service', name));
  if (clusterIP && clusterIP !== 'None') return refuse(`cannot adopt service "${name}": ClusterIP is "${clusterIP}" (expected "None", field is immutable)`);
  const ports = servicePorts(sandbox);
  return act({
    do: 'patch',
    ...write(observed),
    uid,
    ifVersion: resourceVersion,
    patch: {
      metadata: { labels: { [LABELS.sandboxNameHash]: hash }, ownerReferences: [...ownerReferences, controllerReference(SANDBOXES, sandbox)] },
      spec: { selector: mergePatch(found.spec.selector ?? {}, { [LABELS.sandboxNameHash]: hash }) ?? {}, ports: ports.length > 0 ? ports : null },
    },
    events: [adoptionEvent(sandbox, 'Service', name)],
  });
}

function write(observed: Observed) {
  const { namespace = '', name } = observed.sandbox.metadata;
  return { resource: SERVICES, key: { namespace, name }, step: 'service', ...errandOf(observed) } as const;
}

/** Position by position; what somebody else has set on a port stays while these four agree. */
const samePorts = (stored: readonly ServicePort[], wanted: readonly Required<ServicePort>[]): boolean =>
  stored.length === wanted.length &&
  wanted.every((port, index) => {
    const other = stored[index];
    return (
      other?.name === port.name &&
      (other.protocol ?? 'TCP') === port.protocol &&
      other.port === port.port &&
      (other.targetPort ?? other.port) === port.targetPort
    );
  });
