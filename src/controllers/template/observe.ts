import { networkPolicyName } from '../../api/names';
import type { Key } from '../../runtime/object';
import type { Circumstances } from '../../runtime/plan';
import type { NetworkPolicy, SandboxTemplate } from '../shared/objects';

/** What one round looks at. */
export interface Observed extends Circumstances {
  readonly template: SandboxTemplate;
  /** By name; ownership is judged in the plan. */
  readonly policy: NetworkPolicy | undefined;
  readonly areTemplatesLabelled: boolean;
}

/** The caches that a template is seen through. */
export interface Caches {
  readonly templates: { find(key: Key): SandboxTemplate | undefined };
  readonly policies: { find(key: Key): NetworkPolicy | undefined };
}

/** Reads the caches for one template. One that is gone or being deleted leaves nothing to decide: garbage collection has the policy. */
export function observe(
  key: Key,
  circumstances: Circumstances,
  context: { readonly caches: Caches; readonly areTemplatesLabelled: boolean },
): Observed | undefined {
  const template = context.caches.templates.find(key);
  if (!template || template.metadata.deletionTimestamp) return undefined;
  const policy = context.caches.policies.find({ ...key, name: networkPolicyName(key.name) });
  return { ...circumstances, template, policy, areTemplatesLabelled: context.areTemplatesLabelled };
}
