import { CONDITION, SANDBOX_REASON, TERMINAL_CLAIM_REASONS, TERMINAL_SANDBOX_REASONS } from '../../api/conditions';
import { apiVersionOf, SANDBOX, SANDBOX_CLAIM, SANDBOX_TEMPLATE, SANDBOX_WARM_POOL, type Kind } from '../../api/kinds';

/** One item of `spec.healthCheckExprs` of a Flux Kustomization. Flux asks `inProgress`, then `failed`, then `current`; none true means in progress. */
export interface FluxHealthCheck {
  /** `group/version` of the objects. */
  readonly apiVersion: string;
  /** Kind of the objects. */
  readonly kind: string;
  /** CEL: the object is what was asked for. */
  readonly current: string;
  /**
   * CEL: the controller has not finished.
   * @default - whenever neither `failed` nor `current` is true
   */
  readonly inProgress?: string;
  /**
   * CEL: waiting is pointless.
   * @default - never
   */
  readonly failed?: string;
}

/** The health of the four kinds for Flux Kustomizations with `wait: true`, where a suspended Sandbox would otherwise never be current. */
export class FluxHealthChecks {
  /** The items for `spec.healthCheckExprs`, one per kind. */
  public static expressions(): FluxHealthCheck[] {
    return [
      check(SANDBOX, { inProgress: UNOBSERVED, failed: failedWith(TERMINAL_SANDBOX_REASONS), current: SANDBOX_CURRENT }),
      check(SANDBOX_CLAIM, { inProgress: UNOBSERVED, failed: failedWith(TERMINAL_CLAIM_REASONS), current: CLAIM_CURRENT }),
      check(SANDBOX_WARM_POOL, { inProgress: `!(${POOL_CURRENT})`, current: POOL_CURRENT }),
      check(SANDBOX_TEMPLATE, { current: 'has(metadata.name)' }),
    ];
  }

  private constructor() {}
}

type Expressions = Pick<FluxHealthCheck, 'current' | 'inProgress' | 'failed'>;
const check = (kind: Kind, expressions: Expressions): FluxHealthCheck => ({ apiVersion: apiVersionOf(kind), kind: kind.kind, ...expressions });

/** A condition of this type that speaks of the object's present generation; one without observedGeneration counts as such, as in kstatus. */
const seen = (type: string, that = 'true'): string =>
  `has(status.conditions) && status.conditions.exists(c, c.type == '${type}' && (!has(c.observedGeneration) || c.observedGeneration >= metadata.generation) && ${that})`;
const failedWith = (reasons: readonly string[]): string =>
  seen(CONDITION.ready, `c.status == 'False' && c.reason in [${reasons.map((reason) => `'${reason}'`).join(', ')}]`);

const UNOBSERVED = `!(${seen(CONDITION.ready)})`;
const SANDBOX_CURRENT =
  `has(spec.operatingMode) && spec.operatingMode == 'Suspended' ? ${seen(CONDITION.suspended, "c.status == 'True'")} : ` +
  seen(CONDITION.ready, "c.status == 'True'");
const CLAIM_CURRENT = seen(CONDITION.ready, `(c.status == 'True' || c.reason == '${SANDBOX_REASON.sandboxSuspended}')`);
const POOL_CURRENT =
  '(!has(status.observedGeneration) || status.observedGeneration >= metadata.generation) && ' +
  '(has(status.readyReplicas) ? status.readyReplicas : 0) >= (has(spec.replicas) ? spec.replicas : 1)';
