import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { LABELS } from '../api/keys';
import { SANDBOX_TEMPLATE } from '../api/kinds';
import { networkPolicyName } from '../api/names';
import { NetworkPolicyManagement, type InjectionPolicy } from '../api/types.generated';
import { blueprintProblems, nameProblems } from './blueprint-checks';
import { KubeSandboxTemplate } from './kube';
import { ImportedPods, type ISandboxTemplate } from './references';
import { addChecks, late, renderBlueprint, type RenderedBlueprint } from './rendered';
import { SandboxPod } from './sandbox-pod';
import type { SandboxPodProps } from './sandbox-pod-props';
import { SandboxWarmPool, type SandboxWarmPoolOptions } from './sandbox-warm-pool';

/** Props of `SandboxTemplate`. */
export interface SandboxTemplateProps extends SandboxPodProps {
  /**
   * Whether claims may add environment variables, or replace those of the template as well.
   * @default InjectionPolicy.DISALLOWED
   */
  readonly envVarsInjectionPolicy?: InjectionPolicy;
  /**
   * Whether claims may add volume claim templates, or replace those of the template as well.
   * @default InjectionPolicy.DISALLOWED
   */
  readonly volumeClaimTemplatesPolicy?: InjectionPolicy;
}

/**
 * A blueprint of Sandboxes. The controller keeps one NetworkPolicy for all Sandboxes of the template, with the rules of `network`.
 *
 * @example
 * const template = new SandboxTemplate(chart, 'python', { isolation: Isolation.GVISOR, containers: [{ image: 'interpreter:3.14' }] });
 * template.pool('warm', { replicas: 20 }).claim('alice', { ttlAfterFinished: Duration.hours(1) });
 */
export class SandboxTemplate extends SandboxPod implements ISandboxTemplate {
  /** A template that is in the cluster already, in the namespace of the chart of `scope`. */
  public static fromSandboxTemplateName(scope: Construct, id: string, name: string): ISandboxTemplate {
    return new ImportedSandboxTemplate(scope, id, SANDBOX_TEMPLATE, name);
  }

  /** Plural of the kind. */
  public readonly resourceType = SANDBOX_TEMPLATE.plural;
  protected readonly apiObject: ApiObject;

  public constructor(
    scope: Construct,
    id: string,
    private readonly props: SandboxTemplateProps = {},
  ) {
    super(scope, id, props, LABELS.templateRefHash);
    this.apiObject = new KubeSandboxTemplate(this, 'Resource', { metadata: props.metadata, spec: late(() => this.spec()) });
    addChecks(this, () => this.problems());
  }

  /** Keeps started Sandboxes of this template in stock. */
  public pool(id: string, options: SandboxWarmPoolOptions = {}): SandboxWarmPool {
    return new SandboxWarmPool(this, id, { ...options, template: this });
  }

  /**
   * The template as it will be rendered, for the checks of its pools and claims.
   * @internal
   */
  public _rendered(): RenderedBlueprint {
    return renderBlueprint(SANDBOX_TEMPLATE, this.spec());
  }

  private spec(): object {
    const { envVarsInjectionPolicy, volumeClaimTemplatesPolicy } = this.props;
    return {
      ...this._blueprint(),
      networkPolicy: this.network.toNetworkPolicy(),
      networkPolicyManagement: this.network.isManaged ? undefined : NetworkPolicyManagement.UNMANAGED,
      envVarsInjectionPolicy,
      volumeClaimTemplatesPolicy,
    };
  }

  private problems(): string[] {
    return [
      ...blueprintProblems(this._rendered(), this.props.isolation),
      ...nameProblems(this.name, { suffix: this.network.isManaged ? networkPolicyName('') : undefined }),
    ];
  }
}

class ImportedSandboxTemplate extends ImportedPods implements ISandboxTemplate {
  protected readonly label = LABELS.templateRefHash;

  public pool(id: string, options: SandboxWarmPoolOptions = {}): SandboxWarmPool {
    return new SandboxWarmPool(this, id, { ...options, template: this });
  }
}
