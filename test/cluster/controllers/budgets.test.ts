import { NETWORK_POLICIES, PODS, SANDBOXES, TEMPLATES } from '../../../src/controllers/shared/objects';
import { LeapingClock } from '../../support/leaping-clock';
import { cluster } from '../connection';
import type { ControllerProcess } from './controller-process';
import { CONFIG_MAPS, controlledBy } from './owners';
import { conditionOf, Scene } from './scene';

/** How many writes things cost, as the audit log of the API server counts them (spec 08 §4.7, I6, I7). */

jest.setTimeout(60_000);

// Time stands still, so that no window passes because this machine is slow.
const clock = new LeapingClock(true);
let scene: Scene;
let controllers: ControllerProcess;
beforeAll(async () => {
  scene = await Scene.open(cluster(), 'budgets');
  controllers = await scene.start({ clock });
});
afterAll(() => scene.close());

const LONGEST_WINDOW_MS = 1000;
const HOUR_MS = 3_600_000;
const CLAIM = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
const WITH_ALL = { service: true, volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: CLAIM }] };

/** The writes about an object that something costs, in order. What waits for a moment is given that moment. */
async function cost(name: string, something: () => Promise<unknown>): Promise<readonly string[]> {
  const { length } = scene.writes(name);
  await something();
  await rest();
  return scene
    .writes(name)
    .slice(length)
    .map((write) => write.replaceAll(`${name} `, ''));
}

/** Waits until nothing is left to do, also after every window has passed. */
async function rest(): Promise<void> {
  await scene.settled(controllers);
  clock.leap(LONGEST_WINDOW_MS);
  await scene.settled(controllers);
}

const says = (name: string, message: string) =>
  scene.until(SANDBOXES, name, `to say: ${message}`, (sandbox) => conditionOf(sandbox, 'Ready')?.message.startsWith(message) === true);

/** Lets the Pod run only when the status has told of it: a kubelet that is faster than the controllers would save them a write. */
async function run(name: string, begin: () => Promise<unknown>): Promise<void> {
  scene.kubelet.byHand.add(name);
  await begin();
  await says(name, 'Pod exists with phase: Pending');
  await scene.kubelet.bind(name);
  await scene.kubelet.report(name, { phase: 'Running' });
  await scene.ready(name);
}
const start = (name: string, spec: object = {}) => run(name, () => scene.sandbox(name, spec));
const resume = (name: string) => run(name, () => scene.patch(SANDBOXES, name, { spec: { operatingMode: 'Running' } }));
async function suspend(name: string): Promise<void> {
  await scene.patch(SANDBOXES, name, { spec: { operatingMode: 'Suspended' } });
  await says(name, 'Sandbox is suspending');
  await scene.kubelet.remove(name);
  await says(name, 'Sandbox is suspended');
}

const STATUS = 'patch sandboxes/status 200';

it('a bare Sandbox costs its Pod and two writes of its status, a Service and a claim one more each', async () => {
  expect(await cost('bare', () => start('bare'))).toEqual(['create pods 201', STATUS, STATUS]);
  const whole = await cost('whole', () => start('whole', WITH_ALL));
  expect(whole).toEqual(['create persistentvolumeclaims data-201', 'create pods 201', 'create services 201', STATUS, STATUS]);
});

it('a start that is slow costs one write for each window that passes, whatever happens meanwhile', async () => {
  scene.kubelet.byHand.add('slow');
  const writes = await cost('slow', async () => {
    await scene.sandbox('slow');
    await scene.until(PODS, 'slow', 'to exist');
    for (const message of ['1/3 nodes', '2/3 nodes', '3/3 nodes']) {
      await scene.kubelet.condition('slow', { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message });
      await scene.settled(controllers);
    }
    clock.leap(200);
    await scene.until(SANDBOXES, 'slow', 'to say so', (sandbox) => conditionOf(sandbox, 'PodScheduled')?.message === '3/3 nodes');
    await scene.kubelet.bind('slow');
    await scene.kubelet.report('slow', { phase: 'Running', isReady: false, ips: [] });
    await scene.kubelet.report('slow', { phase: 'Running' });
    await scene.ready('slow');
  });
  expect(writes).toEqual(['create pods 201', STATUS, STATUS, STATUS]);
});

it('suspending costs the deletion of the Pod and two writes of the status, resuming as much as a start', async () => {
  await start('tired', WITH_ALL);
  await rest();
  expect(await cost('tired', () => suspend('tired'))).toEqual(['delete pods 200', STATUS, STATUS]);
  expect(await cost('tired', () => resume('tired'))).toEqual(['create pods 201', STATUS, STATUS]);
});

it('a change of the template costs one write of the Pod and one of the status, a change of metadata none', async () => {
  await start('edited');
  await rest();
  const relabel = { spec: { podTemplate: { metadata: { labels: { a: '1' }, annotations: { b: '2' } } } } };
  expect(await cost('edited', () => scene.patch(SANDBOXES, 'edited', relabel))).toEqual(['patch pods 200', STATUS]);
  expect(await cost('edited', () => scene.patch(SANDBOXES, 'edited', { metadata: { labels: { mine: 'x' } } }))).toEqual([]);
  expect(await cost('edited', () => scene.patch(PODS, 'edited', { metadata: { labels: { mine: 'x' } } }))).toEqual([]);
});

