/** What the controller may do (spec 07 §7): the minimum. The installation renders these rules; the controller's tests run with exactly them. */
import { TUNING_CONFIG_MAP } from './installation';
import { CORE_GROUP, EXTENSIONS_GROUP } from './kinds';

/** One rule of a Role or ClusterRole. */
export interface RbacRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

const rule = (group: string, resources: string, verbs: string): RbacRule => ({
  apiGroups: [group],
  resources: resources.split(' '),
  verbs: verbs.split(' '),
});

/** Events go where the object is that they tell of: those of the election into the controller's own namespace, even where it watches others alone. */
export const EVENTS_RULE: RbacRule = { ...rule('', 'events', 'create patch'), apiGroups: ['', 'events.k8s.io'] };

/** ClusterRole `agent-sandbox-controller`. `finalizers` are needed only so that blockOwnerDeletion is permitted where the cluster enforces it. */
export const CORE_RULES: readonly RbacRule[] = [
  rule('', 'pods', 'get list watch create patch delete'),
  rule('', 'services', 'get list watch create patch delete'),
  // Data are never deleted. Where the cluster asks for the right to delete of whoever sets an owner, a claim that nobody owns cannot be taken over.
  rule('', 'persistentvolumeclaims', 'get list watch create patch'),
  EVENTS_RULE,
  rule(CORE_GROUP, 'sandboxes', 'get list watch patch delete'),
  rule(CORE_GROUP, 'sandboxes/status', 'patch'),
  rule(CORE_GROUP, 'sandboxes/finalizers', 'update'),
];

/** ClusterRole `agent-sandbox-controller-extensions`, in addition to the core's. */
export const EXTENSIONS_RULES: readonly RbacRule[] = [
  rule(CORE_GROUP, 'sandboxes', 'create'),
  rule(EXTENSIONS_GROUP, 'sandboxclaims', 'get list watch patch delete'),
  rule(EXTENSIONS_GROUP, 'sandboxtemplates', 'get list watch patch'),
  rule(EXTENSIONS_GROUP, 'sandboxwarmpools', 'get list watch'),
  rule(EXTENSIONS_GROUP, 'sandboxclaims/status sandboxwarmpools/status', 'patch'),
  rule(EXTENSIONS_GROUP, 'sandboxclaims/finalizers sandboxtemplates/finalizers sandboxwarmpools/finalizers', 'update'),
  rule('networking.k8s.io', 'networkpolicies', 'get list watch create patch delete'),
];

/** Role `agent-sandbox-controller` in the controller's own namespace: the Lease and the tuning. */
export const OWN_NAMESPACE_RULES: readonly RbacRule[] = [
  rule('coordination.k8s.io', 'leases', 'get list watch create update patch'),
  { ...rule('', 'configmaps', 'get'), resourceNames: [TUNING_CONFIG_MAP] },
];
