import { CORE_RULES, EXTENSIONS_RULES, OWN_NAMESPACE_RULES, type RbacRule } from '../../../api/rbac';

/** One thing that somebody may do or not. */
export interface Right {
  readonly group: string;
  /** Plural, with the subresource: `sandboxes/status`. */
  readonly resource: string;
  readonly verb: string;
  /** Absent for all namespaces and for what is in none. */
  readonly namespace?: string;
  /** The only object; absent for all. */
  readonly name?: string;
}

/** `create deployments.apps`, as kubectl writes it. */
export const rightText = ({ group, resource, verb, name }: Right): string =>
  `${verb} ${resource}${group === '' ? '' : `.${group}`}${name === undefined ? '' : ` "${name}"`}`;

/** What `kubectl apply` does with an object. */
const APPLY_VERBS = ['get', 'create', 'patch'];

/** The kinds of an installation whose ConfigMaps hold its tuning or its program; what other options render is not asked for. A test compares them with what is rendered. */
export const INSTALLED: ReadonlyArray<{ readonly group: string; readonly resource: string; readonly isNamespaced: boolean }> = [
  { group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions', isNamespaced: false },
  { group: '', resource: 'namespaces', isNamespaced: false },
  { group: '', resource: 'serviceaccounts', isNamespaced: true },
  { group: 'rbac.authorization.k8s.io', resource: 'clusterroles', isNamespaced: false },
  { group: 'rbac.authorization.k8s.io', resource: 'clusterrolebindings', isNamespaced: false },
  { group: 'rbac.authorization.k8s.io', resource: 'roles', isNamespaced: true },
  { group: 'rbac.authorization.k8s.io', resource: 'rolebindings', isNamespaced: true },
  { group: '', resource: 'services', isNamespaced: true },
  { group: '', resource: 'configmaps', isNamespaced: true },
  { group: 'apps', resource: 'deployments', isNamespaced: true },
];

/** Whoever may do everything needs no further question. */
export const EVERYTHING: Right = { group: '*', resource: '*', verb: '*' };

/** What applying the installation takes. */
export const rightsToApply = (namespace: string): readonly Right[] =>
  INSTALLED.flatMap(({ group, resource, isNamespaced }) => APPLY_VERBS.map((verb) => ({ group, resource, verb, ...(isNamespaced && { namespace }) })));

/** Who may do these may give away rights of any kind. */
export const RIGHTS_TO_GRANT: readonly Right[] = ['escalate', 'bind'].map((verb) => ({ group: 'rbac.authorization.k8s.io', resource: 'clusterroles', verb }));

/** Who may do these may give them to the controller: nobody can give away what they do not have. */
export const rightsOfController = (namespace: string): readonly Right[] => [
  ...[...CORE_RULES, ...EXTENSIONS_RULES].flatMap((rule) => rightsIn(rule)),
  ...OWN_NAMESPACE_RULES.flatMap((rule) => rightsIn(rule)).map((right) => ({ ...right, namespace })),
];

/** Every right of a rule by itself. */
export const rightsIn = ({ apiGroups, resources, verbs, resourceNames }: RbacRule): readonly Right[] =>
  apiGroups.flatMap((group) =>
    resources.flatMap((resource) =>
      verbs.flatMap((verb) => (resourceNames ?? [undefined]).map((name) => ({ group, resource, verb, ...(name !== undefined && { name }) }))),
    ),
  );
