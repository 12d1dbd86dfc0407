import { IMMUTABLE_VOLUMES, KEPT_VOLUMES } from './baseline';
import { ALLOWED_HOST_ACCESS } from './host-access';
import { ALLOWED_REGISTRIES, REQUIRE_DIGEST } from './images';
import { REQUIRED_LIMITS } from './limits';
import type { Finding, Output, Policy } from './policy';
import type { AgentSandboxPolicyOptions } from './policy-options';
import { ALLOWED_RUNTIME_CLASSES } from './runtime-classes';
import { sandboxPods } from './sandbox-pods';
import { UNIQUE_OBJECTS, OUTPUT_FILES } from './unique-objects';

/** All policies, in the order in which they are reported. */
const POLICIES: readonly Policy[] = [
  ALLOWED_HOST_ACCESS,
  ALLOWED_RUNTIME_CLASSES,
  ALLOWED_REGISTRIES,
  REQUIRE_DIGEST,
  REQUIRED_LIMITS,
  IMMUTABLE_VOLUMES,
  KEPT_VOLUMES,
  UNIQUE_OBJECTS,
  OUTPUT_FILES,
];

/** A policy that is broken, and all places that break it. */
export interface Breach {
  readonly policy: Policy;
  readonly findings: readonly Finding[];
}

/** The policies that the output of an app breaks. Pure. */
export function breaches({ objects, baseline }: Omit<Output, 'pods'>, options: AgentSandboxPolicyOptions): Breach[] {
  const output = { objects, pods: sandboxPods(objects), baseline };
  return POLICIES.map((policy) => ({ policy, findings: policy.find(output, options) })).filter(({ findings }) => findings.length > 0);
}
