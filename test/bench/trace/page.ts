import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { table, withPart } from '../markdown';
import { quantile } from '../report/measures';
import type { Moments, Request } from './moments';
import { rowsOf, stepsOf, type Step } from './steps';
import { waterfall } from './waterfall';

const DOCS = join(__dirname, '..', '..', '..', 'docs');
const PAGE = join(DOCS, 'performance.md');

/** What a run of the trace comes to: the plot, and the tables beside it. */
export interface Page {
  readonly svg: string;
  readonly tables: readonly string[];
}

/** Draws the claim in the middle of all, and says of each step what it took there and in all claims. */
export function pageOf(claims: readonly Moments[]): Page {
  const lengths = claims.map(waitOf);
  const sorted = [...claims].sort((one, other) => waitOf(one) - waitOf(other));
  const middle = sorted[Math.ceil(sorted.length / 2) - 1];
  if (!middle) throw new Error('no claim was traced');
  const subtitle = `The claim in the middle of ${claims.length} serial ones, which were Ready after ${spread(lengths)} ms. A bar within another is the server's part of it.`;
  return { svg: waterfall(rowsOf(middle), { readyMs: waitOf(middle), subtitle }), tables: [stepTable(middle, claims), requestTable(claims)] };
}

function stepTable(middle: Moments, claims: readonly Moments[]): string {
  const all = claims.map(stepsOf);
  const row = ({ what, actor, fromMs, toMs }: Step, n: number): readonly string[] => {
    const lengths = all.flatMap((steps) => steps.slice(n, n + 1)).map((step) => step.toMs - step.fromMs);
    return [what, actor.replace('server', 'API server'), (toMs - fromMs).toFixed(2), spread(lengths)];
  };
  const ofMetrics = (what: string, member: 'queueMs' | 'passMs'): readonly string[] => [
    what,
    'controller',
    middle[member].toFixed(2),
    spread(claims.map((claim) => claim[member])),
  ];
  return table(
    ['step', 'in whose hand', 'the claim drawn, ms', `all ${claims.length}, ms`],
    [
      ...stepsOf(middle).map(row),
      ['**all**', '', `**${waitOf(middle).toFixed(2)}**`, spread(claims.map(waitOf))],
      ofMetrics('in the queue, by the metrics', 'queueMs'),
      ofMetrics('the pass, by the metrics', 'passMs'),
    ],
  );
}

const REQUESTS = { 'POST claim': 'post', 'A: PATCH Sandbox': 'a', 'B: PATCH claim': 'b', 'C: PATCH claim status': 'c', 'PATCH Pod': 'pod' } as const;
const PARTS: Readonly<Record<string, (request: Request) => number>> = {
  'until sent': ({ askedMs, sentMs }) => sentMs - askedMs,
  'until received': ({ sentMs, receivedMs }) => receivedMs - sentMs,
  'in the API server': ({ receivedMs, doneMs }) => doneMs - receivedMs,
  'until the answer is read': ({ doneMs, answeredMs }) => answeredMs - doneMs,
};

function requestTable(claims: readonly Moments[]): string {
  const row = ([name, member]: readonly [string, (typeof REQUESTS)[keyof typeof REQUESTS]]): readonly string[] => [
    name,
    ...Object.values(PARTS).map((part) => spread(claims.map((claim) => part(claim[member])))),
  ];
  return table(['request, ms', ...Object.keys(PARTS)], Object.entries(REQUESTS).map(row));
}

const waitOf = ({ readyMs, post }: Moments): number => readyMs - post.askedMs;

function spread(values: readonly number[]): string {
  const at = (share: number): string => quantile(values, share).toFixed(2);
  return `${at(0.5)} (${at(0.25)}–${at(0.75)})`;
}

/** Writes docs/performance/waterfall.svg, and the tables into docs/performance.md. */
export function write({ svg, tables }: Page, about: string): void {
  mkdirSync(join(DOCS, 'performance'), { recursive: true });
  writeFileSync(join(DOCS, 'performance', 'waterfall.svg'), svg);
  const picture = '![What happens to one warm claim in client, API server and controller, as rows of bars over time](performance/waterfall.svg)';
  writeFileSync(PAGE, withPart(readFileSync(PAGE, 'utf8'), 'trace', [about, picture, ...tables].join('\n\n')));
}
