import { CORE_RULES, EXTENSIONS_RULES, OWN_NAMESPACE_RULES, type RbacRule } from '../../src/api/rbac';

/** A rule as a row of the tables of spec 07 §7. */
const row = ({ apiGroups, resources, resourceNames, verbs }: RbacRule): string =>
  [
    apiGroups.map((group) => group || 'core').join(', '),
    [...resources, ...(resourceNames ?? []).map((name) => `name ${name}`)].join(', '),
    verbs.join(' '),
  ].join(' | ');

test.each<[string, readonly RbacRule[], readonly string[]]>([
  [
    'ClusterRole agent-sandbox-controller',
    CORE_RULES,
    [
      'core | pods | get list watch create patch delete',
      'core | services | get list watch create patch delete',
      'core | persistentvolumeclaims | get list watch create patch',
      'core, events.k8s.io | events | create patch',
      'agents.x-k8s.io | sandboxes | get list watch patch delete',
      'agents.x-k8s.io | sandboxes/status | patch',
      'agents.x-k8s.io | sandboxes/finalizers | update',
    ],
  ],
  [
    'ClusterRole agent-sandbox-controller-extensions',
    EXTENSIONS_RULES,
    [
      'agents.x-k8s.io | sandboxes | create',
      'extensions.agents.x-k8s.io | sandboxclaims | get list watch patch delete',
      'extensions.agents.x-k8s.io | sandboxtemplates | get list watch patch',
      'extensions.agents.x-k8s.io | sandboxwarmpools | get list watch',
      'extensions.agents.x-k8s.io | sandboxclaims/status, sandboxwarmpools/status | patch',
      'extensions.agents.x-k8s.io | sandboxclaims/finalizers, sandboxtemplates/finalizers, sandboxwarmpools/finalizers | update',
      'networking.k8s.io | networkpolicies | get list watch create patch delete',
    ],
  ],
  [
    'Role agent-sandbox-controller',
    OWN_NAMESPACE_RULES,
    ['coordination.k8s.io | leases | get list watch create update patch', 'core | configmaps, name agent-sandbox-config | get'],
  ],
])('%s has the rules of the spec and no other', (_, rules, rows) => {
  expect(rules.map(row)).toEqual(rows);
});
