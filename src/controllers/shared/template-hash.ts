import { nameHash } from '../../api/names';
import { canonicalQuantity } from '../../api/quantity';
import { blueprintOf } from './blueprint';
import { canonicalJson } from './canonical-blueprint';
import type { SandboxTemplate } from './objects';

/** What tells revisions of a template apart (spec 02 §5.2). Both are of the template as stored, before the secure defaults. */
export interface TemplateHashes {
  /** Value of the label `sandbox-pod-template-hash`. */
  readonly podTemplate: string;
  /** Value of the label `sandbox-template-hash`. */
  readonly blueprint: string;
}

const known = new WeakMap<SandboxTemplate, TemplateHashes>();

/** The hashes of a template; computed once for each object. */
export function templateHashes(template: SandboxTemplate): TemplateHashes {
  const before = known.get(template);
  if (before) return before;
  const hashes = {
    podTemplate: nameHash(canonicalJson(template.spec.podTemplate, 'podTemplate', canonicalQuantity)),
    blueprint: nameHash(canonicalJson(blueprintOf(template), 'blueprint', canonicalQuantity)),
  };
  known.set(template, hashes);
  return hashes;
}
