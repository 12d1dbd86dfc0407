import { ratios, spreadOf, type Spread } from '../spread';

/** What is compared, in the order of the tables. */
export const FIGURES = {
  p50Ms: { title: 'p50', unit: 'ms', digits: 1 },
  p99Ms: { title: 'p99', unit: 'ms', digits: 1 },
  wallMs: { title: 'wall time', unit: 'ms', digits: 0 },
  controllerMs: { title: 'processor time of the controller', unit: 'ms each', digits: 2 },
  apiServerMs: { title: 'processor time of the API server', unit: 'ms each', digits: 2 },
  peakMb: { title: 'peak memory (RSS)', unit: 'MB', digits: 0 },
  restMb: { title: 'memory (RSS) at rest', unit: 'MB', digits: 0 },
  writes: { title: 'writes of the controller', unit: 'each', digits: 2 },
} as const;
export type Figure = keyof typeof FIGURES;

/** Whether the spread excludes 1: then each round says the same. */
export type Verdict = 'less' | 'more' | 'the same' | 'nothing shows';

/** A contestant's figure divided by that of the first contestant, in each round. */
export interface Comparison {
  readonly ratios: readonly number[];
  readonly spread: Spread;
  readonly verdict: Verdict;
}

/** Undefined when there is nothing to divide by in some round. */
export function comparisonOf(theirs: readonly number[], firsts: readonly number[]): Comparison | undefined {
  const all = ratios(theirs, firsts);
  if (all.length === 0 || !all.every(Number.isFinite)) return undefined;
  const spread = spreadOf(all);
  return { ratios: all, spread, verdict: verdictOf(spread) };
}

function verdictOf({ min, max }: Spread): Verdict {
  if (max < 1) return 'less';
  if (min > 1) return 'more';
  return min === 1 && max === 1 ? 'the same' : 'nothing shows';
}

/** How often chance alone lets all rounds fall on one side. */
export const chanceOf = (rounds: number): number => 2 ** (1 - rounds);

/** `12 % less: the spread excludes 1`. */
export function sentenceOf({ spread: { median }, verdict }: Comparison): string {
  const percent = Math.round(Math.abs(median - 1) * 100);
  if (verdict === 'the same') return 'the same in every round';
  return verdict === 'nothing shows' ? 'nothing shows: the spread includes 1' : `${percent} % ${verdict}: the spread excludes 1`;
}

/** The order of a round: each contestant comes first in turn, and every other round goes the other way, so that AB is followed by BA. */
export function orderOf(contestants: number, round: number): readonly number[] {
  const first = Math.floor(round / 2) % contestants;
  const order = Array.from({ length: contestants }, (_, n) => (first + n) % contestants);
  return round % 2 === 0 ? order : order.reverse();
}
