import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DOMParser, onWarningStopParsing } from '@xmldom/xmldom';
import fc from 'fast-check';
import type { Figures, Results } from '../results';
import { aimTable } from './aims';
import { brokenBudgets, BUDGETS, budgetTable, sentenceOf, type Budget } from './budgets';
import { MEASURES, quantile, thirdsMs, wasCarried, type MeasureName } from './measures';
import { workloadsOf } from './rounds';
import { crowdLine, latencyTable, tallyTable } from './tables';
import { filesOf, jsonOf, partOf, resultsOf } from './write';

const CLAIM_SIDE = { 'patch sandboxes': 2, 'patch sandboxclaims': 2, 'patch sandboxclaims/status': 2 };

const run = (change: Partial<Figures> = {}): Figures => ({
  ...{ workload: 'burst', round: 1, unit: 'claim', ready: 'Ready True', arrival: 'all at once', pool: 2, refill: 'off' },
  ...{ count: 2, failures: [], warm: 2, givenTwice: 0, latenciesMs: [1, 2], wallMs: 2, load: [1, 2], cost: { writes: { controller: CLAIM_SIDE } } },
  ...change,
});
const about = { ...{ controller: 'c', flags: [], nodes: 'n', versions: {}, processors: 'p', memoryGb: 1 }, startedAt: '2026-01-01T00:00:00Z' };
const results = (...runs: readonly Figures[]): Results => ({ about, runs });

describe('budgets', () => {
  /** A run of two units of which a measure says this. */
  const SAYING: Readonly<Record<MeasureName, (value: number) => Partial<Figures>>> = {
    failures: (value) => ({ failures: Array.from({ length: value }, () => ({ name: 'a', reason: 'why' })) }),
    'Sandboxes given to two claims': (value) => ({ givenTwice: value }),
    'claim-side writes per unit': (value) => ({ cost: { writes: { controller: { 'patch sandboxclaims': 2 * value } } } }),
    'writes of the controller per unit': (value) => ({ cost: { writes: { controller: { ...CLAIM_SIDE, 'patch pods': 2 * value - 6, 'create events': 99 } } } }),
    'writes of the controller per unit, the status of the pool apart': (value) => ({
      cost: { writes: { controller: { 'create pods': 2 * value, 'patch sandboxwarmpools/status': 99, 'create events': 99 } } },
    }),
    'writes of the controller in all': (value) => ({ cost: { writes: { controller: { 'create events': value } } } }),
    'passes per unit': (value) => ({ cost: { passes: { sandboxclaim: value, sandbox: value, sandboxwarmpool: 99 } } }),
    'reads by the controller': (value) => ({ cost: { reads: value } }),
    'time, as a multiple of what was measured beside it': (value) => ({ wallMs: value, beside: { what: 'the same', ms: [1] } }),
  };
  const withValue = ({ measure, workloads }: Budget, value: number): Figures => run({ workload: workloads?.at(-1) ?? 'any', ...SAYING[measure](value) });

  test.each(BUDGETS.map((budget) => [budget.measure, budget.workloads?.join(' ') ?? 'all', budget] as const))(
    '%s (%s): one more is told, as many are not',
    (_, __, budget) => {
      const greatest = budget.tolerance === undefined ? budget.most : budget.most * (1 + budget.tolerance) - 0.001;
      expect(brokenBudgets(results(withValue(budget, greatest)), [budget])).toEqual([]);
      expect(brokenBudgets(results(withValue(budget, greatest + 1))).map(({ measure, found }) => [measure, found])).toEqual([[budget.measure, greatest + 1]]);
    },
  );

  test.each<[string, Figures, readonly string[]]>([
    [
      'a write too few, which means that something was not counted',
      run({ cost: SAYING['claim-side writes per unit'](2).cost }),
      ['burst: claim-side writes per unit: found 2, budget 3'],
    ],
    ['a failure', run(SAYING.failures(1)), ['burst: failures: found 1, budget 0']],
    [
      'a time beyond the noise',
      run({ wallMs: 20, beside: { what: 'x', ms: [10] } }),
      ['burst: time, as a multiple of what was measured beside it: found 2, budget at most 1.5, and 15 % for noise, at a load of 4 or less'],
    ],
    ['no time on a crowded machine', run({ wallMs: 20, load: [1, 9], beside: { what: 'x', ms: [10] } }), []],
    ['no time within it', run({ wallMs: 17, beside: { what: 'x', ms: [10] } }), []],
    ['nothing of what could not be had', run({ cost: {} }), []],
    ['no writes of claims that rightly went cold', run({ warm: 1, cost: { writes: { controller: { 'create pods': 99 } } } }), []],
  ])('tell %s', (_, one, expected) => {
    expect(brokenBudgets(results(one)).map(sentenceOf)).toEqual(expected);
  });

  test('judge a ratio of times by the median of the rounds, and a count by each round', () => {
    const rounds = [12, 40, 13].map((wallMs) => run({ wallMs, beside: { what: 'x', ms: [10] } }));
    expect(brokenBudgets(results(...rounds))).toEqual([]);
    expect(brokenBudgets(results(run(), run(SAYING.failures(2)), run()))).toHaveLength(1);
  });

  test('name measures that there are, and appear in the table', () => {
    for (const { measure } of BUDGETS) expect(MEASURES).toHaveProperty([measure]);
    expect(budgetTable(results(run(), run(SAYING.failures(1))))).toMatch(/failures +\| all +\| 0–1 +\| 0 +\| BROKEN/);
    expect(budgetTable(results(run({ wallMs: 20, load: [1, 9], beside: { what: 'x', ms: [10] } })))).toMatch(/or less +\| not judged: load/);
  });
});

