import { CONTROLLER_NAME, EXTENSIONS_ROLE, SYSTEM_NAMESPACE } from '../../api/installation';
import { CORE_RULES, EVENTS_RULE, EXTENSIONS_RULES, OWN_NAMESPACE_RULES, type RbacRule } from '../../api/rbac';
import type { Manifest } from './manifest';

/** A Role, or without a namespace a ClusterRole, that the controller is bound to. */
interface ControllerRole {
  readonly name: string;
  readonly namespace?: string;
  readonly rules: readonly RbacRule[];
}

const GROUP = 'rbac.authorization.k8s.io';

/** Roles of the controller and their bindings (spec 07 §7): for the whole cluster, or only for the watched namespaces. */
export function accessManifests(extensions: boolean, watchNamespaces: readonly string[] | undefined): Manifest[] {
  return controllerRoles(extensions, watchNamespaces).flatMap(({ name, namespace, rules }) => {
    const kind = namespace === undefined ? 'ClusterRole' : 'Role';
    const shared = { apiVersion: `${GROUP}/v1`, metadata: { name, ...(namespace !== undefined && { namespace }) } };
    const subjects = [{ kind: 'ServiceAccount', name: CONTROLLER_NAME, namespace: SYSTEM_NAMESPACE }];
    return [
      { ...shared, kind, rules },
      { ...shared, kind: `${kind}Binding`, roleRef: { apiGroup: GROUP, kind, name }, subjects },
    ];
  });
}

function controllerRoles(extensions: boolean, watchNamespaces: readonly string[] | undefined): ControllerRole[] {
  const own: ControllerRole = { name: CONTROLLER_NAME, namespace: SYSTEM_NAMESPACE, rules: OWN_NAMESPACE_RULES };
  const work: ControllerRole[] = [{ name: CONTROLLER_NAME, rules: CORE_RULES }, ...(extensions ? [{ name: EXTENSIONS_ROLE, rules: EXTENSIONS_RULES }] : [])];
  if (!watchNamespaces) return [...work, own];
  const watched = watchNamespaces.flatMap((namespace) => work.map((role) => ({ ...role, namespace })));
  // In the controller's own namespace two Roles would have one name.
  const namesake = watched.find(({ name, namespace }) => name === own.name && namespace === own.namespace);
  return [...watched.filter((role) => role !== namesake), { ...own, rules: [...(namesake?.rules ?? [EVENTS_RULE]), ...own.rules] }];
}
