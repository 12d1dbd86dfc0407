import type { ApiObject } from 'cdk8s';
import { CONTROLLER_NAME, SYSTEM_NAMESPACE, TUNING_CONFIG_MAP } from '../../api/installation';
import { CORE_GROUP, EXTENSIONS_GROUP, SANDBOX, SANDBOX_CLAIM, SANDBOX_WARM_POOL } from '../../api/kinds';

/** Groups that every API server has; an object of another group may arrive before its CRD. */
const BUILT_IN_GROUPS: ReadonlySet<string> = new Set([
  '',
  'apps',
  'autoscaling',
  'batch',
  'policy',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'certificates.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'events.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'networking.k8s.io',
  'node.k8s.io',
  'rbac.authorization.k8s.io',
  'resource.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
]);

const CONTROLLER_NAMES: ReadonlySet<string> = new Set([CONTROLLER_NAME, TUNING_CONFIG_MAP]);

/** The parts of an ApiObject that decide its wave. */
export type Waved = Pick<ApiObject, 'apiGroup' | 'kind' | 'name'> & { readonly metadata: Pick<ApiObject['metadata'], 'namespace'> };

/** The wave of an object: what others need comes first. */
export function waveOf({ apiGroup, kind, name, metadata }: Waved): number {
  if (kind === 'CustomResourceDefinition' || (apiGroup === 'core' && kind === 'Namespace')) return -2;
  if (apiGroup === 'rbac.authorization.k8s.io' || (apiGroup === 'core' && kind === 'ServiceAccount')) return -1;
  if (CONTROLLER_NAMES.has(name) || metadata.namespace === SYSTEM_NAMESPACE) return -1;
  if (apiGroup === EXTENSIONS_GROUP && kind === SANDBOX_WARM_POOL.kind) return 1;
  if (apiGroup === EXTENSIONS_GROUP && kind === SANDBOX_CLAIM.kind) return 2;
  if (apiGroup === CORE_GROUP && kind === SANDBOX.kind) return 2;
  return 0;
}

/** Whether the object's kind comes from a CRD. cdk8s calls the group of `v1` `core`. */
export const isCustom = ({ apiGroup }: Pick<ApiObject, 'apiGroup'>): boolean => apiGroup !== 'core' && !BUILT_IN_GROUPS.has(apiGroup);
