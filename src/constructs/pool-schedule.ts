import { ApiObject, type Cron } from 'cdk8s';
import type * as kplus from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { EXTENSIONS_GROUP, SANDBOX_WARM_POOL } from '../api/kinds';
import { nameHash } from '../api/names';

/** Options of `pool.scaleOn`. */
export interface PoolScheduleOptions {
  /**
   * The time zone in which the schedule is meant, such as `Europe/Berlin`.
   * @default 'Etc/UTC' - Kubernetes alone would take that of the control plane, which one cannot see in a manifest
   */
  readonly timeZone?: string;
  /**
   * An image with `kubectl` on its path.
   * @default - kubectl as the Kubernetes project releases it: no shell, no third party, and the same source as the API server
   */
  readonly image?: string;
}

/** What is added to the name of a pool for what scales it. */
export const SCALER_SUFFIX = '-scaler';
const KUBECTL_IMAGE = 'registry.k8s.io/kubectl:v1.36.1';
/** A CronJob may have a name of 52 characters, because its Jobs get 11 more. */
const CRON_JOB_NAME_LENGTH = 52;
/** Not later than this: behind a long outage the morning's schedule must not run after the evening's. */
const STARTING_DEADLINE_SECONDS = 600;
/** A Job that cannot start would keep the next one waiting for ever. */
const ACTIVE_DEADLINE_SECONDS = 300;
/** kubectl 1.37 was seen to take 48 MiB for this call. */
const MEMORY = { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '128Mi' } };
/** The user and group `nobody` of distroless images; the image that is given may have none. */
const NOBODY = 65532;

/** One schedule of a pool. */
interface PoolSchedule extends PoolScheduleOptions {
  readonly cron: Cron;
  readonly replicas: number;
}

/** What sets the size of one pool by schedule: CronJobs that patch its scale, and an account that may do nothing else. */
export class PoolScaler extends Construct {
  private readonly account: string;
  private readonly podLabels: Readonly<Record<string, string>>;

  public constructor(
    scope: Construct,
    id: string,
    private readonly pool: kplus.Resource,
  ) {
    super(scope, id);
    this.account = `${pool.name}${SCALER_SUFFIX}`;
    this.podLabels = { 'app.kubernetes.io/name': 'sandbox-pool-scaler', 'app.kubernetes.io/instance': nameHash(pool.name) };
    this.add('ServiceAccount', 'v1', this.account, { automountServiceAccountToken: false });
    // `kubectl patch` reads what it patches first.
    const rule = { apiGroups: [EXTENSIONS_GROUP], resources: [`${SANDBOX_WARM_POOL.plural}/scale`], resourceNames: [pool.name], verbs: ['get', 'patch'] };
    this.add('Role', RBAC, this.account, { rules: [rule] });
    this.add('RoleBinding', RBAC, this.account, {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: this.account },
      subjects: [{ kind: 'ServiceAccount', name: this.account, namespace: pool.metadata.namespace }],
    });
    // A namespace may deny everything by default, and no selector finds an API server.
    const spec = { podSelector: { matchLabels: this.podLabels }, policyTypes: ['Ingress', 'Egress'], egress: [{}] };
    this.add('NetworkPolicy', 'networking.k8s.io/v1', this.account, { spec });
  }

  /** Adds a CronJob. Throws if there is one for the same moments already. */
  public schedule(schedule: PoolSchedule): void {
    const { cron, replicas, timeZone = 'Etc/UTC' } = schedule;
    const place = `${this.pool.node.path}: scaleOn(${cron.expressionString})`;
    if (!Number.isInteger(replicas) || replicas < 0) throw new Error(`${place}: replicas: expected a whole number from 0 on, found ${replicas}`);
    // Without the replicas: a changed number changes the CronJob, and does not replace it.
    const name = cronJobName(this.pool.name, `${timeZone} ${cron.expressionString}`);
    if (this.node.tryFindChild(`CronJob-${name}`)) throw new Error(`${place}: there is a schedule for the same moments already; remove one of the two`);
    this.add('CronJob', 'batch/v1', name, {
      spec: {
        schedule: cron.expressionString,
        timeZone,
        concurrencyPolicy: 'Forbid',
        startingDeadlineSeconds: STARTING_DEADLINE_SECONDS,
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 1,
        jobTemplate: {
          spec: {
            activeDeadlineSeconds: ACTIVE_DEADLINE_SECONDS,
            template: { metadata: { labels: this.podLabels }, spec: this.podSpec(schedule) },
          },
        },
      },
    });
  }

  private podSpec({ replicas, image = KUBECTL_IMAGE }: PoolSchedule): object {
    const resource = `${SANDBOX_WARM_POOL.plural}.${EXTENSIONS_GROUP}`;
    return {
      serviceAccountName: this.account,
      automountServiceAccountToken: true,
      restartPolicy: 'Never',
      securityContext: { runAsNonRoot: true, runAsUser: NOBODY, runAsGroup: NOBODY, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'scale',
          image,
          command: ['kubectl', 'patch', resource, this.pool.name, '--subresource=scale', '--type=merge', `--patch={"spec":{"replicas":${replicas}}}`],
          resources: MEMORY,
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: true },
        },
      ],
    };
  }

  private add(kind: string, apiVersion: string, name: string, content: Readonly<Record<string, unknown>>): void {
    const id = kind === 'CronJob' ? `${kind}-${name}` : kind;
    new ApiObject(this, id, { apiVersion, kind, metadata: { name, namespace: this.pool.metadata.namespace }, ...content });
  }
}

const RBAC = 'rbac.authorization.k8s.io/v1';

function cronJobName(pool: string, moments: string): string {
  const hash = nameHash(`${pool} ${moments}`);
  const start = pool.slice(0, CRON_JOB_NAME_LENGTH - hash.length - 1).replace(/[-.]+$/, '');
  return `${start}-${hash}`;
}
