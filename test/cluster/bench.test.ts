import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimSideWrites } from '../bench/report/measures';
import { resultsOf } from '../bench/report/write';
import { running } from './process-tree';
import { Running } from './running';

jest.setTimeout(240_000);

const PROGRAM = 'bench/main.ts';
const SIZES = ['--serial', '3', '--claims', '5', '--rounds', '1', '--rest', '3', '--sandboxes', '8'];

let out: string;
beforeAll(() => (out = mkdtempSync(join(tmpdir(), 'agent-sandbox-bench-'))));
afterAll(() => rmSync(out, { recursive: true }));

test('the bench measures what claims cost and what a rest costs, writes all of it down, and leaves nothing running', async () => {
  const bench = new Running(PROGRAM, 'serial', 'burst', 'rest', '--nodes', 'player', ...SIZES, '--out', out);
  await bench.says('serial (1 of 3)');
  const { started } = bench;
  await bench.ended();
  // Ratios of times are no matter of so few claims.
  const broken = bench.text.split('\n').filter((line) => /BROKEN|NOT COMPLETE/.test(line) && !line.includes('time, as a multiple'));
  expect({ broken, left: running(started) }).toEqual({ broken: [], left: [] });
  const { about, runs } = resultsOf(readFileSync(join(out, 'results.json'), 'utf8'));
  expect(Object.keys(about.versions).sort()).toEqual(['etcd', 'kube-apiserver', 'node']);
  expect(runs.map(({ workload, count, pool }) => [workload, count, pool])).toEqual([
    ['serial', 3, 3],
    ['burst', 5, 5],
    ['rest', 0, 4],
  ]);
  for (const run of runs) {
    const { cost } = run;
    expect(run).toMatchObject({ failures: [], givenTwice: 0, warm: run.count });
    expect(run.latenciesMs).toHaveLength(run.count);
    expect(cost).toMatchObject({ refused: {}, reads: 0 });
    for (const value of [cost.etcdPuts, cost.eventLoopP99Ms, cost.rssMb, cost.peakRssMb]) expect(value).toBeGreaterThan(0);
    expect(Object.keys(cost.cpuMs ?? {}).sort()).toEqual(['controller', 'etcd', 'kube-apiserver', 'nodes']);
    expect(claimSideWrites(cost)).toBe(3 * run.count);
    expect(cost.writes?.user ?? {}).toEqual(run.count === 0 ? {} : { 'create sandboxclaims': run.count });
  }
  const [serial, burst, rest] = runs;
  expect([serial?.beside?.ms.length, burst?.beside?.ms.length]).toEqual([3, 1]);
  expect(burst?.cost.watchEvents?.sandboxclaims).toBeGreaterThanOrEqual(3 * 5);
  expect(burst?.cost.passes?.sandboxclaim).toBeGreaterThanOrEqual(5);
  expect(rest?.cost.writes?.controller ?? {}).toEqual({});
  expect(readdirSync(out)).toEqual(expect.arrayContaining(['latency.svg', 'results.json']));
});

test('a mistake is said in one line, and a cluster that cannot be used is one', async () => {
  const wrong = new Running(PROGRAM, 'serial', '--claims', 'many');
  expect(await wrong.ended()).toBe(2);
  expect(wrong.text).toBe('--claims many: expected a whole number from 1 on\n');
  const nowhere = new Running(PROGRAM, '--no-controller', '--kubeconfig', join(out, 'none'));
  expect(await nowhere.ended()).toBe(2);
  expect(nowhere.text).toMatch(/none: found no such file\n$/);
});
