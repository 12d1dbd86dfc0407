import type { ApiObject, ApiObjectMetadata, Cron, Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { SANDBOX_WARM_POOL } from '../api/kinds';
import type { UpdateStrategy } from '../api/types.generated';
import { KubeSandboxWarmPool } from './kube';
import { poolProblems } from './pool-checks';
import { PoolScaler, type PoolScheduleOptions } from './pool-schedule';
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
   * Members to start with where an autoscaler or a schedule decides. It is rendered as `replicas`, so give it only if the tool that applies
   * the manifests leaves later differences alone, such as Argo CD with `GitOps.argoIgnoreDifferences()`.
   * @default - not rendered; the API server starts with 1
   */
  readonly initialReplicas?: number;
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
  private scaler?: PoolScaler;

  public constructor(
    scope: Construct,
    id: string,
    private readonly props: SandboxWarmPoolProps,
  ) {
    super(scope, id);
    this.template = props.template;
    this.apiObject = new KubeSandboxWarmPool(this, 'Resource', { metadata: props.metadata, spec: late(() => this.spec()) });
    addChecks(this, () => poolProblems(this, { ...props, hasSchedule: this.scaler !== undefined }));
  }

  /** Takes one Sandbox out of this pool. The claim is in the chart and namespace of the pool. */
  public claim(id: string, options: SandboxClaimOptions = {}): SandboxClaim {
    return new SandboxClaim(this, id, { ...options, pool: this });
  }

  /**
   * Sets the number of members by the clock: a CronJob patches the scale of the pool, under an account that may do nothing else.
   * `replicas` is not rendered then, because each apply would take the schedule's number back.
   *
   * Throws if `replicas` is no whole number from 0 on, or if there is a schedule for the same moments.
   *
   * @example
   * pool.scaleOn(Cron.schedule({ minute: '0', hour: '8', weekDay: '1-5' }), 50, { timeZone: 'Europe/Berlin' });
   */
  public scaleOn(cron: Cron, replicas: number, options: PoolScheduleOptions = {}): void {
    this.scaler ??= new PoolScaler(this, 'Scaler', this);
    this.scaler.schedule({ ...options, cron, replicas });
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
    const { replicas, initialReplicas, template, updateStrategy, readinessGracePeriod } = this.props;
    return {
      replicas: replicas ?? initialReplicas,
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
