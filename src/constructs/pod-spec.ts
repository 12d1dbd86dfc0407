import type * as kplus from 'cdk8s-plus-28';
import type { DnsAccess } from './network-access';
import type { SandboxPodProps } from './sandbox-pod-props';
import type { PendingMount, SandboxVolume } from './sandbox-volume';

/** A PodSpec before the strict walk, as cdk8s-plus spells it: quantities and ports are still wrapped. */
type LoosePodSpec = kplus.k8s.PodSpec;

/** The PodSpec of a cdk8s-plus Pod without DNS, which depends on the network access, and without what only repeats Kubernetes. */
export function quietPodSpec(pod: kplus.AbstractPod): LoosePodSpec {
  const spec = pod._toPodSpec();
  return {
    ...spec,
    containers: spec.containers.map(quietContainer),
    initContainers: spec.initContainers?.map(quietContainer),
    dnsPolicy: undefined,
    dnsConfig: undefined,
    restartPolicy: unless('Always', spec.restartPolicy),
    hostNetwork: unless(false, spec.hostNetwork),
    shareProcessNamespace: unless(false, spec.shareProcessNamespace),
    terminationGracePeriodSeconds: unless(30, spec.terminationGracePeriodSeconds),
    setHostnameAsFqdn: unless(false, spec.setHostnameAsFqdn),
    securityContext: { ...spec.securityContext, fsGroupChangePolicy: unless('Always', spec.securityContext?.fsGroupChangePolicy) },
  };
}

function quietContainer(container: kplus.k8s.Container): kplus.k8s.Container {
  const { livenessProbe, readinessProbe, startupProbe } = container;
  return { ...container, livenessProbe: quietProbe(livenessProbe), readinessProbe: quietProbe(readinessProbe), startupProbe: quietProbe(startupProbe) };
}

const quietProbe = (probe: kplus.k8s.Probe | undefined): kplus.k8s.Probe | undefined =>
  probe && {
    ...probe,
    failureThreshold: unless(3, probe.failureThreshold),
    httpGet: probe.httpGet && { ...probe.httpGet, scheme: unless('HTTP', probe.httpGet.scheme) },
  };

/** The Pod with the group of its user on its disks: a disk that was made for it belongs to root, and only root could write to it. */
export function withWritableDisks(spec: LoosePodSpec): LoosePodSpec {
  const { fsGroup, runAsGroup, runAsUser } = spec.securityContext ?? {};
  return { ...spec, securityContext: { ...spec.securityContext, fsGroup: fsGroup ?? runAsGroup ?? runAsUser } };
}

const unless = <T>(noise: T, value: T | undefined): T | undefined => (value === noise ? undefined : value);

/** Where the Pod resolves names: what its owner said, else what goes with its network access. */
export function dnsOf(dns: kplus.PodDns, policyIsGiven: boolean, access: DnsAccess | undefined): Pick<LoosePodSpec, 'dnsPolicy' | 'dnsConfig'> {
  const { config, policy } = dns._toKube();
  const isDecided = policyIsGiven || policy !== 'ClusterFirst' || dns.nameservers.length > 0;
  const dnsConfig = isDecided ? config : { ...config, nameservers: access?.nameservers };
  const isEmpty = Object.values(dnsConfig).every((list: readonly unknown[] | undefined) => !list || list.length === 0);
  return { dnsPolicy: isDecided ? policy : access?.policy, dnsConfig: isEmpty ? undefined : dnsConfig };
}

/** Props that are members of the PodSpec as they are. */
const PLAIN_PROPS = [
  'nodeSelector',
  'priorityClassName',
  'hostUsers',
  'topologySpreadConstraints',
  'schedulerName',
  'shareProcessNamespace',
  'enableServiceLinks',
] as const satisfies ReadonlyArray<keyof SandboxPodProps>;

/** What the model of cdk8s-plus-28 lacks, beside what stands in `spec` already. */
export function furtherFields(spec: LoosePodSpec, props: SandboxPodProps): object {
  const { isolation, seccompProfile, tolerations = [], imagePullSecrets = [] } = props;
  return {
    ...Object.fromEntries(PLAIN_PROPS.filter((name) => props[name] !== undefined).map((name) => [name, props[name]])),
    ...(isolation && { runtimeClassName: isolation.runtimeClassName }),
    ...(seccompProfile && { securityContext: { ...spec.securityContext, seccompProfile } }),
    tolerations: [...(spec.tolerations ?? []), ...tolerations],
    imagePullSecrets: [...(spec.imagePullSecrets ?? []), ...imagePullSecrets.map((secret) => ({ name: secret.name }))],
  };
}

/** The volumes of the Pod without those that the controller adds for volume claim templates. */
export function ordinaryVolumes(spec: LoosePodSpec, pod: kplus.AbstractPod, own: readonly SandboxVolume[]): LoosePodSpec['volumes'] {
  const placeholders = new Set(own.map((volume) => volume.asVolume()));
  const mounted = [...pod.containers, ...pod.initContainers].flatMap((container) => container.mounts.map((mount) => mount.volume));
  const made = new Set([...mounted, ...pod.volumes].filter((volume) => placeholders.has(volume)).map((volume) => volume.name));
  return spec.volumes?.filter((volume) => !made.has(volume.name));
}

/** The containers with the workspaces that wait for them. Throws if a workspace names a container that is not there. */
export function mountedContainers(spec: LoosePodSpec, mounts: readonly PendingMount[]): Pick<LoosePodSpec, 'containers' | 'initContainers'> {
  const names = [...spec.containers, ...(spec.initContainers ?? [])].map((container) => container.name);
  const targets = mounts.map(({ volume, path, containerName = spec.containers[0]?.name ?? '' }) => {
    if (!names.includes(containerName))
      throw new Error(`workspace ${volume.name}: containerName: there is no container ${JSON.stringify(containerName)}; there are ${names.join(', ')}`);
    return { containerName, mount: { name: volume.name, mountPath: path } };
  });
  const mounted = (container: kplus.k8s.Container): kplus.k8s.Container => {
    const added = targets.filter(({ containerName }) => containerName === container.name).map(({ mount }) => mount);
    return added.length > 0 ? { ...container, volumeMounts: [...(container.volumeMounts ?? []), ...added] } : container;
  };
  return { containers: spec.containers.map(mounted), initContainers: spec.initContainers?.map(mounted) };
}
