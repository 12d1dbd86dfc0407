import { ANNOTATIONS, LABELS } from '../../api/keys';
import { isReservedKey, nameHash } from '../../api/names';
import { mergePatch } from '../../runtime/merge-patch';
import type { PodTemplate, Sandbox, SandboxClaim, SandboxTemplate, Texts } from '../shared/objects';
import { errorSeen, type Checked } from './problem';

/** Labels and annotations of a podTemplate. */
export interface PodMetadata {
  readonly labels: Texts;
  readonly annotations: Texts;
}

/** The metadata of a podTemplate, with nothing absent. */
export const metadataOf = ({ metadata = {} }: PodTemplate): PodMetadata => ({ labels: metadata.labels ?? {}, annotations: metadata.annotations ?? {} });

/** `spec.podTemplate.metadata` of a claimed Sandbox: the template's, the claim's, and whose it is (spec 05 §7). A claim overrides nothing of its template. */
export function podMetadata(claim: SandboxClaim, template: SandboxTemplate): Checked<PodMetadata> {
  const base = metadataOf(template.spec.podTemplate);
  const conflict = conflictOf('label', base.labels, additional(claim).labels) ?? conflictOf('annotation', base.annotations, additional(claim).annotations);
  return conflict ? { problem: errorSeen(conflict, 'minute') } : { value: claimed(claim, base, nameHash(template.metadata.name)) };
}

/**
 * The same for a member whose template cannot be read: what the member has, without the eviction default of its pool. The claim's metadata fills only
 * gaps, because what is there may be the template's.
 */
export function podMetadataWithoutTemplate(claim: SandboxClaim, member: Sandbox): PodMetadata {
  const present = metadataOf(member.spec.podTemplate);
  const kept = Object.entries(present.annotations).filter(([key, value]) => key !== ANNOTATIONS.safeToEvict || value !== 'true');
  return claimed(claim, { ...present, annotations: Object.fromEntries(kept) }, member.metadata.labels?.[LABELS.templateRefHash]);
}

/** Labels by which a Sandbox, and its podTemplate, says whose it is. Undefined where there must be none. */
export const identityLabels = ({ metadata }: SandboxClaim, templateRefHash: string | undefined): Readonly<Record<string, string | undefined>> => ({
  [LABELS.claimUid]: metadata.uid,
  [LABELS.createdBy]: metadata.labels?.[LABELS.createdBy],
  ...(templateRefHash && { [LABELS.templateRefHash]: templateRefHash }),
});

/**
 * The merge patch that brings the metadata of a podTemplate to what is wanted; undefined when the Pod would be the same (spec 08 §4.6). What differs only
 * in keys that never reach the Pod is left as it is.
 */
export function podMetadataPatch(present: PodMetadata, wanted: PodMetadata): ReturnType<typeof mergePatch> {
  return mergePatch(visible(present), visible(wanted)) && mergePatch(present, wanted);
}

/** Whether a podTemplate carries every label and annotation that the claim asks for. */
export function carriesAdditional(claim: SandboxClaim, { labels, annotations }: PodMetadata): boolean {
  const isIn = (wanted: Texts, present: Texts): boolean => Object.entries(wanted).every(([key, value]) => present[key] === value);
  return isIn(additional(claim).labels, labels) && isIn(additional(claim).annotations, annotations);
}

function claimed(claim: SandboxClaim, base: PodMetadata, templateRefHash: string | undefined): PodMetadata {
  const { labels, annotations } = additional(claim);
  return {
    labels: defined({ ...labels, ...base.labels, ...identityLabels(claim, templateRefHash) }),
    annotations: { ...annotations, ...base.annotations },
  };
}

const additional = ({ spec: { additionalPodMetadata = {} } }: SandboxClaim): PodMetadata => ({
  labels: additionalPodMetadata.labels ?? {},
  annotations: additionalPodMetadata.annotations ?? {},
});

/** In order of keys, so that the same input always names the same one. */
function conflictOf(kind: 'label' | 'annotation', template: Texts, claim: Texts): string | undefined {
  const key = Object.keys(claim)
    .sort()
    .find((each) => template[each] !== undefined && template[each] !== claim[each]);
  return key === undefined
    ? undefined
    : `metadata override conflict: ${kind} "${key}" is defined in template with value "${template[key]}", but claim requests "${claim[key]}"`;
}

const visible = ({ labels, annotations }: PodMetadata): PodMetadata => ({ labels: reaching(labels), annotations: reaching(annotations) });

const reaching = (texts: Texts): Texts => Object.fromEntries(Object.entries(texts).filter(([key]) => !isReservedKey(key) && key !== ANNOTATIONS.traceContext));

const defined = (texts: Readonly<Record<string, string | undefined>>): Texts =>
  Object.fromEntries(Object.entries(texts).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
