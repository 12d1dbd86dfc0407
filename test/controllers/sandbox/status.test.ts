import type { Observed } from '../../../src/controllers/sandbox/observe';
import { plan } from '../../../src/controllers/sandbox/plan';
import type { Condition, SandboxStatus } from '../../../src/controllers/shared/objects';
import { condition, FOREIGN, HASH, NOW_MS, pod, RUNNING, sandbox, seen, service, unowned } from './world';

/** The status that the plan writes, or the stored one when it writes none. */
function statusOf(observed: Observed): SandboxStatus {
  const { actions } = plan(observed);
  if (actions.length === 0) return observed.sandbox.status ?? {};
  const [action] = actions;
  if (!action || !('do' in action) || action.do !== 'patch' || action.subresource !== 'status') throw new Error(`no status write: ${JSON.stringify(actions)}`);
  // The patch of a status holds what has changed; the rest stays.
  const { status } = action.patch as { status: Record<string, unknown> };
  return Object.fromEntries(Object.entries({ ...observed.sandbox.status, ...status }).filter(([, value]) => value !== null));
}

const texts = (conditions: readonly Condition[] = []): Record<string, string> =>
  Object.fromEntries(conditions.map(({ type, status, reason, message }) => [type, `${status} ${reason}: ${message}`]));

const podFailure = { step: 'pod', message: 'the server said no', isPermanent: false };
const RUN = 'False NotSuspended: Sandbox is not suspended';
const SCHEDULED = 'True PodScheduled: ';
const notYet = (phase: string, more: object = {}) => pod({ phase, conditions: [{ type: 'PodScheduled', status: 'True' }], ...more });
const suspended = sandbox({ operatingMode: 'Suspended' });

