import { ANNOTATIONS, LABELS } from '../../api/keys';
import { nameHash } from '../../api/names';
import { CLAIMS, SANDBOXES, type SandboxClaim, type SandboxTemplate } from '../shared/objects';
import { controllerReference } from '../shared/ownership';
import { securedPodSpec } from '../shared/secure-defaults';
import { withEnvironment } from './environment';
import { podMetadata } from './pod-metadata';
import type { Checked } from './problem';
import { traceContextOf } from './transfer';
import { mergedVolumeClaims } from './volume-claims';

/**
 * The Sandbox of a claim that gets no member (spec 05 §8): the template's blueprint with what the claim adds to it. The claim's expiry is no part of it.
 * Checked in the order in which clients know the errors.
 */
export function desiredSandbox(claim: SandboxClaim, template: SandboxTemplate, present: { readonly traceContext: string | undefined }): Checked<object> {
  const { podTemplate, service, ...policies } = template.spec;
  const ofClaim = claim.spec.volumeClaimTemplates ?? [];
  const volumeClaims = mergedVolumeClaims({
    ...{ ofTemplate: policies.volumeClaimTemplates ?? [], ofClaim, policy: policies.volumeClaimTemplatesPolicy },
  });
  if (volumeClaims.problem) return volumeClaims;
  const metadata = podMetadata(claim, template);
  if (metadata.problem) return metadata;
  const spec = withEnvironment(securedPodSpec(template), claim.spec.env ?? [], policies.envVarsInjectionPolicy);
  if (spec.problem) return spec;
  const { name, namespace, labels = {} } = claim.metadata;
  const creator = labels[LABELS.createdBy];
  const context = traceContextOf(claim, present.traceContext);
  const value = {
    apiVersion: `${SANDBOXES.group}/${SANDBOXES.version}`,
    kind: SANDBOXES.kind,
    metadata: {
      ...{ name, namespace },
      labels: {
        [LABELS.claimUid]: claim.metadata.uid,
        [LABELS.launchType]: 'cold',
        [LABELS.templateRefHash]: nameHash(template.metadata.name),
        ...(creator !== undefined && { [LABELS.createdBy]: creator }),
      },
      annotations: { [ANNOTATIONS.templateRef]: template.metadata.name, ...(context && { [ANNOTATIONS.traceContext]: context }) },
      ownerReferences: [controllerReference(CLAIMS, claim)],
    },
    spec: {
      podTemplate: { ...podTemplate, metadata: metadata.value, spec: spec.value },
      ...(volumeClaims.value.length > 0 && { volumeClaimTemplates: volumeClaims.value }),
      ...(service !== undefined && { service }),
    },
  };
  return { value };
}
