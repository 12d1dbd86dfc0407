import { readFileSync, writeFileSync } from 'node:fs';
import { loadavg, release } from 'node:os';
import { join } from 'node:path';

import { processors } from '../../bench/machine';
import { table, withPart } from '../../bench/markdown';
import { formatSpread, ratios } from '../../bench/spread';
import { install, INSTALLATIONS } from '../install';
import { measureInstallations, type InstallationFigures } from './installations';
import { measureStarts, type Starts } from './starts';

const PAGE = join(__dirname, '..', '..', '..', 'docs', 'performance.md');
const ROUNDS = { installations: 3, starts: 5 };

/** `npm run e2e -- --measure`: measures on the node of the environment, prints the tables and writes them into docs/performance.md. */
async function main(): Promise<void> {
  const before = loadavg();
  const installations = await measureInstallations(ROUNDS.installations);
  await install(INSTALLATIONS['the published image']);
  const starts = await measureStarts(ROUNDS.starts);
  const machine = `${processors()}, Linux ${release()}, Node.js ${process.version}`;
  const load = `load average ${text(before)} before and ${text(loadavg())} after`;
  write([
    `${machine}; ${load}; ${ROUNDS.starts} rounds of starts, ${ROUNDS.installations} of installations.`,
    startTable(starts),
    installationTable(installations),
  ]);
}

const ms = (values: readonly number[]): string => `${formatSpread(values, 0)} ms`;

const startTable = (starts: readonly Starts[]): string =>
  table(
    ['', 'a Pod alone', 'claim, empty pool', 'claim, Ready member', 'warm / cold', 'cold / a Pod alone'],
    starts.map(({ runtime, pod, cold, warm }) => [runtime, ms(pod), ms(cold), ms(warm), formatSpread(ratios(warm, cold)), formatSpread(ratios(cold, pod))]),
  );

const installationTable = (installations: readonly InstallationFigures[]): string =>
  table(
    ['the controller from', 'process to /readyz', 'Pod to Ready', 'memory (RSS) at rest'],
    installations.map(({ form, readyMs, podSeconds, rssMb }) => [form, ms(readyMs), `${formatSpread(podSeconds, 0)} s`, `${formatSpread(rssMb, 0)} MB`]),
  );

function write(parts: readonly string[]): void {
  const figures = parts.join('\n\n');
  process.stdout.write(`${figures}\n`);
  writeFileSync(PAGE, withPart(readFileSync(PAGE, 'utf8'), 'e2e', figures));
}

const text = (load: readonly number[]): string => load.map((value) => value.toFixed(1)).join(', ');

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
