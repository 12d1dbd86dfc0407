import fc from 'fast-check';

import { ANNOTATIONS, LABELS } from '../../../src/api/keys';
import { countSandboxes, labelsOf } from '../../../src/controllers/sandbox/gauge';
import { addBuildInfo } from '../../../src/controllers/shared/metrics';
import type { Sandbox } from '../../../src/controllers/shared/objects';
import { systemClock } from '../../../src/runtime/clock';
import { Metrics } from '../../../src/runtime/metrics';
import type { ObjectMeta } from '../../../src/runtime/object';

interface Given {
  readonly metadata?: Partial<ObjectMeta>;
  readonly ready?: { readonly status: 'True' | 'False'; readonly reason: string };
  readonly operatingMode?: 'Running' | 'Suspended';
}

const sandbox = ({ metadata, ready, operatingMode }: Given): Sandbox => ({
  metadata: { name: 'a', namespace: 'team', uid: 'u', resourceVersion: '1', creationTimestamp: '2030-01-01T00:00:00Z', ...metadata },
  spec: { podTemplate: { spec: { containers: [] } }, ...(operatingMode && { operatingMode }) },
  ...(ready && { status: { conditions: [{ type: 'Ready', message: '', lastTransitionTime: '2030-01-01T00:00:00Z', ...ready }] } }),
});

const ownedBy = (kind: string, group = 'extensions.agents.x-k8s.io') => ({
  metadata: { ownerReferences: [{ apiVersion: `${group}/v1beta1`, kind, name: 'o', uid: 'o', controller: true }] },
});
const labelled = (key: string, value: string): Given => ({ metadata: { labels: { [key]: value } } });
const annotated = (key: string, value: string): Given => ({ metadata: { annotations: { [key]: value } } });

const PLAIN = {
  ...{ namespace: 'team', ready_condition: 'false', expired: 'false', launch_type: 'cold' },
  ...{ sandbox_template: 'unknown', owned_by: 'None', created_by: 'unknown', operating_mode: 'Running' },
};

test.each<[string, Given, Partial<typeof PLAIN>]>([
  ['a new bare Sandbox', {}, {}],
  ['a Ready one', { ready: { status: 'True', reason: 'DependenciesReady' } }, { ready_condition: 'true' }],
  ['one that is not Ready', { ready: { status: 'False', reason: 'DependenciesNotReady' } }, {}],
  ['an expired one', { ready: { status: 'False', reason: 'SandboxExpired' } }, { expired: 'true' }],
  ['a suspended one', { operatingMode: 'Suspended' }, { operating_mode: 'Suspended' }],
  ['a warm one', labelled(LABELS.launchType, 'warm'), { launch_type: 'warm' }],
  ['one with any other launch type', labelled(LABELS.launchType, 'Warm'), {}],
  ['one of a template', annotated(ANNOTATIONS.templateRef, 'python'), { sandbox_template: 'python' }],
  ['one of a template without a name', annotated(ANNOTATIONS.templateRef, ''), {}],
  ['one of a claim', ownedBy('SandboxClaim'), { owned_by: 'SandboxClaim' }],
  ['one of a pool', ownedBy('SandboxWarmPool'), { owned_by: 'SandboxWarmPool' }],
  ['one of a namesake of a pool', ownedBy('SandboxWarmPool', 'example.com'), {}],
  ['one of something else', ownedBy('Job', 'batch'), {}],
  ['one by a known creator', labelled(LABELS.createdBy, 'python-client'), { created_by: 'python-client' }],
  ['one by a creator of the configuration', labelled(LABELS.createdBy, 'our-client'), { created_by: 'our-client' }],
  ['one by somebody unknown', labelled(LABELS.createdBy, 'me'), {}],
])('%s is counted under its sort', (_, given, labels) => {
  expect(labelsOf(sandbox(given), ['our-client'])).toEqual({ ...PLAIN, ...labels });
});

type Handler = Parameters<Parameters<typeof countSandboxes>[1]['onChange']>[0];

function counting() {
  const metrics = new Metrics(systemClock);
  let tell: Handler = () => undefined;
  countSandboxes(metrics, { onChange: (handler) => (tell = handler) }, []);
  const samples = async () => (await metrics.text()).split('\n').filter((line) => line.startsWith('agent_sandboxes{'));
  return { samples, tell: (...[change]: Parameters<Handler>) => tell(change) };
}

test('what is not there any more leaves no line behind, whatever its last state was', async () => {
  const { samples, tell } = counting();
  tell({ type: 'added', object: sandbox({}) });
  tell({ type: 'updated', object: sandbox({ operatingMode: 'Suspended' }) });
  expect(await samples()).toEqual([expect.stringMatching(/operating_mode="Suspended"} 1$/)]);
  tell({ type: 'deleted', object: sandbox({ ready: { status: 'True', reason: 'DependenciesReady' } }) });
  expect(await samples()).toEqual([]);
});

test('the counts are those of the Sandboxes that there are, whatever happens to them', async () => {
  const step = fc.record({
    uid: fc.constantFrom('a', 'b', 'c', 'd'),
    mode: fc.constantFrom('Running' as const, 'Suspended' as const),
    namespace: fc.constantFrom('one', 'two'),
    isDeleted: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const { samples, tell } = counting();
      const there = new Map<string, Sandbox>();
      for (const { uid, mode, namespace, isDeleted } of steps) {
        const object = sandbox({ metadata: { uid, namespace: there.get(uid)?.metadata.namespace ?? namespace }, operatingMode: mode });
        if (isDeleted && !there.has(uid)) continue;
        tell({ type: isDeleted ? 'deleted' : there.has(uid) ? 'updated' : 'added', object });
        if (isDeleted) there.delete(uid);
        else there.set(uid, object);
      }
      const expected = new Map<string, number>();
      for (const object of there.values()) {
        const labels = Object.entries(labelsOf(object, [])).map(([name, value]) => `${name}="${value}"`);
        const line = `agent_sandboxes{${labels.join(',')}}`;
        expected.set(line, (expected.get(line) ?? 0) + 1);
      }
      expect([...(await samples())].sort()).toEqual([...expected].map(([line, count]) => `${line} ${count}`).sort());
    }),
    { numRuns: 50 },
  );
});

test('the build is told by labels, with the names that dashboards ask for', async () => {
  const metrics = new Metrics(systemClock);
  addBuildInfo(metrics, { commit: 'abc', date: '2030-01-01T00:00:00Z' });
  const line = (await metrics.text()).split('\n').find((text) => text.startsWith('agent_sandbox_build_info'));
  expect(line).toMatch(
    /^agent_sandbox_build_info\{git_version="v\d+\.\d+\.\d+",git_commit="abc",build_date="2030-01-01T00:00:00Z",go_version="node\d+\.\d+\.\d+",compiler="v8",platform="\w+\/\w+"\} 1$/,
  );
});
