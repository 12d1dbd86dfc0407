import { ANNOTATIONS, LABELS } from '../../../src/api/keys';
import { FirstReady } from '../../../src/controllers/claim/first-ready';
import { FirstSeen } from '../../../src/controllers/claim/first-seen';
import { claimMetrics } from '../../../src/controllers/claim/metrics';
import type { Moment } from '../../../src/controllers/claim/observer';
import { findClaimOf, isOfNewGeneration, isTelling, isUnbound } from '../../../src/controllers/claim/watches';
import { creationLatency } from '../../../src/controllers/shared/creation-latency';
import type { Sandbox, SandboxClaim } from '../../../src/controllers/shared/objects';
import { Metrics } from '../../../src/runtime/metrics';
import type { ObjectMeta } from '../../../src/runtime/object';
import { VirtualClock } from '../../support/virtual-clock';
import { bound, claim, condition, FINISHED, M, member, NOW_MS, owned, READY } from './world';

const clock = new VirtualClock();

/** What is counted of the claims after this, without help texts and what is zero. */
async function counted(tell: (metrics: ReturnType<typeof claimMetrics>) => void, isCreationMeasuredHere = true): Promise<readonly string[]> {
  const metrics = new Metrics(clock);
  const measureCreation = creationLatency(metrics);
  tell(claimMetrics(metrics, { createdByValues: ['mine'], ...(isCreationMeasuredHere && { measureCreation }) }));
  return (await metrics.text())
    .split('\n')
    .filter((line) => /^agent_sandbox_(claim|client|creation|ext_(claim|cold|dup))/.test(line) && !/ 0$|_bucket/.test(line));
}

const at = (beforeMs: number): string => new Date(NOW_MS - beforeMs).toISOString();
const moment = (annotations: ObjectMeta['annotations'], more: Partial<Moment> = {}): Moment => ({
  claim: claim({}, { metadata: { annotations, labels: { [LABELS.createdBy]: 'mine' } }, status: bound().status }),
  sandbox: owned(M, { creationTimestamp: '2026-11-24T11:29:58Z' }),
  sight: undefined,
  nowMs: NOW_MS,
  monotonicMs: 1000,
  ...more,
});

// Spec 02 §8.
const WARM = 'launch_type="warm",sandbox_template="python"';
test('a claim that is Ready for the first time is a sample of whatever it tells the beginning of', async () => {
  const annotations = { [ANNOTATIONS.webhookObservedAt]: at(40), [ANNOTATIONS.firstObservedAt]: at(30), [ANNOTATIONS.firstRequestedAt]: at(50) };
  expect(await counted((metrics) => metrics.becameReady(moment(annotations)))).toEqual([
    `agent_sandbox_creation_latency_ms_sum{${WARM},namespace="team"} 2000`,
    `agent_sandbox_creation_latency_ms_count{${WARM},namespace="team"} 1`,
    `agent_sandbox_claim_startup_latency_ms_sum{${WARM}} 40`,
    `agent_sandbox_claim_startup_latency_ms_count{${WARM}} 1`,
    `agent_sandbox_claim_controller_startup_latency_ms_sum{${WARM}} 30`,
    `agent_sandbox_claim_controller_startup_latency_ms_count{${WARM}} 1`,
    `agent_sandbox_client_claim_startup_latency_ms_sum{${WARM}} 50`,
    `agent_sandbox_client_claim_startup_latency_ms_count{${WARM}} 1`,
  ]);
});

