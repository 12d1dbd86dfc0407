import { ApiObject, App, Chart, Yaml, YamlOutputType } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { resourceFileName } from '../output-file';
import { readBaseline } from './baseline-folder';
import { checkedOptions } from './option-checks';
import { breaches } from './policies';
import type { AgentSandboxPolicyOptions } from './policy-options';
import { labelOf, renderedObjects, type RenderedObject } from './rendered-object';

/**
 * Rules for the manifests of an app, checked when it is synthesized. The same rules can be set in cdk8s.yaml, without touching the app:
 * see `AgentSandboxValidation`. Only here the app's own output type is known, and with it that one file would overwrite another.
 *
 * @example
 * AgentSandboxPolicies.enforce(app, { allowedRuntimeClasses: ['gvisor'], allowedRegistries: ['ghcr.io/acme'] });
 */
export class AgentSandboxPolicies {
  /**
   * Checks all objects below `scope` in each synthesis, which then fails with an error that lists everything. Each object is rendered once
   * more for it.
   *
   * Throws at once when an option is unknown or makes no sense.
   *
   * @param scope the app, or a chart.
   * @param options what to check; the defaults need no knowledge of the cluster.
   */
  public static enforce(scope: IConstruct, options: AgentSandboxPolicyOptions = {}): void {
    const checked = checkedOptions(options, 'AgentSandboxPolicies.enforce: options');
    scope.node.addValidation({ validate: () => problems(scope, checked) });
  }

  private constructor() {}
}

function problems(scope: IConstruct, options: AgentSandboxPolicyOptions): string[] {
  const app = App.of(scope);
  const objects = scope.node.findAll().flatMap((construct) => (ApiObject.isApiObject(construct) ? rendered(construct, app.yamlOutputType) : []));
  const baseline =
    options.baseline === undefined ? undefined : readBaseline({ path: options.baseline, outputs: [app.outdir], parse: (file) => Yaml.load(file) as unknown[] });
  return breaches({ objects, baseline }, options).flatMap(({ policy, findings }) =>
    findings.map(
      ({ object, path, found, expected }) =>
        `${policy.name}: ${labelOf(object)} (${object.source}) ${path}: found ${found}, expected ${expected}. ${policy.remedy}`,
    ),
  );
}

function rendered(object: ApiObject, outputType: YamlOutputType): RenderedObject[] {
  const file = resourceFileName(object.kind, object.metadata.name);
  const outputFile = {
    [YamlOutputType.FILE_PER_APP]: undefined,
    [YamlOutputType.FILE_PER_CHART]: undefined,
    [YamlOutputType.FILE_PER_RESOURCE]: file,
    [YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE]: `${Chart.of(object).node.path}/${file}`,
  }[outputType];
  return renderedObjects([object.toJson()], object.node.path).map((one) => ({ ...one, outputFile }));
}
