import { nameHash } from '../../../src/api/names';
import { PODS, SANDBOXES, SERVICES, VOLUME_CLAIMS } from '../../../src/controllers/shared/objects';
import { cluster } from '../connection';
import type { ControllerProcess } from './controller-process';
import { controlledBy, isOwnedBy, trackedAs } from './owners';
import { conditionOf, Scene } from './scene';

/** Expiry, suspension and deletion on a real API server with its garbage collector (spec 03 §9, §12; 08 §14 scenarios 10, 13, 23). */

jest.setTimeout(240_000);

let scene: Scene;
let controllers: ControllerProcess;
beforeAll(async () => {
  scene = await Scene.open(cluster(), 'lifetime');
  controllers = await scene.start();
});
afterAll(() => scene.close());

const NOT_SUSPENDED = 'Suspended False NotSuspended: Sandbox is not suspended';
const EXPIRED = 'Ready False SandboxExpired: Sandbox has expired';
const CLAIM = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
const WITH_ALL = { service: true, volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: CLAIM }] };

const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
const expire = (name: string, spec: object = {}) => scene.patch(SANDBOXES, name, { spec: { shutdownTime: inSeconds(-1), ...spec } });
const eventsOf = (name: string) => controllers.events.filter(({ regarding }) => regarding.metadata.name === name).map(({ reason }) => reason);
const wake = (name: string) => controllers.wakeSandbox({ namespace: scene.namespace, name });

describe('at its shutdownTime', () => {
  it('a Sandbox is marked, then loses Pod and Service, keeps its data and its conditions, and comes back when the time moves on', async () => {
    await scene.sandbox('retained', WITH_ALL);
    const { status: before } = await scene.ready('retained');
    const claim = await scene.until(VOLUME_CLAIMS, 'data-retained', 'to exist');
    const written = scene.writes('retained').length;
    await expire('retained');
    await scene.gone(PODS, 'retained');
    await scene.gone(SERVICES, 'retained');
    await scene.expectConditions('retained', NOT_SUSPENDED, EXPIRED);
    const expired = await scene.until(
      SANDBOXES,
      'retained',
      'to have nothing but conditions',
      ({ status }) => Object.keys(status ?? {}).join() === 'conditions',
    );
    expect(conditionOf(expired, 'Suspended')?.lastTransitionTime).toBe(before?.conditions?.find(({ type }) => type === 'Suspended')?.lastTransitionTime);
    expect(scene.writes('retained').slice(written)).toEqual([
      'patch sandboxes/status retained 200',
      'delete pods retained 200',
      'delete services retained 200',
      'patch sandboxes/status retained 200',
    ]);
    wake('retained');
    await scene.settled(controllers);
    expect(scene.writes('retained')).toHaveLength(written + 4);
    expect(eventsOf('retained').slice(-1)).toEqual(['SandboxExpired']);
    await scene.patch(SANDBOXES, 'retained', { spec: { shutdownTime: inSeconds(3600) } });
    const { status: after } = await scene.ready('retained');
    expect(after).toMatchObject({ service: 'retained', serviceFQDN: before?.serviceFQDN });
    expect((await scene.find(VOLUME_CLAIMS, 'data-retained'))?.metadata.uid).toBe(claim.metadata.uid);
  });

  it('a Sandbox whose policy is Delete goes with everything, without an event', async () => {
    await scene.sandbox('deleted', WITH_ALL);
    await scene.ready('deleted');
    await expire('deleted', { shutdownPolicy: 'Delete' });
    await scene.gone(SANDBOXES, 'deleted');
    await scene.gone(PODS, 'deleted');
    await scene.gone(SERVICES, 'deleted');
    await scene.gone(VOLUME_CLAIMS, 'data-deleted');
    expect(eventsOf('deleted')).not.toContain('SandboxExpired');
    expect(scene.writes('deleted').slice(-4)).toEqual([
      'patch sandboxes/status deleted 200',
      'delete pods deleted 200',
      'delete services deleted 200',
      'delete sandboxes deleted 200',
    ]);
  });

  it('all owned Pods go, and one of somebody else stays', async () => {
    const sandbox = await scene.sandbox('crowd');
    await scene.ready('crowd');
    await scene.pod('crowd-2', { ownerReferences: [controlledBy(sandbox)] });
    await scene.expectProblem('crowd', 'MultiplePods', 'multiple Pods (2) are controlled by this Sandbox; refusing to choose or create a Pod');
    const foreign = await scene.pod('guest', trackedAs('guest'));
    await scene.sandbox('guest', { shutdownTime: inSeconds(-1) });
    await expire('crowd');
    await scene.gone(PODS, 'crowd');
    await scene.gone(PODS, 'crowd-2');
    await scene.expectConditions('guest', EXPIRED);
    expect((await scene.find(PODS, 'guest'))?.metadata).toMatchObject({ uid: foreign.metadata.uid, labels: foreign.metadata.labels });
    expect(scene.writes('guest').filter((write) => write.includes(' pods '))).toEqual([]);
  });

  it('a Sandbox that has finished stays so (29), and one without children only gets its status (30)', async () => {
    scene.kubelet.byHand.add('done');
    await scene.sandbox('done');
    await scene.until(PODS, 'done', 'to exist');
    await scene.kubelet.bind('done');
    await scene.kubelet.report('done', { phase: 'Succeeded', isReady: false });
    const finished = 'Finished True PodSucceeded: Pod completed successfully';
    await scene.until(SANDBOXES, 'done', 'to have finished', (sandbox) => conditionOf(sandbox, 'Finished') !== undefined);
    await expire('done');
    await scene.gone(PODS, 'done');
    const suspended = 'Suspended True PodTerminated: Pod has been terminated. Sandbox is suspended';
    await scene.sandbox('idle', { operatingMode: 'Suspended' });
    await scene.expectConditions('idle', suspended, 'Ready False SandboxSuspended: Sandbox is suspended');
    await expire('idle');
    await scene.expectConditions('idle', suspended, EXPIRED);
    await scene.until(SANDBOXES, 'done', 'to be expired', (sandbox) => conditionOf(sandbox, 'Ready')?.reason === 'SandboxExpired');
    const conditions = (await scene.find(SANDBOXES, 'done'))?.status?.conditions?.map(
      ({ type, status, reason, message }) => `${type} ${status} ${reason}: ${message}`,
    );
    expect(conditions?.sort()).toEqual([finished, EXPIRED, NOT_SUSPENDED]);
    expect(scene.writes('idle')).toEqual(['patch sandboxes/status idle 200', 'patch sandboxes/status idle 200']);
  });

  it('and not a moment earlier, a Sandbox expires, also one whose passes fail all the time', async () => {
    const shutdownTime = inSeconds(2);
    await scene.make(VOLUME_CLAIMS, 'data-failing', { spec: CLAIM });
    await scene.sandbox('failing', { ...WITH_ALL, shutdownTime });
    await scene.sandbox('timely', { shutdownTime });
    for (const name of ['failing', 'timely']) {
      const sandbox = await scene.until(SANDBOXES, name, 'to expire', (one) => conditionOf(one, 'Ready')?.reason === 'SandboxExpired');
      expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(shutdownTime));
      expect(sandbox.metadata.generation).toBe(1);
      await scene.gone(PODS, name);
    }
    const failures = controllers.passes.filter(({ key, result }) => key.endsWith('/failing') && result === 'error');
    expect(failures.length).toBeGreaterThan(0);
  });
});

