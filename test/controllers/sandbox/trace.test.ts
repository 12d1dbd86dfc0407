import type { Caches, Observed } from '../../../src/controllers/sandbox/observe';
import { traceOf } from '../../../src/controllers/sandbox/trace';
import type { Sandbox } from '../../../src/controllers/shared/objects';
import { pod, RUNNING, sandbox, seen, settings, unowned } from './world';

const KEY = { namespace: 'team', name: 'alice' };

function traceIn(stored: Sandbox | undefined) {
  const nothing = { find: () => undefined };
  const caches: Caches = {
    sandboxes: { find: () => stored, byNameHash: () => [] },
    pods: { ...nothing, ownedBy: () => [] },
    services: nothing,
    volumeClaims: nothing,
  };
  return traceOf(caches, settings);
}

test.each<[string, object, object]>([
  ['has its name', {}, {}],
  ['tells who created it', { labels: { 'agents.x-k8s.io/created-by': 'go-client' } }, { 'agents.x-k8s.io/created-by': 'go-client' }],
  ['does not repeat what anybody writes there', { labels: { 'agents.x-k8s.io/created-by': 'me' } }, { 'agents.x-k8s.io/created-by': 'unknown' }],
])('the span of a Sandbox %s', (_what, metadata, attributes) => {
  const span = traceIn(sandbox({}, { metadata })).span(KEY);
  expect(span).toEqual({ name: 'ReconcileSandbox', attributes: { 'sandbox.name': 'alice', 'sandbox.namespace': 'team', ...attributes }, parent: undefined });
});

test('its parent is what the annotation carries, and a Sandbox that is gone has none', () => {
  const annotations = { 'opentelemetry.io/trace-context': '{}' };
  expect(traceIn(sandbox({}, { metadata: { annotations } })).span(KEY)?.parent).toBe('{}');
  expect(traceIn(undefined).span(KEY)).toBeUndefined();
});

test.each<[string, Observed, Observed, object[]]>([
  ['that is there', seen({ pod: pod(RUNNING) }), seen({ pod: pod(RUNNING) }), [['ExistingPodStatusObserved', 'Running']]],
  ['that was made in this pass', seen(), seen({ pod: pod({ phase: 'Pending' }) }), [['NewPodStatusObserved', 'Pending']]],
  ['that was adopted in this pass', seen({ pod: pod({}, unowned()) }), seen({ pod: pod({ phase: 'Running' }) }), [['ExistingPodStatusObserved', 'Running']]],
  ['that is not there', seen(), seen(), []],
  ['of somebody else', seen({ pod: pod({}, unowned()) }), seen({ pod: pod({}, unowned()) }), []],
])('of a Pod %s the part of the Pod says so', (_what, first, last, expected) => {
  const [part] = traceIn(undefined).parts?.(first, last) ?? [];
  expect(part).toMatchObject({ name: 'reconcilePod', step: 'pod' });
  expect(part?.events.map(({ name, attributes }) => [name, attributes?.['pod.Phase']])).toEqual(expected);
});
