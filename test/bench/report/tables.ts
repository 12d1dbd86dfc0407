import { table } from '../markdown';
import type { Figures, Results } from '../results';
import { claimSideWrites, controllerWrites, eventWrites, milliseconds, passes, perSecond, perUnit, quantile, refusedWrites } from './measures';
import { workloadsOf } from './rounds';

/** What stands beside every figure. */
export function aboutLine({ about }: Results): string {
  const { controller, flags, nodes, versions, processors, memoryGb, startedAt } = about;
  const programs = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const how = flags.length === 0 ? controller : `${controller} with ${flags.map((flag) => `\`${flag}\``).join(' ')}`;
  return `${how}; nodes: ${nodes}; ${programs.join(', ')}; ${processors}, ${memoryGb} GB; ${startedAt}.`;
}

// Of two processors the bench itself keeps both at work.
const CROWDED = 4;

/** A warning if other programs had a share of the time. */
export function crowdLine({ runs }: Results): string {
  const most = Math.max(0, ...runs.flatMap(({ load }) => load));
  if (most <= CROWDED) return `Load average at most ${most.toFixed(1)}.`;
  return `**Other programs ran at the same time** (load average up to ${most.toFixed(1)}): the counts are what they are anywhere, the times are not.`;
}

export function latencyTable(results: Results): string {
  const rows = workloadsOf(results.runs).filter(({ run }) => run.latenciesMs.length > 0);
  return table(
    ['workload', 'how they came', 'rounds', 'number', 'pool', 'refill', 'p50', 'p90', 'p99', 'max', 'a second', 'warm', 'failed', 'twice', 'load'],
    rows.map(({ label, run, rounds }) => [
      label,
      run.arrival,
      `${rounds.length}`,
      `${run.count}`,
      `${run.pool}`,
      run.refill,
      ...[0.5, 0.9, 0.99, 1].map((share) => milliseconds(quantile(run.latenciesMs, share))),
      perSecond(run).toFixed(1),
      `${run.warm}`,
      `${run.failures.length}`,
      `${run.givenTwice}`,
      run.load.map((value) => value.toFixed(1)).join(', '),
    ]),
  );
}

/** What a latency is the time of. */
export function readyTable(results: Results): string {
  return table(
    ['workload', 'number of', 'what is timed'],
    workloadsOf(results.runs).map(({ label, run }) => [label, run.unit, run.ready]),
  );
}

export function countTable(results: Results): string {
  return table(
    ['workload', 'per', 'claim-side writes', 'all writes', 'events', 'refused', 'reads', 'passes', 'watch events', 'of them kB', 'etcd puts'],
    workloadsOf(results.runs).map(({ label, run }) => [
      label,
      unitOf(run),
      ...[claimSideWrites, controllerWrites, eventWrites, refusedWrites].map((of) => count(perUnit(run, of(run.cost)))),
      count(perUnit(run, run.cost.reads)),
      count(perUnit(run, passes(run.cost))),
      count(perUnit(run, run.cost.watchEvents && sum(Object.values(run.cost.watchEvents)))),
      count(perUnit(run, run.cost.watchBytes && sum(Object.values(run.cost.watchBytes)) / 1000)),
      count(perUnit(run, run.cost.etcdPuts)),
    ]),
  );
}

export function processorTable(results: Results): string {
  const workloads = workloadsOf(results.runs);
  const programs = namesOf(workloads.map(({ run }) => run.cost.cpuMs));
  return table(
    ['workload', 'per', ...programs, 'memory', 'most', 'event loop, p99'],
    workloads.map(({ label, run }) => [
      label,
      unitOf(run),
      ...programs.map((program) => withUnit(perUnit(run, run.cost.cpuMs?.[program]), 2, 'ms')),
      withUnit(run.cost.rssMb, 0, 'MB'),
      withUnit(run.cost.peakRssMb, 0, 'MB'),
      withUnit(run.cost.eventLoopP99Ms, 1, 'ms'),
    ]),
  );
}

/** Numbers by actor and then by what was done. */
type Tally = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** A row for each thing that is counted, a column for each of these workloads that counted it; nothing stands where there was none. */
export function tallyTable(runs: readonly Figures[], of: (run: Figures) => Tally | undefined): string {
  const workloads = workloadsOf(runs).filter(({ run }) => of(run) !== undefined);
  const rows = namesOf(workloads.map(({ run }) => of(run))).flatMap((actor) =>
    namesOf(workloads.map(({ run }) => of(run)?.[actor])).map((what) => [
      `${actor} ${what}`,
      ...workloads.map(({ run }) => count(perUnit(run, of(run)?.[actor]?.[what]))),
    ]),
  );
  return rows.length === 0 ? 'None.' : table(['', ...workloads.map(({ label, run }) => `${label}, per ${unitOf(run)}`)], rows);
}

/** What a figure is divided by. */
const unitOf = ({ count: units, unit }: Figures): string => (units === 0 ? 'run' : unit);

const namesOf = (records: ReadonlyArray<object | undefined>): readonly string[] => [...new Set(records.flatMap((record) => Object.keys(record ?? {})))].sort();

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const count = (value: number | undefined): string => value?.toFixed(2) ?? '';
const withUnit = (value: number | undefined, digits: number, unit: string): string => (value === undefined ? '' : `${value.toFixed(digits)} ${unit}`);
