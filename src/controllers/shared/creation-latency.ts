import { ANNOTATIONS, LABELS } from '../../api/keys';
import { METRICS } from '../../api/metrics';
import type { Metrics } from '../../runtime/metrics';
import type { Change } from '../../runtime/store';
import { findCondition } from './conditions';
import type { Sandbox } from './objects';

const UNKNOWN_TEMPLATE = '__unknown__';

/** How latencies tell what a Sandbox is (spec 02 §8.1). */
export const latencyLabelsOf = (sandbox: Sandbox | undefined) => ({
  launch_type: !sandbox ? 'unknown' : sandbox.metadata.labels?.[LABELS.launchType] === 'warm' ? 'warm' : 'cold',
  sandbox_template: sandbox?.metadata.annotations?.[ANNOTATIONS.templateRef] || UNKNOWN_TEMPLATE,
});

/** `agent_sandbox_creation_latency_ms` (spec 02 §8.1). Answers what measures a Sandbox; one that is not Ready is no sample. */
export function creationLatency(metrics: Metrics): (sandbox: Sandbox) => void {
  const histogram = metrics.histogram(METRICS.creation);
  return (sandbox) => {
    const { namespace = '', creationTimestamp } = sandbox.metadata;
    const ready = findCondition(sandbox.status?.conditions, 'Ready');
    const ms = ready?.status === 'True' ? Date.parse(ready.lastTransitionTime) - Date.parse(creationTimestamp) : NaN;
    if (ms >= 0) histogram.observe({ ...latencyLabelsOf(sandbox), namespace }, ms);
  };
}

/** Where changes of Sandboxes come from: their cache. */
interface Source {
  readonly synced: Promise<void>;
  onChange(handler: (change: Pick<Change<Sandbox>, 'type' | 'object'>) => void): void;
}

/**
 * Tells of each Sandbox that becomes Ready for the first time in its life while this process decides (spec 02 §8.2). Of one that was there before this
 * process nobody knows whether it has been Ready: it is left out, so that none is told of twice.
 */
export function onFirstReady(cache: Source, { isDeciding, tell }: { readonly isDeciding: () => boolean; readonly tell: (sandbox: Sandbox) => void }): void {
  const neverReady = new Set<string>();
  let isOld = true;
  void cache.synced.then(() => (isOld = false));
  cache.onChange(({ type, object }) => {
    const { uid } = object.metadata;
    if (type === 'deleted') neverReady.delete(uid);
    else if (type === 'added' && !isOld) neverReady.add(uid);
    const isReady = findCondition(object.status?.conditions, 'Ready')?.status === 'True';
    if (isReady && neverReady.delete(uid) && type === 'updated' && isDeciding()) tell(object);
  });
}
