/** Wire strings of conditions (spec 02 §4). Clients compare them, so they never change. */

/** Condition types; no other type is ever written. */
export const CONDITION = {
  ready: 'Ready',
  suspended: 'Suspended',
  podScheduled: 'PodScheduled',
  finished: 'Finished',
} as const;

/** Reasons on a Sandbox (spec 02 §4.1). A claim's Ready copies those of its Sandbox. */
export const SANDBOX_REASON = {
  dependenciesReady: 'DependenciesReady',
  dependenciesNotReady: 'DependenciesNotReady',
  multiplePods: 'MultiplePods',
  invalidConfiguration: 'InvalidConfiguration',
  reconcilerError: 'ReconcilerError',
  sandboxSuspended: 'SandboxSuspended',
  podSucceeded: 'PodSucceeded',
  podFailed: 'PodFailed',
  sandboxExpired: 'SandboxExpired',
  notSuspended: 'NotSuspended',
  podTerminated: 'PodTerminated',
  podTerminating: 'PodTerminating',
  podNotOwned: 'PodNotOwned',
  podStateUnknown: 'PodStateUnknown',
  podScheduled: 'PodScheduled',
  podSchedulingUnknown: 'PodSchedulingUnknown',
} as const;

/** Reasons that only a claim has (spec 02 §4.2). */
export const CLAIM_REASON = {
  sandboxNotReady: 'SandboxNotReady',
  sandboxMissing: 'SandboxMissing',
  claimExpired: 'ClaimExpired',
  templateNotFound: 'TemplateNotFound',
  warmPoolNotFound: 'WarmPoolNotFound',
  adoptionConflict: 'AdoptionConflict',
  sandboxCreatePending: 'SandboxCreatePending',
  invalidMetadata: 'InvalidMetadata',
  envVarsInjectionRejected: 'EnvVarsInjectionRejected',
  volumeClaimTemplatesError: 'VolumeClaimTemplatesError',
} as const;

/** Messages without a variable part (spec 02 §4.1). */
export const SANDBOX_MESSAGE = {
  podIsReady: 'Pod is Ready',
  podDoesNotExist: 'Pod does not exist',
  podIsRunning: 'Pod is Running but not Ready',
  podHasNoIps: 'Pod is Ready but has no podIPs yet',
  podIsTerminating: 'Pod is terminating',
  /** Follows one of the above when a Service is required. */
  serviceExists: '; Service Exists',
  /** Follows one of the above when a Service is required. */
  serviceDoesNotExist: '; Service does not exist',
  isSuspending: 'Sandbox is suspending',
  isSuspended: 'Sandbox is suspended',
  podSucceeded: 'Pod completed successfully',
  podFailed: 'Pod failed',
  expired: 'Sandbox has expired',
  notSuspended: 'Sandbox is not suspended',
  podTerminated: 'Pod has been terminated. Sandbox is suspended',
  podTerminating: 'Pod is terminating. Sandbox is suspending',
  podNotOwned: 'Refused to delete pod because it is not owned by this sandbox',
  suspensionUnknown: 'Pod state is unknown. Sandbox suspension cannot be confirmed',
  schedulingNotReported: 'Pod has not reported a PodScheduled condition yet',
  schedulingUnknown: 'Pod state is unknown. Pod scheduling cannot be determined',
} as const;

/** Messages without a variable part (spec 02 §4.2). */
export const CLAIM_MESSAGE = {
  sandboxNotReady: 'Sandbox is not ready',
  sandboxExpired: 'Underlying Sandbox resource has expired independently of the Claim.',
  sandboxMissing: 'Sandbox does not exist',
  claimExpired: 'Claim expired. Sandbox cleanup initiated.',
  createPending: 'Sandbox already created; waiting for cache to converge',
} as const;

/** Reasons of a claim's Ready=False after which waiting is pointless (spec 02 §4.4, both lists). */
export const TERMINAL_CLAIM_REASONS: readonly string[] = [
  CLAIM_REASON.invalidMetadata,
  CLAIM_REASON.envVarsInjectionRejected,
  CLAIM_REASON.volumeClaimTemplatesError,
  CLAIM_REASON.claimExpired,
  SANDBOX_REASON.sandboxExpired,
  CLAIM_REASON.templateNotFound,
  CLAIM_REASON.warmPoolNotFound,
  SANDBOX_REASON.invalidConfiguration,
  SANDBOX_REASON.podFailed,
  SANDBOX_REASON.podSucceeded,
];

/** Reasons of a Sandbox's Ready=False that need a person: those of spec 13 §12.3, and a Pod that ended well, which starts no more either. */
export const TERMINAL_SANDBOX_REASONS: readonly string[] = [
  SANDBOX_REASON.podFailed,
  SANDBOX_REASON.invalidConfiguration,
  SANDBOX_REASON.multiplePods,
  SANDBOX_REASON.sandboxExpired,
  SANDBOX_REASON.podSucceeded,
];
