import { ApiObject, type ApiObjectMetadata, type Cron, type Duration, type Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { ANNOTATIONS, LABELS } from '../api/keys';
import { nameHash } from '../api/names';
import type { UpdateStrategy } from '../api/types.generated';
import type { PoolScheduleOptions } from './pool-schedule';
import { cpuQuantity } from './quantity';
import type { SandboxClaim, SandboxClaimOptions } from './sandbox-claim';
import { SandboxTemplate, type SandboxTemplateProps } from './sandbox-template';
import type { SandboxVolume, WorkspaceOptions } from './sandbox-volume';
import type { SandboxWarmPool } from './sandbox-warm-pool';

/** Scales the stock of a fleet by how fast it is claimed. Needs an adapter that serves the metric, such as prometheus-adapter. */
export interface FleetAutoscaling {
  /** Most members in stock. */
  readonly maxReplicas: number;
  /**
   * Fewest members in stock.
   * @default 1 - the least that a HorizontalPodAutoscaler takes
   */
  readonly minReplicas?: number;
  /**
   * Claims per second that one member in stock answers for, to thousandths: 0.05 keeps 20 members for each claim per second.
   * @default 0.05 - a member that starts within 20 s is there again before its turn comes
   */
  readonly claimsPerSecondPerMember?: number;
  /**
   * Name of the external metric: claims per second of the namespace, with the label `warmpool_name`. For prometheus-adapter it is
   * `sum by (namespace, warmpool_name) (rate(agent_sandbox_claim_creation_total[2m]))`. CPU and memory of members in stock say nothing of demand.
   * @default sandbox_claim_rate
   */
  readonly metricName?: string;
  /**
   * How long demand must have been lower before members go.
   * @default Duration.minutes(5) - the default of Kubernetes
   */
  readonly scaleDownAfter?: Duration;
}

/** A number of members from some moment on. */
export interface FleetSchedule extends PoolScheduleOptions {
  /** When it takes effect. */
  readonly cron: Cron;
  /** Members to keep in stock from then on. */
  readonly replicas: number;
}

/** What may interrupt a Sandbox that somebody has claimed. Members in stock may always be evicted: they are replaced. */
export interface FleetDisruption {
  /**
   * Keeps the cluster autoscaler from removing nodes on which a Sandbox of the fleet runs, members in stock included.
   * @default false - the autoscaler may remove any node
   */
  readonly keepNodes?: boolean;
  /**
   * Refuses the eviction of claimed Sandboxes by a PodDisruptionBudget. A drained node then waits until its claims are gone.
   * @default false - a drain evicts; the Sandbox keeps its volumes and starts on another node
   */
  readonly refuseEviction?: boolean;
}

/** Props of `SandboxFleet`. */
export interface SandboxFleetProps extends SandboxTemplateProps {
  /**
   * Members to keep in stock. Not together with `autoscaling` or `schedules`, which decide it.
   * @default - not rendered; the API server starts with 1
   */
  readonly replicas?: number;
  /**
   * Scales the stock by demand.
   * @default - the stock does not follow demand
   */
  readonly autoscaling?: FleetAutoscaling;
  /**
   * Scales the stock by the clock.
   * @default - the stock does not follow the clock
   */
  readonly schedules?: FleetSchedule[];
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
  /**
   * What may interrupt Sandboxes of the fleet.
   * @default - as the cluster has it
   */
  readonly disruption?: FleetDisruption;
}

/**
 * Sandboxes of one kind of agent: a template, a pool with the same name, and what scales and protects them.
 *
 * Throws if `autoscaling` and `schedules` are given together, because each would undo the other.
 *
 * @example
 * const fleet = new SandboxFleet(chart, 'python', { replicas: 20, isolation: Isolation.GVISOR, containers: [{ image: 'interpreter:3.14' }] });
 * fleet.claim('alice', { ttlAfterFinished: Duration.hours(1) });
 */
export class SandboxFleet extends Construct {
  /** The blueprint of the Sandboxes; containers, volumes and connections are added here. */
  public readonly template: SandboxTemplate;
  /** The Sandboxes in stock. */
  public readonly pool: SandboxWarmPool;

  public constructor(scope: Construct, id: string, props: SandboxFleetProps) {
    super(scope, id);
    const { replicas, autoscaling, schedules = [], updateStrategy, readinessGracePeriod, disruption = {}, ...template } = props;
    if (autoscaling && schedules.length > 0)
      throw new Error(`${this.node.path}: autoscaling and schedules are given together, and each would undo the other; keep one of them`);
    this.template = new SandboxTemplate(this, 'Template', template);
    if (disruption.keepNodes) this.template.podMetadata.addAnnotation(ANNOTATIONS.safeToEvict, 'false');
    this.pool = this.template.pool('Pool', { metadata: placeOf(props.metadata), replicas, updateStrategy, readinessGracePeriod });
    for (const { cron, replicas: members, ...options } of schedules) this.pool.scaleOn(cron, members, options);
    if (autoscaling) this.autoscale(autoscaling);
    if (disruption.refuseEviction) this.refuseEviction();
  }

  /** Takes one Sandbox out of the stock. */
  public claim(id: string, options: SandboxClaimOptions = {}): SandboxClaim {
    return this.pool.claim(id, options);
  }

  /** Adds a container to each Sandbox. */
  public addContainer(container: kplus.ContainerProps): kplus.Container {
    return this.template.addContainer(container);
  }

  /** Gives each Sandbox a disk of its own and mounts it. It is deleted together with the Sandbox. */
  public addWorkspace(size: Size, path: string, options: WorkspaceOptions = {}): SandboxVolume {
    return this.template.addWorkspace(size, path, options);
  }

  private autoscale(autoscaling: FleetAutoscaling): void {
    const { maxReplicas, minReplicas = 1, claimsPerSecondPerMember = 0.05, metricName = 'sandbox_claim_rate', scaleDownAfter } = autoscaling;
    const where = `${this.node.path}: autoscaling`;
    if (!(Number.isInteger(minReplicas) && Number.isInteger(maxReplicas) && minReplicas >= 1 && maxReplicas >= minReplicas))
      throw new Error(`${where}: found minReplicas ${minReplicas} and maxReplicas ${maxReplicas}, expected whole numbers with 1 <= minReplicas <= maxReplicas`);
    if (!(claimsPerSecondPerMember >= 0.001)) throw new Error(`${where}.claimsPerSecondPerMember: found ${claimsPerSecondPerMember}, expected at least 0.001`);
    const averageValue = cpuQuantity(kplus.Cpu.millis(claimsPerSecondPerMember * 1000), `${where}.claimsPerSecondPerMember`);
    const target = this.pool.toScalingTarget();
    this.pool.markHasAutoscaler();
    new ApiObject(this, 'Autoscaler', {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: placeOf(this.pool.metadata),
      spec: {
        scaleTargetRef: { apiVersion: target.apiVersion, kind: target.kind, name: target.name },
        minReplicas,
        maxReplicas,
        metrics: [
          {
            type: 'External',
            external: {
              metric: { name: metricName, selector: { matchLabels: { warmpool_name: target.name } } },
              target: { type: 'AverageValue', averageValue },
            },
          },
        ],
        ...(scaleDownAfter && { behavior: { scaleDown: { stabilizationWindowSeconds: scaleDownAfter.toSeconds() } } }),
      },
    });
  }

  /** Members in stock carry the label of their pool, claimed Sandboxes do not. */
  private refuseEviction(): void {
    new ApiObject(this, 'DisruptionBudget', {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: placeOf(this.template.metadata),
      spec: {
        maxUnavailable: 0,
        selector: {
          matchLabels: { [LABELS.templateRefHash]: nameHash(this.template.name) },
          matchExpressions: [{ key: LABELS.warmPool, operator: 'DoesNotExist' }],
        },
      },
    });
  }
}

/** Name and namespace alone: labels and annotations are the template's. */
const placeOf = ({ name, namespace }: Pick<ApiObjectMetadata, 'name' | 'namespace'> = {}): ApiObjectMetadata => ({ name, namespace });
