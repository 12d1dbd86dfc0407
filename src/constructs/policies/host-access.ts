import type { Json } from '../../api/render';
import { shown, type Finding, type Policy } from './policy';
import { HostAccess } from './policy-options';
import { placesAt, valueAt, type Place } from './rendered-object';
import type { SandboxPod } from './sandbox-pods';

/** A field that opens a way to the node. */
interface Way {
  readonly access: HostAccess;
  /** The parts of the Pod that have the field. */
  readonly in: (pod: SandboxPod) => readonly Place[];
  readonly field: readonly string[];
  readonly isOpen: (value: Json | undefined) => boolean;
  readonly expected: string;
}

const pod = ({ spec }: SandboxPod): Place[] => [spec];
const volumes = ({ spec }: SandboxPod): Place[] => placesAt(spec, 'volumes');
const containers = (of: SandboxPod): readonly Place[] => of.containers;
const ports = (of: SandboxPod): Place[] => of.containers.flatMap((container) => placesAt(container, 'ports'));
const podAndContainers = (of: SandboxPod): Place[] => [of.spec, ...of.containers];
/** Windows knows no privilege escalation and refuses the field. */
const linuxContainers = (of: SandboxPod): readonly Place[] => (valueAt(of.spec.value, 'os', 'name') === 'windows' ? [] : of.containers);

const isTrue = (value: Json | undefined): boolean => value === true;
const isNotFalse = (value: Json | undefined): boolean => value !== false;
const isUnconfined = (value: Json | undefined): boolean => value === 'Unconfined';
/** Present and neither empty nor zero, which mean the same as absent. */
const isGiven = (value: Json | undefined): boolean =>
  value !== undefined && value !== null && value !== '' && value !== 0 && !(Array.isArray(value) && value.length === 0);
const isNoneOf =
  (...allowed: readonly string[]) =>
  (value: Json | undefined): boolean =>
    isGiven(value) && !allowed.some((text) => text === value);

const HOOKS = [
  ...['livenessProbe', 'readinessProbe', 'startupProbe'].map((probe) => [probe]),
  ...['postStart', 'preStop'].map((hook) => ['lifecycle', hook]),
].flatMap((hook) => [
  [...hook, 'httpGet', 'host'],
  [...hook, 'tcpSocket', 'host'],
]);

/** Types of SELinux that containers run with (Pod Security Standards, level baseline). */
const SE_LINUX_TYPES = ['container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'];

const WAYS: readonly Way[] = [
  { access: HostAccess.HOST_NETWORK, in: pod, field: ['hostNetwork'], isOpen: isTrue, expected: 'false' },
  { access: HostAccess.HOST_PID, in: pod, field: ['hostPID'], isOpen: isTrue, expected: 'false' },
  { access: HostAccess.HOST_IPC, in: pod, field: ['hostIPC'], isOpen: isTrue, expected: 'false' },
  { access: HostAccess.HOST_PATH, in: volumes, field: ['hostPath'], isOpen: isGiven, expected: 'another type of volume' },
  { access: HostAccess.HOST_PORT, in: ports, field: ['hostPort'], isOpen: isGiven, expected: 'nothing' },
  { access: HostAccess.HOST_PROCESS, in: podAndContainers, field: ['securityContext', 'windowsOptions', 'hostProcess'], isOpen: isTrue, expected: 'false' },
  ...HOOKS.map((field): Way => ({ access: HostAccess.PROBE_HOST, in: containers, field, isOpen: isGiven, expected: 'nothing (the Pod itself)' })),
  { access: HostAccess.PRIVILEGED, in: containers, field: ['securityContext', 'privileged'], isOpen: isTrue, expected: 'false' },
  {
    access: HostAccess.PRIVILEGE_ESCALATION,
    in: linuxContainers,
    field: ['securityContext', 'allowPrivilegeEscalation'],
    isOpen: isNotFalse,
    expected: 'false (absent means true)',
  },
  { access: HostAccess.CAPABILITIES, in: containers, field: ['securityContext', 'capabilities', 'add'], isOpen: isGiven, expected: 'nothing' },
  { access: HostAccess.PROC_MOUNT, in: containers, field: ['securityContext', 'procMount'], isOpen: isNoneOf('Default'), expected: 'Default' },
  {
    access: HostAccess.SECCOMP_UNCONFINED,
    in: podAndContainers,
    field: ['securityContext', 'seccompProfile', 'type'],
    isOpen: isUnconfined,
    expected: 'RuntimeDefault or Localhost',
  },
  {
    access: HostAccess.APP_ARMOR_UNCONFINED,
    in: podAndContainers,
    field: ['securityContext', 'appArmorProfile', 'type'],
    isOpen: isUnconfined,
    expected: 'RuntimeDefault or Localhost',
  },
  {
    access: HostAccess.SE_LINUX_OPTIONS,
    in: podAndContainers,
    field: ['securityContext', 'seLinuxOptions', 'type'],
    isOpen: isNoneOf(...SE_LINUX_TYPES),
    expected: SE_LINUX_TYPES.join(' or '),
  },
  { access: HostAccess.SE_LINUX_OPTIONS, in: podAndContainers, field: ['securityContext', 'seLinuxOptions', 'user'], isOpen: isGiven, expected: 'nothing' },
  { access: HostAccess.SE_LINUX_OPTIONS, in: podAndContainers, field: ['securityContext', 'seLinuxOptions', 'role'], isOpen: isGiven, expected: 'nothing' },
  { access: HostAccess.SYSCTLS, in: pod, field: ['securityContext', 'sysctls'], isOpen: isGiven, expected: 'nothing' },
];

export const ALLOWED_HOST_ACCESS: Policy = {
  name: 'allowedHostAccess',
  reason: 'Code that an agent wrote must not get out of its Sandbox into the node.',
  remedy: 'Remove the field. If the Sandbox cannot do without it, name the access in allowedHostAccess.',
  find: ({ pods }, { allowedHostAccess = [] }) => {
    const closed = WAYS.filter(({ access }) => !allowedHostAccess.includes(access));
    return pods.flatMap((of) => closed.flatMap((way) => openings(way, of)));
  },
};

function openings(way: Way, of: SandboxPod): Finding[] {
  return way.in(of).flatMap((place) => {
    const value = valueAt(place.value, ...way.field);
    if (!way.isOpen(value)) return [];
    const expected = `${way.expected}, or ${way.access} in allowedHostAccess`;
    return [{ object: of.object, path: [place.path, ...way.field].join('.'), found: shown(value), expected }];
  });
}
