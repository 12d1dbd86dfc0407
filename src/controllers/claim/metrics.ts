import { ANNOTATIONS, LABELS, normalizedCreator } from '../../api/keys';
import { COLD_REASONS, METRICS } from '../../api/metrics';
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

/** Counts and measures claims (spec 02 §8.1, §8.2, §8.4): the families that they have, and who is to be told. */
export function claimMetrics(metrics: Metrics, { createdByValues, measureCreation }: MetricsOptions): ClaimObserver {
  const fromWebhook = metrics.histogram(METRICS.claimStartup);
  const fromController = metrics.histogram(METRICS.claimControllerStartup);
  const fromClient = metrics.histogram(METRICS.clientClaimStartup);
  const creations = metrics.counter(METRICS.claimCreations);
  const stages = metrics.histogram(METRICS.claimStages);
  const passes = metrics.counter(METRICS.claimPasses);
  const coldStarts = metrics.counter(METRICS.coldStarts);
  const surplus = metrics.counter(METRICS.duplicates);
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
