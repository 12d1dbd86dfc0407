import type { Json } from '../../api/render';
import type { AgentSandboxPolicyOptions } from './policy-options';
import type { RenderedObject } from './rendered-object';
import type { SandboxPod } from './sandbox-pods';

/** All that policies look at. */
export interface Output {
  readonly objects: readonly RenderedObject[];
  /** The Pods among them. */
  readonly pods: readonly SandboxPod[];
  /** What the same app rendered before, if there is something to compare with. */
  readonly baseline?: readonly RenderedObject[];
}

/** One place that breaks a policy. */
export interface Finding {
  readonly object: RenderedObject;
  /** Path of the field. */
  readonly path: string;
  /** As it stands in the message: a value, or `nothing`. */
  readonly found: string;
  readonly expected: string;
}

/** A rule over rendered manifests. Pure. */
export interface Policy {
  /** The option that sets it, and what of it where one option sets several. */
  readonly name: string;
  /** Why it is there. */
  readonly reason: string;
  /** What to do about a finding. */
  readonly remedy: string;
  readonly find: (output: Output, options: AgentSandboxPolicyOptions) => readonly Finding[];
}

/** A value as it stands in a message, cut where it gets long. */
export function shown(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
