import { SANDBOX, SANDBOX_CLAIM, SANDBOX_TEMPLATE, SANDBOX_WARM_POOL, type Kind } from '../../api/kinds';
import type { Json, JsonObject } from '../../api/render';
import { shown, type Finding, type Policy } from './policy';
import { groupOf, isList, isObject, keyOf, labelOf, listAt, nameOf, textAt, valueAt, type RenderedObject } from './rendered-object';

const VOLUMES = ['spec', 'volumeClaimTemplates'] as const;

export const IMMUTABLE_VOLUMES: Policy = {
  name: 'baseline/volumeClaimTemplates',
  reason: 'volumeClaimTemplates of a Sandbox are immutable; the API server refuses the whole object.',
  remedy: 'Keep them as they were and change the PersistentVolumeClaim itself, or give the Sandbox another name; data does not move along.',
  find: ({ objects, baseline = [] }) => {
    const before = new Map(baseline.map((object) => [keyOf(object), object]));
    return objects.filter(isKind(SANDBOX)).flatMap((object): Finding[] => {
      const old = before.get(keyOf(object));
      const change = old && findDifference(valueAt(old.manifest, ...VOLUMES), valueAt(object.manifest, ...VOLUMES), VOLUMES.join('.'));
      return old && change ? [{ object, path: change.path, found: shown(change.now), expected: `${shown(change.before)} as in ${old.source}` }] : [];
    });
  },
};

export const KEPT_VOLUMES: Policy = {
  name: 'baseline/removedVolumes',
  reason: 'A GitOps tool deletes what is gone from Git, and with a Sandbox go its PersistentVolumeClaims and their data.',
  remedy:
    'If only its name changed, set the old name (metadata.name). To keep it, deploy it once with GitOps.retainOnPrune and remove it then; ' +
    'if its data may go, deploy the removal without this policy.',
  find: ({ objects, baseline = [] }) => {
    const now = new Set(objects.map(keyOf));
    const gone = baseline.filter((object) => !now.has(keyOf(object)) && !isRetained(object) && hasVolumes(object, baseline));
    const before = new Set(baseline.map(keyOf));
    const added = objects.filter((object) => !before.has(keyOf(object)));
    return gone.map((object): Finding => {
      const heir = added.find(({ manifest }) => isHeir(manifest, object.manifest));
      const found = heir ? `nothing; ${labelOf(heir)} has the same spec` : 'nothing';
      return { object, path: 'metadata.name', found, expected: `${shown(nameOf(object.manifest))} as in ${object.source}` };
    });
  },
};

const isKind =
  ({ group, kind }: Kind) =>
  ({ manifest }: RenderedObject): boolean =>
    groupOf(manifest) === group && textAt(manifest, 'kind') === kind;

/** Whether deleting the object deletes PersistentVolumeClaims. A claim has those of its template too. */
function hasVolumes(object: RenderedObject, all: readonly RenderedObject[]): boolean {
  if (isKind(SANDBOX)(object)) return hasTemplates(object);
  if (!isKind(SANDBOX_CLAIM)(object)) return false;
  const pool = findReferred(object, SANDBOX_WARM_POOL, 'warmPoolRef', all);
  const template = pool && findReferred(pool, SANDBOX_TEMPLATE, 'sandboxTemplateRef', all);
  return hasTemplates(object) || (template !== undefined && hasTemplates(template));
}

const hasTemplates = ({ manifest }: RenderedObject): boolean => listAt(manifest, ...VOLUMES).length > 0;

function findReferred(from: RenderedObject, kind: Kind, field: string, all: readonly RenderedObject[]): RenderedObject | undefined {
  const namespace = textAt(from.manifest, 'metadata', 'namespace');
  const name = textAt(from.manifest, 'spec', field, 'name');
  return all.filter(isKind(kind)).find(({ manifest }) => nameOf(manifest) === name && textAt(manifest, 'metadata', 'namespace') === namespace);
}

/** Whether what was deployed last tells Argo CD, Flux or Helm to keep it. */
function isRetained({ manifest }: RenderedObject): boolean {
  const annotation = (key: string): string => textAt(manifest, 'metadata', 'annotations', key);
  const options = annotation('argocd.argoproj.io/sync-options').split(',');
  return (
    options.some((option) => /^\s*Prune=(false|confirm)\s*$/.test(option)) ||
    annotation('kustomize.toolkit.fluxcd.io/prune') === 'disabled' ||
    annotation('helm.sh/resource-policy') === 'keep'
  );
}

const isHeir = (candidate: JsonObject, of: JsonObject): boolean =>
  textAt(candidate, 'kind') === textAt(of, 'kind') &&
  groupOf(candidate) === groupOf(of) &&
  findDifference(valueAt(candidate, 'spec'), valueAt(of, 'spec'), '') === undefined;

interface Difference {
  readonly path: string;
  readonly before: Json | undefined;
  readonly now: Json | undefined;
}

/** The first difference as the API server sees it: `1Gi` and `1024Mi` differ, and so do absent and empty. */
function findDifference(before: Json | undefined, now: Json | undefined, path: string): Difference | undefined {
  if (before === now) return undefined;
  const members = pairs(before, now);
  if (!members) return { path, before, now };
  for (const { step, ...member } of members) {
    const difference = findDifference(member.before, member.now, path + step);
    if (difference) return difference;
  }
  return undefined;
}

/** The members of two lists or two objects, side by side; undefined if the values are not both the one or the other. */
function pairs(before: Json | undefined, now: Json | undefined): ReadonlyArray<Omit<Difference, 'path'> & { readonly step: string }> | undefined {
  if (isObject(before) && isObject(now)) {
    return [...new Set([...Object.keys(before), ...Object.keys(now)])].map((key) => ({ step: `.${key}`, before: before[key], now: now[key] }));
  }
  if (!isList(before) || !isList(now)) return undefined;
  return Array.from({ length: Math.max(before.length, now.length) }, (_, index) => ({ step: `[${index}]`, before: before[index], now: now[index] }));
}
