import { nameHash } from '../../../src/api/names';
import { PODS, SANDBOXES, SERVICES, type Sandbox } from '../../../src/controllers/shared/objects';
import { cluster } from '../connection';
import type { ControllerProcess } from './controller-process';
import type { Report } from './kubelet';
import { controlledBy, lacksPermission } from './owners';
import { conditionOf, Scene } from './scene';

/** What a Sandbox says of itself on a real API server; the numbers are the rows of spec 03 §13. */

jest.setTimeout(240_000);

let scene: Scene;
let controllers: ControllerProcess;
beforeAll(async () => {
  scene = await Scene.open(cluster(), 'conditions');
  controllers = await scene.start();
});
afterAll(() => scene.close());

const NOT_SUSPENDED = 'Suspended False NotSuspended: Sandbox is not suspended';
const SUSPENDING = 'Suspended False PodTerminating: Pod is terminating. Sandbox is suspending';
const SUSPENDED = 'Suspended True PodTerminated: Pod has been terminated. Sandbox is suspended';
const SCHEDULED = 'PodScheduled True PodScheduled: ';
const NOT_REPORTED = 'PodScheduled Unknown PodSchedulingUnknown: Pod has not reported a PodScheduled condition yet';
const UNDETERMINED = 'PodScheduled Unknown PodSchedulingUnknown: Pod state is unknown. Pod scheduling cannot be determined';
const READY = 'Ready True DependenciesReady: Pod is Ready';
const notReady = (message: string) => `Ready False DependenciesNotReady: ${message}`;

/** Type and reason of the events about a Sandbox, in order. */
const eventsOf = (name: string) =>
  controllers.events.filter(({ regarding }) => regarding.metadata.name === name).map(({ type, reason }) => `${type} ${reason}`);

/** Expects exactly these events, once the controllers, who tell of a status after they have written it, are at rest. */
async function expectEvents(name: string, ...expected: readonly string[]): Promise<void> {
  await scene.settled(controllers);
  expect(eventsOf(name)).toEqual(expected);
}

/** A Sandbox whose Pod the test moves itself. */
async function byHand(name: string, spec: object = {}): Promise<Sandbox> {
  scene.kubelet.byHand.add(name);
  const sandbox = await scene.sandbox(name, spec);
  await scene.until(PODS, name, 'to exist');
  return sandbox;
}

