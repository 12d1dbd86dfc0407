import type * as kplus from 'cdk8s-plus-28';
import type { IConstruct } from 'constructs';
import type { PodSpecOverlay, SeccompProfile, Toleration, TopologySpreadConstraint } from '../api/k8s.generated';
import type { SandboxPodMetadata, SandboxVolumeClaimTemplate } from '../api/types.generated';
import type { Isolation } from './isolation';
import type { NetworkAccess } from './network-access';

/**
 * The Pod of a Sandbox or of a template: everything a Pod of cdk8s-plus has, what its model lacks, and what is particular to sandboxes.
 *
 * Of cdk8s-plus's defaults those for security stay: non-root, no privilege escalation, read-only root file system, no service account token.
 * Others are left out because a reviewer did not ask for them: images are pulled `IfNotPresent` instead of `Always` (a pool that starts
 * members all day would pull each time, and no member could start while the registry is away), a container with a port has no startup
 * probe (an agent may listen late, or never), and there are no CPU or memory figures (1 CPU per idle member is what fills a cluster).
 *
 * `isolate: true` means `network: NetworkAccess.none()`; giving both is an error.
 */
export interface SandboxPodProps extends kplus.AbstractPodProps {
  /**
   * Labels and annotations of the Pod. Keys below agents.x-k8s.io belong to the system and are refused.
   * @default - none
   */
  readonly podMetadata?: SandboxPodMetadata;
  /**
   * Which runtime keeps the Pod apart from its node.
   * @default - the runtime of the cluster, usually runc, which shares the kernel of the node
   */
  readonly isolation?: Isolation;
  /**
   * What may reach the Pod and what it may reach. NetworkPolicies add up: what `connections` opens is open as well.
   * It also says where names are resolved, unless `dns` does; a resolver of your own must be opened too, by `allowDns`.
   * @default NetworkAccess.secureDefault() - an agent runs code that nobody has read
   */
  readonly network?: NetworkAccess;
  /**
   * Whether each Sandbox has a headless Service of its name. `true` makes it, `false` removes it.
   * @default - none is made, one that is there is kept
   */
  readonly service?: boolean;
  /**
   * PersistentVolumeClaims to make for each Sandbox. `addWorkspace` makes one and mounts it in one move.
   * @default - none
   */
  readonly volumeClaimTemplates?: SandboxVolumeClaimTemplate[];
  /**
   * Taints that the Pod tolerates, beside those of `scheduling.tolerate`. Those of an isolation belong into its RuntimeClass.
   * @default - none
   */
  readonly tolerations?: Toleration[];
  /**
   * Labels that the node must have.
   * @default - any node
   */
  readonly nodeSelector?: { readonly [key: string]: string };
  /**
   * Name of the PriorityClass.
   * @default - the one that is the cluster's default
   */
  readonly priorityClassName?: string;
  /**
   * Secrets with the passwords of image registries, beside `dockerRegistryAuth`.
   * @default - none
   */
  readonly imagePullSecrets?: kplus.ISecret[];
  /**
   * `false` gives the Pod a user namespace of its own: root in a container is nobody on the node.
   * @default - users of the node
   */
  readonly hostUsers?: boolean;
  /**
   * Which system calls the containers may make.
   * @default - what the node is configured for
   */
  readonly seccompProfile?: SeccompProfile;
  /**
   * How Pods spread over zones and nodes.
   * @default - as the scheduler is configured
   */
  readonly topologySpreadConstraints?: TopologySpreadConstraint[];
  /**
   * Name of the scheduler.
   * @default - the cluster's
   */
  readonly schedulerName?: string;
  /**
   * Whether containers see each other's processes.
   * @default false
   */
  readonly shareProcessNamespace?: boolean;
  /**
   * Whether each container gets variables with the addresses of all Services of the namespace.
   * @default true
   */
  readonly enableServiceLinks?: boolean;
  /**
   * Anything else of a PodSpec, laid over the rest: objects member by member, containers, volumes and variables by name, ports by
   * number, mounts by path; other lists are replaced. Unknown fields are errors here too.
   * @default - nothing
   */
  readonly podSpec?: PodSpecOverlay;
  /**
   * A Pod or workload of cdk8s-plus, any version from 28 to 34, whose Pod this object takes over. Its own object is no longer rendered;
   * its defaults and labels stay as they are. No property of `AbstractPodProps` but `metadata` goes together with it.
   * @default - the Pod described by the other properties
   */
  readonly pod?: IConstruct;
}
