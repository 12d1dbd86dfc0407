import { setTimeout as delay } from 'node:timers/promises';
import { CLAIMS, SANDBOXES, TEMPLATES, type SandboxClaim } from '../../../src/controllers/shared/objects';
import { FaultProxy, type Match } from '../../support/fault-proxy';
import { cluster } from '../connection';
import { BindingHistory } from './binding-history';
import { Fleet } from './fleet';
import { controlledBy } from './owners';
import { Scene } from './scene';
import { sized } from './size';

/** Claims against pools, leaders and deletions that want the same Sandboxes (spec 08 §14, scenarios 4, 7, 9, 22). */

jest.setTimeout(sized(240_000, 3_600_000));

let scene: Scene;
let proxy: FaultProxy;
let fleet: Fleet;
let history: BindingHistory;
beforeEach(async () => {
  scene = await Scene.open(cluster(), 'contention');
  proxy = await FaultProxy.start(cluster().connection);
  fleet = new Fleet(scene);
  history = new BindingHistory(scene);
});
afterEach(async () => {
  history.stop();
  await scene.close();
  await proxy.stop();
});

const expectNothingLost = () => expect([history.flaws, history.lost]).toEqual([[], []]);

/** Makes claims on a pool for so long, one after another, and deletes every third when it is Ready; resolves to the number of those that stay. */
async function claimFor(seconds: number, pool: string): Promise<number> {
  const endMs = Date.now() + seconds * 1000;
  let kept = 0;
  for (let made = 0; Date.now() < endMs; made++) {
    const name = `claim-${made}`;
    await fleet.claim(name, pool);
    if (made % 3 === 2)
      void fleet
        .ready(name)
        .then(() => scene.delete(CLAIMS, name))
        .catch(() => undefined);
    else kept++;
    await delay(80);
  }
  return kept;
}

const kept = (count: number) => fleet.allReady(count);

it('scenario 4: two leaders at once share nothing, lose nothing, and one of them sets it right alone', async () => {
  // Each is behind in its own way.
  const [one, other] = [await scene.start({ proxy }), await scene.start()];
  await fleet.template('python');
  await fleet.pool('pool', 8);
  await fleet.full('pool', 8);
  const late = {
    do: 'hold',
    what: 'answer',
    get until() {
      return delay(30);
    },
  } as const;
  proxy.inject({ verb: 'patch', resource: 'sandboxes' }, late);
  const count = await claimFor(sized(8, 60), 'pool');
  await kept(count);
  await other.kill();
  await kept(count);
  await fleet.full('pool', 8);
  await scene.settled(one);
  await fleet.expectSound();
  expectNothingLost();
});

it('scenario 7: a pool that is scaled up and down and whose template changes takes no Sandbox from a claim', async () => {
  const controllers = await scene.start({ proxy });
  await fleet.template('python');
  await fleet.pool('pool', 8, { updateStrategy: { type: 'Recreate' } });
  await fleet.full('pool', 8);
  const late = {
    do: 'hold',
    what: 'request',
    get until() {
      return delay(30);
    },
  } as const;
  proxy.inject({ verb: 'delete', resource: 'sandboxes' }, late);
  let isOver = false;
  const churn = async (): Promise<void> => {
    for (let turn = 0; !isOver; turn++) {
      await fleet.scale('pool', [0, 12, 3, 8][turn % 4] ?? 8);
      if (turn % 3 === 0) await scene.patch(TEMPLATES, 'python', { spec: { podTemplate: { spec: { containers: [{ name: 'main', image: `i:${turn}` }] } } } });
      await delay(300);
    }
  };
  const churning = churn();
  const count = await claimFor(sized(8, 60), 'pool');
  isOver = true;
  await churning;
  await fleet.scale('pool', 8);
  await kept(count);
  await fleet.full('pool', 8);
  await scene.settled(controllers);
  await fleet.expectSound();
  expectNothingLost();
  // There was something to contend for.
  expect(scene.writes().filter((write) => /^delete sandboxes .* 200$/.test(write)).length).toBeGreaterThan(5);
});

