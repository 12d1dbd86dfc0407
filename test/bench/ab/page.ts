import { table } from '../markdown';
import { formatSpread } from '../spread';
import type { Match } from './match';
import { chanceSentence, compared, roundsIn } from './report';
import { FILL, type Work } from './turn';
import type { Comparison, Figure } from './verdict';

/** What docs/performance/ab.json holds of one group of defaults. */
export interface Measured extends Match {
  readonly about: string;
  /** What the default is, for each contestant but the first. */
  readonly standing: readonly string[];
  /** UTC, RFC 3339. */
  readonly startedAt: string;
  readonly machine: string;
  /** One-minute load average before and after. */
  readonly load: readonly [number, number];
}

/** Of all figures those by which somebody might change a default. */
const COLUMNS: ReadonlyArray<{ readonly title: string; readonly workload: Work['workload']; readonly figure: Figure }> = [
  { title: 'one claim, p50', workload: 'serial', figure: 'p50Ms' },
  { title: 'burst, p50', workload: 'burst', figure: 'p50Ms' },
  { title: 'burst, wall time', workload: 'burst', figure: 'wallMs' },
  { title: 'controller per claim', workload: 'burst', figure: 'controllerMs' },
  { title: 'API server per claim', workload: 'burst', figure: 'apiServerMs' },
  { title: 'API server per member', workload: FILL, figure: 'apiServerMs' },
  { title: 'peak memory', workload: 'burst', figure: 'peakMb' },
  { title: 'memory at rest', workload: FILL, figure: 'restMb' },
  { title: 'writes per claim', workload: 'burst', figure: 'writes' },
];

/** The part of docs/performance.md. */
export function pageOf(all: readonly Measured[]): string {
  const rounds = Math.min(...all.map(roundsIn));
  return [...all.map(groupOf), chanceSentence(rounds)].join('\n\n');
}

function groupOf(measured: Measured): string {
  const { about, standing, entrants, machine, startedAt, load } = measured;
  const rows = standing.map((text, index) => {
    const all = COLUMNS.map(({ workload, figure }) => compared(measured, workload, index + 1, figure));
    return [text, entrants[index + 1]?.name ?? '', ...all.map(cellOf), whatShows(all)];
  });
  const head = ['default', 'instead', ...COLUMNS.map(({ title }) => title), 'what shows'];
  const [first] = entrants;
  const nodes = [...new Set(entrants.map(({ node }) => node))].join(', ');
  const facts = `${machine}; Node.js ${nodes}; ${roundsIn(measured)} rounds on ${startedAt.slice(0, 10)}, load average ${load.map((one) => one.toFixed(1)).join(' before and ')} after.`;
  return [`**${about}**, divided by ${first?.name ?? ''}: ${facts}`, table(head, rows)].join('\n\n');
}

function cellOf(comparison: Comparison | undefined): string {
  if (!comparison) return '';
  const text = formatSpread(comparison.ratios);
  return shows(comparison) ? `**${text}**` : text;
}

/** In words what stands in bold. */
function whatShows(all: ReadonlyArray<Comparison | undefined>): string {
  const words = all.flatMap((comparison, column) => {
    if (!comparison || !shows(comparison)) return [];
    const percent = Math.round(Math.abs(comparison.spread.median - 1) * 100);
    return [`${COLUMNS[column]?.title}: ${percent} % ${comparison.verdict}`];
  });
  return words.length === 0 ? 'nothing: every spread includes 1' : words.join('; ');
}

const shows = ({ verdict }: Comparison): boolean => verdict === 'less' || verdict === 'more';