describe('a Pod', () => {
  it('that nobody has scheduled is Pending (4)', async () => {
    await byHand('pending');
    await scene.expectConditions('pending', NOT_SUSPENDED, NOT_REPORTED, notReady('Pod exists with phase: Pending'));
  });

  it.each<[string, Report, string]>([
    ['runs and is not Ready (5)', { phase: 'Running', isReady: false }, 'Pod is Running but not Ready'],
    ['is Ready without an address (6)', { phase: 'Running', ips: [] }, 'Pod is Ready but has no podIPs yet'],
    ['is in phase Unknown (9)', { phase: 'Unknown' }, 'Pod exists with phase: Unknown'],
  ])('that %s keeps the Sandbox from being Ready', async (title, report, message) => {
    const name = `pod-${nameHash(title)}`;
    await byHand(name);
    await scene.kubelet.bind(name);
    await scene.kubelet.report(name, report);
    await scene.expectConditions(name, NOT_SUSPENDED, SCHEDULED, notReady(message));
  });

  it('that is Ready with an address makes the Sandbox Ready, and status says where it is (7)', async () => {
    await byHand('serving');
    await scene.kubelet.bind('serving');
    await scene.kubelet.report('serving', { phase: 'Running', ips: ['10.9.9.9', 'fd00::9'] });
    const { status } = await scene.expectConditions('serving', NOT_SUSPENDED, SCHEDULED, READY);
    expect(status).toEqual({
      conditions: expect.any(Array) as unknown,
      podIPs: ['10.9.9.9', 'fd00::9'],
      nodeName: scene.kubelet.node,
      selector: `agents.x-k8s.io/sandbox-name-hash=${nameHash('serving')}`,
    });
    await expectEvents('serving', 'Normal SandboxPodCreated', 'Normal SandboxReady');
  });

  it.each([
    ['Succeeded', 'Finished True PodSucceeded: Pod completed successfully', 'Ready False PodSucceeded: Pod completed successfully', 'Normal PodSucceeded'],
    ['Failed', 'Finished True PodFailed: Pod failed', 'Ready False PodFailed: Pod failed', 'Warning PodFailed'],
  ] as const)(
    'that has %s finishes the Sandbox, stays as it is, and is followed by a new one when somebody deletes it (11, 28)',
    async (phase, finished, ready, event) => {
      const name = phase.toLowerCase();
      await byHand(name);
      await scene.kubelet.bind(name);
      await scene.kubelet.report(name, { phase, isReady: false });
      await scene.expectConditions(name, NOT_SUSPENDED, SCHEDULED, finished, ready);
      await expectEvents(name, 'Normal SandboxPodCreated', event);
      const { uid } = (await scene.until(PODS, name, 'to exist')).metadata;
      scene.kubelet.byHand.delete(name);
      await scene.delete(PODS, name);
      await scene.gone(PODS, name, uid);
      await scene.expectConditions(name, NOT_SUSPENDED, SCHEDULED, READY);
    },
  );

  it('that is drained takes Ready away, ends as no Finished, and is followed by a new one when it is gone (10, 32; 08 §14 scenario 14)', async () => {
    await byHand('evicted');
    await scene.kubelet.bind('evicted');
    await scene.kubelet.report('evicted', { phase: 'Running' });
    const before = await scene.expectConditions('evicted', NOT_SUSPENDED, SCHEDULED, READY);
    const { uid } = (await scene.until(PODS, 'evicted', 'to exist')).metadata;
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'evicted' } };
    await scene.cluster.object('POST', `/api/v1/namespaces/${scene.namespace}/pods/evicted/eviction`, eviction);
    await scene.expectConditions('evicted', NOT_SUSPENDED, SCHEDULED, notReady('Pod is terminating'));
    await scene.kubelet.report('evicted', { phase: 'Failed', isReady: false, ips: [], finishedAt: new Date(Date.now() + 60_000).toISOString() });
    const ending = await scene.until(SANDBOXES, 'evicted', 'to have no address', ({ status }) => status?.podIPs === undefined);
    expect(conditionOf(ending, 'Finished')).toBeUndefined();
    scene.kubelet.byHand.delete('evicted');
    await scene.kubelet.remove('evicted');
    await scene.until(PODS, 'evicted', 'to be another one', ({ metadata }) => metadata.uid !== uid);
    const after = await scene.expectConditions('evicted', NOT_SUSPENDED, SCHEDULED, READY);
    expect(after.metadata.generation).toBe(before.metadata.generation);
    expect(conditionOf(after, 'Suspended')).toEqual(conditionOf(before, 'Suspended'));
  });

  it('that is gated says so in the words of the API server (21)', async () => {
    await byHand('gated', { podTemplate: { spec: { schedulingGates: [{ name: 'e.com/quota' }], containers: [{ name: 'main', image: 'i' }] } } });
    const gated = 'PodScheduled False SchedulingGated: Scheduling is blocked due to non-empty scheduling gates';
    await scene.expectConditions('gated', NOT_SUSPENDED, gated, notReady('Pod exists with phase: Pending'));
  });

  it.each<[string, object, string]>([
    ['unschedulable', { reason: 'Unschedulable', message: '0/3 nodes are available' }, 'Unschedulable: 0/3 nodes are available'],
    ['unexplained', {}, 'PodSchedulingUnknown: '],
  ])('that is %s says why, as far as the scheduler does (21, 22)', async (name, why, expected) => {
    await byHand(name);
    await scene.kubelet.condition(name, { type: 'PodScheduled', status: 'False', ...why });
    await scene.expectConditions(name, NOT_SUSPENDED, `PodScheduled False ${expected}`, notReady('Pod exists with phase: Pending'));
  });

  it('of somebody else has no say: not about Finished, not about the address (12)', async () => {
    scene.kubelet.byHand.add('foreign');
    await scene.pod('foreign');
    await scene.kubelet.bind('foreign');
    await scene.kubelet.report('foreign', { phase: 'Failed', isReady: false, ips: ['10.9.9.8'] });
    await scene.sandbox('foreign');
    const error = `Ready False ReconcilerError: ${lacksPermission('pod', 'foreign')}`;
    const { status } = await scene.expectConditions('foreign', NOT_SUSPENDED, UNDETERMINED, error);
    expect(status).not.toHaveProperty('podIPs');
  });
});

