import { CONTROLLER_NAME } from '../../../api/installation';
import { CORE_RULES, EXTENSIONS_RULES, OWN_NAMESPACE_RULES, type RbacRule } from '../../../api/rbac';
import type { KubeObject, Resource } from '../../../runtime/object';
import { ok, warning, type Finding } from './finding';
import { rightsIn, rightText, type Right } from './rights';

export interface Role extends KubeObject {
  readonly rules?: ReadonlyArray<Partial<RbacRule> & { readonly verbs: readonly string[]; readonly nonResourceURLs?: readonly string[] }> | null;
}

export interface Binding extends KubeObject {
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects?: ReadonlyArray<{ readonly kind: string; readonly name: string; readonly namespace?: string }>;
}

const GROUP = { group: 'rbac.authorization.k8s.io', version: 'v1' };
export const CLUSTER_ROLES: Resource<Role> = { ...GROUP, kind: 'ClusterRole', plural: 'clusterroles' };
export const ROLES: Resource<Role> = { ...GROUP, kind: 'Role', plural: 'roles' };
export const CLUSTER_ROLE_BINDINGS: Resource<Binding> = { ...GROUP, kind: 'ClusterRoleBinding', plural: 'clusterrolebindings' };
export const ROLE_BINDINGS: Resource<Binding> = { ...GROUP, kind: 'RoleBinding', plural: 'rolebindings' };

/** A role that the controller's ServiceAccount has, and where. */
export interface Held {
  readonly binding: Binding;
  readonly role: Role;
}

/** Whether a binding gives its role to the controller. */
export const isOfController = ({ subjects = [] }: Binding, namespace: string): boolean =>
  subjects.some((subject) => subject.kind === 'ServiceAccount' && subject.name === CONTROLLER_NAME && subject.namespace === namespace);

/** Whether the controller has more rights than it needs. What an earlier installation gave it stays after an upgrade. */
export function judgeControllerRights(held: readonly Held[], namespace: string): readonly Finding[] {
  const account = `ServiceAccount ${namespace}/${CONTROLLER_NAME}`;
  if (held.length === 0) return [ok(`${account} has no role yet; the installation gives it no more than it needs`)];
  const wide = held.flatMap(({ binding, role }) => {
    const excess = excessOf(role, binding.metadata.namespace === namespace);
    const title = `${binding.roleRef.kind} ${role.metadata.name}`;
    return excess.length === 0
      ? []
      : [warning(`${title} lets the controller ${listed(excess)}, which it does not need`, `apply the installation, or take ${bindingText(binding)} away`)];
  });
  return wide.length > 0 ? wide : [ok(`${account} may do no more than it needs`)];
}

const bindingText = ({ metadata: { name, namespace } }: Binding): string =>
  namespace === undefined ? `ClusterRoleBinding ${name}` : `RoleBinding ${namespace}/${name}`;

/** What a role allows beyond the rules of this release. */
function excessOf({ rules }: Role, isInOwnNamespace: boolean): readonly string[] {
  const needed = [...CORE_RULES, ...EXTENSIONS_RULES, ...(isInOwnNamespace ? OWN_NAMESPACE_RULES : [])].flatMap(rightsIn);
  const isNeeded = (right: Right): boolean =>
    needed.some(
      (known) => known.group === right.group && known.resource === right.resource && known.verb === right.verb && (known.name ?? right.name) === right.name,
    );
  const given = (rules ?? []).flatMap((rule) => rightsIn({ apiGroups: [], resources: [], ...rule }));
  const urls = (rules ?? []).flatMap(({ nonResourceURLs = [], verbs }) => nonResourceURLs.map((url) => `${verbs.join(' ')} ${url}`));
  return [...given.filter((right) => !isNeeded(right)).map(rightText), ...urls];
}

// One line of a report.
const SHOWN = 5;
const listed = (texts: readonly string[]): string => texts.slice(0, SHOWN).join(', ') + (texts.length > SHOWN ? `, and ${texts.length - SHOWN} more` : '');
