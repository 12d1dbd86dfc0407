import { setTimeout as delay } from 'node:timers/promises';
import { CLAIMS, PODS, SANDBOXES, WARM_POOLS } from '../../../src/controllers/shared/objects';
import { LeapingClock } from '../../support/leaping-clock';
import { cluster } from '../connection';
import { until } from '../until';
import type { ControllerProcess } from './controller-process';
import { Fleet } from './fleet';
import { Scene } from './scene';
import { sized } from './size';

/** Claims and pools that are in order are left alone, whoever has made them (spec 08 I6, I7, §14 scenarios 17, 18, 26). */

jest.setTimeout(sized(300_000, 3_600_000));

// Time stands still, so that minutes pass when the test says so: in one test only, because members that the server has made are too old for a clock that has leapt.
let clock: LeapingClock;
let scene: Scene;
let fleet: Fleet;
beforeEach(async () => {
  clock = new LeapingClock(true);
  scene = await Scene.open(cluster(), 'rest');
  fleet = new Fleet(scene);
});
afterEach(() => scene.close());

const SECOND_MS = 1000;
const TEN_MINUTES_MS = 600_000;

/** Waits until nothing is left to do, also after every window has passed. */
async function rest(controllers: ControllerProcess): Promise<void> {
  await scene.settled(controllers);
  clock.leap(SECOND_MS);
  await scene.settled(controllers);
}

/** Pools with members, claims that took some, and claims that started cold. */
async function fill(pools: number, members: number, claims: number): Promise<void> {
  await fleet.template('python', { service: true });
  const names = Array.from({ length: pools }, (_, index) => `pool-${index}`);
  await fleet.pool('none', 0);
  for (const name of names) await fleet.pool(name, members);
  for (const name of names) await fleet.full(name, members);
  for (let index = 0; index < claims; index++) await fleet.claim(`claim-${index}`, index % 4 === 0 ? 'none' : (names[index % pools] ?? 'none'));
  await fleet.allReady(claims);
  for (const name of names) await fleet.full(name, members);
}

it('scenarios 17 and 18: for ten minutes, in a restart and in a change of leader nothing is written, and no Pod is another one', async () => {
  const first = await scene.start({ clock });
  await fill(sized(3, 10), sized(8, 50), sized(16, 500));
  await rest(first);
  const [before, pods, samples] = [scene.writes(), await scene.list(PODS), first.firstReady.length];
  // Watches that hear nothing are opened anew when their back-off has passed.
  clock.leap(TEN_MINUTES_MS);
  clock.leap(TEN_MINUTES_MS);
  await rest(first);
  await first.stop();
  const second = await scene.start({ clock });
  await rest(second);
  expect(second.passes.length).toBeGreaterThan(pods.length);
  await second.kill();
  const [third, standby] = [await scene.start({ clock }), await scene.start({ clock, isStandby: true })];
  await rest(third);
  await third.kill();
  standby.lead();
  await rest(standby);
  expect(scene.writes().slice(before.length)).toEqual([]);
  expect(await scene.list(PODS)).toEqual(pods);
  expect([samples, second.firstReady, third.firstReady, standby.firstReady]).toEqual([sized(16, 500), [], [], []]);
});