describe('suspended and resumed', () => {
  it('ten times, a Sandbox keeps claim, Service and name, gets a new address each time, and never finishes', async () => {
    await scene.sandbox('cycled', WITH_ALL);
    const first = await scene.ready('cycled');
    const identity = async () =>
      Promise.all([scene.find(VOLUME_CLAIMS, 'data-cycled'), scene.find(SERVICES, 'cycled')]).then((objects) => objects.map((object) => object?.metadata.uid));
    const before = await identity();
    const addresses = new Set(first.status?.podIPs);
    for (let cycle = 1; cycle <= 10; cycle++) {
      await scene.patch(SANDBOXES, 'cycled', { spec: { operatingMode: 'Suspended' } });
      const asleep = await scene.until(SANDBOXES, 'cycled', 'to be suspended', (sandbox) => conditionOf(sandbox, 'Suspended')?.status === 'True');
      expect(asleep.status).toMatchObject({ service: 'cycled', serviceFQDN: first.status?.serviceFQDN });
      expect([asleep.status?.podIPs, asleep.status?.nodeName, conditionOf(asleep, 'Finished')]).toEqual([undefined, undefined, undefined]);
      await scene.patch(SANDBOXES, 'cycled', { spec: { operatingMode: 'Running' } });
      const awake = await scene.ready('cycled');
      expect(conditionOf(awake, 'Suspended')?.status).toBe('False');
      awake.status?.podIPs?.forEach((address) => addresses.add(address));
      expect(addresses.size).toBe(cycle + 1);
    }
    expect(await identity()).toEqual(before);
  });

  it('while its Pod is still terminating, a Sandbox waits for the end of that one', async () => {
    await scene.sandbox('hasty');
    await scene.ready('hasty');
    scene.kubelet.byHand.add('hasty');
    const { metadata } = await scene.until(PODS, 'hasty', 'to exist');
    await scene.patch(SANDBOXES, 'hasty', { spec: { operatingMode: 'Suspended' } });
    await scene.until(PODS, 'hasty', 'to be terminating', (pod) => pod.metadata.deletionTimestamp !== undefined);
    await scene.patch(SANDBOXES, 'hasty', { spec: { operatingMode: 'Running' } });
    await scene.expectConditions('hasty', NOT_SUSPENDED, 'PodScheduled True PodScheduled: ', 'Ready False DependenciesNotReady: Pod is terminating');
    await scene.settled(controllers);
    expect(scene.writes('hasty').filter((write) => write.includes(' pods '))).toEqual(['create pods hasty 201', 'delete pods hasty 200']);
    scene.kubelet.byHand.delete('hasty');
    await scene.kubelet.remove('hasty');
    await scene.gone(PODS, 'hasty', metadata.uid);
    await scene.ready('hasty');
  });
});

