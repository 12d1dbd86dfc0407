import type { ApiObject, ApiObjectMetadata, Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { SANDBOX_WARM_POOL } from '../api/kinds';
import type { UpdateStrategy } from '../api/types.generated';
import { KubeSandboxWarmPool } from './kube';
import { poolProblems } from './pool-checks';
import { Imported, type ISandboxTemplate, type ISandboxWarmPool } from './references';
import { addChecks, late } from './rendered';
import { SandboxClaim, type SandboxClaimOptions } from './sandbox-claim';

/** Options of `template.pool`. */
export interface SandboxWarmPoolOptions {
  /**
   * Name, namespace, labels and annotations.
   * @default - a generated name
   */
  readonly metadata?: ApiObjectMetadata;
  /**
   * Members to keep in stock. Leave it out where an autoscaler or a schedule decides: it would be reset with each apply.
   * @default - not rendered; the API server starts with 1
   */
  readonly replicas?: number;
  /**
   * What a change of the template does to members in stock.
   * @default UpdateStrategy.ON_REPLENISH - they are handed out first
   */
  readonly updateStrategy?: UpdateStrategy;
  /**
   * How long a member may take to become Ready before it is replaced. At least 30 seconds.
   * @default - as the controller is configured
   */
  readonly readinessGracePeriod?: Duration;
}

/** Props of `SandboxWarmPool`. */
export interface SandboxWarmPoolProps extends SandboxWarmPoolOptions {
  /** The template of the members, in the namespace of the pool. */
  readonly template: ISandboxTemplate;
}

/**
 * A stock of started Sandboxes that claims take in milliseconds. A HorizontalPodAutoscaler can have it as target.
 *
 * @example
 * const pool = template.pool('warm', { replicas: 20 });
 * pool.claim('alice');
 */
export class SandboxWarmPool extends kplus.Resource implements ISandboxWarmPool, kplus.IScalable {
  /** A pool that is in the cluster already, in the namespace of the chart of `scope`. */
  public static fromSandboxWarmPoolName(scope: Construct, id: string, name: string): ISandboxWarmPool {
    return new ImportedSandboxWarmPool(scope, id, SANDBOX_WARM_POOL, name);
  }

  /** Plural of the kind. */
  public readonly resourceType = SANDBOX_WARM_POOL.plural;
  /** The template of the members. */
  public readonly template?: ISandboxTemplate;
  /** Whether an autoscaler decides how many members there are. */
  public hasAutoscaler = false;
  protected readonly apiObject: ApiObject;

  public constructor(
    scope: Construct,
    id: string,
    private readonly props: SandboxWarmPoolProps,
  ) {
    super(scope, id);
    this.template = props.template;
    this.apiObject = new KubeSandboxWarmPool(this, 'Resource', { metadata: props.metadata, spec: late(() => this.spec()) });
    addChecks(this, () => poolProblems(this, { template: props.template, replicas: props.replicas }));
  }

  /** Takes one Sandbox out of this pool. The claim is in the chart and namespace of the pool. */
  public claim(id: string, options: SandboxClaimOptions = {}): SandboxClaim {
    return new SandboxClaim(this, id, { ...options, pool: this });
  }

  /** Called by an autoscaler that takes the pool as its target. */
  public markHasAutoscaler(): void {
    this.hasAutoscaler = true;
  }

  /** What an autoscaler needs to know. That `replicas` is left out is checked by the pool itself. */
  public toScalingTarget(): kplus.ScalingTarget {
    return { kind: this.kind, apiVersion: this.apiVersion, name: this.name, containers: containersOf(this.props.template) };
  }

  private spec(): object {
    const { replicas, template, updateStrategy, readinessGracePeriod } = this.props;
    return {
      replicas,
      sandboxTemplateRef: { name: template.name },
      updateStrategy: updateStrategy && { type: updateStrategy },
      readinessGracePeriodSeconds: readinessGracePeriod?.toSeconds(),
    };
  }
}

// Only the name of an imported template is known.
const containersOf = (template: ISandboxTemplate): kplus.Container[] =>
  'containers' in template ? (template as kplus.AbstractPod & ISandboxTemplate).containers : [];

class ImportedSandboxWarmPool extends Imported implements ISandboxWarmPool {
  public claim(id: string, options: SandboxClaimOptions = {}): SandboxClaim {
    return new SandboxClaim(this, id, { ...options, pool: this });
  }
}
