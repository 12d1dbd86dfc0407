import rows from '../budgets.json';
import { table } from '../markdown';
import type { Results } from '../results';
import { isWarm, MEASURES, quantile, type MeasureName } from './measures';

/** What a count or a ratio of a run may come to. Times of one machine say nothing about another, so none is among them. */
export interface Budget {
  readonly measure: MeasureName;
  /** Of every workload, if none is named. */
  readonly workloads?: readonly string[];
  /** Only of runs in which each claim got a member: on a crowded machine some rightly do not. */
  readonly ifWarm?: boolean;
  readonly least?: number;
  readonly most: number;
  /** For a ratio of two times: by which share of it the median of the rounds may be greater. */
  readonly tolerance?: number;
  /** Judged only where the load average was no greater, before and after: on a crowded machine whoever waits longest for a processor decides such a ratio. */
  readonly mostLoad?: number;
}

/** A budget that a run does not keep to. */
export interface Broken {
  readonly workload: string;
  readonly measure: MeasureName;
  readonly found: number;
  readonly budget: string;
}

// A test holds the file to the names of measures.
export const BUDGETS = rows as readonly Budget[];

/** Each budget that these results break. */
export function brokenBudgets(results: Results, budgets: readonly Budget[] = BUDGETS): readonly Broken[] {
  return budgets.flatMap((budget) =>
    foundOf(budget, results)
      .filter((one) => isBroken(budget, one))
      .map(({ workload, found }) => ({ workload, measure: budget.measure, found, budget: textOf(budget) })),
  );
}

export function sentenceOf({ workload, measure, found, budget }: Broken): string {
  return `${workload}: ${measure}: found ${short(found)}, budget ${budget}`;
}

/** What was found beside what it may be. */
export function budgetTable(results: Results, budgets: readonly Budget[] = BUDGETS): string {
  const judged = budgets.map((budget) => ({ budget, found: foundOf(budget, results) }));
  const rows = judged
    .filter(({ found }) => found.length > 0)
    .map(({ budget, found }) => [
      budget.measure,
      budget.workloads === undefined ? 'all' : [...new Set(found.map(({ workload }) => workload))].join(', '),
      rangeOf(found.map((one) => one.found)),
      textOf(budget),
      verdictOf(budget, found),
    ]);
  return table(['', 'workloads', 'found', 'budget', ''], rows);
}

interface Found {
  readonly workload: string;
  readonly found: number;
  /** The greatest load average. */
  readonly load: number;
}

/** Of a count each round, of a ratio of times the median of the rounds. */
function foundOf({ measure, workloads, ifWarm, tolerance }: Budget, { runs }: Results): readonly Found[] {
  const concerned = runs.filter((run) => (workloads?.includes(run.workload) ?? true) && (ifWarm !== true || isWarm(run)));
  const found = concerned.flatMap((run): readonly Found[] => {
    const value = MEASURES[measure](run);
    return value === undefined ? [] : [{ workload: run.workload, found: value, load: Math.max(...run.load) }];
  });
  if (tolerance === undefined) return found;
  const names = [...new Set(found.map(({ workload }) => workload))];
  return names.map((workload) => medianOf(found.filter((one) => one.workload === workload)));
}

function medianOf(rounds: readonly Found[]): Found {
  const middle = quantile(
    rounds.map(({ found }) => found),
    0.5,
  );
  return { workload: rounds[0]?.workload ?? '', found: middle, load: Math.max(...rounds.map(({ load }) => load)) };
}

const holds = ({ least = -Infinity, most, tolerance = 0 }: Budget, { found }: Found): boolean => found >= least && found <= most * (1 + tolerance);
const isJudged = ({ mostLoad = Infinity }: Budget, { load }: Found): boolean => load <= mostLoad;
const isBroken = (budget: Budget, one: Found): boolean => isJudged(budget, one) && !holds(budget, one);

function verdictOf(budget: Budget, found: readonly Found[]): string {
  if (found.some((one) => isBroken(budget, one))) return 'BROKEN';
  return found.every((one) => isJudged(budget, one)) ? 'holds' : 'not judged: load';
}

function textOf({ least, most, tolerance, mostLoad }: Budget): string {
  if (tolerance !== undefined)
    return `at most ${most}, and ${Math.round(tolerance * 100)} % for noise${mostLoad === undefined ? '' : `, at a load of ${mostLoad} or less`}`;
  if (least === most || most === 0) return `${most}`;
  return `at most ${most}`;
}

function rangeOf(values: readonly number[]): string {
  const [least, most] = [short(Math.min(...values)), short(Math.max(...values))];
  return least === most ? least : `${least}–${most}`;
}

const short = (value: number): string => (Number.isInteger(value) ? `${value}` : value.toFixed(2));
