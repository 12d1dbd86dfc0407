import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { table, withPart } from '../markdown';
import { quantile } from '../report/measures';
import type { Cost, Costs } from './costs';
import type { Carried } from './rounds';

/** A part of the page. */
export interface Section {
  readonly text: string;
  /** What only the page of its own has. */
  readonly details?: string;
}

/** What a number of a profile is for one claim. */
interface Scale {
  /** As the head of a column names it. */
  readonly unit: string;
  readonly perClaim: (self: number) => number;
  readonly digits: number;
}

const DOCS = join(__dirname, '..', '..', '..', 'docs');
const PAGE = join(DOCS, 'performance.md');
// What is less is summed up.
const LEAST_SHARE = 0.005;
const FUNCTIONS = 30;

/** Where the processor time went. */
export function processorSection({ rate, plain, carried, costs }: { rate: number; plain: Carried; carried: Carried; costs: Costs }): Section {
  const { processMs, threadMs } = carried.perClaim;
  const share = threadMs / costs.all;
  const what = [
    `Processor time of the controller, ${rate} claims a second due: ${carriedText(carried)}.`,
    `Before, without a profiler, a claim cost ${plain.perClaim.processMs.toFixed(2)} ms, ${plain.perClaim.threadMs.toFixed(2)} of them of the thread that runs JavaScript;`,
    `with it ${processMs.toFixed(2)} and ${threadMs.toFixed(2)} ms. The last of these is what the tables divide, by ${costs.all} samples.`,
  ].join('\n');
  return sectionOf(what, costs, { unit: 'ms per claim', perClaim: (self) => self * share, digits: 3 });
}

/** What was allocated. */
export function heapSection(carried: Carried, costs: Costs): Section {
  const what = `Memory allocated in the heap of V8, what was collected again included: ${carriedText(carried)}.`;
  return sectionOf(what, costs, { unit: 'kB per claim', perClaim: (self) => self / 1000 / carried.run.claims.length, digits: 1 });
}

function carriedText({ run: { claims, wallMs } }: Carried): string {
  const cold = claims.filter(({ name, sandbox, failure }) => failure === undefined && sandbox === name).length;
  const failed = claims.filter(({ failure }) => failure !== undefined).length;
  const p50 = quantile(
    claims.map(({ ms }) => ms),
    0.5,
  );
  return `${claims.length} claims, ${((claims.length * 1000) / wallMs).toFixed(1)} a second, p50 ${p50.toFixed(0)} ms, ${cold} cold, ${failed} failed`;
}

function sectionOf(what: string, { all, owners, rooms, functions }: Costs, scale: Scale): Section {
  const rows = (costs: readonly Cost[]): ReadonlyArray<readonly string[]> => costs.map((cost) => rowOf(cost, all, scale));
  const [shown, rest] = [rooms.filter(({ self }) => self >= all * LEAST_SHARE), rooms.filter(({ self }) => self < all * LEAST_SHARE)];
  const head = ['share', scale.unit, 'with what others do for it'];
  return {
    text: [
      what,
      table(['whose', ...head], rows([...owners, { what: '**all**', self: all }])),
      table(['room', ...head], rows([...shown, sumOf(`${rest.length} with less than ${LEAST_SHARE * 100} % each`, rest)])),
    ].join('\n\n'),
    details: table(['function', ...head], rows(functions.slice(0, FUNCTIONS))),
  };
}

function rowOf({ what, self, total }: Cost, all: number, { perClaim, digits }: Scale): readonly string[] {
  return [what, `${((100 * self) / all).toFixed(1)} %`, perClaim(self).toFixed(digits), total === undefined ? '' : perClaim(total).toFixed(digits)];
}

const sumOf = (what: string, costs: readonly Cost[]): Cost => ({
  what,
  self: costs.reduce((sum, { self }) => sum + self, 0),
  total: costs.reduce((sum, { total = 0 }) => sum + total, 0),
});

/** Writes docs/performance/profile.md, and what is short of it into docs/performance.md. Returns the whole. */
export function write(sections: readonly Section[]): string {
  const whole = sections.flatMap(({ text, details }) => [text, ...(details === undefined ? [] : [details])]).join('\n\n');
  mkdirSync(join(DOCS, 'performance'), { recursive: true });
  writeFileSync(join(DOCS, 'performance', 'profile.md'), `# Where the controller's time goes\n\n${whole}\n`);
  writeFileSync(PAGE, withPart(readFileSync(PAGE, 'utf8'), 'profile', sections.map(({ text }) => text).join('\n\n')));
  return whole;
}
