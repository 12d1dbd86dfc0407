import { CLAIMS, PODS, SANDBOXES, WARM_POOLS } from '../../../src/controllers/shared/objects';
import { LeapingClock } from '../../support/leaping-clock';
import { cluster } from '../connection';
import type { ControllerProcess } from './controller-process';
import { Fleet } from './fleet';
import { Scene } from './scene';

/** How many writes claims and pools cost, as the audit log of the API server counts them (spec 08 §4.7, §14 scenario 27). */

jest.setTimeout(60_000);

// Time stands still, so that no window passes because this machine is slow.
const clock = new LeapingClock(true);
let scene: Scene;
let fleet: Fleet;
let controllers: ControllerProcess;
beforeAll(async () => {
  scene = await Scene.open(cluster(), 'claim-budgets');
  controllers = await scene.start({ clock });
  fleet = new Fleet(scene);
  await fleet.template('python');
});
afterAll(() => scene.close());

const SECOND_MS = 1000;

/** Waits until nothing is left to do, also after every window has passed. */
async function rest(): Promise<void> {
  await scene.settled(controllers);
  clock.leap(SECOND_MS);
  await scene.settled(controllers);
}

/** What something costs, in the order in which it was done, by the requests and by the passes. */
async function cost(something: () => Promise<unknown>) {
  const before = { requests: scene.audit.requestsOf(scene.account.user).length, passes: controllers.passes.length };
  await something();
  await rest();
  const requests = scene.audit.requestsOf(scene.account.user).slice(before.requests);
  const writes = (name: string) =>
    requests.filter((each) => each.name === name && !['get', 'list', 'watch'].includes(each.verb)).map(({ verb, resource }) => `${verb} ${resource}`);
  const passes = (controller: string, name: string) =>
    controllers.passes.slice(before.passes).filter((pass) => pass.controller === controller && pass.key === `${scene.namespace}/${name}`);
  return { requests, writes, passes, gets: requests.filter(({ verb }) => verb === 'get') };
}

const STATUS = 'patch sandboxes/status';

async function fullPool(name: string, replicas: number): Promise<readonly string[]> {
  await fleet.pool(name, replicas);
  await fleet.full(name, replicas);
  await rest();
  return fleet.members(name);
}

const boundTo = (claim: string) => scene.find(CLAIMS, claim).then((found) => found?.status?.sandbox?.name ?? '');

it('a warm claim costs three writes before and one after it is Ready, in two round trips, with no read and no more than four passes', async () => {
  const [member = ''] = await fullPool('one', 1);
  const before = await scene.find(SANDBOXES, member);
  const { writes, passes, gets } = await cost(async () => {
    await fleet.claim('alice', 'one');
    await fleet.ready('alice');
    await fleet.full('one', 1);
  });
  expect(await boundTo('alice')).toBe(member);
  expect(writes('alice')).toEqual(['patch sandboxclaims', 'patch sandboxclaims/status']);
  expect(writes(member)).toEqual(['patch sandboxes', 'patch pods']);
  expect(gets).toEqual([]);
  expect(passes('sandboxclaim', 'alice').length).toBeLessThanOrEqual(2);
  expect(passes('sandbox', member).length).toBeLessThanOrEqual(2);
  const after = await scene.find(SANDBOXES, member);
  expect([after?.metadata.generation, after?.status]).toEqual([before?.metadata.generation, before?.status]);
});

it('a warm claim that changes the metadata of the Pod costs one status more', async () => {
  const [member = ''] = await fullPool('labelled', 1);
  const { writes, gets } = await cost(async () => {
    await fleet.claim('labels', 'labelled', { additionalPodMetadata: { labels: { 'sandbox.users.io/a': '1' } } });
    await fleet.ready('labels');
    await scene.until(PODS, member, 'to be labelled', ({ metadata }) => metadata.labels?.['sandbox.users.io/a'] === '1');
  });
  expect(writes('labels')).toEqual(['patch sandboxclaims', 'patch sandboxclaims/status']);
  expect([...writes(member)].sort()).toEqual(['patch pods', 'patch sandboxes', STATUS]);
  expect(gets).toEqual([]);
});

