import { nameHash } from '../../../src/api/names';
import { SANDBOXES } from '../../../src/controllers/shared/objects';
import { FaultProxy, type Match } from '../../support/fault-proxy';
import { cluster } from '../connection';
import { BindingHistory } from './binding-history';
import type { ControllerProcess } from './controller-process';
import { Fleet } from './fleet';
import { Scene } from './scene';

/** Writes of claims and pools of which the controllers do not hear (spec 08 I10, §14 scenario 8). */

jest.setTimeout(60_000);

const REQUEST_TIMEOUT_MS = 1000;
let scene: Scene;
let proxy: FaultProxy;
let fleet: Fleet;
let history: BindingHistory;
let controllers: ControllerProcess;
beforeAll(async () => {
  scene = await Scene.open(cluster(), 'claim-faults');
  proxy = await FaultProxy.start(cluster().connection);
  controllers = await scene.start({ proxy, requestTimeoutMs: REQUEST_TIMEOUT_MS });
  fleet = new Fleet(scene);
  history = new BindingHistory(scene);
  await fleet.template('python');
});
afterAll(async () => {
  history.stop();
  await scene.close();
  await proxy.stop();
});

interface Names {
  readonly pool: string;
  readonly member: string;
  readonly claim: string;
}

/** What is lost, of a claim on a pool of so many members, and how many Sandboxes there are when it has come to its end. */
const WRITES: ReadonlyArray<readonly [string, number, (names: Names) => Match, number]> = [
  ['A, the transfer', 1, ({ member }) => ({ verb: 'patch', resource: 'sandboxes', name: member }), 2],
  ['B, the record', 1, ({ claim }) => ({ verb: 'patch', resource: 'sandboxclaims', name: claim }), 2],
  ['C, the status', 1, ({ claim }) => ({ verb: 'patch', resource: 'sandboxclaims/status', name: claim }), 2],
  ['the POST of a member', 1, () => ({ verb: 'create', resource: 'sandboxes' }), 2],
  ['the POST of a cold Sandbox', 0, ({ claim }) => ({ verb: 'create', resource: 'sandboxes', name: claim }), 1],
];
const cases = WRITES.flatMap(([write, replicas, match, sandboxes]) =>
  (['request', 'answer'] as const).flatMap((what) =>
    (['break', 'silence'] as const).map((how) => ({ write, replicas, match, sandboxes, fault: { do: 'lose', what, how } as const })),
  ),
);

it.each(cases)('$write: $fault.what lost in $fault.how, is looked after before it is sent again, and nothing is there twice or missing', async (row) => {
  const { write, replicas, match, sandboxes, fault } = row;
  const hash = nameHash([write, fault.what, fault.how].join());
  const [pool, claim] = [`p-${hash}`, `c-${hash}`];
  await fleet.pool(pool, replicas);
  await fleet.full(pool, replicas);
  const [member = ''] = await fleet.members(pool);
  const target = match({ pool, member, claim });
  const lost = proxy.inject(target, fault, 1);
  await fleet.claim(claim, pool);
  const { name } = await lost.first;
  const bound = await fleet.ready(claim);
  await fleet.full(pool, replicas);
  await scene.settled(controllers);
  await fleet.expectSound();
  expect(bound.status?.sandbox?.name).toBe(replicas > 0 ? member : claim);
  const requests = proxy.arrived.filter((request) => request.name === name && request.resource.split('/')[0] === target.resource?.split('/')[0]);
  const first = requests.findIndex((request) => request.verb === target.verb && request.resource === target.resource);
  // A and B go out together, so each may be sent before the other is lost.
  expect(requests.slice(first + 1).find(({ verb }) => verb === 'get' || verb === target.verb)?.verb).toBe('get');
  const created = scene.writes(hash).filter((each) => /^create sandboxes .* 201$/.test(each));
  expect(created).toHaveLength(sandboxes);
  expect((await scene.list(SANDBOXES)).filter(({ metadata }) => metadata.name.includes(hash))).toHaveLength(sandboxes);
});

it('at no moment was a Sandbox of two claims, told to two, or taken from its claim', () => {
  expect([history.flaws, history.lost]).toEqual([[], []]);
});