// Spec 03 §13; the numbers are its rows. A missing child is created before any status is written, so rows without one speak of a failed creation or an absent Service.
test.each<[string, Observed, Record<string, string>]>([
  [
    '2: a Service that exists is named beside a Pod that could not be made',
    seen({ sandbox: sandbox({ service: true }), service: service(), failures: [podFailure] }),
    {
      Ready: 'False ReconcilerError: Error seen: the server said no',
      Suspended: RUN,
      PodScheduled: 'Unknown PodSchedulingUnknown: Pod state is unknown. Pod scheduling cannot be determined',
    },
  ],
  [
    '3: a required Service that is missing keeps a ready Pod from being Ready',
    seen({ sandbox: sandbox({ service: true }), pod: pod(RUNNING), failures: [{ step: 'service', message: 'no service', isPermanent: false }] }),
    { Ready: 'False ReconcilerError: Error seen: no service', Suspended: RUN, PodScheduled: SCHEDULED },
  ],
  [
    '4: Pending',
    seen({ pod: notYet('Pending') }),
    { Ready: 'False DependenciesNotReady: Pod exists with phase: Pending', Suspended: RUN, PodScheduled: SCHEDULED },
  ],
  [
    '4: Pending, with a Service',
    seen({ sandbox: sandbox({ service: true }), pod: notYet('Pending'), service: service() }),
    { Ready: 'False DependenciesNotReady: Pod exists with phase: Pending; Service Exists', Suspended: RUN, PodScheduled: SCHEDULED },
  ],
  [
    '5: running but not ready',
    seen({ pod: notYet('Running', { podIPs: [{ ip: '10.0.0.7' }] }) }),
    { Ready: 'False DependenciesNotReady: Pod is Running but not Ready', Suspended: RUN, PodScheduled: SCHEDULED },
  ],
  [
    '6: ready without an address',
    seen({ pod: pod({ ...RUNNING, podIPs: [] }) }),
    { Ready: 'False DependenciesNotReady: Pod is Ready but has no podIPs yet', Suspended: RUN, PodScheduled: SCHEDULED },
  ],
  ['7: ready, no Service', seen({ pod: pod(RUNNING) }), { Ready: 'True DependenciesReady: Pod is Ready', Suspended: RUN, PodScheduled: SCHEDULED }],
  [
    '8: ready, and an owned Service that the spec does not mention',
    seen({ pod: pod(RUNNING), service: service() }),
    { Ready: 'True DependenciesReady: Pod is Ready; Service Exists', Suspended: RUN, PodScheduled: SCHEDULED },
  ],
  [
    '9: phase Unknown',
    seen({ pod: notYet('Unknown') }),
    { Ready: 'False DependenciesNotReady: Pod exists with phase: Unknown', Suspended: RUN, PodScheduled: SCHEDULED },
  ],
  ['no phase yet', seen({ pod: pod({}) }), expect.objectContaining({ Ready: 'False DependenciesNotReady: Pod exists with phase: ' }) as Record<string, string>],
  [
    '10: a terminating Pod is not finished, even in a final phase',
    seen({ pod: pod({ ...RUNNING, phase: 'Failed' }, { deletionTimestamp: '2026-11-24T12:00:00Z' }) }),
    { Ready: 'False DependenciesNotReady: Pod is terminating', Suspended: RUN, PodScheduled: SCHEDULED },
  ],
  [
    '11: succeeded',
    seen({ pod: notYet('Succeeded') }),
    {
      Ready: 'False PodSucceeded: Pod completed successfully',
      Suspended: RUN,
      PodScheduled: SCHEDULED,
      Finished: 'True PodSucceeded: Pod completed successfully',
    },
  ],
  [
    '11: failed',
    seen({ pod: notYet('Failed') }),
    { Ready: 'False PodFailed: Pod failed', Suspended: RUN, PodScheduled: SCHEDULED, Finished: 'True PodFailed: Pod failed' },
  ],
  [
    '12: a foreign Pod that has ended finishes nothing',
    seen({ pod: pod({ phase: 'Failed' }, { ownerReferences: [FOREIGN] }) }),
    {
      Ready: 'False ReconcilerError: Error seen: pod "alice" is owned by ReplicaSet/web (UID: other-uid), not by sandbox "alice"',
      Suspended: RUN,
      PodScheduled: 'Unknown PodSchedulingUnknown: Pod state is unknown. Pod scheduling cannot be determined',
    },
  ],
  [
    '13: suspending',
    seen({ sandbox: suspended, pod: pod(RUNNING, { deletionTimestamp: '2026-11-24T12:00:00Z' }) }),
    {
      Ready: 'False SandboxSuspended: Sandbox is suspending',
      Suspended: 'False PodTerminating: Pod is terminating. Sandbox is suspending',
      PodScheduled: SCHEDULED,
    },
  ],
  [
    '14: suspending, and the Pod could not be deleted',
    seen({ sandbox: suspended, pod: pod(RUNNING), failures: [{ ...podFailure, message: 'failed to delete pod: no' }] }),
    {
      Ready: 'False ReconcilerError: Error seen: failed to delete pod: no',
      Suspended: 'False PodTerminating: Pod is terminating. Sandbox is suspending',
      PodScheduled: SCHEDULED,
    },
  ],
  [
    '15: suspending, and the Pod is not ours',
    seen({ sandbox: suspended, pod: pod(RUNNING, unowned()) }),
    { Ready: 'False SandboxSuspended: Sandbox is suspending', Suspended: 'False PodNotOwned: Refused to delete pod because it is not owned by this sandbox' },
  ],
  [
    '16: suspended',
    seen({ sandbox: suspended, service: service() }),
    { Ready: 'False SandboxSuspended: Sandbox is suspended', Suspended: 'True PodTerminated: Pod has been terminated. Sandbox is suspended' },
  ],
  [
    '17: suspended, and nothing is known of the Pod',
    seen({ sandbox: suspended, failures: [podFailure] }),
    {
      Ready: 'False ReconcilerError: Error seen: the server said no',
      Suspended: 'Unknown PodStateUnknown: Pod state is unknown. Sandbox suspension cannot be confirmed',
      PodScheduled: 'Unknown PodSchedulingUnknown: Pod state is unknown. Pod scheduling cannot be determined',
    },
  ],
  [
    '20: an error of something that is not Ready wins at once',
    seen({ pod: pod(RUNNING), failures: [podFailure] }),
    { Ready: 'False ReconcilerError: Error seen: the server said no', Suspended: RUN, PodScheduled: SCHEDULED },
  ],
  [
    '21: unschedulable, in the words of the scheduler',
    seen({ pod: pod({ phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes' }] }) }),
    { Ready: 'False DependenciesNotReady: Pod exists with phase: Pending', Suspended: RUN, PodScheduled: 'False Unschedulable: 0/3 nodes' },
  ],
  [
    '22: a reason that no condition may have',
    seen({ pod: pod({ phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'no way' }] }) }),
    { Ready: 'False DependenciesNotReady: Pod exists with phase: Pending', Suspended: RUN, PodScheduled: 'False PodSchedulingUnknown: ' },
  ],
  [
    'a Pod that reports no scheduling',
    seen({ pod: pod({ phase: 'Pending' }) }),
    {
      Ready: 'False DependenciesNotReady: Pod exists with phase: Pending',
      Suspended: RUN,
      PodScheduled: 'Unknown PodSchedulingUnknown: Pod has not reported a PodScheduled condition yet',
    },
  ],
  [
    '23: of several errors only that of too many Pods is told',
    seen({ ownedPods: [pod(), pod({}, { name: 'bob' }, 'second')], failures: [{ step: 'volumeClaims', message: 'no claim', isPermanent: true }] }),
    {
      Ready: 'False MultiplePods: multiple Pods (2) are controlled by this Sandbox; refusing to choose or create a Pod',
      Suspended: RUN,
      PodScheduled: 'Unknown PodSchedulingUnknown: Pod state is unknown. Pod scheduling cannot be determined',
    },
  ],
  [
    '24, 25: what the server refuses as invalid needs a person; all errors are told in order',
    seen({
      failures: [
        { step: 'service', message: 'metadata.name: must be no more than 63 characters', isPermanent: true },
        { step: 'volumeClaims', message: 'exceeded quota', isPermanent: false },
      ],
      sandbox: sandbox({ service: true, volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: {} }] }),
      pod: pod(RUNNING),
    }),
    {
      Ready: 'False InvalidConfiguration: Error seen: exceeded quota\nmetadata.name: must be no more than 63 characters',
      Suspended: RUN,
      PodScheduled: SCHEDULED,
    },
  ],
])('%s', (_, observed, expected) => {
  expect(texts(statusOf(observed).conditions)).toEqual(expected);
});

