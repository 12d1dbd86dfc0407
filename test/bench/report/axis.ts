/** How values of one kind are laid out along a side of a plot. */
export interface Axis {
  readonly label: string;
  readonly ticks: ReadonlyArray<{ readonly value: number; readonly text: string }>;
  /** From 0 at the axis's beginning to 1 at its end; values beyond are held at the ends. */
  readonly at: (value: number) => number;
}

const MOST_TICKS = 8;
const STEPS = [1, 2, 5];

/** From 0 to a round number from this one on. */
export function linearAxis(label: string, greatest: number, unit = ''): Axis {
  const step = stepFor(Math.max(greatest, 1e-6));
  const count = Math.max(1, Math.ceil(greatest / step));
  const ticks = Array.from({ length: count + 1 }, (_, n) => ({ value: n * step, text: `${rounded(n * step)}${unit}` }));
  return { label, ticks, at: (value) => held(value / (count * step)) };
}

/** Powers of ten with twos and fives between them, from below the least to above the greatest. */
export function logAxis(label: string, least: number, greatest: number): Axis {
  const all = powers(Math.floor(Math.log10(least)) - 1, Math.ceil(Math.log10(greatest)) + 1);
  const from = all.filter((value) => value <= least).at(-1) ?? least;
  const to = all.find((value) => value >= greatest && value > from) ?? greatest;
  const ticks = all.filter((value) => value >= from && value <= to).map((value) => ({ value, text: rounded(value).toLocaleString('en-US') }));
  const [low, high] = [Math.log10(from), Math.log10(to)];
  return { label, ticks, at: (value) => held(value <= 0 ? 0 : (Math.log10(value) - low) / (high - low)) };
}

function stepFor(greatest: number): number {
  const [low] = [Math.floor(Math.log10(greatest)) - 1];
  return powers(low, low + 2).find((step) => greatest / step <= MOST_TICKS) ?? greatest;
}

const powers = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, n) => from + n).flatMap((exponent) => STEPS.map((step) => step * 10 ** exponent));

const rounded = (value: number): number => Number(value.toPrecision(6));
const held = (share: number): number => Math.min(1, Math.max(0, share));

/** A row or column for each name, in the middle of which its tick stands: the value of the n-th is `n + 0.5`. */
export function bandAxis(label: string, names: readonly string[]): Axis {
  return { label, ticks: names.map((name, n) => ({ value: n + 0.5, text: name })), at: (value) => held(value / Math.max(1, names.length)) };
}

/** Least time that is drawn: below it clocks and timers say nothing. */
export const LEAST_MS = 0.1;

/** The usual one where there is none. */
export const leastOf = (values: readonly number[], usual: number): number => values.reduce((least, value) => Math.min(least, value), values[0] ?? usual);
export const greatestOf = (values: readonly number[], usual: number): number =>
  values.reduce((greatest, value) => Math.max(greatest, value), values[0] ?? usual);
