import { Bindings } from '../../../../src/cli/tool/top/bindings';
import { byUrgency, poolRow, sandboxRow, type SandboxRow } from '../../../../src/cli/tool/top/rows';
import { ageText, linesOf, type View } from '../../../../src/cli/tool/top/table';
import type { Sandbox } from '../../../../src/controllers/shared/objects';
import type { OwnerReference } from '../../../../src/runtime/object';
import { condition, sandbox } from '../../../controllers/sandbox/world';

const EXTENSIONS = 'extensions.agents.x-k8s.io/v1beta1';
const ownedBy = (kind: string, name: string): OwnerReference => ({ apiVersion: EXTENSIONS, kind, name, uid: `uid-of-${name}`, controller: true });
const of = (owner: OwnerReference | undefined, launchType = 'warm', fields: object = {}): Sandbox => {
  const { metadata, ...rest } = sandbox({}, fields);
  return { ...rest, metadata: { ...metadata, labels: { 'agents.x-k8s.io/launch-type': launchType }, ...(owner && { ownerReferences: [owner] }) } };
};
const POOL = { ...sandbox().metadata, name: 'python', uid: 'uid-of-python' };

describe('claims of a pool', () => {
  const START_MS = 1_000_000;
  const known = new Map<string, string>();
  const bindings = (): Bindings => new Bindings(START_MS, (namespace, { name, uid }) => known.get(`${namespace}/${name}/${uid}`));
  beforeEach(() => known.clear());
  const member = of(ownedBy('SandboxWarmPool', 'python'));
  const claimed = of(ownedBy('SandboxClaim', 'alice'));
  const created = of(ownedBy('SandboxClaim', 'alice'), 'cold');
  const know = (): void => void known.set('team/alice/uid-of-alice', 'python');

  test('a member that passes to a claim is a hit of its pool, even if the claim is not known', () => {
    const seen = bindings();
    seen.see({ type: 'updated', old: member, object: claimed }, START_MS);
    expect(seen.of(POOL, START_MS)).toEqual({ warm: 1, cold: 0 });
    expect(seen.of({ ...POOL, namespace: 'other' }, START_MS)).toEqual({ warm: 0, cold: 0 });
  });

  test('a Sandbox that was created for a claim is a miss of the pool that the claim names, once that is known', () => {
    const seen = bindings();
    seen.see({ type: 'added', object: created }, START_MS);
    expect(seen.of(POOL, START_MS)).toMatchObject({ warm: 0, cold: 0 });
    know();
    expect(seen.of(POOL, START_MS)).toMatchObject({ warm: 0, cold: 1 });
    expect(seen.of(POOL, START_MS)).toMatchObject({ warm: 0, cold: 1 });
  });

  test('a member that was claimed while nobody looked is a hit by its label', () => {
    know();
    const seen = bindings();
    seen.see({ type: 'added', object: claimed }, START_MS);
    expect(seen.of(POOL, START_MS)).toMatchObject({ warm: 1, cold: 0 });
  });

  test.each<[string, Parameters<Bindings['see']>[0]]>([
    ['a Sandbox that stays with its claim', { type: 'updated', old: claimed, object: claimed }],
    ['a Sandbox of a claim that goes', { type: 'deleted', object: claimed }],
    ['a new member', { type: 'added', object: member }],
    ['a bare Sandbox', { type: 'added', object: of(undefined) }],
    ['a Sandbox whose owner has only the kind in common', { type: 'added', object: of({ ...ownedBy('SandboxClaim', 'alice'), apiVersion: 'example.com/v1' }) }],
  ])('%s counts for nothing', (_, change) => {
    know();
    const seen = bindings();
    seen.see(change, START_MS);
    expect(seen.of(POOL, START_MS)).toEqual({ warm: 0, cold: 0 });
  });

  test('the rate is that of the last minute, or since the start when that is shorter; the counts stay', () => {
    const seen = bindings();
    for (let count = 0; count < 30; count++) seen.see({ type: 'updated', old: member, object: claimed }, START_MS + 5000);
    expect(seen.of(POOL, START_MS + 999).claimsPerSecond).toBeUndefined();
    expect(seen.of(POOL, START_MS + 10_000).claimsPerSecond).toBe(3);
    expect(seen.of(POOL, START_MS + 60_000).claimsPerSecond).toBe(0.5);
    expect(seen.of(POOL, START_MS + 65_000)).toEqual({ warm: 30, cold: 0, claimsPerSecond: 0 });
  });

  test('a claim that never comes is forgotten after a minute', () => {
    const seen = bindings();
    seen.see({ type: 'added', object: created }, START_MS);
    seen.of(POOL, START_MS + 60_000);
    know();
    expect(seen.of(POOL, START_MS + 60_000)).toMatchObject({ cold: 0 });
  });
});

const READY = { status: { conditions: [condition('Ready', 'True', 'DependenciesReady')] } };