it('an expiry costs the mark, a deletion for each child, and the last status', async () => {
  await start('old', WITH_ALL);
  await rest();
  const expire = async () => {
    await scene.patch(SANDBOXES, 'old', { spec: { shutdownTime: '2020-01-01T00:00:00Z' } });
    await scene.until(SANDBOXES, 'old', 'to have nothing but conditions', ({ status }) => Object.keys(status ?? {}).join() === 'conditions');
  };
  expect(await cost('old', expire)).toEqual([STATUS, 'delete pods 200', 'delete services 200', STATUS]);
});

it('what is refused for ever is asked for once, and once more after a change', async () => {
  const spec = (image: string) => ({ podTemplate: { spec: { restartPolicy: 'Sometimes', containers: [{ name: 'main', image }] } } });
  const refused = (generation: number) => (sandbox: Parameters<typeof conditionOf>[0]) => {
    const ready = conditionOf(sandbox, 'Ready');
    return ready?.reason === 'InvalidConfiguration' && ready.observedGeneration === generation;
  };
  const made = await cost('invalid', async () => {
    await scene.sandbox('invalid', spec('i'));
    await scene.until(SANDBOXES, 'invalid', 'to be refused', refused(1));
  });
  expect(made).toEqual(['create pods 422', STATUS]);
  const changed = await cost('invalid', async () => {
    await scene.patch(SANDBOXES, 'invalid', { spec: spec('j') });
    await scene.until(SANDBOXES, 'invalid', 'to be refused', refused(2));
  });
  expect(changed).toEqual(['create pods 422', STATUS]);
});

it('what is refused for ever while the Pod serves is asked for again when something changes, and never because time passes', async () => {
  const name = 'a'.repeat(64);
  await scene.sandbox(name, { service: true });
  await scene.until(SANDBOXES, name, 'to have an address', ({ status }) => status?.podIPs !== undefined);
  await rest();
  const hours = async () => {
    clock.leap(HOUR_MS);
    await scene.settled(controllers);
    clock.leap(HOUR_MS);
  };
  expect(await cost(name, hours)).toEqual([]);
  expect(await cost(name, () => scene.patch(SANDBOXES, name, { spec: { service: false } }))).toEqual([STATUS]);
});

it('a start of the process, a crash and a change of leader write nothing to what is in order, and restart no Pod', async () => {
  const stranger = await scene.make(CONFIG_MAPS, 'stranger');
  await scene.make(TEMPLATES, 'python', { spec: { podTemplate: { spec: { containers: [{ name: 'main', image: 'i' }] } } } });
  await scene.until(NETWORK_POLICIES, 'python-network-policy', 'to exist');
  await scene.pod('refused', { ownerReferences: [controlledBy(stranger)] });
  await scene.sandbox('refused');
  await scene.expectProblem(
    'refused',
    'ReconcilerError',
    `Error seen: pod "refused" is owned by ConfigMap/stranger (UID: ${stranger.metadata.uid}), not by sandbox "refused"`,
  );
  scene.kubelet.byHand.add('failed');
  await scene.sandbox('failed');
  await scene.until(PODS, 'failed', 'to exist');
  await scene.kubelet.bind('failed');
  await scene.kubelet.report('failed', { phase: 'Failed', isReady: false });
  await scene.until(SANDBOXES, 'failed', 'to have failed', (sandbox) => conditionOf(sandbox, 'Finished') !== undefined);
  await start('labelled', {
    podTemplate: { metadata: { labels: { a: '1' } }, spec: { containers: [{ name: 'main', image: 'i', ports: [{ containerPort: 80 }] }] } },
    ...WITH_ALL,
  });
  await start('asleep', WITH_ALL);
  await suspend('asleep');
  await rest();
  const before = scene.writes();
  const pods = await scene.list(PODS);

  await controllers.stop();
  const second = await scene.start({ clock });
  await scene.settled(second);
  expect(second.passes.length).toBeGreaterThan(10);
  await second.kill();
  const [third, standby] = [await scene.start({ clock }), await scene.start({ clock, isStandby: true })];
  await scene.settled(third);
  await third.kill();
  standby.lead();
  controllers = standby;
  await rest();
  // Nothing is heard for an hour, so the watches are opened anew, when their back-off has passed.
  clock.leap(HOUR_MS);
  clock.leap(HOUR_MS);
  await rest();

  // What is refused for ever is asked for once by each process.
  expect(scene.writes().slice(before.length)).toEqual(Array(3).fill('create pods invalid 422'));
  expect(await scene.list(PODS)).toEqual(pods);
  expect(pods.map(({ metadata }) => metadata.name)).toContain('labelled');
});