describe('a Service', () => {
  it('that is owned counts for Ready though the spec does not ask for it any more (8)', async () => {
    await scene.sandbox('kept', { service: true });
    const created = await scene.expectConditions('kept', NOT_SUSPENDED, SCHEDULED, `${READY}; Service Exists`);
    expect(created.status).toMatchObject({ service: 'kept', serviceFQDN: `kept.${scene.namespace}.svc.cluster.local` });
    await scene.patch(SANDBOXES, 'kept', { spec: { service: null } });
    await scene.expectConditions('kept', NOT_SUSPENDED, SCHEDULED, `${READY}; Service Exists`);
    await scene.patch(SANDBOXES, 'kept', { spec: { service: false } });
    const { status } = await scene.expectConditions('kept', NOT_SUSPENDED, SCHEDULED, READY);
    expect(status).not.toHaveProperty('service');
    expect(status).not.toHaveProperty('serviceFQDN');
    await scene.gone(SERVICES, 'kept');
  });
});

describe('a suspended Sandbox', () => {
  it('waits for its Pod, keeps its Service and its claims, and comes back with another address (13, 16, 19, 31)', async () => {
    await scene.sandbox('asleep', { service: true });
    const running = await scene.expectConditions('asleep', NOT_SUSPENDED, SCHEDULED, `${READY}; Service Exists`);
    scene.kubelet.byHand.add('asleep');
    await scene.patch(SANDBOXES, 'asleep', { spec: { operatingMode: 'Suspended' } });
    await scene.expectConditions('asleep', SUSPENDING, SCHEDULED, 'Ready False SandboxSuspended: Sandbox is suspending');
    await scene.kubelet.remove('asleep');
    const suspended = await scene.expectConditions('asleep', SUSPENDED, 'Ready False SandboxSuspended: Sandbox is suspended');
    expect(suspended.status).toEqual({
      ...running.status,
      conditions: suspended.status?.conditions,
      podIPs: undefined,
      nodeName: undefined,
    });
    scene.kubelet.byHand.delete('asleep');
    await scene.patch(SANDBOXES, 'asleep', { spec: { operatingMode: 'Running' } });
    const resumed = await scene.expectConditions('asleep', NOT_SUSPENDED, SCHEDULED, `${READY}; Service Exists`);
    expect(resumed.status?.podIPs).not.toEqual(running.status?.podIPs);
    expect(resumed.status?.serviceFQDN).toBe(running.status?.serviceFQDN);
    const reasons = ['SandboxPodCreated', 'SandboxReady', 'SandboxSuspended', 'SandboxPodCreated', 'SandboxReady'];
    await expectEvents('asleep', ...reasons.map((reason) => `Normal ${reason}`));
  });

  it('that was born so has no Pod', async () => {
    await scene.sandbox('unborn', { operatingMode: 'Suspended' });
    const { status } = await scene.expectConditions('unborn', SUSPENDED, 'Ready False SandboxSuspended: Sandbox is suspended');
    expect(status).not.toHaveProperty('selector');
    expect(await scene.find(PODS, 'unborn')).toBeUndefined();
  });

  it('does not touch a Pod that is not its own, and says so (15)', async () => {
    const { metadata } = await scene.pod('guest', { labels: { 'agents.x-k8s.io/adoptable': 'true' } });
    await scene.sandbox('guest', { operatingMode: 'Suspended' });
    const notOwned = 'Suspended False PodNotOwned: Refused to delete pod because it is not owned by this sandbox';
    const { status } = await scene.expectConditions('guest', notOwned, 'Ready False SandboxSuspended: Sandbox is suspending');
    expect(Object.keys(status ?? {}).sort()).toEqual(['conditions', 'selector']);
    const { metadata: after } = await scene.until(PODS, 'guest', 'to run', (pod) => pod.status?.phase === 'Running');
    expect([after.uid, after.ownerReferences, after.deletionTimestamp]).toEqual([metadata.uid, undefined, undefined]);
  });
});