it('a member costs its Sandbox, its Pod and two statuses, the pool one status a change', async () => {
  const [member = ''] = await fullPool('refilled', 1);
  const { writes } = await cost(async () => {
    // The successor is not Ready before somebody has seen that the pool is short.
    scene.kubelet.pause();
    await fleet.claim('taker', 'refilled');
    await fleet.ready('taker');
    await scene.until(WARM_POOLS, 'refilled', 'to be short', ({ status }) => status?.readyReplicas === undefined);
    scene.kubelet.resume();
    await fleet.full('refilled', 1);
  });
  const [successor = ''] = await fleet.members('refilled');
  expect(successor).not.toBe(member);
  expect(writes(successor).slice(0, 2)).toEqual(['create sandboxes', 'create pods']);
  expect(writes(successor).slice(2).length).toBeLessThanOrEqual(2);
  expect(new Set(writes(successor).slice(2))).toEqual(new Set([STATUS]));
  expect(writes('refilled')).toEqual(Array(2).fill('patch sandboxwarmpools/status'));
});

it('a pool that is filled costs no more than four writes a member', async () => {
  const { requests } = await cost(() => fullPool('many', 20));
  const members = await fleet.members('many');
  const writes = requests.filter(({ name, verb }) => members.includes(name) && verb !== 'get');
  expect(writes.filter(({ verb, resource }) => verb === 'create' && resource === 'sandboxes')).toHaveLength(20);
  expect(writes.length).toBeLessThanOrEqual(80);
  expect(requests.filter(({ verb }) => verb === 'get')).toEqual([]);
  // No second has passed: the one of the generation, one more, and the one that says that it is full.
  expect(requests.filter(({ name }) => name === 'many').length).toBeLessThanOrEqual(3);
});

it('the status of a pool is written once a second, however often it changes', async () => {
  await fullPool('busy', 5);
  const of = (writes: readonly string[]) => writes.filter((write) => write.startsWith('patch sandboxwarmpools/status busy'));
  const before = of(scene.writes('busy')).length;
  await fleet.scale('busy', 6);
  scene.kubelet.pause();
  for (const claim of ['b1', 'b2', 'b3', 'b4']) {
    await fleet.claim(claim, 'busy');
    await fleet.ready(claim);
    await scene.settled(controllers);
  }
  // The new generation, and one for all four.
  expect(of(scene.writes('busy')).length - before).toBeLessThanOrEqual(2);
  clock.leap(SECOND_MS);
  await scene.until(WARM_POOLS, 'busy', 'to tell', ({ status }) => status?.readyReplicas === 1);
  scene.kubelet.resume();
});

it('a cold claim costs its record beside its Sandbox, and two statuses', async () => {
  await fullPool('none', 0);
  scene.kubelet.byHand.add('cold');
  const { writes, gets } = await cost(async () => {
    await fleet.claim('cold', 'none');
    await scene.until(SANDBOXES, 'cold', 'to wait', ({ status }) => status?.conditions !== undefined);
    await fleet.says('cold', 'SandboxNotReady');
    await scene.kubelet.bind('cold');
    await scene.kubelet.report('cold', { phase: 'Running' });
    await fleet.ready('cold');
  });
  const claimSide = writes('cold').filter((write) => write !== STATUS && write !== 'create pods');
  expect([...claimSide.slice(0, 2)].sort()).toEqual(['create sandboxes', 'patch sandboxclaims']);
  expect(claimSide.slice(2)).toEqual(Array(2).fill('patch sandboxclaims/status'));
  expect(writes('cold').filter((write) => write === STATUS).length).toBeLessThanOrEqual(2);
  expect(gets).toEqual([]);
});
