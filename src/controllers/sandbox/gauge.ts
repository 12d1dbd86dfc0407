import { ANNOTATIONS, LABELS, normalizedCreator } from '../../api/keys';
import { METRICS } from '../../api/metrics';
import type { Metrics } from '../../runtime/metrics';
import { findCondition } from '../shared/conditions';
import type { Sandbox } from '../shared/objects';
import { findExtensionOwnerKind } from '../shared/ownership';

type SandboxLabels = Readonly<Record<(typeof METRICS.sandboxes.labelNames)[number], string>>;

/** Where changes of Sandboxes come from: their cache. */
interface Source {
  onChange(handler: (change: { readonly type: 'added' | 'updated' | 'deleted'; readonly object: Sandbox }) => void): void;
}

/**
 * `agent_sandboxes` (spec 02 §8.1): how many Sandboxes the cache has of each sort. Kept by each change, so that reading it costs nothing per
 * Sandbox; a sort that no Sandbox has any more is gone, so that namespaces that are gone leave nothing behind.
 */
export function countSandboxes(metrics: Metrics, cache: Source, createdByValues: readonly string[]): void {
  const gauge = metrics.gauge(METRICS.sandboxes);
  const counts = new Map<string, number>();
  const change = (labels: SandboxLabels, by: number): void => {
    const key = JSON.stringify(labels);
    const count = (counts.get(key) ?? 0) + by;
    if (count === 0) {
      counts.delete(key);
      gauge.remove(labels);
    } else {
      counts.set(key, count);
      gauge.set(labels, count);
    }
  };
  // The last state that comes with a deletion may be one that was never counted.
  const counted = new Map<string, SandboxLabels>();
  cache.onChange(({ type, object }) => {
    const { uid } = object.metadata;
    const before = counted.get(uid);
    if (before) change(before, -1);
    counted.delete(uid);
    if (type === 'deleted') return;
    const labels = labelsOf(object, createdByValues);
    change(labels, 1);
    counted.set(uid, labels);
  });
}

/** The sort of a Sandbox. */
export function labelsOf(sandbox: Sandbox, createdByValues: readonly string[]): SandboxLabels {
  const { namespace = '', labels = {}, annotations = {} } = sandbox.metadata;
  const ready = findCondition(sandbox.status?.conditions, 'Ready');
  return {
    namespace,
    ready_condition: String(ready?.status === 'True'),
    expired: String(ready?.reason === 'SandboxExpired'),
    launch_type: labels[LABELS.launchType] === 'warm' ? 'warm' : 'cold',
    sandbox_template: annotations[ANNOTATIONS.templateRef] || 'unknown',
    owned_by: ownerKindOf(sandbox),
    created_by: normalizedCreator(labels[LABELS.createdBy] ?? '', createdByValues),
    operating_mode: sandbox.spec.operatingMode === 'Suspended' ? 'Suspended' : 'Running',
  };
}

function ownerKindOf(sandbox: Sandbox): 'SandboxClaim' | 'SandboxWarmPool' | 'None' {
  const kind = findExtensionOwnerKind(sandbox);
  return kind === 'SandboxClaim' || kind === 'SandboxWarmPool' ? kind : 'None';
}
