import { nameHash } from '../../../src/api/names';
import { PODS, SANDBOXES, SERVICES, VOLUME_CLAIMS } from '../../../src/controllers/shared/objects';
import { FaultProxy, type Fault, type Verb } from '../../support/fault-proxy';
import { LeapingClock } from '../../support/leaping-clock';
import { cluster } from '../connection';
import { until } from '../until';
import type { ControllerProcess } from './controller-process';
import { conditionOf, Scene } from './scene';

/** Requests that fail and watches that are lost between the controllers and a real API server (spec 08 I10, §14 scenarios 8, 14, 19). */

jest.setTimeout(120_000);

const REQUEST_TIMEOUT_MS = 1000;
const clock = new LeapingClock();
let scene: Scene;
let proxy: FaultProxy;
let controllers: ControllerProcess;
beforeAll(async () => {
  scene = await Scene.open(cluster(), 'faults');
  proxy = await FaultProxy.start(cluster().connection);
  controllers = await scene.start({ proxy, clock, requestTimeoutMs: REQUEST_TIMEOUT_MS });
});
afterAll(async () => {
  await scene.close();
  await proxy.stop();
});

const CLAIM = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
const WITH_ALL = { service: true, volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: CLAIM }] };
const NOT_SUSPENDED = 'Suspended False NotSuspended: Sandbox is not suspended';
const [PARTS, ENDS] = [['request', 'answer'] as const, ['break', 'silence'] as const];
const FORBIDDEN: Fault = { do: 'answer', status: 403, message: 'not now' };

const suspend = (name: string) => scene.patch(SANDBOXES, name, { spec: { operatingMode: 'Suspended' } });
const suspended = (name: string) => scene.until(SANDBOXES, name, 'to be suspended', (sandbox) => conditionOf(sandbox, 'Suspended')?.status === 'True');
const relabel = (name: string) => scene.patch(SANDBOXES, name, { spec: { podTemplate: { metadata: { labels: { a: '1' } } } } });
const relabelled = (name: string) => scene.until(PODS, name, 'to be labelled', ({ metadata }) => metadata.labels?.a === '1');

describe('a write of which the controllers do not hear', () => {
  const start = (name: string) => scene.sandbox(name, WITH_ALL);
  const afterStart = (change: (name: string) => Promise<unknown>) => async (name: string) => {
    await start(name);
    await scene.ready(name);
    await change(name);
  };
  const ready = (name: string) => scene.ready(name);
  /** What is written, what leads to it, and when that has come to its end. */
  const WRITES: ReadonlyArray<readonly [Verb, string, (name: string) => Promise<unknown>, (name: string) => Promise<unknown>]> = [
    ['create', 'persistentvolumeclaims', start, ready],
    ['create', 'pods', start, ready],
    ['create', 'services', start, ready],
    ['patch', 'sandboxes/status', start, ready],
    ['patch', 'pods', afterStart(relabel), relabelled],
    ['delete', 'pods', afterStart(suspend), suspended],
  ];
  const cases = WRITES.flatMap(([verb, resource, begin, end]) =>
    PARTS.flatMap((what) => ENDS.map((how) => ({ verb, resource, begin, end, fault: { do: 'lose', what, how } as const }))),
  );

  it.each(cases)(
    '$verb $resource: $fault.what lost in $fault.how, is looked after before it is sent again, and carried out once',
    async ({ verb, resource, begin, end, fault }) => {
      const name = `lost-${nameHash([verb, resource, fault.what, fault.how].join())}`;
      const about = resource === 'persistentvolumeclaims' ? `data-${name}` : name;
      const lost = proxy.inject({ verb, resource, name: about }, fault, 1);
      await begin(name);
      await lost.first;
      await end(name);
      await scene.settled(controllers);
      const requests = proxy.arrived.filter((request) => request.name === about && request.resource.split('/')[0] === resource.split('/')[0]);
      const first = requests.findIndex((request) => request.verb === verb && request.resource === resource);
      expect(requests[first + 1]?.verb).toBe('get');
      const granted = scene.writes(about).filter((write) => write.startsWith(`${verb} ${resource} `) && /20[01]$/.test(write));
      // A status is written again when the Pod gets on.
      expect(granted.length).toBeLessThanOrEqual(resource === 'sandboxes/status' ? 3 : 1);
    },
  );
});

