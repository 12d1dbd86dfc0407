import { Lazy } from 'cdk8s';
import type { Construct } from 'constructs';
import { specSchema } from '../api/crds';
import type { Kind } from '../api/kinds';
import { render } from '../api/render';
import type { RenderedPodSpec } from './isolation';

/** The parts of a rendered Sandbox or SandboxTemplate that checks look at. */
export interface RenderedBlueprint {
  readonly podTemplate: { readonly metadata?: { readonly labels?: Pairs; readonly annotations?: Pairs }; readonly spec: RenderedPodSpec };
  readonly volumeClaimTemplates?: readonly RenderedVolumeClaimTemplate[];
  readonly service?: boolean;
  readonly envVarsInjectionPolicy?: string;
  readonly volumeClaimTemplatesPolicy?: string;
}

type Pairs = Readonly<Record<string, string>>;

export interface RenderedVolumeClaimTemplate {
  readonly metadata?: { readonly name?: string };
}

/** A spec that is made when the object is rendered, because constructs may still be added to until then. */
// Lazy.any is typed `any`; what stands in for a T is resolved before anybody looks into it.
export const late = <T>(produce: () => unknown): T => Lazy.any({ produce }) as T;

/** Checks a construct at synthesis. Each text says what is wrong and what to do; cdk8s adds the construct path. */
export function addChecks(construct: Construct, check: () => readonly string[]): void {
  construct.node.addValidation({
    validate: () => {
      try {
        return [...check()];
      } catch (error) {
        return [error instanceof Error ? error.message : String(error)];
      }
    },
  });
}

/** The strictly rendered blueprint of a Sandbox or a template. Throws what the schema does not allow. */
export function renderBlueprint(kind: Kind, spec: unknown): RenderedBlueprint {
  // The schema of both kinds demands what RenderedBlueprint declares.
  return render(specSchema(kind), spec, 'spec') as unknown as RenderedBlueprint;
}
