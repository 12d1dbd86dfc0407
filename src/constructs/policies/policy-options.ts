/** A resource of which containers can be required to have a limit. */
export enum LimitedResource {
  /** CPU time. A container over its limit is slowed down. */
  CPU = 'cpu',
  /** Memory. A container over its limit is killed, one without can take the whole node. */
  MEMORY = 'memory',
  /** Disk space of the node: the container's own layer, its logs and its emptyDir volumes. */
  EPHEMERAL_STORAGE = 'ephemeral-storage',
}

/** A way from a container to its node: all that level `baseline` of the Pod Security Standards forbids, every added capability and privilege escalation. */
export enum HostAccess {
  /** `hostNetwork: true` */
  HOST_NETWORK = 'hostNetwork',
  /** `hostPID: true` */
  HOST_PID = 'hostPID',
  /** `hostIPC: true` */
  HOST_IPC = 'hostIPC',
  /** Volumes of type `hostPath`. */
  HOST_PATH = 'hostPath',
  /** `hostPort` of a container's port. */
  HOST_PORT = 'hostPort',
  /** `windowsOptions.hostProcess: true` */
  HOST_PROCESS = 'hostProcess',
  /** `host` of a probe or lifecycle hook: the kubelet calls that address out of the node's network. */
  PROBE_HOST = 'probeHost',
  /** `privileged: true` */
  PRIVILEGED = 'privileged',
  /** `allowPrivilegeEscalation` that is not `false`. Absent means `true`. */
  PRIVILEGE_ESCALATION = 'allowPrivilegeEscalation',
  /** Anything in `capabilities.add`. */
  CAPABILITIES = 'capabilities',
  /** `procMount` other than `Default`. */
  PROC_MOUNT = 'procMount',
  /** `seccompProfile` of type `Unconfined`. */
  SECCOMP_UNCONFINED = 'seccompProfile',
  /** `appArmorProfile` of type `Unconfined`. */
  APP_ARMOR_UNCONFINED = 'appArmorProfile',
  /** `seLinuxOptions` with a user, a role, or a type that is not for containers. */
  SE_LINUX_OPTIONS = 'seLinuxOptions',
  /** Anything in `sysctls`. */
  SYSCTLS = 'sysctls',
}

/** What is checked in all Sandboxes and SandboxTemplates of an app, and how. */
export interface AgentSandboxPolicyOptions {
  /**
   * The limits that each container and init container must have, unless the Pod as a whole has them. Empty: none.
   * @default - memory: a container without that limit can take its whole node down; one without a CPU limit only gets what is left
   */
  readonly requiredLimits?: LimitedResource[];
  /**
   * The names that `runtimeClassName` may have. A Pod without one is then refused too.
   * @default - any, also none
   */
  readonly allowedRuntimeClasses?: string[];
  /**
   * Where images may come from: hosts such as `ghcr.io`, or a part of a host such as `ghcr.io/acme`. Docker Hub is `docker.io`, its
   * images without an owner are in `docker.io/library`.
   * @default - anywhere
   */
  readonly allowedRegistries?: string[];
  /**
   * Whether images must be named by digest, so that what was reviewed is what runs.
   * @default false - digests need a tool that keeps them up to date
   */
  readonly requireDigest?: boolean;
  /**
   * The ways to the node that are allowed nevertheless.
   * @default - none
   */
  readonly allowedHostAccess?: HostAccess[];
  /**
   * Whether an object may be rendered only once, and, where the app writes one file per object, each into a file of its own.
   * @default true
   */
  readonly uniqueObjects?: boolean;
  /**
   * Folder with what the same app rendered before, such as a checkout of the main branch's `dist`, relative to the working folder. Against
   * it are checked `volumeClaimTemplates`, which the API server lets nobody change, and that no Sandbox or claim with volumes is gone, because
   * a GitOps tool would delete it with its data. It must not be the output folder: synthesis deletes that first.
   * @default - not checked
   */
  readonly baseline?: string;
}
