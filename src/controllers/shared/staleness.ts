import { LABELS } from '../../api/keys';
import { nameHash } from '../../api/names';
import { quantityValue } from '../../api/quantity';
import { findControllerOf } from '../../runtime/object';
import { blueprintOf } from './blueprint';
import { canonicalJson } from './canonical-blueprint';
import type { Blueprint, Sandbox, SandboxTemplate } from './objects';
import { securedPodSpec } from './secure-defaults';
import { templateHashes } from './template-hash';

/** What a template is compared by, and what came of it. */
interface Revision {
  readonly refHash: string;
  readonly hash: string;
  /** The DNS policy with the secure defaults applied. */
  readonly dnsPolicy: string;
  readonly text: string;
  /** Verdicts by what a member tells of the older revision that it was made from. */
  readonly verdicts: Map<string, boolean>;
}

const revisions = new WeakMap<SandboxTemplate, Revision>();

/** Whether a member is of another template, or of another revision of this one, than its pool has now (spec 06 §5). */
export function isStale(member: Sandbox, template: SandboxTemplate): boolean {
  const { refHash, hash, dnsPolicy, verdicts } = revisionOf(template);
  const labels = member.metadata.labels ?? {};
  if (labels[LABELS.templateRefHash] !== refHash) return true;
  const told = labels[LABELS.templateHash] ?? '';
  // Anybody can put labels on a Sandbox that nobody owns.
  if (told === '' || !findControllerOf(member)) return hasOtherBlueprint(member, template);
  // The hash is of the template before the secure defaults, which follow its network policy: they may differ where it does not.
  const dns = member.spec.podTemplate.spec.dnsPolicy ?? '';
  if (told === hash) return dns !== dnsPolicy;
  const verdict = verdicts.get(`${told} ${dns}`) ?? hasOtherBlueprint(member, template);
  verdicts.set(`${told} ${dns}`, verdict);
  return verdict;
}

/** Whether a Sandbox made from the template today would run something else than this one, whatever the labels say. Metadata makes no difference. */
export function hasOtherBlueprint(member: Sandbox, template: SandboxTemplate): boolean {
  return textOf(blueprintOf(member)) !== revisionOf(template).text;
}

function revisionOf(template: SandboxTemplate): Revision {
  const before = revisions.get(template);
  if (before) return before;
  const blueprint = blueprintOf(template);
  const spec = securedPodSpec(template);
  const revision = {
    refHash: nameHash(template.metadata.name),
    hash: templateHashes(template).blueprint,
    dnsPolicy: spec.dnsPolicy ?? '',
    text: textOf({ ...blueprint, podTemplate: { ...blueprint.podTemplate, spec } }),
    verdicts: new Map<string, boolean>(),
  };
  revisions.set(template, revision);
  return revision;
}

/** The blueprint without what a member may have of its own: labels and annotations. */
function textOf({ podTemplate, volumeClaimTemplates = [], ...rest }: Blueprint): string {
  const comparable = {
    ...rest,
    podTemplate: { ...podTemplate, metadata: {} },
    volumeClaimTemplates: volumeClaimTemplates.map(({ metadata, ...claim }) => ({ ...claim, metadata: { ...metadata, labels: {}, annotations: {} } })),
  };
  return canonicalJson(comparable, 'blueprint', quantityValue);
}
