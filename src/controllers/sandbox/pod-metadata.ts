import { ANNOTATIONS, LABELS, normalizedCreator } from '../../api/keys';
import { isReservedKey, nameHash } from '../../api/names';
import type { Sandbox } from '../shared/objects';
import { findExtensionOwnerKind } from '../shared/ownership';
import type { Settings } from './observe';

type Texts = Readonly<Record<string, string>>;

/** Labels and annotations of a Pod. */
export interface PodMetadata {
  readonly labels: Texts;
  readonly annotations: Texts;
}

const NONE: PodMetadata = { labels: {}, annotations: {} };

/**
 * What a Pod's labels and annotations must be, given what they are (spec 03 §5.5): keys of the template and of the system are set, keys that
 * were once propagated and no longer are go, keys of others stay. A tenant cannot set a reserved key through the template.
 */
export function podMetadata(sandbox: Sandbox, settings: Settings, present: PodMetadata = NONE): PodMetadata {
  const template = templateMetadata(sandbox, settings);
  const system = systemLabels(sandbox, settings);
  const labels = { ...kept(present.labels, present.annotations[ANNOTATIONS.propagatedLabels], template.labels), ...template.labels };
  const annotations = { ...kept(present.annotations, present.annotations[ANNOTATIONS.propagatedAnnotations], template.annotations), ...template.annotations };
  return {
    labels: defined({ ...labels, ...system }),
    annotations: defined({
      ...annotations,
      [ANNOTATIONS.propagatedLabels]: listOf(template.labels, present.annotations[ANNOTATIONS.propagatedLabels]),
      [ANNOTATIONS.propagatedAnnotations]: listOf(template.annotations, present.annotations[ANNOTATIONS.propagatedAnnotations]),
    }),
  };
}

/** The labels and annotations of the template that may reach the Pod, the eviction default of members included. */
function templateMetadata(sandbox: Sandbox, settings: Settings): PodMetadata {
  const { labels = {}, annotations = {} } = sandbox.spec.podTemplate.metadata ?? {};
  const evictable = settings.isWarmPoolEvictionEnabled && findExtensionOwnerKind(sandbox) === 'SandboxWarmPool';
  return {
    labels: unreserved(labels),
    annotations: unreserved({ ...(evictable && { [ANNOTATIONS.safeToEvict]: 'true' }), ...annotations }),
  };
}

/** The labels that the controller itself computes (spec 02 §1.2); undefined where the Pod must not have one. */
function systemLabels(sandbox: Sandbox, settings: Settings): Readonly<Record<string, string | undefined>> {
  const own = sandbox.metadata.labels ?? {};
  const owner = findExtensionOwnerKind(sandbox);
  const only = (isExpected: boolean, key: string): string | undefined => (isExpected ? own[key] || undefined : undefined);
  const creator = own[LABELS.createdBy];
  return {
    [LABELS.sandboxNameHash]: nameHash(sandbox.metadata.name),
    [LABELS.templateRefHash]: only(owner !== undefined, LABELS.templateRefHash),
    [LABELS.warmPool]: only(owner === 'SandboxWarmPool', LABELS.warmPool),
    [LABELS.claimUid]: only(owner === 'SandboxClaim', LABELS.claimUid),
    [LABELS.createdBy]: creator ? normalizedCreator(creator, settings.createdByValues) : undefined,
    ...(settings.isPodSandboxUidLabelled && { [LABELS.sandboxUid]: sandbox.metadata.uid }),
  };
}

/** What is there, without the keys of the list of once propagated ones that the template has no more. */
function kept(present: Texts, list: string | undefined, wanted: Texts): Texts {
  const gone = (list ?? '').split(',').filter((key) => key !== '' && !Object.hasOwn(wanted, key) && !KEPT_THOUGH_LISTED.has(key));
  return gone.length === 0 ? present : without(present, (key) => gone.includes(key));
}

// An older controller listed these too; they are not the template's to take away.
const KEPT_THOUGH_LISTED: ReadonlySet<string> = new Set([LABELS.sandboxNameHash, ANNOTATIONS.propagatedLabels, ANNOTATIONS.propagatedAnnotations]);

const isForbidden = (key: string): boolean => isReservedKey(key) || key === ANNOTATIONS.traceContext;

const unreserved = (texts: Texts): Texts => without(texts, isForbidden);

/** Sorted and joined by comma. An empty list is written only where a list stood before. */
function listOf(managed: Texts, before: string | undefined): string | undefined {
  const list = Object.keys(managed).sort().join(',');
  return list === '' && !before ? before : list;
}

const defined = (texts: Readonly<Record<string, string | undefined>>): Texts => without(texts, () => false);

/** A copy without some keys, and without those that have no value. A loop, because every round of every pass makes several. */
function without(texts: Readonly<Record<string, string | undefined>>, isLeftOut: (key: string) => boolean): Texts {
  const left: Record<string, string> = {};
  for (const key of Object.keys(texts)) {
    const value = texts[key];
    if (value !== undefined && !isLeftOut(key)) left[key] = value;
  }
  return left;
}
