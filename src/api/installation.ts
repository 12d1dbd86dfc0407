/** Names of the installation (spec 07 §7-8). Tools wait for them, collect logs by them and patch arguments in them, so they never change. */

/** Namespace of the controller. */
export const SYSTEM_NAMESPACE = 'agent-sandbox-system';
/** ServiceAccount, Role, ClusterRole, Service, Deployment and container of the controller, and its label `app`. */
export const CONTROLLER_NAME = 'agent-sandbox-controller';
/** ClusterRole of the controllers of templates, claims and pools. */
export const EXTENSIONS_ROLE = 'agent-sandbox-controller-extensions';

/** The Lease of whoever leads (spec 07 §4). Every implementation takes the same one, so that two never run at once. */
export const LEASE_NAME = 'a3317529.agent-sandbox.x-k8s.io';

/** The ConfigMap that tunes the controller (spec 07 §2). */
export const TUNING_CONFIG_MAP = 'agent-sandbox-config';
/** Where it is mounted. */
export const TUNING_FOLDER = '/etc/sandbox-config';
/** Its one key that is no flag, read from the mounted file (spec 07 §3). */
export const ALLOWED_LABEL_DOMAINS = 'allowed-label-domains';
