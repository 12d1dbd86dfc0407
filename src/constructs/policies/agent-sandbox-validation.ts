import { readBaseline } from './baseline-folder';
import { groupsOf } from './groups';
import { checkedOptions } from './option-checks';
import { breaches, type Breach } from './policies';
import type { AgentSandboxPolicyOptions } from './policy-options';
import { labelOf, nameOf, renderedObjects, type RenderedObject } from './rendered-object';

// The parts of cdk8s-cli's own types that are used here; the package must not need cdk8s-cli.

interface ViolatingResource {
  /** Name by which cdk8s-cli finds the construct. */
  readonly resourceName: string;
  readonly locations: readonly string[];
  readonly manifestPath: string;
}

interface Violation {
  readonly ruleName: string;
  readonly recommendation: string;
  readonly fix: string;
  readonly violatingResources: readonly ViolatingResource[];
}

interface Context {
  readonly manifests: readonly string[];
  readonly report: {
    addViolation(violation: Violation): void;
    submit(status: 'success' | 'failure', metadata?: Readonly<Record<string, string>>): void;
  };
  parseManifest(manifestPath: string): readonly unknown[];
}

/**
 * The policies as a validation plugin of `cdk8s synth`: name this class in `validations` of cdk8s.yaml, and the options of
 * `AgentSandboxPolicyOptions` in its `properties`. A broken policy makes `cdk8s synth` exit with 2.
 *
 * @internal cdk8s-cli finds the class by its name, whatever language the app is written in; nobody else needs it.
 */
export class AgentSandboxValidation {
  private readonly options: AgentSandboxPolicyOptions;

  /** Throws an error that lists every unknown or wrong property. */
  public constructor(properties: AgentSandboxPolicyOptions = {}) {
    this.options = checkedOptions(properties, 'cdk8s.yaml: validations: AgentSandboxValidation: properties');
  }

  /** Called by cdk8s-cli after the synthesis. */
  public async validate(context: Context): Promise<void> {
    const parse = (file: string): readonly unknown[] => context.parseManifest(file);
    const objects = context.manifests.flatMap((file) => renderedObjects(parse(file), file));
    const { baseline: path } = this.options;
    const baseline = path === undefined ? undefined : readBaseline({ path, outputs: context.manifests, parse });
    const broken = breaches({ objects, baseline }, this.options);
    const names = groupsOf(objects, ({ manifest }) => nameOf(manifest));
    // cdk8s-cli looks the construct up by the name alone: where two objects share one it would show the wrong construct, so it gets none.
    const nameFor = (object: RenderedObject): string => (names.get(nameOf(object.manifest))?.length === 1 ? nameOf(object.manifest) : labelOf(object));
    for (const breach of broken) context.report.addViolation(violation(breach, nameFor));
    context.report.submit(broken.length === 0 ? 'success' : 'failure', { Objects: String(objects.length) });
    return Promise.resolve();
  }
}

function violation({ policy, findings }: Breach, nameFor: (object: RenderedObject) => string): Violation {
  return {
    ruleName: policy.name,
    recommendation: policy.reason,
    fix: policy.remedy,
    violatingResources: [...groupsOf(findings, ({ object }) => object)].map(([object, found]) => ({
      resourceName: nameFor(object),
      locations: found.map((one) => `${labelOf(object)} ${one.path}: found ${one.found}, expected ${one.expected}`),
      manifestPath: object.source,
    })),
  };
}
