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

/** Groups of kinds that Pods and their volumes are refused without. */
const CLASS_GROUPS: ReadonlySet<string> = new Set(['scheduling.k8s.io', 'node.k8s.io', 'storage.k8s.io']);

/**
 * What is healthy only once something else is there: an HPA its pool, a PersistentVolumeClaim its Pod, an Ingress its controller. Argo CD goes
 * on to the next wave only when all of a wave is healthy, so anything of this kind before the last wave can block the rest for ever.
 */
const WAITING_GROUPS: ReadonlySet<string> = new Set(['apps', 'batch', 'autoscaling', 'keda.sh', 'gateway.networking.k8s.io']);

const CONTROLLER_NAMES: ReadonlySet<string> = new Set([CONTROLLER_NAME, TUNING_CONFIG_MAP]);

type Test = (object: ApiObject) => boolean;
const is =
  (group: string, ...kinds: readonly string[]): Test =>
  ({ apiGroup, kind }) =>
    apiGroup === group && kinds.includes(kind);

/** What others need comes first, what waits for others last. The first row that fits decides. */
const WAVES: ReadonlyArray<readonly [wave: number, test: Test]> = [
  [-2, is('apiextensions.k8s.io', 'CustomResourceDefinition')],
  [-2, is('core', 'Namespace')],
  [-2, ({ apiGroup }) => CLASS_GROUPS.has(apiGroup)],
  [-1, is('core', 'ServiceAccount')],
  [-1, ({ apiGroup }) => apiGroup === 'rbac.authorization.k8s.io'],
  [-1, ({ name, metadata }) => CONTROLLER_NAMES.has(name) || metadata.namespace === SYSTEM_NAMESPACE],
  [1, (object) => is(EXTENSIONS_GROUP, SANDBOX_WARM_POOL.kind)(object) && hasMembers(object)],
  [2, is(EXTENSIONS_GROUP, SANDBOX_WARM_POOL.kind, SANDBOX_CLAIM.kind)],
  [2, is(CORE_GROUP, SANDBOX.kind)],
  [2, is('core', 'Pod', 'ReplicationController', 'Service', 'PersistentVolumeClaim')],
  [2, is('networking.k8s.io', 'Ingress')],
  [2, ({ apiGroup }) => WAITING_GROUPS.has(apiGroup)],
];

/** The wave of an object. */
export const waveOf = (object: ApiObject): number => WAVES.find(([, fits]) => fits(object))?.[0] ?? 0;

/** A pool that is or may be scaled to zero is Suspended, and for that Argo CD waits for ever in any wave but the last. */
function hasMembers(pool: ApiObject): boolean {
  // The manifest of a pool; cdk8s types it `any`.
  const { spec } = pool.toJson() as { readonly spec?: { readonly replicas?: number } };
  return (spec?.replicas ?? 0) > 0;
}

/** Whether the object's kind comes from a CRD. cdk8s calls the group of `v1` `core`. */
export const isCustom = ({ apiGroup }: Pick<ApiObject, 'apiGroup'>): boolean => apiGroup !== 'core' && !BUILT_IN_GROUPS.has(apiGroup);
