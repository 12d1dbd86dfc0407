import { styleText } from 'node:util';
import type { Mood, PoolRow, SandboxRow } from './rows';

/** All that is shown at one moment. */
export interface View {
  readonly pools: readonly PoolRow[];
  readonly sandboxes: readonly SandboxRow[];
  /** Why a watch does not get on: what is shown may be old. */
  readonly problems: readonly string[];
}

/** How it is shown. */
export interface Look {
  readonly isColoured: boolean;
  /** Whether rows of more than one namespace may come. */
  readonly areNamespacesShown: boolean;
  /** Lines that there is room for; absent for no limit. */
  readonly height?: number;
}

type Style = Parameters<typeof styleText>[0];

const STYLES: Readonly<Record<Mood, Style>> = { bad: 'red', waiting: 'yellow', good: 'green', resting: 'blue' };
const UNKNOWN = '-';

/** A summary, the problems, the pools and the Sandboxes; the last ones are left out where there is no room. */
export function linesOf(view: View, look: Look): readonly string[] {
  const { pools, sandboxes, problems } = view;
  const styled = (style: Style, text: string): string => (look.isColoured ? styleText(style, text, { validateStream: false }) : text);
  const head = [styled('bold', summaryOf(view)), ...problems.map((problem) => styled('red', `! ${problem}`))];
  const poolLines = inColumns([POOL_TITLES, ...pools.map(poolCells)], look);
  const sandboxLines = inColumns([SANDBOX_TITLES, ...sandboxes.map(sandboxCells)], look).map((line, index) => {
    const row = sandboxes[index - 1];
    // Names have no capitals, so the first match is the state.
    return row ? line.replace(row.state, () => styled(STYLES[row.mood], row.state)) : line;
  });
  const lines = [...head, ...tableOf(poolLines, pools.length, styled), ...tableOf(sandboxLines, sandboxes.length, styled)];
  return look.height !== undefined && lines.length > look.height
    ? [...lines.slice(0, look.height - 1), `… ${lines.length - look.height + 1} more lines; --once shows all`]
    : lines;
}

const tableOf = ([titles = '', ...rows]: readonly string[], count: number, styled: (style: Style, text: string) => string): readonly string[] =>
  count === 0 ? [] : ['', styled('bold', titles), ...rows];

function summaryOf({ pools, sandboxes }: View): string {
  const counts = new Map<string, number>();
  for (const { state } of sandboxes) counts.set(state, (counts.get(state) ?? 0) + 1);
  const states = [...counts].map(([state, count]) => `${count} ${state}`).join(', ');
  return `pools ${pools.length}, sandboxes ${sandboxes.length}${states === '' ? '' : `: ${states}`}`;
}

const POOL_TITLES = ['NAMESPACE', 'POOL', 'DESIRED', 'FREE', 'READY', 'CLAIMS/S', 'HIT RATE'];
const SANDBOX_TITLES = ['NAMESPACE', 'SANDBOX', 'STATE', 'AGE', 'NODE', 'OWNER'];

const poolCells = ({ namespace, name, desired, free, ready, claimsPerSecond, hitRate }: PoolRow): readonly string[] => [
  ...[namespace, name, String(desired), String(free), String(ready), claimsPerSecond?.toFixed(1) ?? UNKNOWN],
  hitRate === undefined ? UNKNOWN : `${Math.round(hitRate * 100)} %`,
];

const sandboxCells = ({ namespace, name, state, ageSeconds, node = UNKNOWN, owner = UNKNOWN }: SandboxRow): readonly string[] => [
  ...[namespace, name, state, ageText(ageSeconds), node, owner],
];

function inColumns(rows: readonly (readonly string[])[], { areNamespacesShown }: Look): readonly string[] {
  const shown = areNamespacesShown ? rows : rows.map((row) => row.slice(1));
  const widthOf = (column: number): number => Math.max(...shown.map((row) => row[column]?.length ?? 0));
  return shown.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widthOf(column)))
      .join('  ')
      .trimEnd(),
  );
}

const UNITS: ReadonlyArray<readonly [string, number]> = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
];

/** The age in its largest unit, of which there are at least two, as kubectl has it: `119s`, `59m`, `47h`, `3d`. */
export function ageText(seconds: number): string {
  const [unit, length] = UNITS.find(([, size]) => seconds >= 2 * size) ?? ['s', 1];
  return `${Math.floor(seconds / length)}${unit}`;
}