test('the row of a pool counts members that are not being deleted, those that are Ready among them, and hits of all claims', () => {
  const owner = ownedBy('SandboxWarmPool', 'python');
  const ready = of(owner, 'warm', READY);
  const leaving = { ...ready, metadata: { ...ready.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
  const pool = { metadata: POOL, spec: { replicas: 3, sandboxTemplateRef: { name: 'python' } } };
  const row = { namespace: 'team', name: 'python', desired: 3, free: 2, ready: 1, warm: 3, cold: 1, claimsPerSecond: 0.25, hitRate: 0.75 };
  expect(poolRow(pool, [ready, of(owner), leaving], { warm: 3, cold: 1, claimsPerSecond: 0.25 })).toEqual(row);
  const unclaimed = poolRow({ ...pool, spec: { sandboxTemplateRef: { name: 'python' } } }, [], { warm: 0, cold: 0, claimsPerSecond: 0 });
  expect(unclaimed).toEqual({ ...row, ...{ desired: 1, free: 0, ready: 0, warm: 0, cold: 0, claimsPerSecond: 0 }, hitRate: undefined });
});

const conditions = (...list: ReturnType<typeof condition>[]) => ({ status: { conditions: list } });
test.each<[string, string, Sandbox]>([
  ['Ready', 'good', of(undefined, '', READY)],
  ['Pending', 'waiting', of(undefined)],
  ['DependenciesNotReady', 'waiting', of(undefined, '', conditions(condition('Ready', 'False', 'DependenciesNotReady')))],
  ['PodFailed', 'bad', of(undefined, '', conditions(condition('Ready', 'False', 'PodFailed')))],
  ['SandboxExpired', 'bad', of(undefined, '', conditions(condition('Ready', 'False', 'SandboxExpired'), condition('Suspended', 'False', 'NotSuspended')))],
  ['Suspending', 'waiting', { ...sandbox({ operatingMode: 'Suspended' }, READY) }],
  ['Suspended', 'resting', { ...sandbox({ operatingMode: 'Suspended' }, conditions(condition('Suspended', 'True', 'PodTerminated'))) }],
  ['Terminating', 'waiting', { ...of(undefined, '', READY), metadata: { ...sandbox().metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }],
])('a Sandbox is %s, which is %s', (state, mood, object) => {
  expect(sandboxRow(object, undefined, 0)).toMatchObject({ state, mood });
});

test('the row of a Sandbox has its age, the node of its Pod and its owner, if there are any', () => {
  const object = of(ownedBy('SandboxClaim', 'alice'));
  const nowMs = Date.parse(object.metadata.creationTimestamp) + 61_500;
  const pod = { metadata: { ...POOL, name: object.metadata.name }, spec: { nodeName: 'node-1' } };
  expect(sandboxRow(object, pod, nowMs)).toMatchObject({ namespace: 'team', name: 'alice', ageSeconds: 61, node: 'node-1', owner: 'SandboxClaim/alice' });
  const bare = sandboxRow(of(undefined), { ...pod, spec: {} }, 0);
  expect([bare.node, bare.owner, bare.ageSeconds]).toEqual([undefined, undefined, 0]);
});

test.each([
  [0, '0s'],
  [119, '119s'],
  [120, '2m'],
  [7199, '119m'],
  [7200, '2h'],
  [172_799, '47h'],
  [172_800, '2d'],
])('an age of %s seconds is %s', (seconds, text) => {
  expect(ageText(seconds)).toBe(text);
});

describe('the lines', () => {
  const row = (name: string, state: string, mood: SandboxRow['mood'], ageSeconds: number): SandboxRow => ({ namespace: 'team', name, state, mood, ageSeconds });
  const view: View = {
    pools: [{ namespace: 'team', name: 'python', desired: 20, free: 19, ready: 18, warm: 2, cold: 1, claimsPerSecond: 1.25, hitRate: 2 / 3 }],
    sandboxes: [row('bad', 'PodFailed', 'bad', 5), { ...row('alice', 'Ready', 'good', 300), node: 'node-1', owner: 'SandboxClaim/alice' }],
    problems: [],
  };
  const plain = { isColoured: false, areNamespacesShown: true };

  test('are a summary and two tables in columns', () => {
    expect(linesOf(view, plain)).toEqual([
      'pools 1, sandboxes 2: 1 PodFailed, 1 Ready',
      '',
      'NAMESPACE  POOL    DESIRED  FREE  READY  CLAIMS/S  HIT RATE',
      'team       python  20       19    18     1.3       67 %',
      '',
      'NAMESPACE  SANDBOX  STATE      AGE  NODE    OWNER',
      'team       bad      PodFailed  5s   -       -',
      'team       alice    Ready      5m   node-1  SandboxClaim/alice',
    ]);
  });

  test('of one namespace do not name it; what is not there has no table; problems come first', () => {
    const empty = { pools: [], sandboxes: view.sandboxes.slice(0, 1), problems: ['cannot watch pods'] };
    expect(linesOf(empty, { ...plain, areNamespacesShown: false })).toEqual([
      ...['pools 0, sandboxes 1: 1 PodFailed', '! cannot watch pods', ''],
      ...['SANDBOX  STATE      AGE  NODE  OWNER', 'bad      PodFailed  5s   -     -'],
    ]);
  });

  test('are no more than there is room for, and say what is left out', () => {
    expect(linesOf(view, { ...plain, height: 8 })).toHaveLength(8);
    const few = linesOf(view, { ...plain, height: 7 });
    expect(few).toHaveLength(7);
    expect(few.at(-1)).toBe('… 2 more lines; --once shows all');
  });

  test('have their colours only where they are wanted, and the same text without them', () => {
    const coloured = linesOf(view, { ...plain, isColoured: true });
    expect(coloured.at(-2)).toBe('team       bad      \u001b[31mPodFailed\u001b[39m  5s   -       -');
    expect(coloured.map((line) => line.replace(/\u001b\[\d+m/g, ''))).toEqual(linesOf(view, plain));
  });

  test('put what needs a person first, then the youngest', () => {
    const rows = [
      row('b', 'Ready', 'good', 5),
      row('z', 'Suspended', 'resting', 1),
      row('a', 'Ready', 'good', 5),
      row('c', 'Ready', 'good', 2),
      row('d', 'PodFailed', 'bad', 99),
    ];
    expect([...rows].sort(byUrgency).map(({ name }) => name)).toEqual(['d', 'c', 'a', 'b', 'z']);
  });
});
