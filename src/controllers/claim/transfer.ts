import { ANNOTATIONS, LABELS } from '../../api/keys';
import { nameHash } from '../../api/names';
import { mergePatch } from '../../runtime/merge-patch';
import type { KubeObject } from '../../runtime/object';
import { FORGET_FIELD_MANAGERS } from '../shared/field-managers';
import { CLAIMS, type Sandbox, type SandboxClaim, type SandboxTemplate } from '../shared/objects';
import { controllerReference } from '../shared/ownership';
import { identityLabels, metadataOf, podMetadata, podMetadataPatch, podMetadataWithoutTemplate } from './pod-metadata';

/** What a transfer is made of. */
export interface Transfer {
  readonly claim: SandboxClaim;
  readonly member: Sandbox;
  /** Of the pool; undefined when it cannot be read. */
  readonly template: SandboxTemplate | undefined;
  /** `--lean-adoption`: the spec is left alone when the Pod stays the same (spec 08 §4.6), and the API server need not know any more who set which field. */
  readonly isLean: boolean;
  /** `--legacy-pod-name-annotation`. */
  readonly isPodNameWritten: boolean;
  readonly traceContext: string | undefined;
}

/**
 * The merge patch that makes a member the claim's (spec 05 §7): the one write that decides who has the Sandbox. Undefined when the metadata of claim and
 * template conflict; that is to be found out before a member is reserved.
 */
export function transferPatch(transfer: Transfer): Readonly<Record<string, unknown>> | undefined {
  const { claim, member, template, isLean } = transfer;
  const wanted = template ? podMetadata(claim, template).value : podMetadataWithoutTemplate(claim, member);
  if (!wanted) return undefined;
  const present = metadataOf(member.spec.podTemplate);
  const metadata = isLean ? podMetadataPatch(present, wanted) : mergePatch(present, wanted);
  return {
    metadata: {
      ownerReferences: [controllerReference(CLAIMS, claim)],
      labels: labelsOf(transfer),
      ...annotationsOf(transfer),
      ...(isLean && FORGET_FIELD_MANAGERS),
    },
    ...(metadata && { spec: { podTemplate: { metadata } } }),
  };
}

function labelsOf({ claim, member, template }: Transfer): Readonly<Record<string, string | null>> {
  const knownHash = member.metadata.labels?.[LABELS.templateRefHash] || (template && nameHash(template.metadata.name));
  return {
    [LABELS.warmPool]: null,
    [LABELS.podTemplateHash]: null,
    [LABELS.templateHash]: null,
    [LABELS.launchType]: 'warm',
    ...nulled(identityLabels(claim, knownHash)),
  };
}

function annotationsOf({ claim, member, isPodNameWritten, traceContext }: Transfer): { readonly annotations?: Readonly<Record<string, string | null>> } {
  const { name, annotations = {} } = member.metadata;
  const podName = annotations[ANNOTATIONS.podName];
  const context = traceContextOf(claim, traceContext);
  const changes = {
    ...(context && { [ANNOTATIONS.traceContext]: context }),
    ...(podName && podName !== name && { [ANNOTATIONS.podName]: null }),
    ...(isPodNameWritten && podName !== name && { [ANNOTATIONS.podName]: name }),
  };
  return Object.keys(changes).length > 0 ? { annotations: changes } : {};
}

/** What the Sandbox of a claim is traced under: what the claim says, else the present context. */
export const traceContextOf = ({ metadata }: KubeObject, present: string | undefined): string | undefined =>
  metadata.annotations?.[ANNOTATIONS.traceContext] || present;

/** For a merge patch, in which null removes. */
export const nulled = (texts: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string | null>> =>
  Object.fromEntries(Object.entries(texts).map(([key, value]) => [key, value ?? null]));
