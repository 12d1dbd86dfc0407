import { VERSION } from '../../../api/kinds';
import type { KubeObject, Resource } from '../../../runtime/object';
import { failed, ok, warning, type Finding } from './finding';

/** A CustomResourceDefinition as it is stored. */
export interface Crd extends KubeObject {
  readonly spec: {
    readonly versions: ReadonlyArray<{ readonly name: string; readonly served: boolean; readonly storage: boolean }>;
    readonly conversion?: { readonly strategy: string };
  };
  readonly status?: {
    readonly storedVersions?: readonly string[];
    readonly conditions?: ReadonlyArray<{ readonly type: string; readonly status: string; readonly message?: string }>;
  };
}

export const CRDS: Resource<Crd> = { group: 'apiextensions.k8s.io', version: 'v1', kind: 'CustomResourceDefinition', plural: 'customresourcedefinitions' };

/** Whether the CRD of this name can be installed or replaced (spec 13 §12.5). */
export function judgeCrd(name: string, crd: Crd | undefined): readonly Finding[] {
  if (!crd) return [ok(`${name}: not installed yet`)];
  const problems = [...terminating(crd), ...oldVersions(crd), ...conversion(crd), ...conditions(crd)];
  return problems.length > 0 ? problems : [ok(`${name}: ${VERSION} is served and stored`)];
}

function terminating({ metadata: { name, deletionTimestamp } }: Crd): readonly Finding[] {
  if (deletionTimestamp === undefined) return [];
  return [
    failed(`${name}: is being deleted since ${deletionTimestamp}, and all its objects with it`, 'wait until it is gone; a new installation starts empty'),
  ];
}

/** The API server refuses a CRD without a version in which objects may still be stored. */
function oldVersions({ metadata: { name }, spec, status }: Crd): readonly Finding[] {
  const old = (status?.storedVersions ?? []).filter((version) => version !== VERSION);
  if (old.length === 0) return [];
  const found = `${name}: objects may still be stored as ${old.join(', ')}, and the API server refuses a CRD without that version`;
  const isStored = spec.versions.some((version) => version.name === VERSION && version.storage);
  if (!isStored) return [failed(found, `with the old release, first store ${VERSION}: update to its last version before v1, then run this again`)];
  const patch = JSON.stringify({ status: { storedVersions: [VERSION] } });
  return [
    failed(
      found,
      `write every object once (kubectl get ${name} -A -o json | kubectl replace -f -), then: kubectl patch crd ${name} --subresource=status --type=merge -p '${patch}'`,
    ),
  ];
}

/** An apply leaves a conversion that another tool has written. */
function conversion({ metadata: { name }, spec }: Crd): readonly Finding[] {
  if (spec.conversion?.strategy !== 'Webhook') return [];
  const patch = JSON.stringify([{ op: 'replace', path: '/spec/conversion', value: { strategy: 'None' } }]);
  return [
    warning(
      `${name}: versions are converted by a webhook of an older release, without which its objects cannot be read`,
      `once ${VERSION} is its only version: kubectl patch crd ${name} --type=json -p '${patch}'`,
    ),
  ];
}

function conditions({ metadata: { name, deletionTimestamp }, status }: Crd): readonly Finding[] {
  if (deletionTimestamp !== undefined) return [];
  const bad = (status?.conditions ?? []).filter(({ type, status: value }) => ['Established', 'NamesAccepted'].includes(type) && value !== 'True');
  return bad.map(({ type, message = 'no reason given' }) => failed(`${name}: is not ${type}: ${message}`, 'remove what takes its names, then run this again'));
}
