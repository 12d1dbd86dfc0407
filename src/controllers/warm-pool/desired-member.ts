import { ANNOTATIONS, LABELS } from '../../api/keys';
import { nameHash } from '../../api/names';
import { typeMetaOf } from '../../runtime/object';
import { blueprintOf } from '../shared/blueprint';
import { SANDBOXES, WARM_POOLS, type PodTemplate, type SandboxTemplate, type SandboxWarmPool, type Texts } from '../shared/objects';
import { controllerReference } from '../shared/ownership';
import { securedPodSpec } from '../shared/secure-defaults';
import { templateHashes } from '../shared/template-hash';
import type { Settings } from './observe';

// As the name generator of the API server: five of these characters after at most 58 others.
const LETTERS = 'bcdfghjklmnpqrstvwxz2456789';
const SUFFIX_LENGTH = 5;
const LONGEST_BASE = 58;
const LONGEST_NAME = 253;

/** A name for a member (spec 02 §6). `random` answers at least 0 and less than 1. */
export function memberName(pool: string, random: () => number): string {
  const suffix = Array.from({ length: SUFFIX_LENGTH }, () => LETTERS[Math.floor(random() * LETTERS.length)]);
  return `${pool}-`.slice(0, LONGEST_BASE) + suffix.join('');
}

/** The Sandbox to create for a pool (spec 06 §7). The name is chosen by us, so that it can be looked for when nobody knows whether it was created. */
export function desiredMember(
  name: string,
  { pool, template, settings }: { readonly pool: SandboxWarmPool; readonly template: SandboxTemplate; readonly settings: Settings },
): object {
  const { namespace } = pool.metadata;
  const labels = systemLabels(pool, template);
  return {
    ...typeMetaOf(SANDBOXES),
    metadata: {
      name,
      generateName: `${pool.metadata.name}-`.slice(0, LONGEST_NAME),
      namespace,
      labels: { ...labels, [LABELS.launchType]: 'warm', [LABELS.createdBy]: 'controller' },
      annotations: { [ANNOTATIONS.templateRef]: template.metadata.name },
      ownerReferences: [controllerReference(WARM_POOLS, pool)],
    },
    spec: { ...blueprintOf(template), podTemplate: podTemplateOf(template, labels, settings) },
  };
}

function systemLabels({ metadata }: SandboxWarmPool, template: SandboxTemplate): Texts {
  const hashes = templateHashes(template);
  return {
    [LABELS.warmPool]: nameHash(metadata.name),
    [LABELS.templateRefHash]: nameHash(template.metadata.name),
    [LABELS.podTemplateHash]: hashes.podTemplate,
    [LABELS.templateHash]: hashes.blueprint,
  };
}

/** The metadata is the template's, so that an adoption need not change the spec (spec 08 §4.6); or as the reference has it. */
function podTemplateOf(template: SandboxTemplate, system: Texts, { isAdoptionLean, isWarmPoolEvictionEnabled }: Settings): PodTemplate {
  const { metadata, ...rest } = template.spec.podTemplate;
  const spec = securedPodSpec(template);
  if (isAdoptionLean) return { ...rest, ...(metadata && { metadata }), spec };
  const annotations = { ...(isWarmPoolEvictionEnabled && { [ANNOTATIONS.safeToEvict]: 'true' }), ...metadata?.annotations };
  return { ...rest, metadata: { ...metadata, labels: { ...metadata?.labels, ...system }, annotations }, spec };
}
