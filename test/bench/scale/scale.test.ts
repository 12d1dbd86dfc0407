import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { resultsOf } from '../report/write';
import type { Figures, Results } from '../results';
import { costsOf, type Costs } from './costs';
import { controllersFor, databaseGb, QUANTITIES } from './demand';
import { inOrder, LIMITS, shareOf } from './limits';
import { pageOf } from './page';

const run = (workload: string, change: Partial<Figures>): Figures => ({
  ...{ workload, round: 1, unit: 'claim', ready: 'Ready True', arrival: 'x', pool: 1000, refill: 'on', count: 0, failures: [], warm: 0, givenTwice: 0 },
  ...{ latenciesMs: [], wallMs: 1, load: [1, 1], cost: { rssMb: 110 } },
  ...change,
});

const sustained = run('sustained', {
  count: 10,
  cost: {
    writes: {
      controller: { 'patch sandboxes': 20, 'patch sandboxes/status': 10, 'create events': 10 },
      user: { 'create sandboxclaims': 10 },
      nodes: { 'patch pods/status': 10 },
    },
    watchEvents: { sandboxes: 10, pods: 10, sandboxclaims: 10 },
    watchBytes: { sandboxes: 40_000, pods: 30_000, sandboxclaims: 10_000 },
    ...{ etcdPuts: 60, cpuMs: { controller: 60, 'kube-apiserver': 400, etcd: 50 } },
  },
});
const idle = run('idle', { pool: 10_000, cost: { rssMb: 200 } });
const about = { ...{ controller: 'c', flags: [], nodes: 'n', versions: {}, processors: 'p', memoryGb: 1 }, startedAt: '2026-01-01T00:00:00Z' };
const results = (...runs: readonly Figures[]): Results => ({ about, runs });
const costs: Costs = costsOf(results(sustained, run('rest', { pool: 500 }), idle));

test('costs are those of one claim with refill, and of one Sandbox more', () => {
  expect(costs.claim).toEqual({
    ...{ controllerWrites: 4, writes: 6, etcdPuts: 6, serverMs: 40, etcdMs: 5, controllerMs: 6, watchEvents: 3, watchKb: 8 },
    // Three writes of a Sandbox, one of a claim and one of a Pod; nobody watches Events.
    ...{ writtenKb: 16, storedKb: 8 },
  });
  expect([costs.sandboxMb, costs.controllerMb]).toEqual([0.01, 100]);
});

test.each<[string, Results, string]>([
  ['the run', results(run('rest', { pool: 500 }), idle), 'the results have no run of sustained: measure it with npm run bench'],
  [
    'the larger number of Sandboxes',
    results(sustained, run('rest', { pool: 500 })),
    'the results have no run of idle with more than 1000 Sandboxes: measure it with npm run bench',
  ],
  ['the figure', results(sustained, run('rest', { pool: 500, cost: {} }), idle), 'the results do not say of rest: memory'],
])('%s that is missing is named', (_, one, expected) => {
  expect(() => costsOf(one)).toThrow(expected);
});

const demand = { name: 'd', claimsPerSecond: 1000, sandboxes: 100_000 };

test('a demand follows from costs by the formulas', () => {
  expect(controllersFor(costs, demand)).toBe(10);
  expect(databaseGb(costs, demand)).toBeCloseTo(0.8 + 4.8);
  const found = Object.fromEntries(QUANTITIES.map(({ what, of }) => [what, of(costs, demand)]));
  expect(found).toMatchObject({
    'life of a claim': 100,
    'puts of etcd': 6000,
    'API servers': 40,
    'controllers, memory of each': 200,
    'namespaces, at least': 34,
  });
});

test('the limit that comes first is the one that is exceeded most, and ten clusters need a tenth of it', () => {
  const [first, second] = inOrder(costs, demand);
  expect(first?.what).toBe('one controller');
  expect(second?.what).toBe('Pods that are scheduled');
  const tenth = { ...demand, claimsPerSecond: 100, sandboxes: 10_000 };
  for (const limit of LIMITS) expect(shareOf(limit, costs, tenth) / shareOf(limit, costs, demand)).toBeCloseTo(0.1, 2);
});

test('a page without a place for a table is refused', () => {
  expect(() => pageOf('# Scale', results(sustained, run('rest', { pool: 500 }), idle))).toThrow('<!-- bench:scale costs -->');
});

test('the tables of the documentation are those of the results that are stored there (npm run bench:scale writes them)', () => {
  const docs = join(__dirname, '..', '..', '..', 'docs');
  const page = readFileSync(join(docs, 'scale.md'), 'utf8');
  expect(pageOf(page, resultsOf(readFileSync(join(docs, 'performance', 'results.json'), 'utf8')))).toBe(page);
});
