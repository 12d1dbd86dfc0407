import { pickTimes } from '../pick/pick';
import type { Cost } from '../stage/measurement';
import { sampleIn } from '../stage/usage';
import { checksOf, quantile, type Filled, type Workload } from './figures';

const CLAIM_SIDE = { 'patch sandboxes': 2, 'patch sandboxclaims': 2, 'patch sandboxclaims/status': 2 };

const cost = (writes: Readonly<Record<string, number>>, sandboxPasses = 2): Cost => ({
  writes: { controller: writes, user: {}, raw: {}, kubelet: {} },
  passes: { sandboxclaim: 2, sandbox: sandboxPasses, sandboxwarmpool: 9 },
  cpuMs: { controller: 0, kubelet: 0, etcd: 0, 'kube-apiserver': 0 },
  ...{ refused: 0, reads: 0, rssMb: 0, peakMb: 0, load: 0 },
});
const claims = [
  { name: 'a', ms: 1, sandbox: 'member-1' },
  { name: 'b', ms: 2, sandbox: 'member-2' },
];
const workload = (change: Partial<Workload>): Workload => ({
  ...{ name: 'w', arrival: '', pool: 2, hasRefill: false, run: { claims, wallMs: 3 }, cost: cost({ ...CLAIM_SIDE, 'create events': 99 }) },
  ...change,
});
const broken = (one: Workload, fills: readonly Filled[] = [], givenTwice = 0): readonly string[] =>
  checksOf([one], fills, givenTwice)
    .filter(({ holds }) => !holds)
    .map(({ what }) => what);

test.each<[string, Workload, string]>([
  ['a write too many on the claim side', workload({ cost: cost({ ...CLAIM_SIDE, 'patch sandboxclaims': 3 }) }), 'w: claim-side writes per claim'],
  ['one too few', workload({ cost: cost({ ...CLAIM_SIDE, 'patch sandboxclaims': 1 }) }), 'w: claim-side writes per claim'],
  ['more writes in all than 6', workload({ cost: cost({ ...CLAIM_SIDE, 'patch pods': 7 }) }), 'w: writes of the controller per claim'],
  ['more than 4 passes', workload({ cost: cost(CLAIM_SIDE, 7) }), 'w: passes per claim'],
  ['a claim that failed', workload({ run: { claims: [{ name: 'a', ms: 1, failure: 'why' }], wallMs: 1 } }), 'w: claims that failed'],
])('%s is told', (_, one, expected) => {
  expect(broken(one)).toEqual([expected]);
});

test('what is in order is not, nor is what cold claims and refill need', () => {
  expect(broken(workload({}))).toEqual([]);
  expect(broken(workload({ hasRefill: true, cost: cost({ ...CLAIM_SIDE, 'create pods': 16 }, 20) }))).toEqual([]);
  expect(broken(workload({ run: { claims: [{ name: 'a', ms: 1, sandbox: 'a' }], wallMs: 1 } }))).toEqual([]);
});

test('a Sandbox with two claims and a member that costs too much are told', () => {
  const filled = (writes: number): Filled => ({ members: 2, wallMs: 1, cost: cost({ 'create pods': writes, 'patch sandboxwarmpools/status': 99 }) });
  expect(broken(workload({}), [filled(8)], 1)).toEqual(['Sandboxes given to two claims']);
  expect(broken(workload({}), [filled(9)])).toEqual(['fill: writes of the controller per member']);
});

test('a quantile is the least value that so many do not exceed', () => {
  expect([0.5, 0.9, 0.99, 1].map((share) => quantile([4, 1, 3, 2], share))).toEqual([2, 4, 4, 4]);
  expect(quantile([], 0.5)).toBeNaN();
});

test('samples are summed over the labels that are not named', () => {
  const text = '# HELP n_total x\nn_total{controller="a",result="ok"} 2\nn_total{controller="a",result="error"} 1\nn_total{controller="b",result="ok"} 9\n';
  expect(sampleIn(text, 'n_total', 'controller="a"')).toBe(3);
});

test('picking is timed for every size and round', () => {
  expect([...pickTimes([3, 5], { rounds: 2, picks: 20 })].map(([size, times]) => [size, times.length])).toEqual([
    [3, 2],
    [5, 2],
  ]);
});