it('a status that arrives when another Sandbox has taken the name says nothing about that one', async () => {
  let arrive: () => void = () => undefined;
  const until = new Promise<void>((resolve) => (arrive = resolve));
  const late = proxy.inject({ verb: 'patch', resource: 'sandboxes/status', name: 'late' }, { do: 'hold', what: 'request', until }, 1);
  await scene.sandbox('late');
  await late.first;
  await scene.delete(SANDBOXES, 'late');
  await scene.gone(PODS, 'late');
  await scene.sandbox('late', { operatingMode: 'Suspended' });
  const other = await suspended('late');
  arrive();
  await scene.audited('patch sandboxes/status late 409');
  await scene.expectUntouched(SANDBOXES, other);
});

describe('a refusal', () => {
  it('to delete the Pod leaves a Sandbox suspending, and is tried again (03 §13 row 14)', async () => {
    await scene.sandbox('clinging');
    await scene.ready('clinging');
    const refusal = proxy.inject({ verb: 'delete', resource: 'pods', name: 'clinging' }, FORBIDDEN);
    await suspend('clinging');
    await scene.expectConditions(
      'clinging',
      'Suspended False PodTerminating: Pod is terminating. Sandbox is suspending',
      'PodScheduled True PodScheduled: ',
      'Ready False ReconcilerError: Error seen: failed to delete pod: not now',
    );
    refusal.remove();
    await suspended('clinging');
  });

  it('to let the annotation of a missing Pod go leaves nobody knowing whether the Sandbox is suspended (03 §13 row 17)', async () => {
    const refusal = proxy.inject({ verb: 'patch', resource: 'sandboxes', name: 'unclear' }, FORBIDDEN);
    await scene.sandbox('unclear', { operatingMode: 'Suspended' }, { annotations: { 'agents.x-k8s.io/pod-name': 'nobody' } });
    await scene.expectConditions(
      'unclear',
      'Suspended Unknown PodStateUnknown: Pod state is unknown. Sandbox suspension cannot be confirmed',
      'PodScheduled Unknown PodSchedulingUnknown: Pod state is unknown. Pod scheduling cannot be determined',
      'Ready False ReconcilerError: Error seen: not now',
    );
    refusal.remove();
    await suspended('unclear');
  });

  it('that may pass does not take a Sandbox down that serves', async () => {
    await scene.sandbox('serving');
    await scene.ready('serving');
    const refusal = proxy.inject({ verb: 'patch', resource: 'pods', name: 'serving' }, FORBIDDEN);
    await relabel('serving');
    await refusal.first;
    await scene.expectConditions('serving', NOT_SUSPENDED, 'PodScheduled True PodScheduled: ', 'Ready True DependenciesReady: Pod is Ready');
    refusal.remove();
    await relabelled('serving');
  });
});