test('a quantile is the least value that so many do not exceed', () => {
  expect([0.5, 0.9, 0.99, 1].map((share) => quantile([4, 1, 3, 2], share))).toEqual([2, 4, 4, 4]);
  expect(quantile([], 0.5)).toBeNaN();
});

describe('a rate', () => {
  const at30 = (change: Partial<Figures>): Figures =>
    run({ workload: 'sustained', offeredPerSecond: 30, count: 600, latenciesMs: Array<number>(600).fill(20), wallMs: 19_967 + 20, ...change });

  test.each<[string, Partial<Figures>, boolean]>([
    ['carried, though the last answer comes after the last claim was due', { wallMs: 19_967 + 60 }, true],
    ['not carried if one failed', { failures: [{ name: 'a', reason: 'why' }] }, false],
    ['not carried if answers came more slowly than claims', { wallMs: 21_000 }, false],
    ['not carried if the last third waited longer and longer', { latenciesMs: Array.from({ length: 600 }, (_, n) => 20 + n) }, false],
  ])('is %s', (_, change, carried) => {
    expect(wasCarried(at30(change))).toBe(carried);
    expect(aimTable(results(at30(change)))).toContain(carried ? 'reached' : 'missed');
  });

  test('has a median for each third, in the order of asking', () => {
    expect(thirdsMs(run({ latenciesMs: [1, 1, 5, 5, 9, 9] }))).toEqual([1, 5, 9]);
  });
});

test('rounds of a workload are one row, and another way of coming is another', () => {
  const rounds = [run(), run({ round: 2, latenciesMs: [3, 40], cost: { writes: { controller: { 'patch pods': 4 } } } })];
  const workloads = workloadsOf([...rounds, run({ arrival: 'one at a time' }), run({ offeredPerSecond: 30 })]);
  expect(workloads.map(({ label }) => label)).toEqual(['burst: all at once', 'burst: one at a time', 'burst 30/s']);
  const [joined] = workloadsOf(rounds);
  expect(joined).toMatchObject({ label: 'burst', run: { count: 4, wallMs: 4, latenciesMs: [1, 2, 3, 40] } });
  expect(joined?.run.cost.writes).toEqual({ controller: { ...CLAIM_SIDE, 'patch pods': 4 } });
  expect(latencyTable(results(...rounds)).split('\n')[2]).toMatch(/^\| burst +\| all at once +\| 2 +\| 4 +\| 2 +\| off +\| 2\.0 ms +\| 40\.0 ms/);
  expect(tallyTable(rounds, ({ cost }) => cost.writes)).toMatch(/controller patch pods +\| 1\.00/);
});

test('a crowded machine is told', () => {
  expect(crowdLine(results(run({ load: [1, 9.94] })))).toContain('up to 9.9)');
  expect(crowdLine(results(run()))).toBe('Load average at most 2.0.');
});

const finite = fc.double({ min: 0, max: 1e9, noNaN: true });
const counts = fc.dictionary(fc.oneof(fc.constantFrom('patch sandboxes', 'create events'), fc.string()), fc.nat());
const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('<a>', '"&\u0001', '\ud800'));
const anyRun: fc.Arbitrary<Figures> = fc.record({
  ...{ workload: anyText, round: fc.nat(), unit: fc.constantFrom('claim', 'Sandbox', 'member'), ready: anyText, arrival: anyText, pool: fc.nat() },
  ...{ refill: fc.constantFrom('on', 'off'), count: fc.nat(), warm: fc.nat(), givenTwice: fc.nat(), latenciesMs: fc.array(finite), wallMs: finite },
  failures: fc.array(fc.record({ name: anyText, reason: anyText }), { maxLength: 2 }),
  offeredPerSecond: fc.oneof(fc.constant(0), finite),
  load: fc.tuple(finite, finite),
  cost: fc.record({ writes: fc.dictionary(fc.constant('controller'), counts), cpuMs: counts }, { requiredKeys: [] }),
});

test('a plot of whatever results is well-formed, and its numbers are finite', () => {
  const parser = new DOMParser({ onError: onWarningStopParsing });
  fc.assert(
    fc.property(fc.array(anyRun, { maxLength: 12 }), (runs) => {
      const plots = Object.entries(filesOf(results(...runs))).filter(([name]) => name.endsWith('.svg'));
      expect(plots).toHaveLength(3);
      for (const [, svg] of plots) {
        expect(parser.parseFromString(svg, 'image/svg+xml').documentElement?.tagName).toBe('svg');
        expect(svg.replace(/>[^<]*</g, '><')).not.toMatch(/NaN|Infinity|undefined/);
      }
    }),
  );
});

test('what is stored is what was found, times to a tenth of a millisecond', () => {
  const found = results(run({ latenciesMs: [1.23, 20], wallMs: 1.23456 }));
  expect(resultsOf(jsonOf(found))).toEqual(results(run({ latenciesMs: [1.2, 20], wallMs: 1.235 })));
  expect(jsonOf(found)).toContain('"latenciesMs": [1.2,20]');
});

test('plots and tables of the documentation are those of the results that are stored there (npm run bench:report writes them)', () => {
  const folder = join(__dirname, '..', '..', '..', 'docs', 'performance');
  const stored = resultsOf(readFileSync(join(folder, 'results.json'), 'utf8'));
  for (const [name, content] of Object.entries(filesOf(stored))) expect([name, readFileSync(join(folder, name), 'utf8')]).toEqual([name, content]);
  expect(readFileSync(`${folder}.md`, 'utf8')).toContain(`<!-- bench -->\n\n${partOf(stored)}\n\n<!-- end of bench -->`);
});
