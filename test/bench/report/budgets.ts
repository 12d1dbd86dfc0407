import rows from '../budgets.json';
import { table } from '../markdown';
import type { Figures, Results } from '../results';
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
      .filter(({ found }) => !holds(budget, found))
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
      found.every((one) => holds(budget, one.found)) ? 'holds' : 'BROKEN',
    ]);
  return table(['', 'workloads', 'found', 'budget', ''], rows);
}

interface Found {
  readonly workload: string;
  readonly found: number;
}

/** Of a count each round, of a ratio of times the median of the rounds. */
function foundOf({ measure, workloads, ifWarm, tolerance }: Budget, { runs }: Results): readonly Found[] {
  const concerned = runs.filter((run) => (workloads?.includes(run.workload) ?? true) && (ifWarm !== true || isWarm(run)));
  const found = concerned.flatMap((run: Figures) => {
    const value = MEASURES[measure](run);
    return value === undefined ? [] : [{ workload: run.workload, found: value }];
  });
  if (tolerance === undefined) return found;
  const names = [...new Set(found.map(({ workload }) => workload))];
  return names.map((workload) => ({ workload, found: medianOf(found.filter((one) => one.workload === workload)) }));
}

const medianOf = (found: readonly Found[]): number =>
  quantile(
    found.map((one) => one.found),
    0.5,
  );

const holds = ({ least = -Infinity, most, tolerance = 0 }: Budget, found: number): boolean => found >= least && found <= most * (1 + tolerance);

function textOf({ least, most, tolerance }: Budget): string {
  if (tolerance !== undefined) return `at most ${most}, and ${Math.round(tolerance * 100)} % for noise`;
  if (least === most || most === 0) return `${most}`;
  return `at most ${most}`;
}

function rangeOf(values: readonly number[]): string {
  const [least, most] = [short(Math.min(...values)), short(Math.max(...values))];
  return least === most ? least : `${least}–${most}`;
}

const short = (value: number): string => (Number.isInteger(value) ? `${value}` : value.toFixed(2));