describe('scenario 26: what the reference has made', () => {
  /** With this flag members and adoptions are those of the reference (08 §4.6). */
  const reference = () => scene.start({ clock, isAdoptionLean: false });

  it('is taken over without a write, and its members can be claimed', async () => {
    const theirs = await reference();
    await fleet.template('python');
    await fleet.pool('pool', 3);
    await fleet.pool('none', 0);
    await fleet.full('pool', 3);
    await fleet.claim('warm', 'pool');
    await fleet.claim('cold', 'none');
    await fleet.allReady(2);
    await fleet.full('pool', 3);
    await rest(theirs);
    await theirs.kill();
    const members = await fleet.members('pool');
    // As the older releases leave them.
    const [member = ''] = members;
    const bound = (await fleet.ready('warm')).status?.sandbox?.name ?? '';
    await scene.patch(SANDBOXES, bound, { metadata: { annotations: { 'agents.x-k8s.io/pod-name': bound } } });
    await scene.patch(CLAIMS, 'cold', { metadata: { annotations: { 'agents.x-k8s.io/claim-first-ready-at': 'unknown' } } });
    expect(Object.keys((await scene.find(SANDBOXES, member))?.spec.podTemplate.metadata?.labels ?? {})).toContain('agents.x-k8s.io/warm-pool-sandbox');
    const [before, pods] = [scene.writes(), await scene.list(PODS)];
    const ours = await scene.start({ clock });
    await rest(ours);
    expect(scene.writes().slice(before.length)).toEqual([]);
    expect(await scene.list(PODS)).toEqual(pods);
    await fleet.claim('next', 'pool');
    expect(members).toContain((await fleet.ready('next')).status?.sandbox?.name);
    await fleet.full('pool', 3);
    await fleet.expectSound();
    await rest(ours);
    await ours.kill();
    // And back.
    const [now, after] = [scene.writes().length, await scene.list(PODS)];
    const again = await reference();
    await rest(again);
    expect(await scene.list(PODS)).toEqual(after);
    await fleet.claim('last', 'pool');
    await fleet.ready('last');
    await fleet.full('pool', 3);
    await fleet.expectSound();
    await rest(again);
    const changes = scene.writes().slice(now);
    expect(changes.filter((write) => /^(delete|create sandboxes) /.test(write))).toHaveLength(1);
  });

  it.each(['annotations', 'labels'])('an adoption that is half done is completed, with the record among the %s', async (where) => {
    const filler = await scene.start({ clock });
    await fleet.template('python');
    await fleet.pool('pool', 3);
    await fleet.full('pool', 3);
    await rest(filler);
    await filler.kill();
    const members = await fleet.members('pool');
    const chosen = members[2] ?? '';
    await fleet.claim('earlier', 'pool');
    await fleet.claim('half', 'pool', {}, { [where]: { 'agents.x-k8s.io/sandbox-name': chosen } });
    await scene.start({ clock });
    await fleet.allReady(2);
    expect((await scene.find(CLAIMS, 'half'))?.status?.sandbox?.name).toBe(chosen);
    await fleet.full('pool', 3);
    await fleet.expectSound();
  });
});

it('scenario 21: Pods that flap and fail by the dozen cost one status a change, and there is rest when they rest', async () => {
  const count = sized(12, 200);
  const controllers = await scene.start({ clock });
  await fleet.template('python');
  await fleet.pool('none', 0);
  const names = Array.from({ length: count }, (_, index) => `claim-${index}`);
  for (const name of names) await fleet.claim(name, 'none');
  await fleet.allReady(count);
  await rest(controllers);
  const statuses = () => scene.writes().filter((write) => write.startsWith('patch sandboxclaims/status')).length;
  const before = statuses();
  const report = (isReady: boolean) => Promise.all(names.map((name) => scene.kubelet.report(name, { phase: 'Running', isReady, ips: ['10.8.0.1'] })));
  const unready = () =>
    until('all to be not Ready', async () =>
      (await scene.list(CLAIMS)).every(({ status }) => status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'False'))
        ? true
        : undefined,
    );
  await report(true);
  await rest(controllers);
  for (let turn = 0; turn < 3; turn++) {
    await report(false);
    await rest(controllers);
    await unready();
    await report(true);
    await rest(controllers);
    await fleet.allReady(count);
  }
  // The new address, and six turns.
  expect(statuses() - before).toBeLessThanOrEqual(7 * count);
  await Promise.all(names.map((name) => scene.kubelet.report(name, { phase: 'Failed', isReady: false, finishedAt: '2026-01-01T00:00:00Z' })));
  await rest(controllers);
  const passes = controllers.passes.length;
  clock.leap(SECOND_MS);
  await rest(controllers);
  expect(controllers.passes.length - passes).toBe(0);
});

it('scenario 20: a pool that is claimed from without pause is refilled as fast, so that nobody starts cold', async () => {
  const controllers = await scene.start();
  await fleet.template('python');
  const replicas = sized(20, 100);
  await fleet.pool('busy', replicas);
  await fleet.full('busy', replicas);
  const count = sized(40, 1500);
  for (let index = 0; index < count; index++) {
    await fleet.claim(`claim-${index}`, 'busy');
    // In full size 30 claims a second at most: what two processors carry, API server included (docs/performance.md).
    await delay(sized(100, 33));
  }
  await fleet.allReady(count);
  expect(controllers.coldStarts).toEqual([]);
  expect((await scene.find(WARM_POOLS, 'busy'))?.spec.replicas).toBe(replicas);
  await fleet.full('busy', replicas);
  await fleet.expectSound();
});