describe('beside conditions', () => {
  const known = {
    service: 'alice',
    serviceFQDN: 'alice.team.svc.cluster.local',
    selector: `agents.x-k8s.io/sandbox-name-hash=${HASH}`,
    podIPs: ['10.0.0.7'],
    nodeName: 'node-1',
  };
  const others = (status: SandboxStatus): object => Object.fromEntries(Object.entries(status).filter(([field]) => field !== 'conditions'));

  test.each<[string, Observed, object]>([
    ['a running Sandbox says where it is', seen({ sandbox: sandbox({ service: true }), pod: pod(RUNNING), service: service() }), known],
    [
      'addresses keep the order of the Pod, and both families',
      seen({ pod: pod({ ...RUNNING, podIPs: [{ ip: '10.0.0.7' }, { ip: 'fd00::7' }] }) }),
      { selector: known.selector, podIPs: ['10.0.0.7', 'fd00::7'], nodeName: 'node-1' },
    ],
    [
      'a suspended one keeps selector and Service',
      seen({ sandbox: { ...suspended, status: known }, service: service() }),
      { ...known, podIPs: undefined, nodeName: undefined },
    ],
    [
      "a foreign Pod's address never leaks",
      seen({ sandbox: { ...suspended, status: known }, pod: pod(RUNNING, { ownerReferences: [FOREIGN] }) }),
      { selector: known.selector },
    ],
    [
      'an unwanted Service is not told',
      seen({ sandbox: sandbox({ service: false }, { status: known }), pod: pod(RUNNING), service: service({}, { deletionTimestamp: 'x' }) }),
      { ...known, service: undefined, serviceFQDN: undefined },
    ],
    ['an unowned Service is not told', seen({ pod: pod(RUNNING), service: service({}, unowned()) }), { ...known, service: undefined, serviceFQDN: undefined }],
    [
      'a Service that could not be judged stays as it was told',
      seen({ sandbox: sandbox({ service: true }, { status: known }), pod: pod(RUNNING), service: service({}, { ownerReferences: [FOREIGN] }) }),
      known,
    ],
    [
      'addresses stay known when another write of the Pod step fails',
      seen({
        sandbox: sandbox({}, { status: { ...known, service: undefined, serviceFQDN: undefined } }),
        pod: pod(RUNNING, { labels: {} }),
        failures: [podFailure],
      }),
      { ...known, service: undefined, serviceFQDN: undefined },
    ],
    [
      'another domain of the cluster',
      seen({ pod: pod(RUNNING), service: service(), settings: { clusterDomain: 'k8s.example' } }),
      { ...known, serviceFQDN: 'alice.team.svc.k8s.example' },
    ],
  ])('%s', (_, observed, expected) => {
    expect(others(statusOf(observed))).toEqual(JSON.parse(JSON.stringify(expected)));
  });
});

