/** Least, middle and greatest of some measurements. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** Throws if there is no measurement. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const [min, max, low, high] = [sorted.at(0), sorted.at(-1), sorted[Math.floor(middle)], sorted[Math.ceil(middle)]];
  if (min === undefined || max === undefined || low === undefined || high === undefined) throw new Error('no measurement');
  return { min, median: (low + high) / 2, max };
}

/** The quotient of each round: both were measured side by side, so what slowed one slowed the other. */
export const ratios = (numerators: readonly number[], denominators: readonly number[]): readonly number[] =>
  numerators.map((value, round) => value / (denominators[round] ?? Number.NaN));

/** `1.07 (1.03–1.15)`: median, least and greatest. */
export function formatSpread(values: readonly number[], digits = 2): string {
  const { min, median, max } = spreadOf(values);
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}
