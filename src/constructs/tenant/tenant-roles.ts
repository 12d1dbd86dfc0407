import { CORE_GROUP, EXTENSIONS_GROUP, SANDBOX, SANDBOX_CLAIM, SANDBOX_TEMPLATE, SANDBOX_WARM_POOL } from '../../api/kinds';
import type { RbacRule } from '../../api/rbac';

/** A Role of a tenant: its name, and what it allows. */
export interface TenantRole {
  readonly name: string;
  readonly rules: readonly RbacRule[];
}

/** May make, use and give back claims (spec 07 §7). The Sandbox is readable, because clients wait for it and ask where it runs. */
export const CLAIMER: TenantRole = {
  name: 'agent-sandbox-claimer',
  rules: [
    { apiGroups: [EXTENSIONS_GROUP], resources: [SANDBOX_CLAIM.plural], verbs: ['create', 'get', 'list', 'watch', 'patch', 'delete'] },
    { apiGroups: [CORE_GROUP], resources: [SANDBOX.plural], verbs: ['get', 'list', 'watch'] },
  ],
};

/** May suspend and resume: `spec.operatingMode` is patched. RBAC knows no fields, so a patch of anything else in the Sandbox is allowed too. */
export const OPERATOR: TenantRole = {
  name: 'agent-sandbox-operator',
  rules: [{ apiGroups: [CORE_GROUP], resources: [SANDBOX.plural], verbs: ['get', 'list', 'watch', 'patch'] }],
};

/** May manage templates and pools, and scale pools. */
export const POOL_MANAGER: TenantRole = {
  name: 'agent-sandbox-pool-manager',
  rules: [
    {
      apiGroups: [EXTENSIONS_GROUP],
      resources: [SANDBOX_TEMPLATE.plural, SANDBOX_WARM_POOL.plural],
      verbs: ['create', 'get', 'list', 'watch', 'update', 'patch', 'delete'],
    },
    { apiGroups: [EXTENSIONS_GROUP], resources: [`${SANDBOX_WARM_POOL.plural}/scale`], verbs: ['get', 'update', 'patch'] },
  ],
};
