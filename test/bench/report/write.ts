import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withPart } from '../markdown';
import type { Figures, Results } from '../results';
import { aimTable } from './aims';
import { brokenBudgets, budgetTable, type Broken } from './budgets';
import { latencyPlot } from './latency-plot';
import { ratePlot } from './rate-plot';
import { aboutLine, countTable, crowdLine, latencyTable, processorTable, readyTable, tallyTable } from './tables';
import { writesPlot } from './writes-plot';

/** The name of the part of the page that is written here. */
const PART = 'bench';

/**
 * Writes results.json, its plots and its tables into a folder, and into the page of the same name beside it (`docs/performance.md` of `docs/performance`), if there is one.
 * Returns what breaks a budget.
 */
export function writeReport(results: Results, folder: string): readonly Broken[] {
  const json = jsonOf(results);
  // As they are stored, so that the same is written when it is done again from the file.
  const stored = resultsOf(json);
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries({ 'results.json': json, ...filesOf(stored) })) writeFileSync(join(folder, name), content);
  const page = `${folder.replace(/\/$/, '')}.md`;
  if (existsSync(page)) writeFileSync(page, withPart(readFileSync(page, 'utf8'), PART, partOf(stored)));
  return brokenBudgets(stored);
}

/** What is made of results, by name of the file. */
export function filesOf(results: Results): Readonly<Record<string, string>> {
  return { 'latency.svg': latencyPlot(results), 'rate.svg': ratePlot(results), 'writes.svg': writesPlot(results), 'claims.md': detailsOf(results) };
}

/** What of it stands in the page: that by which a reader judges. */
export function partOf(results: Results): string {
  return [
    aboutLine(results),
    crowdLine(results),
    '![Share of units that were Ready within a time, by workload](performance/latency.svg)',
    latencyTable(results),
    '![The slowest hundredth of claims by rate of claims](performance/rate.svg)',
    '![Writes of the controller for each claim, by resource](performance/writes.svg)',
    countTable(results),
    processorTable(results),
    aimTable(results),
    'Budgets, counts and ratios only; a run that breaks one fails:',
    budgetTable(results),
  ].join('\n\n');
}

function detailsOf(results: Results): string {
  const failed = results.runs.flatMap(({ workload, failures }) => failures.map(({ name, reason }) => `- ${workload}: ${name}: ${reason}`));
  const [claims, others] = [results.runs.filter(isOfClaims), results.runs.filter((run) => !isOfClaims(run))];
  const parts = [
    '# What a claim costs, in detail',
    'Written by `npm run bench`, and again by `npm run bench:report`. What it means stands in [Performance](../performance.md#claims-and-pools).',
    aboutLine(results),
    readyTable(results),
    '## Writes by actor, verb and resource',
    'As the audit log of the API server has them, without Leases; those that it refused are not among them.',
    ...[claims, others].map((runs) => tallyTable(runs, ({ cost }) => cost.writes)),
    '## Writes that were refused',
    ...[claims, others].map((runs) => tallyTable(runs, ({ cost }) => cost.refused)),
    '## Events that were sent to watches',
    'Of all watches, also those of the API server itself and of the other programs.',
    ...[claims, others].map((runs) => tallyTable(runs, ({ cost }) => cost.watchEvents && { all: cost.watchEvents })),
    ...(failed.length > 0 ? ['## What failed', failed.join('\n')] : []),
  ];
  return `${parts.join('\n\n')}\n`;
}

const isOfClaims = ({ unit }: Figures): boolean => unit === 'claim';

export function resultsOf(json: string): Results {
  // Only jsonOf() writes such a text.
  return JSON.parse(json) as Results;
}

/** An array of numbers on one line, times to a tenth of a millisecond. */
export function jsonOf(results: Results): string {
  const text = JSON.stringify(results, (key, value: unknown) => (key === 'latenciesMs' || key === 'ms' ? shortened(value, 10) : shortened(value, 1000)), 1);
  return `${text.replace(/\[[\s\d.,e+-]+\]/g, (numbers) => numbers.replace(/\s+/g, ''))}\n`;
}

function shortened(value: unknown, parts: number): unknown {
  if (Array.isArray(value)) return value.map((one) => shortened(one, parts));
  return typeof value === 'number' ? Math.round(value * parts) / parts : value;
}
