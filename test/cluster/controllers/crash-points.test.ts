import { CLAIMS, PODS, SANDBOXES, WARM_POOLS, type SandboxClaim } from '../../../src/controllers/shared/objects';
import { FaultProxy, type Match } from '../../support/fault-proxy';
import { cluster } from '../connection';
import { until } from '../until';
import { BindingHistory } from './binding-history';
import type { ControllerProcess } from './controller-process';
import { Fleet } from './fleet';
import { controlledBy } from './owners';
import { Scene } from './scene';
import { Way, type Fates } from './way';

/** The process dies at each point of spec 08 §7.4, and another one goes on (§14 scenario 3). */

jest.setTimeout(60_000);

let scene: Scene;
let proxy: FaultProxy;
let fleet: Fleet;
let history: BindingHistory;
beforeAll(async () => {
  scene = await Scene.open(cluster(), 'crash-points');
  proxy = await FaultProxy.start(cluster().connection);
  fleet = new Fleet(scene);
  history = new BindingHistory(scene);
  const first = await scene.start();
  await fleet.template('python');
  await first.kill();
});
afterAll(async () => {
  history.stop();
  await scene.close();
  await proxy.stop();
});

const A: Match = { verb: 'patch', resource: 'sandboxes' };
const B: Match = { verb: 'patch', resource: 'sandboxclaims' };
const C: Match = { verb: 'patch', resource: 'sandboxclaims/status' };
const POD: Match = { verb: 'patch', resource: 'pods' };
const POST: Match = { verb: 'create', resource: 'sandboxes' };
const DELETE: Match = { verb: 'delete', resource: 'sandboxes' };

interface Point {
  readonly point: string;
  readonly replicas: number;
  readonly fates: Fates;
  /** What else is stored when it dies. */
  readonly when?: (claim: string) => Promise<unknown>;
}

const recorded = (claim: string) =>
  scene.until(CLAIMS, claim, 'to carry its record', ({ metadata }) => metadata.annotations?.['agents.x-k8s.io/controller-first-observed-at'] !== undefined);

const recordOf = ({ metadata }: SandboxClaim): string => metadata.annotations?.['agents.x-k8s.io/sandbox-name'] ?? '';

const POINTS: readonly Point[] = [
  {
    point: 'K0, K1: reserved, nothing sent',
    replicas: 1,
    fates: [
      [A, 'lost'],
      [B, 'lost'],
    ],
  },
  { point: 'K2: B stored, A not sent', replicas: 1, fates: [[A, 'lost']], when: recorded },
  { point: 'K3: B stored, A lands while the next begins', replicas: 1, fates: [[A, 'late']], when: recorded },
  { point: 'K3: B stored, A lands when the next has done all', replicas: 1, fates: [[A, 'last']], when: recorded },
  {
    point: 'K4: A stored, B not',
    replicas: 1,
    fates: [
      [A, 'unheard'],
      [B, 'lost'],
    ],
  },
  {
    point: 'K5: A lands while the next begins, B not sent',
    replicas: 2,
    fates: [
      [A, 'late'],
      [B, 'lost'],
    ],
  },
  {
    point: 'K5: A lands when the next has done all, B not sent',
    replicas: 2,
    fates: [
      [A, 'last'],
      [B, 'lost'],
    ],
  },
  { point: 'K6: A and B stored, C not sent', replicas: 1, fates: [[C, 'lost']] },
  { point: 'K7: C lands while the next begins', replicas: 1, fates: [[C, 'late']] },
  { point: 'K7: C lands when the next has done all', replicas: 1, fates: [[C, 'last']] },
  {
    point: 'K8, K9: C stored, the Pod not',
    replicas: 1,
    fates: [
      [POD, 'lost'],
      [C, 'unheard'],
    ],
  },
  { point: 'K12: the POST of a cold Sandbox lands while the next begins', replicas: 0, fates: [[POST, 'late']], when: recorded },
  { point: 'K12: the POST of a cold Sandbox lands when the next has done all', replicas: 0, fates: [[POST, 'last']], when: recorded },
  { point: 'K13: the POST of a cold Sandbox stored, the status not', replicas: 0, fates: [[POST, 'unheard']] },
  { point: 'K14: the record of a cold claim stored, the POST not', replicas: 0, fates: [[POST, 'lost']], when: recorded },
];

let cases = 0;
const namesOf = () => {
  cases++;
  return { pool: `pool${cases}`, claim: `claim${cases}` };
};