describe('deleted', () => {
  it('in the background, a Sandbox goes at once and its children after it, without a write of ours', async () => {
    await scene.sandbox('back', WITH_ALL);
    await scene.ready('back');
    await scene.settled(controllers);
    const written = scene.writes('back');
    scene.kubelet.byHand.add('back');
    await scene.delete(SANDBOXES, 'back');
    await scene.gone(SANDBOXES, 'back');
    await scene.until(PODS, 'back', 'to be collected', ({ metadata }) => metadata.deletionTimestamp !== undefined);
    await scene.gone(SERVICES, 'back');
    await scene.kubelet.remove('back');
    await scene.gone(PODS, 'back');
    await scene.gone(VOLUME_CLAIMS, 'data-back');
    await scene.settled(controllers);
    expect(scene.writes('back')).toEqual(written);
  });

  it('in the foreground, it waits for them, and nothing is made anew meanwhile', async () => {
    await scene.sandbox('front', WITH_ALL);
    await scene.ready('front');
    scene.kubelet.byHand.add('front');
    const written = scene.writes('front');
    await scene.delete(SANDBOXES, 'front', { propagationPolicy: 'Foreground' });
    await scene.gone(SERVICES, 'front');
    await scene.until(PODS, 'front', 'to be collected', ({ metadata }) => metadata.deletionTimestamp !== undefined);
    expect((await scene.find(SANDBOXES, 'front'))?.metadata.finalizers).toEqual(['foregroundDeletion']);
    await scene.kubelet.remove('front');
    await scene.gone(SANDBOXES, 'front');
    await scene.gone(VOLUME_CLAIMS, 'data-front');
    expect(await scene.find(PODS, 'front')).toBeUndefined();
    expect(scene.writes('front')).toEqual(written);
  });

  it('without its children, it may be made anew and takes them up again', async () => {
    await scene.sandbox('orphan', WITH_ALL);
    await scene.ready('orphan');
    const children = () => Promise.all([scene.find(PODS, 'orphan'), scene.find(SERVICES, 'orphan'), scene.find(VOLUME_CLAIMS, 'data-orphan')]);
    const before = (await children()).map((child) => child?.metadata.uid);
    await scene.delete(SANDBOXES, 'orphan', { propagationPolicy: 'Orphan' });
    await scene.gone(SANDBOXES, 'orphan');
    const { metadata } = await scene.sandbox('orphan', WITH_ALL);
    await scene.ready('orphan');
    const after = await children();
    expect(after.map((child) => child?.metadata.uid)).toEqual(before);
    expect(after.map((child) => child?.metadata.ownerReferences?.[0]?.uid)).toEqual(Array(3).fill(metadata.uid));
    expect(eventsOf('orphan').filter((reason) => reason === 'ChildAdopted')).toHaveLength(3);
  });

  it('and made anew at once under its name, it has nothing of the former one', async () => {
    const earlier = await scene.sandbox('again', { ...WITH_ALL, operatingMode: 'Suspended' });
    await scene.until(SANDBOXES, 'again', 'to be suspended', (sandbox) => conditionOf(sandbox, 'Suspended')?.status === 'True');
    const former = await scene.patch(VOLUME_CLAIMS, 'data-again', { metadata: { finalizers: ['e.com/held'] } });
    await scene.delete(SANDBOXES, 'again');
    const { metadata } = await scene.sandbox('again', WITH_ALL);
    // A Pod that mounted the claim of the former would keep it from ever going away.
    await scene.expectProblem('again', 'ReconcilerError', isOwnedBy('PVC "data-again"', earlier, 'again'));
    expect(await scene.find(PODS, 'again')).toBeUndefined();
    await scene.patch(VOLUME_CLAIMS, 'data-again', { metadata: { finalizers: null } });
    await scene.ready('again');
    const claim = await scene.until(VOLUME_CLAIMS, 'data-again', 'to exist');
    expect(claim.metadata.uid).not.toBe(former.metadata.uid);
    expect(claim.metadata.ownerReferences?.[0]?.uid).toBe(metadata.uid);
  });
});

describe('of two names with the same hash', () => {
  // Found by hashing a series of names until two collided.
  const [first, second] = ['agent-zz', 'agent-tgq0'];

  it('the second gets no Pod and no Service and says which one was first; it gets them when that one goes (08 §11.7)', async () => {
    expect(nameHash(first)).toBe(nameHash(second));
    await scene.sandbox(first, { service: true });
    await scene.ready(first);
    await scene.sandbox(second, WITH_ALL);
    const message = `Error seen: the names of sandbox "${second}" and of the older sandbox "${first}" have the same hash ${nameHash(first)}; no Pod and no Service are made for this one. Give it another name`;
    await scene.expectProblem(second, 'ReconcilerError', message);
    expect([await scene.find(PODS, second), await scene.find(SERVICES, second), await scene.find(VOLUME_CLAIMS, `data-${second}`)]).toEqual(
      Array(3).fill(undefined),
    );
    await scene.delete(SANDBOXES, first);
    const { status } = await scene.ready(second);
    expect(status?.service).toBe(second);
  });
});