test.each<[string, Moment, readonly string[]]>([
  ['nothing that it does not tell', moment({}, { sandbox: undefined }), []],
  ['nothing that cannot be read', moment({ [ANNOTATIONS.firstObservedAt]: 'then', [ANNOTATIONS.firstRequestedAt]: '' }, { sandbox: undefined }), []],
  ['nothing of the future', moment({ [ANNOTATIONS.webhookObservedAt]: at(-1), [ANNOTATIONS.firstRequestedAt]: at(-1) }, { sandbox: undefined }), []],
  ['no Sandbox that is not Ready', moment({}, { sandbox: owned(M, {}, { status: {} }) }), []],
  [
    'what is remembered before what is written, and its stages',
    moment(
      { [ANNOTATIONS.firstObservedAt]: at(30) },
      { sandbox: undefined, sight: { uid: 'u', seenMs: NOW_MS - 20, waitsSinceMs: 500, decidedMs: 600, ownedMs: 750 } },
    ),
    [
      'agent_sandbox_claim_controller_startup_latency_ms_sum{launch_type="unknown",sandbox_template="__unknown__"} 20',
      'agent_sandbox_claim_controller_startup_latency_ms_count{launch_type="unknown",sandbox_template="__unknown__"} 1',
      'agent_sandbox_ext_claim_stage_seconds_sum{stage="queued",launch_type="unknown"} 0.1',
      'agent_sandbox_ext_claim_stage_seconds_count{stage="queued",launch_type="unknown"} 1',
      'agent_sandbox_ext_claim_stage_seconds_sum{stage="transferred",launch_type="unknown"} 0.15',
      'agent_sandbox_ext_claim_stage_seconds_count{stage="transferred",launch_type="unknown"} 1',
      'agent_sandbox_ext_claim_stage_seconds_sum{stage="published",launch_type="unknown"} 0.25',
      'agent_sandbox_ext_claim_stage_seconds_count{stage="published",launch_type="unknown"} 1',
    ],
  ],
])('a sample counts %s', async (_, seen, expected) => {
  expect(await counted((metrics) => metrics.becameReady(seen))).toEqual(expected);
});

test('the creation is not measured here where the Sandbox controller measures it', async () => {
  expect(await counted((metrics) => metrics.becameReady(moment({})), false)).toEqual([]);
});

test('bindings, cold starts, passes and surplus Sandboxes are counted', async () => {
  const lines = await counted((metrics) => {
    metrics.bound(moment({}));
    metrics.bound(moment({}, { claim: claim(), sandbox: owned('alice') }));
    metrics.startedCold('env');
    metrics.passed(true);
    metrics.passed(false);
    metrics.surplusDeleted(2);
  });
  expect(lines).toEqual([
    'agent_sandbox_claim_creation_total{launch_type="warm",sandbox_template="python",namespace="team",warmpool_name="pool",pod_condition="ready",created_by="mine"} 1',
    'agent_sandbox_claim_creation_total{launch_type="cold",sandbox_template="python",namespace="team",warmpool_name="pool",pod_condition="not_ready",created_by="unknown"} 1',
    'agent_sandbox_ext_claim_reconciles_total{outcome="write"} 1',
    'agent_sandbox_ext_claim_reconciles_total{outcome="noop"} 1',
    'agent_sandbox_ext_cold_starts_total{reason="env"} 1',
    'agent_sandbox_ext_duplicates_resolved_total 2',
  ]);
});

// Spec 08 §5, case 29.
describe('the first Ready of a claim', () => {
  const ready = bound();
  const of = (isDeciding = true) => new FirstReady({ isDeciding: () => isDeciding, nowMs: () => 7 });
  const turned = (object: SandboxClaim) => ({ type: 'updated', object, old: claim() }) as const;

  test('counts once, however often it comes and goes', () => {
    const first = of();
    expect([turned(claim()), turned(ready), turned(claim()), turned(ready)].map((change) => first.hear(change))).toEqual([false, true, false, false]);
    expect(first.find(ready)).toBe(7);
  });

  test.each<[string, SandboxClaim]>([
    ['Ready', ready],
    ['bound, whatever it was before', claim({}, { status: { sandbox: { name: M } } })],
    ['expired', claim({}, { status: { conditions: [condition('Ready', 'False', 'ClaimExpired')] } })],
    ['counted', claim({}, { metadata: { annotations: { [ANNOTATIONS.firstReadyAt]: 'unknown' } } })],
  ])('does not count when it was already %s', (_, before) => {
    const first = of();
    expect([first.hear({ type: 'added', object: before }), first.hear(turned(ready))]).toEqual([false, false]);
    expect(first.find(ready)).toBeUndefined();
  });

  test('does not count when another process wrote it', () => {
    let isDeciding = false;
    const first = new FirstReady({ isDeciding: () => isDeciding, nowMs: () => 7 });
    expect(first.hear(turned(ready))).toBe(false);
    isDeciding = true;
    expect(first.hear(turned(ready))).toBe(false);
  });

  test('does not count when an annotation says that it was counted', () => {
    expect(of().hear(turned({ ...ready, metadata: { ...ready.metadata, annotations: { [ANNOTATIONS.firstReadyAt]: '2026-11-24T12:00:00Z' } } }))).toBe(false);
  });

  test('is forgotten with the claim', () => {
    const first = of();
    first.hear(turned(ready));
    first.hear({ type: 'deleted', object: ready });
    expect(first.find(ready)).toBeUndefined();
  });
});