describe('watches', () => {
  const RESOURCES = ['sandboxes', 'pods', 'services', 'persistentvolumeclaims', 'sandboxtemplates', 'networkpolicies'];
  const watches = () => RESOURCES.flatMap((resource) => proxy.watches(resource));
  const HOUR_MS = 3_600_000;
  const LONGEST_BACK_OFF_MS = 30_000;
  const GONE = JSON.stringify({ type: 'ERROR', object: { kind: 'Status', apiVersion: 'v1', code: 410, reason: 'Expired', message: 'too old' } });

  /** Two Sandboxes at rest: `<name>-goes` will be deleted, `<name>-stays` will lose its Pod. */
  async function prepare(name: string): Promise<void> {
    for (const one of ['goes', 'stays']) await scene.sandbox(`${name}-${one}`, WITH_ALL);
    for (const one of ['goes', 'stays']) await scene.ready(`${name}-${one}`);
    await scene.settled(controllers);
    // Watches that failed in the test before, and have heard nothing since, wait for longer and longer.
    clock.leap(LONGEST_BACK_OFF_MS);
    await until('all watches to be open', () => (watches().length === RESOURCES.length ? true : undefined));
  }

  /** Happens while nobody hears it: a Sandbox goes, another one loses its Pod, a third comes. */
  async function upheaval(name: string): Promise<void> {
    await scene.delete(SANDBOXES, `${name}-goes`);
    for (const resource of [PODS, SERVICES]) await scene.gone(resource, `${name}-goes`);
    await scene.gone(VOLUME_CLAIMS, `data-${name}-goes`);
    const { metadata } = await scene.until(PODS, `${name}-stays`, 'to exist');
    await scene.kubelet.remove(`${name}-stays`);
    await scene.gone(PODS, `${name}-stays`, metadata.uid);
    await scene.sandbox(`${name}-comes`, WITH_ALL);
  }

  async function expectConverged(name: string): Promise<void> {
    await scene.ready(`${name}-comes`);
    const pod = await scene.until(PODS, `${name}-stays`, 'to run again', ({ status }) => status?.phase === 'Running');
    const addresses = pod.status?.podIPs?.map(({ ip }) => ip);
    await scene.until(SANDBOXES, `${name}-stays`, 'to have the new address', ({ status }) => status?.podIPs?.join() === addresses?.join());
    await scene.gone(PODS, `${name}-goes`);
    await scene.settled(controllers);
    const made = (one: string) => scene.writes(one).filter((write) => write === `create pods ${one} 201`).length;
    expect([made(`${name}-stays`), made(`${name}-comes`)]).toEqual([2, 1]);
  }

  it('that go silent are opened anew, and everything is noticed that was missed', async () => {
    await prepare('silent');
    watches().forEach((watch) => watch.silence());
    await upheaval('silent');
    expect(scene.writes('silent-comes')).toEqual([]);
    clock.leap(HOUR_MS);
    await expectConverged('silent');
  });

  it.each<[string, () => void]>([
    ['break', () => watches().forEach((watch) => watch.break())],
    ['are ended by the server', () => watches().forEach((watch) => watch.end())],
  ])('that %s go on where they were, without a new list', async (how, end) => {
    const name = how.replaceAll(' ', '-');
    await prepare(name);
    const blocked = proxy.inject({ verb: 'watch' }, { do: 'lose', what: 'request', how: 'break' });
    const lists = controllers.informers.sandboxes.lists;
    end();
    await upheaval(name);
    expect(scene.writes(`${name}-comes`)).toEqual([]);
    blocked.remove();
    await expectConverged(name);
    expect(controllers.informers.sandboxes.lists).toBe(lists);
  });

  it.each<[string, () => void]>([
    [
      'when it is opened',
      () => {
        proxy.inject({ verb: 'watch' }, { do: 'answer', status: 410 }, RESOURCES.length);
        watches().forEach((watch) => watch.end());
      },
    ],
    ['in the middle', () => watches().forEach((watch) => watch.send(GONE))],
  ])('whose version is too old %s read everything anew, and notice what is gone', async (when, expire) => {
    const name = `old-${when.replaceAll(' ', '-')}`;
    await prepare(name);
    watches().forEach((watch) => watch.withhold());
    await upheaval(name);
    const relists = controllers.informers.pods.relists;
    expire();
    await expectConverged(name);
    expect(controllers.informers.pods.relists).toBe(relists + 1);
  });

  it('that bring every event twice, and old ones again, cost nothing', async () => {
    watches().forEach((watch) => watch.double());
    await prepare('double');
    await upheaval('double');
    await expectConverged('double');
    const before = scene.writes();
    watches().forEach((watch) => watch.lines.forEach((line) => watch.send(line)));
    clock.leap(1000);
    await scene.settled(controllers);
    expect(scene.writes()).toEqual(before);
  });

  it.each(['sandboxes', 'pods', 'services', 'persistentvolumeclaims'])('of %s whose events come after those of all others change nothing', async (resource) => {
    const name = `late-${resource}`;
    await prepare(name);
    proxy.watches(resource).forEach((watch) => watch.withhold());
    await upheaval(name);
    proxy.watches(resource).forEach((watch) => watch.release());
    await expectConverged(name);
  });
});