/** A process that will die, with a pool that is full. */
async function dyingWith(pool: string, replicas: number): Promise<ControllerProcess> {
  const dying = await scene.start({ proxy });
  await fleet.pool(pool, replicas);
  await fleet.full(pool, replicas);
  await scene.settled(dying);
  return dying;
}

async function expectOrder(next: ControllerProcess): Promise<void> {
  await scene.settled(next);
  await fleet.expectSound();
  expect([history.flaws, history.lost]).toEqual([[], []]);
  await next.kill();
}

it.each(POINTS)('$point', async ({ replicas, fates, when = () => Promise.resolve() }) => {
  const { pool, claim } = namesOf();
  const dying = await dyingWith(pool, replicas);
  const way = new Way(proxy, fates);
  await fleet.claim(claim, pool);
  await way.met();
  await when(claim);
  await dying.kill();
  const next = await scene.start();
  way.land('late');
  await fleet.ready(claim);
  await fleet.full(pool, replicas);
  way.land('last');
  await expectOrder(next);
});

it.each([
  ['is gone', (member: string) => scene.delete(SANDBOXES, member)],
  [
    'is owned by another claim',
    async (member: string, pool: string) => {
      const other = await fleet.claim(`${pool}-other`, pool);
      await scene.patch(SANDBOXES, member, { metadata: { ownerReferences: [{ ...controlledBy(other), blockOwnerDeletion: true }] } });
    },
  ],
])('K10: A has failed, and the member that the record of the claim names %s', async (_, lose) => {
  const { pool, claim } = namesOf();
  const dying = await dyingWith(pool, 2);
  const way = new Way(proxy, [[A, 'lost']]);
  await fleet.claim(claim, pool);
  await way.met();
  const member = recordOf(await recorded(claim));
  await dying.kill();
  await lose(member, pool);
  const next = await scene.start();
  const bound = await fleet.ready(claim);
  expect(bound.status?.sandbox?.name).not.toBe(member);
  expect(recordOf(bound)).toBe(bound.status?.sandbox?.name);
  await fleet.full(pool, 2);
  await expectOrder(next);
});

it('K11: A stored, the claim is deleted', async () => {
  const { pool, claim } = namesOf();
  const dying = await dyingWith(pool, 1);
  const [member = ''] = await fleet.members(pool);
  const way = new Way(proxy, [
    [A, 'unheard'],
    [B, 'lost'],
  ]);
  await fleet.claim(claim, pool);
  await way.met();
  await dying.kill();
  await fleet.delete(claim);
  const next = await scene.start();
  await scene.gone(SANDBOXES, member);
  await fleet.full(pool, 1);
  await expectOrder(next);
});

it('K15: a claim has waited in vain, nothing of its own Sandbox is sent, and the member that it waited for gets its address', async () => {
  const { pool, claim } = namesOf();
  const dying = await scene.start({ proxy });
  scene.kubelet.pause();
  await fleet.pool(pool, 1);
  const member = await until('a member', async () => (await fleet.members(pool))[0]);
  await scene.settled(dying);
  const way = new Way(proxy, [
    [POST, 'lost'],
    [B, 'lost'],
  ]);
  await fleet.claim(claim, pool);
  await way.met();
  await dying.kill();
  scene.kubelet.resume();
  await scene.until(PODS, member, 'to run', ({ status }) => status?.phase === 'Running');
  const next = await scene.start();
  await fleet.ready(claim);
  await fleet.full(pool, 1);
  await expectOrder(next);
});

it.each([
  ['K16: an expired claim is marked, not deleted', 'Delete', { verb: 'delete', resource: 'sandboxclaims' }, 'lost'],
  ['K17: the Sandbox of an expired claim is deleted, the status does not say so', 'Retain', DELETE, 'unheard'],
] as const)('%s', async (_, shutdownPolicy, match, fate) => {
  const { pool, claim } = namesOf();
  const dying = await dyingWith(pool, 1);
  const [member = ''] = await fleet.members(pool);
  await fleet.claim(claim, pool);
  await fleet.ready(claim);
  await fleet.full(pool, 1);
  const way = new Way(proxy, [[match, fate]]);
  await scene.patch(CLAIMS, claim, { spec: { lifecycle: { shutdownTime: '2020-01-01T00:00:00Z', shutdownPolicy } } });
  await way.met();
  await fleet.says(claim, 'ClaimExpired');
  await dying.kill();
  const next = await scene.start();
  await scene.gone(SANDBOXES, member);
  if (shutdownPolicy === 'Delete') await scene.gone(CLAIMS, claim);
  else await scene.until(CLAIMS, claim, 'to have no Sandbox', ({ status }) => status?.sandbox === undefined);
  await scene.settled(next);
  if (shutdownPolicy === 'Retain') await fleet.delete(claim);
  await expectOrder(next);
});