describe('transition times', () => {
  const ready = condition('Ready', 'True', 'DependenciesReady', 'Pod is Ready');
  const running = [condition('Suspended', 'False', 'NotSuspended', 'Sandbox is not suspended'), condition('PodScheduled', 'True', 'PodScheduled'), ready];
  const find = (observed: Observed, type: string) => statusOf(observed).conditions?.find((each) => each.type === type);

  test('27: a steady Sandbox is not written to', () => {
    const status = { conditions: running, selector: `agents.x-k8s.io/sandbox-name-hash=${HASH}`, podIPs: ['10.0.0.7'], nodeName: 'node-1' };
    expect(plan(seen({ sandbox: sandbox({}, { status }), pod: pod(RUNNING) })).actions).toEqual([]);
  });

  test('a condition whose status stays keeps its time, one whose status moves gets the present', () => {
    const observed = seen({
      sandbox: sandbox({}, { status: { conditions: running } }),
      pod: pod({ ...RUNNING, conditions: [{ type: 'PodScheduled', status: 'True' }] }),
    });
    expect(find(observed, 'Suspended')?.lastTransitionTime).toBe('2026-11-24T11:30:00Z');
    expect(find(observed, 'Ready')?.lastTransitionTime).toBe(new Date(NOW_MS).toISOString().replace('.000', ''));
  });

  test('every condition carries the generation of the Sandbox', () => {
    const observed = seen({ sandbox: sandbox({}, { metadata: { generation: 4 }, status: { conditions: running } }), pod: pod(RUNNING) });
    expect(statusOf(observed).conditions?.map(({ observedGeneration }) => observedGeneration)).toEqual([4, 4, 4]);
  });

  test('28: without a Pod nothing is scheduled and nothing has finished', () => {
    const status = { conditions: [...running, condition('Finished', 'True', 'PodFailed', 'Pod failed')] };
    expect(Object.keys(texts(statusOf(seen({ sandbox: sandbox({ operatingMode: 'Suspended' }, { status }) })).conditions)).sort()).toEqual([
      'Ready',
      'Suspended',
    ]);
  });

  test('an error that time may mend takes a Ready Sandbox down only after 10 s and 5 passes', () => {
    const of = (passes: number, forMs: number) =>
      find(seen({ sandbox: sandbox({}, { status: { conditions: running } }), pod: pod(RUNNING), failures: [podFailure], trouble: { passes, forMs } }), 'Ready')
        ?.reason;
    expect([of(0, 0), of(4, 60_000), of(9, 9_999), of(5, 10_000)]).toEqual(['DependenciesReady', 'DependenciesReady', 'DependenciesReady', 'ReconcilerError']);
  });

  test('an error that only a person can mend takes a Ready Sandbox down at once', () => {
    const observed = seen({ sandbox: sandbox({}, { status: { conditions: running } }), pod: pod(RUNNING), failures: [{ ...podFailure, isPermanent: true }] });
    expect(find(observed, 'Ready')?.reason).toBe('InvalidConfiguration');
  });

  test('a Finished that is stored survives the deletion of its Pod', () => {
    const status = { conditions: [condition('Finished', 'True', 'PodFailed', 'Pod failed')] };
    const dying = pod({ phase: 'Failed' }, { deletionTimestamp: '2026-11-24T12:00:30Z', deletionGracePeriodSeconds: 30 });
    expect(texts(statusOf(seen({ sandbox: sandbox({}, { status }), pod: dying })).conditions)).toMatchObject({
      Finished: 'True PodFailed: Pod failed',
      Ready: 'False PodFailed: Pod failed',
    });
  });

  test.each([
    ['before the deletion was asked for', '2026-11-24T11:59:59Z', 'True'],
    ['by the deletion', '2026-11-24T12:00:01Z', undefined],
    ['nobody knows when', undefined, undefined],
  ])('a Pod that is deleted and whose container ended %s has finished: %s, %s', (_, finishedAt, expected) => {
    const status = { phase: 'Succeeded', containerStatuses: [{ name: 'main', state: { terminated: { ...(finishedAt && { finishedAt }) } } }] };
    const dying = pod(status, { deletionTimestamp: '2026-11-24T12:00:30Z', deletionGracePeriodSeconds: 30 });
    expect(find(seen({ pod: dying }), 'Finished')?.status).toBe(expected);
  });
});

