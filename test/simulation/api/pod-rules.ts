import { specSchema } from '../../../src/api/crds';
import { SANDBOX } from '../../../src/api/kinds';
import { same, textOf, withMembers, type JsonObject } from './json';
import { duplicate, forbidden, invalid, notFound, required, unsupported, type Cause } from './refusal';
import { labelFaults, missing, timeText, withSpec, type Rules } from './rules';
import { listOf, partOf, type Stored } from './stored';
import { normalised, structureOf, type Structure } from './structure';
import { violations } from './validation';

const SPEC_DEFAULTS = {
  ...{ restartPolicy: 'Always', terminationGracePeriodSeconds: 30, dnsPolicy: 'ClusterFirst', securityContext: {}, schedulerName: 'default-scheduler' },
  ...{ serviceAccountName: 'default', serviceAccount: 'default', priority: 0, enableServiceLinks: true, preemptionPolicy: 'PreemptLowerPriority' },
};
const CONTAINER_DEFAULTS = { resources: {}, terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File' };
const UNCHANGEABLE =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

let loaded: Structure | undefined;

/** The schema of a Pod's spec. Our CRDs hold the same one, so it is taken from there. */
export function podStructure(): Structure {
  loaded ??= structureOf(specSchema(SANDBOX)).properties?.get('podTemplate')?.properties?.get('spec');
  if (!loaded) throw new Error('imports/crds.json holds no schema of a Pod; run npm run imports');
  return loaded;
}

/** Pods. Not modelled: service account tokens, priority classes, quality of service, and every check that is not below. */
export const podRules: Rules = {
  unreadable(pod, old) {
    const wrong = violations(podStructure(), partOf(pod, 'spec'), 'spec', old?.spec).find(({ reason }) => reason === 'FieldValueTypeInvalid');
    return wrong && `json: cannot unmarshal into Go struct field Pod.${wrong.field}: ${wrong.message}`;
  },
  complete(pod, { old, nowMs }) {
    // Normalising an object gives an object.
    const spec = normalised(podStructure(), partOf(pod, 'spec'), old?.spec) as JsonObject;
    const completed = withSpec(withMembers(pod, { spec }), {
      ...missing(spec, SPEC_DEFAULTS),
      containers: listOf(spec, 'containers').map(withContainerDefaults),
    });
    return old ? completed : withMembers(completed, { status: newStatus(spec, nowMs) });
  },
  faults(pod, old) {
    const spec = partOf(pod, 'spec');
    const before = old && partOf(old, 'spec');
    if (before) return same(comparable(spec), comparable(before)) ? [] : [forbidden('spec', UNCHANGEABLE)];
    return [...volumeFaults(spec), ...containerFaults(spec), ...restartFaults(spec)];
  },
};

function withContainerDefaults(container: JsonObject): JsonObject {
  const image = textOf(container.image ?? '');
  const imagePullPolicy = /:(?!latest$)[^:/]+$|@/.test(image) ? 'IfNotPresent' : 'Always';
  return withMembers(container, missing(container, { ...CONTAINER_DEFAULTS, imagePullPolicy }));
}

function newStatus(spec: JsonObject, nowMs: number): JsonObject {
  if (listOf(spec, 'schedulingGates').length === 0) return { phase: 'Pending' };
  const gated = {
    ...{ type: 'PodScheduled', status: 'False', lastProbeTime: null, lastTransitionTime: timeText(nowMs) },
    ...{ reason: 'SchedulingGated', message: 'Scheduling is blocked due to non-empty scheduling gates' },
  };
  return { phase: 'Pending', conditions: [gated] };
}

/** Images may change, and gates may go. */
function comparable(spec: JsonObject): JsonObject {
  return withMembers(spec, {
    schedulingGates: undefined,
    containers: listOf(spec, 'containers').map((container) => withMembers(container, { image: undefined })),
  });
}

function volumeFaults(spec: JsonObject): readonly Cause[] {
  return listOf(spec, 'volumes').flatMap((volume, index, all) => {
    const field = `spec.volumes[${index}].name`;
    const again = all.findIndex((other) => other.name === volume.name) < index;
    return [...labelFaults(field, String(volume.name)), ...(again ? [duplicate(field, volume.name)] : [])];
  });
}

function containerFaults(spec: JsonObject): readonly Cause[] {
  const containers = listOf(spec, 'containers');
  if (containers.length === 0) return [required('spec.containers')];
  const volumes = listOf(spec, 'volumes').map((volume) => volume.name);
  return containers.flatMap((container, index) => {
    const path = `spec.containers[${index}]`;
    const again = containers.findIndex((other) => other.name === container.name) < index;
    return [
      ...(container.name === undefined ? [required(`${path}.name`)] : labelFaults(`${path}.name`, textOf(container.name))),
      ...(again ? [duplicate(`${path}.name`, container.name)] : []),
      ...(container.image === undefined || container.image === '' ? [required(`${path}.image`)] : []),
      ...listOf(container, 'ports').flatMap((port, position) => portFaults(`${path}.ports[${position}]`, port)),
      ...listOf(container, 'volumeMounts').flatMap((mount, position) =>
        volumes.includes(mount.name) ? [] : [notFound(`${path}.volumeMounts[${position}].name`, mount.name)],
      ),
    ];
  });
}

function portFaults(path: string, { containerPort, protocol }: JsonObject): readonly Cause[] {
  const port = Number(containerPort ?? 0);
  return [
    ...(port === 0 ? [required(`${path}.containerPort`)] : []),
    ...(port < 0 || port > 65535 ? [invalid(`${path}.containerPort`, port, 'must be between 1 and 65535, inclusive')] : []),
    ...(['SCTP', 'TCP', 'UDP'].includes(String(protocol)) ? [] : [unsupported(`${path}.protocol`, protocol, ['SCTP', 'TCP', 'UDP'])]),
  ];
}

function restartFaults({ restartPolicy }: JsonObject): readonly Cause[] {
  const policies = ['Always', 'OnFailure', 'Never'];
  return policies.includes(String(restartPolicy)) ? [] : [unsupported('spec.restartPolicy', restartPolicy, policies)];
}

/** How long the kubelet gets to stop a Pod: what was asked for or what the Pod says; nothing for one without a node or one that has ended. */
export function graceSeconds(pod: Stored, asked: number | undefined): number {
  const spec = partOf(pod, 'spec');
  const { phase } = partOf(pod, 'status');
  if (spec.nodeName === undefined || phase === 'Failed' || phase === 'Succeeded') return 0;
  const seconds = asked ?? Number(spec.terminationGracePeriodSeconds);
  // A negative period means "at once", for which the kubelet still gets a second.
  return seconds < 0 ? 1 : seconds;
}