it('K18: the POST of a member lands when the next process has made another', async () => {
  const { pool } = namesOf();
  const dying = await scene.start({ proxy });
  const way = new Way(proxy, [[POST, 'last']]);
  await fleet.pool(pool, 1);
  await way.met();
  await dying.kill();
  const next = await scene.start();
  await fleet.full(pool, 1);
  way.land('last');
  await until('the surplus to go', () => (scene.writes(pool).some((write) => /^delete sandboxes .* 200$/.test(write)) ? true : undefined));
  await fleet.full(pool, 1);
  await expectOrder(next);
});

it('K19: the DELETE of a member lands when a claim has taken it', async () => {
  const { pool, claim } = namesOf();
  const dying = await dyingWith(pool, 1);
  const [member = ''] = await fleet.members(pool);
  const way = new Way(proxy, [[DELETE, 'last']]);
  await fleet.scale(pool, 0);
  await way.met();
  await dying.kill();
  await fleet.scale(pool, 1);
  await fleet.claim(claim, pool);
  const next = await scene.start();
  expect((await fleet.ready(claim)).status?.sandbox?.name).toBe(member);
  way.land('last');
  await until('the DELETE to be refused', () => (scene.writes(member).includes(`delete sandboxes ${member} 409`) ? true : undefined));
  await fleet.full(pool, 1);
  await expectOrder(next);
});

it('K20: a batch of members is half made', async () => {
  const { pool } = namesOf();
  const dying = await scene.start({ proxy });
  await fleet.pool(pool, 3);
  await fleet.full(pool, 3);
  const lost = proxy.inject(POST, { do: 'lose', what: 'request', how: 'silence' });
  await fleet.scale(pool, 7);
  await lost.first;
  await dying.kill();
  lost.remove();
  const next = await scene.start();
  await fleet.full(pool, 7);
  expect(scene.writes(pool).filter((write) => /^create sandboxes .* 201$/.test(write))).toHaveLength(7);
  await expectOrder(next);
});

it('K21: the PATCH that takes a member of a former pool of the name lands when the next process has taken it', async () => {
  const { pool } = namesOf();
  await (await dyingWith(pool, 1)).kill();
  const [member = ''] = await fleet.members(pool);
  await scene.delete(WARM_POOLS, pool, { propagationPolicy: 'Orphan' });
  await scene.gone(WARM_POOLS, pool);
  const dying = await scene.start({ proxy });
  const way = new Way(proxy, [[A, 'last']]);
  await fleet.pool(pool, 1);
  await way.met();
  await dying.kill();
  const next = await scene.start();
  await fleet.full(pool, 1);
  way.land('last');
  await expectOrder(next);
  expect(await fleet.members(pool)).toEqual([member]);
  expect((await scene.find(SANDBOXES, member))?.metadata.ownerReferences).toHaveLength(1);
});

it.each(['lost', 'unheard'] as const)('K27: the DELETE of a surplus Sandbox is %s', async (fate) => {
  const { pool, claim } = namesOf();
  const dying = await dyingWith(pool, 1);
  await fleet.claim(claim, pool);
  const bound = await fleet.ready(claim);
  await fleet.full(pool, 1);
  const way = new Way(proxy, [[DELETE, fate]]);
  await scene.sandbox(`${claim}-more`, {}, { ownerReferences: [{ ...controlledBy(bound), blockOwnerDeletion: true }] });
  await way.met();
  await dying.kill();
  const next = await scene.start();
  await scene.gone(SANDBOXES, `${claim}-more`);
  await expectOrder(next);
});

it.each([
  ['A', A, 1],
  ['B', B, 1],
  ['C', C, 1],
  ['the POST of its own Sandbox', POST, 0],
] as const)('K28: the Lease is lost without a crash while %s is on its way, which lands when the next process has done all', async (_, match, replicas) => {
  const { pool, claim } = namesOf();
  const former = await dyingWith(pool, replicas);
  const way = new Way(proxy, [[match, 'last']]);
  await fleet.claim(claim, pool);
  await way.met();
  const next = await scene.start();
  await fleet.ready(claim);
  await fleet.full(pool, replicas);
  way.land('last');
  await scene.settled(former);
  await former.kill();
  await fleet.ready(claim);
  await fleet.full(pool, replicas);
  await expectOrder(next);
});
