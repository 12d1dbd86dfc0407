import type { Observed } from '../../../src/controllers/sandbox/observe';
import { plan } from '../../../src/controllers/sandbox/plan';
import type { Sandbox } from '../../../src/controllers/shared/objects';
import { condition, FOREIGN, NOW_MS, pod, RUNNING, sandbox, seen, service, unowned } from './world';

const at = (offsetMs: number, more: Partial<Sandbox['spec']> = {}, status?: Sandbox['status']): Sandbox =>
  sandbox({ shutdownTime: new Date(NOW_MS + offsetMs).toISOString(), ...more }, { status });
const EXPIRED = condition('Ready', 'False', 'SandboxExpired', 'Sandbox has expired');
const OTHERS = [condition('Suspended', 'False', 'NotSuspended', 'Sandbox is not suspended'), condition('Finished', 'True', 'PodFailed', 'Pod failed')];
const marked = (more: Partial<Sandbox['spec']> = {}): Sandbox =>
  at(-1000, more, { conditions: [...OTHERS, EXPIRED], selector: 's', nodeName: 'n', podIPs: ['10.0.0.7'], service: 'alice', serviceFQDN: 'f' });

test('the expired status is written before anything is deleted', () => {
  const status = { conditions: [...OTHERS, condition('PodScheduled', 'True', 'PodScheduled'), condition('Ready', 'True', 'DependenciesReady')], nodeName: 'n' };
  const { actions } = plan(seen({ sandbox: at(0, { service: true }, status), pod: pod(RUNNING), service: service() }));
  expect(actions).toEqual([
    expect.objectContaining({
      do: 'patch',
      subresource: 'status',
      patch: { status: { conditions: [...OTHERS, { ...EXPIRED, lastTransitionTime: '2026-11-24T12:00:00Z' }] } },
      events: [expect.objectContaining({ reason: 'SandboxExpired', action: 'Expiry' })],
    }),
  ]);
});

test('a Sandbox that is deleted at its expiry emits no event about it', () => {
  expect(plan(seen({ sandbox: at(0, { shutdownPolicy: 'Delete' }) })).actions).toMatchObject([{ subresource: 'status', events: [] }]);
});

test.each<[string, Observed, object[]]>([
  [
    'all owned Pods and the owned Service go by their UIDs',
    seen({ sandbox: marked(), ownedPods: [pod(), pod({}, { name: 'bob' }, 'second')], service: service() }),
    [{ uid: 'pod-uid' }, { uid: 'second' }, { uid: 'service-uid' }],
  ],
  [
    'what is terminating is not deleted again',
    seen({ sandbox: marked(), pod: pod({}, { deletionTimestamp: 'x' }), service: service({}, { deletionTimestamp: 'x' }) }),
    [{ subresource: 'status' }],
  ],
  [
    'what is not owned stays',
    seen({ sandbox: marked(), pod: pod({}, unowned({ 'agents.x-k8s.io/adoptable': 'true' })), service: service({}, { ownerReferences: [FOREIGN] }) }),
    [{ subresource: 'status' }],
  ],
  [
    'with nothing left only conditions stay',
    seen({ sandbox: marked() }),
    [{ patch: { status: { service: null, serviceFQDN: null, selector: null, podIPs: null, nodeName: null } } }],
  ],
  [
    'with the policy Delete the Sandbox goes last',
    seen({ sandbox: marked({ shutdownPolicy: 'Delete' }) }),
    [{ do: 'delete', uid: 'sandbox-uid', propagation: 'Background' }],
  ],
  [
    'the Sandbox goes even if its Pod could not be deleted',
    seen({ sandbox: marked({ shutdownPolicy: 'Delete' }), pod: pod(), failures: [{ step: 'pod', message: 'no', isPermanent: false }] }),
    [{ do: 'delete', uid: 'sandbox-uid' }],
  ],
  ['a second pass over what is done writes nothing', seen({ sandbox: at(-1000, {}, { conditions: [...OTHERS, EXPIRED] }) }), []],
])('once marked: %s', (_, observed, expected) => {
  const { actions } = plan(observed);
  expect(actions).toHaveLength(expected.length);
  expect(actions).toMatchObject(expected);
});

test.each<[string, Observed]>([
  ['the Pod', seen({ sandbox: marked(), pod: pod(), failures: [{ step: 'pod', message: 'no', isPermanent: false }] })],
  ['the Sandbox', seen({ sandbox: marked({ shutdownPolicy: 'Delete' }), failures: [{ step: 'expiry', message: 'no', isPermanent: false }] })],
  ['the mark', seen({ sandbox: at(0), failures: [{ step: 'status', message: 'no', isPermanent: false }] })],
])('a failure to write %s ends the pass, which comes back', (_, observed) => {
  expect(plan(observed)).toMatchObject({ actions: [], isFailed: true });
});

test('a shutdownTime that moves into the future revives the Sandbox', () => {
  expect(plan(seen({ sandbox: at(1, {}, { conditions: [EXPIRED] }) })).actions).toMatchObject([{ do: 'create', resource: { kind: 'Pod' } }]);
});

test('the timer of the expiry is armed whatever happens', () => {
  expect(plan(seen({ sandbox: at(5000), pod: pod(RUNNING) })).againMs).toBe(5000);
  expect(plan(seen({ sandbox: at(5000), failures: [{ step: 'status', message: 'no', isPermanent: false }] }))).toMatchObject({ isFailed: true, againMs: 5000 });
  expect(plan(seen({ sandbox: sandbox(), pod: pod(RUNNING) })).againMs).toBeUndefined();
});