describe('scenario 9: a claim that is deleted on its way, and made anew under its name', () => {
  const POINTS: ReadonlyArray<readonly [string, Match, 'request' | 'answer', number]> = [
    ['A is on its way', { verb: 'patch', resource: 'sandboxes' }, 'request', 2],
    ['A is stored', { verb: 'patch', resource: 'sandboxes' }, 'answer', 2],
    ['B is on its way', { verb: 'patch', resource: 'sandboxclaims' }, 'request', 2],
    ['B is stored', { verb: 'patch', resource: 'sandboxclaims' }, 'answer', 2],
    ['C is on its way', { verb: 'patch', resource: 'sandboxclaims/status' }, 'request', 2],
    ['C is stored', { verb: 'patch', resource: 'sandboxclaims/status' }, 'answer', 2],
    ['the POST of its own Sandbox is on its way', { verb: 'create', resource: 'sandboxes' }, 'request', 0],
    ['its own Sandbox is stored', { verb: 'create', resource: 'sandboxes' }, 'answer', 0],
  ];

  it.each(POINTS)('while %s', async (_, match, what, replicas) => {
    const controllers = await scene.start({ proxy });
    await fleet.template('python');
    await fleet.pool('pool', replicas);
    await fleet.full('pool', replicas);
    let release = (): void => undefined;
    const held = proxy.inject(match, { do: 'hold', what, until: new Promise<void>((resolve) => (release = resolve)) }, 1);
    const first = await fleet.claim('claim', 'pool');
    await held.first;
    await fleet.delete('claim');
    const second = await fleet.claim('claim', 'pool');
    release();
    await fleet.ready('claim');
    await fleet.full('pool', replicas);
    await scene.settled(controllers);
    await fleet.expectSound();
    expect(second.metadata.uid).not.toBe(first.metadata.uid);
    expectNothingLost();
    expect(controllers.firstReady.length).toBeLessThanOrEqual(2);
  });
});

it('scenario 22: of two Sandboxes of one claim stays the published, else the recorded, else the Ready, else the older', async () => {
  const first = await scene.start();
  await fleet.template('python');
  await fleet.pool('none', 0);
  const WHICH = ['', 'a', 'b'];
  const cases = WHICH.flatMap((published) =>
    WHICH.flatMap((recorded) => WHICH.map((ready) => ({ published, recorded, ready, name: `c-${published}-${recorded}-${ready}-e` }))),
  );
  const make = async (name: string, isReadyOne: boolean): Promise<void> => {
    if (!isReadyOne) scene.kubelet.byHand.add(name);
    await scene.sandbox(name);
    if (isReadyOne) await scene.ready(name);
  };
  await Promise.all(cases.map(({ name, ready }) => make(`${name}-a`, ready === 'a').then(() => make(`${name}-b`, ready === 'b'))));
  await scene.settled(first);
  await first.kill();
  for (const { name, published, recorded } of cases) {
    const annotations = recorded === '' ? {} : { 'agents.x-k8s.io/sandbox-name': `${name}-${recorded}` };
    const claim: SandboxClaim = await fleet.claim(name, 'none', {}, { annotations });
    if (published !== '') await scene.send('PATCH', CLAIMS, name, { status: { sandbox: { name: `${name}-${published}` } } }, 'status');
    const ownerReferences = [{ ...controlledBy(claim), blockOwnerDeletion: true }];
    for (const which of ['a', 'b']) await scene.patch(SANDBOXES, `${name}-${which}`, { metadata: { ownerReferences } });
  }
  const second = await scene.start();
  const expected = cases.map(({ name, published, recorded, ready }) => `${name}-${published || recorded || ready || 'a'}`);
  await scene.settled(second);
  const left = (await scene.list(SANDBOXES)).map(({ metadata }) => metadata.name);
  expect([...left].sort()).toEqual([...expected].sort());
  const claims = await scene.list(CLAIMS);
  expect(claims.map(({ status }) => status?.sandbox?.name).sort()).toEqual([...expected].sort());
  expect(scene.writes().filter((write) => /^delete sandboxes .* 200$/.test(write))).toHaveLength(cases.length);
});
