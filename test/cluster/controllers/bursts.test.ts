import { CLAIMS, SANDBOXES } from '../../../src/controllers/shared/objects';
import { FaultProxy } from '../../support/fault-proxy';
import { LeapingClock } from '../../support/leaping-clock';
import { cluster } from '../connection';
import { until } from '../until';
import { BindingHistory } from './binding-history';
import type { ControllerProcess } from './controller-process';
import { Fleet } from './fleet';
import { Scene } from './scene';
import { sized } from './size';

/** Many claims at once (spec 08 §14, scenarios 1, 5, 6, 24). */

jest.setTimeout(sized(300_000, 3_600_000));

let scene: Scene;
let proxy: FaultProxy;
let fleet: Fleet;
let controllers: ControllerProcess;
beforeEach(async () => {
  scene = await Scene.open(cluster(), 'bursts');
  proxy = await FaultProxy.start(cluster().connection);
  controllers = await scene.start({ proxy });
  fleet = new Fleet(scene);
  await fleet.template('python');
});
afterEach(async () => {
  await scene.close();
  await proxy.stop();
});

const numbered = (count: number, prefix: string): readonly string[] => Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
const claims = (names: readonly string[], pool: string) => Promise.all(names.map((name) => fleet.claim(name, pool)));
const bound = async (): Promise<readonly string[]> => (await scene.list(CLAIMS)).map(({ status }) => status?.sandbox?.name ?? '');
const creations = () => scene.writes().filter((write) => /^create sandboxes .* 201$/.test(write)).length;

it('scenario 1: a burst of claims on as many members, with conflicts, a blind cache, late and doubled events, gives each a member of its own', async () => {
  const count = sized(60, 300);
  await fleet.pool('burst', count);
  await fleet.full('burst', count);
  const members = await fleet.members('burst');
  const history = new BindingHistory(scene);
  const conflict = { do: 'answer', status: 409 } as const;
  const injected = ['sandboxes', 'sandboxclaims', 'sandboxclaims/status', 'pods'].map((resource) =>
    proxy.inject({ verb: 'patch', resource }, conflict, Math.ceil(count / 8)),
  );
  for (const pipe of [...proxy.watches('sandboxclaims'), ...proxy.watches('pods'), ...proxy.watches('sandboxes')]) pipe.double();
  for (const pipe of proxy.watches('sandboxes')) pipe.withhold();
  await claims(numbered(count, 'claim'), 'burst');
  await fleet.allReady(count);
  for (const pipe of proxy.watches('sandboxes')) pipe.release();
  await fleet.full('burst', count);
  await scene.settled(controllers);
  await fleet.expectSound();
  expect(injected.map(({ hits }) => hits)).toEqual(injected.map(() => Math.ceil(count / 8)));
  expect([...(await bound())].sort()).toEqual([...members].sort());
  expect([history.flaws, history.lost]).toEqual([[], []]);
  expect(creations()).toBe(2 * count);
  // Scenario 24: samples = claims.
  expect([...controllers.firstReady].sort()).toEqual([...numbered(count, 'claim')].sort());
  history.stop();
});

it.each([6, 20])('scenario 5: %i claims that start cold at the same time on one node are all bound, and counted once', async (count) => {
  await fleet.pool('none', 0);
  await claims(numbered(count, 'cold'), 'none');
  await fleet.allReady(count);
  await fleet.expectSound();
  expect([...(await bound())].sort()).toEqual([...numbered(count, 'cold')].sort());
  expect(controllers.firstReady).toHaveLength(count);
});

it('scenario 6: twenty claims on five members take these five, and all are Ready', async () => {
  await fleet.pool('small', 5);
  await fleet.full('small', 5);
  const members = await fleet.members('small');
  await claims(numbered(20, 'claim'), 'small');
  await fleet.allReady(20);
  await fleet.full('small', 5);
  await fleet.expectSound();
  expect(await bound()).toEqual(expect.arrayContaining([...members]));
});

it('scenario 6: claims that wait take each member as its address comes, those that find none to wait for go cold at once', async () => {
  await controllers.kill();
  // No wait ends because this machine is slow.
  controllers = await scene.start({ proxy, clock: new LeapingClock(true) });
  scene.kubelet.pause();
  await fleet.pool('starting', 5);
  await until('five members', async () => ((await fleet.members('starting')).length === 5 ? true : undefined));
  const members = await fleet.members('starting');
  await scene.settled(controllers);
  await claims(numbered(20, 'claim'), 'starting');
  await scene.settled(controllers);
  const cold = (await scene.list(SANDBOXES)).map(({ metadata }) => metadata.name).filter((name) => name.startsWith('claim-'));
  expect(cold).toHaveLength(15);
  const waiting = (await scene.list(CLAIMS)).filter(({ status }) => status === undefined);
  expect(waiting.map(({ metadata }) => metadata.name).sort()).toEqual(
    numbered(20, 'claim')
      .filter((name) => !cold.includes(name))
      .sort(),
  );
  scene.kubelet.resume();
  await fleet.allReady(20);
  await fleet.expectSound();
  expect([...(await bound())].sort()).toEqual([...cold, ...members].sort());
});
