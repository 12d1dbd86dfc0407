import { ANNOTATIONS, LABELS, normalizedCreator } from '../../api/keys';
import type { Metrics } from '../../runtime/metrics';
import { latencyLabelsOf } from '../shared/creation-latency';
import type { Sandbox } from '../shared/objects';
import { isReady, type Sight } from './first-seen';
import type { ClaimObserver, Moment } from './observer';

export interface MetricsOptions {
  readonly createdByValues: readonly string[];
  /** Measures how long a Sandbox took to be Ready, where that is to be known of claimed ones (`--creation-latency-point`). */
  readonly measureCreation?: (sandbox: Sandbox) => void;
}

// Spec 02 §8.1; load gates interpolate inside these buckets, so the boundaries are exact.
const LATENCY_BUCKETS = [100, 250, 500, 750, 1000, 1250, 1500, 2000, 2500, 5000, 10_000, 30_000, 60_000, 120_000, 240_000];

const STAGE_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
// Spec 02 §8.4.
const COLD_REASONS = ['empty_pool', 'no_ip_in_time', 'env', 'volume_claim_templates', 'stale', 'pool_unresolved'];

/** Counts and measures claims (spec 02 §8.1, §8.2, §8.4): the families that they have, and who is to be told. */
export function claimMetrics(metrics: Metrics, { createdByValues, measureCreation }: MetricsOptions): ClaimObserver {
  const labelNames = ['launch_type', 'sandbox_template'] as const;
  const latency = (name: string, help: string) => metrics.histogram({ name, help, labelNames }, LATENCY_BUCKETS);
  const fromWebhook = latency('agent_sandbox_claim_startup_latency_ms', 'From the first sight of a webhook to Ready.');
  const fromController = latency('agent_sandbox_claim_controller_startup_latency_ms', 'From the first sight of the controller to Ready.');
  const fromClient = latency('agent_sandbox_client_claim_startup_latency_ms', 'From the request of the client to Ready.');
  const creations = metrics.counter({
    name: 'agent_sandbox_claim_creation_total',
    help: 'Claims that have got a Sandbox.',
    labelNames: ['namespace', 'sandbox_template', 'launch_type', 'warmpool_name', 'pod_condition', 'created_by'],
  });
  const stages = metrics.histogram(
    { name: 'agent_sandbox_ext_claim_stage_seconds', help: 'Time that a claim spends in each stage.', labelNames: ['stage', 'launch_type'] },
    STAGE_BUCKETS,
  );
  const passes = metrics.counter({ name: 'agent_sandbox_ext_claim_reconciles_total', help: 'Passes over claims.', labelNames: ['outcome'] });
  const coldStarts = metrics.counter({ name: 'agent_sandbox_ext_cold_starts_total', help: 'Claims that got no member, and why.', labelNames: ['reason'] });
  const surplus = metrics.counter({
    ...{ name: 'agent_sandbox_ext_duplicates_resolved_total', help: 'Sandboxes deleted because their claim had another one.', labelNames: [] },
  });
  // No claim ever starts cold for `pool_unresolved`: a Sandbox of its own needs the template too.
  for (const reason of COLD_REASONS) coldStarts.inc({ reason }, 0);
  return {
    bound({ claim, sandbox }) {
      const labels = latencyLabelsOf(sandbox);
      creations.inc({
        ...labels,
        namespace: claim.metadata.namespace ?? '',
        warmpool_name: claim.spec.warmPoolRef.name,
        pod_condition: labels.launch_type === 'warm' && isReady(claim) ? 'ready' : 'not_ready',
        created_by: normalizedCreator(claim.metadata.labels?.[LABELS.createdBy] ?? '', createdByValues),
      });
    },
    becameReady(moment) {
      const { claim, sandbox, sight, nowMs } = moment;
      const labels = latencyLabelsOf(sandbox);
      const since = (key: string): number => nowMs - Date.parse(claim.metadata.annotations?.[key] ?? '');
      const observe = (histogram: typeof fromWebhook, ms: number): void => (ms >= 0 ? histogram.observe(labels, Math.trunc(ms)) : undefined);
      observe(fromWebhook, since(ANNOTATIONS.webhookObservedAt));
      observe(fromController, sight ? nowMs - sight.seenMs : since(ANNOTATIONS.firstObservedAt));
      observe(fromClient, since(ANNOTATIONS.firstRequestedAt));
      if (sandbox) measureCreation?.(sandbox);
      for (const [stage, ms] of stagesOf(moment)) stages.observe({ stage, launch_type: labels.launch_type }, ms / 1000);
    },
    startedCold: (reason) => coldStarts.inc({ reason }),
    passed: (hasWritten) => passes.inc({ outcome: hasWritten ? 'write' : 'noop' }),
    surplusDeleted: (count) => surplus.inc(count),
  };
}

/** From first sight to the decision, to the Sandbox, to Ready. What was not seen is left out. */
function stagesOf({ sight, monotonicMs }: Moment): ReadonlyArray<readonly [string, number]> {
  const { waitsSinceMs, decidedMs, ownedMs }: Partial<Sight> = sight ?? {};
  return [
    ...(waitsSinceMs !== undefined && decidedMs !== undefined ? [['queued', decidedMs - waitsSinceMs] as const] : []),
    ...(decidedMs !== undefined && ownedMs !== undefined ? [['transferred', ownedMs - decidedMs] as const] : []),
    ...(ownedMs !== undefined ? [['published', monotonicMs - ownedMs] as const] : []),
  ];
}
