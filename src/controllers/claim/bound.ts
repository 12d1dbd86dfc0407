import { CLAIM_REASON } from '../../api/conditions';
import { ANNOTATIONS, LABELS } from '../../api/keys';
import { nameHash } from '../../api/names';
import type { Sandbox, SandboxClaim, SandboxTemplate } from '../shared/objects';
import { carriesAdditional, identityLabels, metadataOf, podMetadata, podMetadataPatch } from './pod-metadata';
import type { Problem } from './problem';
import { nulled } from './transfer';

/** What a bound Sandbox lacks of the metadata that template and claim give it. */
export interface Alignment {
  readonly patch?: Readonly<Record<string, unknown>>;
  readonly problem?: Problem;
}

/** What a comparison rested on, and what came of it. */
interface Compared {
  readonly claim: string;
  readonly template: SandboxTemplate;
  readonly alignment: Alignment;
}

const compared = new WeakMap<Sandbox, Compared>();

/**
 * Metadata of a bound Sandbox (spec 05 §9): edits of the template, of the claim's labels and of its additional metadata reach the running Pod. Compared
 * only when one of them or the Sandbox has changed (08 §11.1): it is half the cost of a look at a bound claim.
 */
export function alignmentOf(claim: SandboxClaim, sandbox: Sandbox, template: SandboxTemplate): Alignment {
  const { uid, generation, labels, annotations } = claim.metadata;
  const told = JSON.stringify([uid, generation, labels?.[LABELS.createdBy], annotations?.[ANNOTATIONS.sandboxName]]);
  const before = compared.get(sandbox);
  if (before?.claim === told && before.template === template) return before.alignment;
  const alignment = alignmentNow(claim, sandbox, template);
  compared.set(sandbox, { claim: told, template, alignment });
  return alignment;
}

function alignmentNow(claim: SandboxClaim, sandbox: Sandbox, template: SandboxTemplate): Alignment {
  const { value: wanted, problem } = podMetadata(claim, template);
  if (problem) return { problem };
  const metadata = podMetadataPatch(metadataOf(sandbox.spec.podTemplate), wanted);
  const stored = sandbox.metadata.labels ?? {};
  const due = Object.entries(nulled(identityLabels(claim, nameHash(template.metadata.name)))).filter(([key, value]) => (stored[key] ?? null) !== value);
  if (!metadata && due.length === 0) return {};
  // Only observability: it goes with a write that is due anyway (spec 08 §10).
  const launchType = stored[LABELS.launchType] ? {} : { [LABELS.launchType]: isAdopted(claim, sandbox) ? 'warm' : 'cold' };
  const labels = { ...Object.fromEntries(due), ...launchType };
  return {
    patch: {
      ...(Object.keys(labels).length > 0 && { metadata: { labels } }),
      ...(metadata && { spec: { podTemplate: { metadata } } }),
    },
  };
}

/** Whether the Sandbox came from a pool: it does not have the claim's name, or the claim's record names it. */
export const isAdopted = (claim: SandboxClaim, { metadata: { name } }: Sandbox): boolean =>
  name !== claim.metadata.name || claim.metadata.annotations?.[ANNOTATIONS.sandboxName] === name;

/** Name of the template that a Sandbox was made of, which stays its own whatever pool the claim names later. */
export const templateOf = ({ metadata }: Sandbox): string | undefined => metadata.annotations?.[ANNOTATIONS.templateRef] || undefined;

/** Whether a claim can do without the template of its Sandbox: what it asks for is there. */
export const doesWithoutTemplate = (claim: SandboxClaim, { spec }: Sandbox): boolean => carriesAdditional(claim, metadataOf(spec.podTemplate));

export const templateNotFound = (name: string, prefix = ''): Problem => ({
  reason: CLAIM_REASON.templateNotFound,
  message: `${prefix}SandboxTemplate "${name}" not found`,
  retry: 'minute',
});

export const poolNotFound = (name: string): Problem => ({
  reason: CLAIM_REASON.warmPoolNotFound,
  message: `SandboxWarmPool "${name}" not found`,
  retry: 'minute',
});
