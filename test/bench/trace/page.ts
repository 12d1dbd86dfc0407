import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { table, withPart } from '../markdown';
import { quantile } from '../report/measures';
import type { Moments } from './moments';
import { rowsOf, stepsOf, type Step } from './steps';
import { waterfall } from './waterfall';

const DOCS = join(__dirname, '..', '..', '..', 'docs');
const PAGE = join(DOCS, 'performance.md');

/** What a run of the trace comes to: the plot, and the table beside it. */
export interface Page {
  readonly svg: string;
  readonly table: string;
}

/** Draws the claim in the middle of all, and says of each step what it took there and in all claims. */
export function pageOf(claims: readonly Moments[]): Page {
  const lengths = claims.map(waitOf);
  const sorted = [...claims].sort((one, other) => waitOf(one) - waitOf(other));
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (!middle) throw new Error('no claim was traced');
  const subtitle = `The claim in the middle of ${claims.length} serial ones, which were Ready after ${spread(lengths)} ms. A bar within another is the server's part of it.`;
  return { svg: waterfall(rowsOf(middle), { readyMs: waitOf(middle), subtitle }), table: stepTable(middle, claims) };
}

function stepTable(middle: Moments, claims: readonly Moments[]): string {
  const all = claims.map(stepsOf);
  const row = ({ what, actor, fromMs, toMs }: Step, n: number): readonly string[] => {
    const lengths = all.flatMap((steps) => steps.slice(n, n + 1)).map((step) => step.toMs - step.fromMs);
    return [what, actor === 'server' ? 'API server' : actor.replace('server', 'API server'), (toMs - fromMs).toFixed(2), spread(lengths)];
  };
  const within = (what: string, of: (moments: Moments) => number): readonly string[] => [what, 'API server', of(middle).toFixed(2), spread(claims.map(of))];
  const total = ['**all**', '', `**${waitOf(middle).toFixed(2)}**`, spread(claims.map(waitOf))];
  return table(
    ['step', 'in whose hand', 'the claim drawn, ms', `all ${claims.length}: median (quartiles), ms`],
    [
      ...stepsOf(middle).map(row),
      total,
      within('the request of POST, in the server', ({ post }) => post.doneMs - post.receivedMs),
      within('that of A', ({ a }) => a.doneMs - a.receivedMs),
      within('that of B', ({ b }) => b.doneMs - b.receivedMs),
      within('that of C', ({ c }) => c.doneMs - c.receivedMs),
      ['wait in the queue (metric)', 'controller', middle.queueMs.toFixed(2), spread(claims.map(({ queueMs }) => queueMs))],
      ['the pass (metric)', 'controller', middle.passMs.toFixed(2), spread(claims.map(({ passMs }) => passMs))],
    ],
  );
}

const waitOf = ({ readyMs, post }: Moments): number => readyMs - post.askedMs;

function spread(values: readonly number[]): string {
  const at = (share: number): string => quantile(values, share).toFixed(2);
  return `${at(0.5)} (${at(0.25)}–${at(0.75)})`;
}

/** Writes docs/performance/waterfall.svg, and the table into docs/performance.md. */
export function write({ svg, table: steps }: Page, about: string): void {
  mkdirSync(join(DOCS, 'performance'), { recursive: true });
  writeFileSync(join(DOCS, 'performance', 'waterfall.svg'), svg);
  const picture = '![What happens to one warm claim in client, API server and controller, as rows of bars over time](performance/waterfall.svg)';
  writeFileSync(PAGE, withPart(readFileSync(PAGE, 'utf8'), 'trace', [about, picture, steps].join('\n\n')));
}
