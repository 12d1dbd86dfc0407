import { loadCrds } from '../../src/api/crds';
import { KINDS } from '../../src/api/kinds';

/** Kinds of other projects that our manifests may hold: group, version, kind, plural. All are namespaced. */
const FOREIGN = [
  ['argoproj.io', 'v1alpha1', 'Application', 'applications'],
  ['argoproj.io', 'v1alpha1', 'AppProject', 'appprojects'],
  ['kustomize.toolkit.fluxcd.io', 'v1', 'Kustomization', 'kustomizations'],
  ['monitoring.coreos.com', 'v1', 'PodMonitor', 'podmonitors'],
  ['monitoring.coreos.com', 'v1', 'PrometheusRule', 'prometheusrules'],
  ['monitoring.coreos.com', 'v1', 'ServiceMonitor', 'servicemonitors'],
  ['source.toolkit.fluxcd.io', 'v1', 'GitRepository', 'gitrepositories'],
] as const;

/**
 * CRDs of our four kinds, which are those that we ship, and of the foreign kinds, which let everything pass. The global setup installs them, and nobody else:
 * a test file that applied the same CRDs while another one looks for drift in them would be that drift. No test deletes them.
 */
export const customKinds = (): readonly object[] => [...loadCrds(), ...FOREIGN.map(permissiveCrd)];

/** Whether a CRD serves the kind: of its lists nobody knows more than the schema says. */
export function isCustom(apiVersion: string, kind: string): boolean {
  const [group] = apiVersion.split('/');
  return KINDS.some((ours) => ours.group === group && ours.kind === kind) || FOREIGN.some((foreign) => foreign[0] === group && foreign[2] === kind);
}

function permissiveCrd([group, version, kind, plural]: (typeof FOREIGN)[number]): object {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: { group, scope: 'Namespaced', names: { kind, plural }, versions: [{ name: version, served: true, storage: true, schema }] },
  };
}