test('a claim waits from its first sight; one that was there before, from its creation', async () => {
  const seen = new FirstSeen(clock);
  await clock.advance(60_000);
  const old = claim({}, { metadata: { creationTimestamp: new Date(clock.nowMs() - 1500).toISOString() } });
  expect(seen.see(old, true)).toMatchObject({ seenMs: clock.nowMs(), waitsSinceMs: clock.monotonicMs() - 1500 });
  await clock.advance(10);
  expect(seen.see(old)).toMatchObject({ seenMs: clock.nowMs() - 10 });
  seen.forget({ namespace: 'team', name: 'alice' });
  expect(seen.see(old)).toMatchObject({ seenMs: clock.nowMs(), waitsSinceMs: clock.monotonicMs() });
});

// Spec 05 §1.
describe('what wakes a claim', () => {
  const before = owned(M, {}, { status: { conditions: [READY], podIPs: ['10.0.0.7'] } });
  const after = (status: Sandbox['status'], meta: Partial<ObjectMeta> = {}): Sandbox => owned(M, meta, { status: { ...before.status, ...status } });

  test.each<[string, Sandbox, boolean]>([
    ['its Ready', after({ conditions: [condition('Ready', 'False', 'DependenciesNotReady')] }), true],
    ['only the reason of its Ready', after({ conditions: [{ ...READY, reason: 'Other' }] }), true],
    ['only the generation of its Ready', after({ conditions: [{ ...READY, observedGeneration: 9 }] }), false],
    ['its end', after({ conditions: [READY, FINISHED] }), true],
    ['another condition', after({ conditions: [READY, condition('Suspended', 'False', 'NotSuspended')] }), false],
    ['its addresses', after({ podIPs: [] }), true],
    ['its Service', after({ serviceFQDN: 'f' }), true],
    ['its node', after({ nodeName: 'n' }), false],
    ['its labels', after({}, { labels: {} }), false],
    ['the beginning of its deletion', after({}, { deletionTimestamp: 'now' }), true],
    ['its owner', after({}, { ownerReferences: [] }), true],
  ])('of a change of its Sandbox: %s', (_, object, expected) => {
    expect(isTelling({ type: 'updated', object, old: before })).toBe(expected);
  });

  test('of the generation of its end, which a claim tells as it is', () => {
    const ended = (observedGeneration: number) => after({ conditions: [READY, { ...FINISHED, observedGeneration }] });
    expect(isTelling({ type: 'updated', object: ended(2), old: ended(1) })).toBe(true);
  });

  test('a Sandbox that comes or goes', () => {
    expect([isTelling({ type: 'added', object: before }), isTelling({ type: 'deleted', object: before })]).toEqual([true, true]);
    expect([findClaimOf(before)?.name, findClaimOf(member())]).toEqual(['alice', undefined]);
  });

  test('of its pool: a new generation, and only while the claim is unbound', () => {
    const of = (generation: number) => ({ metadata: { ...claim().metadata, generation } });
    expect([isOfNewGeneration({ object: of(1) }), isOfNewGeneration({ object: of(2), old: of(1) }), isOfNewGeneration({ object: of(1), old: of(1) })]).toEqual([
      true,
      true,
      false,
    ]);
    expect([isUnbound(claim()), isUnbound(bound()), isUnbound(claim({}, { metadata: { deletionTimestamp: 'now' } }))]).toEqual([true, false, false]);
  });
});