describe('what the API server refuses', () => {
  it('for ever is an invalid configuration in its words, is not asked for again, and mends with the object (25)', async () => {
    const podSpec = (restartPolicy: string) => ({ podTemplate: { spec: { restartPolicy, containers: [{ name: 'main', image: 'i' }] } } });
    await scene.sandbox('wrong', podSpec('Sometimes'));
    const why = 'Pod "wrong" is invalid: spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"';
    await scene.expectConditions('wrong', NOT_SUSPENDED, UNDETERMINED, `Ready False InvalidConfiguration: Error seen: ${why}`);
    await scene.settled(controllers);
    expect(scene.writes('wrong')).toEqual(['create pods wrong 422', 'patch sandboxes/status wrong 200']);
    expect(controllers.events.find(({ regarding }) => regarding.metadata.name === 'wrong')).toMatchObject({
      ...{ reporter: 'sandbox-controller', type: 'Warning', reason: 'SandboxPodCreateFailed', action: 'PodCreation' },
      note: `Failed to create Pod "wrong": ${why}`,
    });
    await scene.patch(SANDBOXES, 'wrong', { spec: podSpec('Never') });
    await scene.expectConditions('wrong', NOT_SUSPENDED, SCHEDULED, READY);
  });

  it('because of a name that no Service can have leaves the Pod alone, and mends with the object; a character less works (20, 24)', async () => {
    const [name64, name63] = ['a'.repeat(64), 'a'.repeat(63)];
    await scene.sandbox(name64, { service: true });
    await scene.sandbox(name63, { service: true });
    const why = `Service "${name64}" is invalid: metadata.name: Invalid value: "${name64}": must be no more than 63 characters`;
    await scene.expectConditions(name63, NOT_SUSPENDED, SCHEDULED, `${READY}; Service Exists`);
    await scene.until(SANDBOXES, name64, 'to have an address all the same', ({ status }) => status?.podIPs?.length === 1);
    await scene.expectConditions(name64, NOT_SUSPENDED, SCHEDULED, `Ready False InvalidConfiguration: Error seen: ${why}`);
    await scene.patch(SANDBOXES, name64, { spec: { service: false } });
    await scene.expectConditions(name64, NOT_SUSPENDED, SCHEDULED, READY);
  });

  it('for now, such as what a quota forbids, is asked for again until it is allowed (18, 26)', async () => {
    const quota = { group: '', version: 'v1', kind: 'ResourceQuota', plural: 'resourcequotas' };
    await scene.make(quota, 'none', { spec: { hard: { 'requests.cpu': '0' } } });
    // Until kube-controller-manager has counted, everything is refused.
    await scene.until(quota, 'none', 'to be counted', (object) => JSON.stringify(object).includes('"used":{'));
    const spec = { containers: [{ name: 'main', image: 'i', resources: { requests: { cpu: '1' } } }] };
    await scene.sandbox('crowded', { podTemplate: { spec } });
    const why = 'pods "crowded" is forbidden: exceeded quota: none, requested: requests.cpu=1, used: requests.cpu=0, limited: requests.cpu=0';
    await scene.expectConditions('crowded', NOT_SUSPENDED, UNDETERMINED, `Ready False ReconcilerError: Error seen: ${why}`);
    await scene.delete(quota, 'none');
    await scene.expectConditions('crowded', NOT_SUSPENDED, SCHEDULED, READY);
  });
});

it('several Pods of one Sandbox are told of once and never chosen from (23)', async () => {
  const sandbox = await scene.sandbox('twice', { service: true });
  await scene.ready('twice');
  const second = await scene.pod('twice-2', { ownerReferences: [controlledBy(sandbox)] });
  const message = 'multiple Pods (2) are controlled by this Sandbox; refusing to choose or create a Pod';
  await scene.expectProblem('twice', 'MultiplePods', message);
  await scene.delete(SERVICES, 'twice');
  await scene.settled(controllers);
  expect(await scene.find(SERVICES, 'twice')).toBeUndefined();
  expect(eventsOf('twice').filter((event) => event === 'Warning MultiplePods')).toHaveLength(1);
  expect(controllers.passes.filter(({ key }) => key.endsWith('/twice')).every(({ result }) => result !== 'error')).toBe(true);
  await scene.delete(PODS, second.metadata.name);
  await scene.expectConditions('twice', NOT_SUSPENDED, SCHEDULED, `${READY}; Service Exists`);
});

it('twenty passes over a steady Sandbox write nothing (27)', async () => {
  await scene.sandbox('steady', { service: true });
  await scene.ready('steady');
  await scene.settled(controllers);
  const before = scene.writes('steady');
  for (let pass = 0; pass < 20; pass++) {
    const { length } = controllers.passes;
    controllers.wakeSandbox({ namespace: scene.namespace, name: 'steady' });
    await scene.settled(controllers);
    expect(controllers.passes.length).toBeGreaterThan(length);
  }
  expect(scene.writes('steady')).toEqual(before);
  await scene.expectConditions('steady', NOT_SUSPENDED, SCHEDULED, `${READY}; Service Exists`);
});