describe('what passes by itself', () => {
  const waiting = {
    conditions: [
      condition('Suspended', 'False', 'NotSuspended', 'Sandbox is not suspended'),
      condition('PodScheduled', 'Unknown', 'PodSchedulingUnknown', 'Pod has not reported a PodScheduled condition yet'),
      condition('Ready', 'False', 'DependenciesNotReady', 'Pod exists with phase: Pending'),
    ],
    selector: `agents.x-k8s.io/sandbox-name-hash=${HASH}`,
  };
  const window = { transitionalStatusWindowMs: 200 };
  const scheduled = pod({ phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'True' }] });
  const of = (more: Parameters<typeof seen>[0]) => plan(seen({ sandbox: sandbox({}, { status: waiting }), pod: scheduled, settings: window, ...more }));

  test('waits for the window, and is looked at again when it ends', () => {
    expect(of({})).toEqual(expect.objectContaining({ actions: [], againMs: 200, memory: { transitionalSinceMs: 1000 } }));
    expect(of({ memory: { transitionalSinceMs: 900 } })).toEqual(expect.objectContaining({ actions: [], againMs: 100, memory: { transitionalSinceMs: 900 } }));
  });

  test('is written when the window has passed, and forgotten', () => {
    expect(of({ memory: { transitionalSinceMs: 800 } })).toEqual(
      expect.objectContaining({ actions: [expect.objectContaining({ subresource: 'status' })], memory: {} }),
    );
  });

  test.each<[string, Parameters<typeof seen>[0]]>([
    ['addresses', { pod: pod({ ...scheduled.status, podIPs: [{ ip: '10.0.0.7' }] }) }],
    ['Ready', { pod: pod(RUNNING) }],
    ['a generation', { sandbox: sandbox({}, { metadata: { generation: 4 }, status: waiting }) }],
    ['a Service', { service: service() }],
    ['the window of 0', { settings: { transitionalStatusWindowMs: 0 } }],
  ])('%s is never held back', (_, more) => {
    expect(of(more).actions).toEqual([expect.objectContaining({ subresource: 'status' })]);
  });
});
