import { isObject, textOf, withMembers } from './json';
import { invalid, required, type Cause } from './refusal';
import { missing, textsOf, type Rules } from './rules';
import { partOf, withMetadata, type Stored } from './stored';

const MICRO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)$/;

/** ConfigMaps: nothing is filled in. */
export const configMapRules: Rules = {
  unreadable(configMap) {
    const wrong = Object.values(partOf(configMap, 'data')).find((value) => value !== null && typeof value !== 'string');
    return wrong === undefined ? undefined : `json: cannot unmarshal ${typeof wrong} into Go struct field ConfigMap.data of type string`;
  },
  complete: (configMap) => withMembers(configMap, { data: isEmpty(configMap.data) ? undefined : textsOf(configMap.data) }),
  faults: () => [],
};

const isEmpty = (map: unknown): boolean => map === null || (isObject(map) && Object.keys(map).length === 0);

/** Namespaces: the server labels them with their own name. */
export const namespaceRules: Rules = {
  complete(namespace, { old }) {
    const labels = { ...namespace.metadata.labels, 'kubernetes.io/metadata.name': namespace.metadata.name };
    const labelled = withMetadata(namespace, { labels });
    return old ? labelled : withMembers(labelled, { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } });
  },
  faults: () => [],
};

/** Leases. */
export const leaseRules: Rules = {
  unreadable(lease) {
    const { renewTime, acquireTime } = partOf(lease, 'spec');
    return unreadableTime(renewTime) ?? unreadableTime(acquireTime);
  },
  complete: (lease) => lease,
  faults(lease) {
    const { leaseDurationSeconds: seconds, leaseTransitions: transitions } = partOf(lease, 'spec');
    return [
      ...(typeof seconds === 'number' && seconds <= 0 ? [invalid('spec.leaseDurationSeconds', seconds, 'must be greater than 0')] : []),
      ...(typeof transitions === 'number' && transitions < 0 ? [invalid('spec.leaseTransitions', transitions, 'must be greater than or equal to 0')] : []),
    ];
  },
};

const REQUIRED_OF_EVENT = ['reportingController', 'reportingInstance', 'action', 'reason'];
const FIXED_IN_EVENT: ReadonlyArray<readonly [member: string, field: string]> = [
  ['note', 'message'],
  ['reason', 'reason'],
  ['action', 'action'],
  ['type', 'type'],
];

/** Events of events.k8s.io. */
export const eventRules: Rules = {
  unreadable: (event) => unreadableTime(event.eventTime) ?? unreadableTime(partOf(event, 'series').lastObservedTime),
  complete: (event) => withMembers(event, missing(event, { deprecatedSource: {}, deprecatedFirstTimestamp: null, deprecatedLastTimestamp: null })),
  faults: (event, old) => (old ? changesOf(event, old) : faultsOfNew(event)),
};

function faultsOfNew(event: Stored): readonly Cause[] {
  const note = textOf(event.note ?? '');
  return [
    ...(event.eventTime === undefined ? [required('eventTime')] : []),
    ...REQUIRED_OF_EVENT.filter((member) => event[member] === undefined || event[member] === '').map((member) => required(member)),
    ...(event.type === 'Normal' || event.type === 'Warning' ? [] : [invalid('type', '', `has invalid value: ${textOf(event.type ?? '')}`)]),
    ...(Buffer.byteLength(note) > 1024 ? [invalid('message', '', 'can have at most 1024 characters')] : []),
  ];
}

const changesOf = (event: Stored, old: Stored): readonly Cause[] =>
  FIXED_IN_EVENT.filter(([member]) => event[member] !== old[member]).map(([member, field]) => invalid(field, event[member], 'field is immutable'));

const unreadableTime = (time: unknown): string | undefined =>
  time === undefined || time === null || MICRO_TIME.test(textOf(time))
    ? undefined
    : `parsing time ${JSON.stringify(time)} as "2006-01-02T15:04:05.000000Z07:00": cannot parse`;
