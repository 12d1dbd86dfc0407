import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { loadavg, release } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { recipeOf } from '../../cluster/components';
import { bundle } from '../../cluster/program';
import { processors } from '../machine';
import { withPart } from '../markdown';
import { roundsOf } from './compare';
import { INSTALLED, readDefaults, type Group } from './defaults';
import { play } from './match';
import { pageOf, type Measured } from './page';

const HELP = `Each default that affects speed beside what it might be instead, in turns on one server; written into docs/performance.md and docs/performance/ab.json.

  npm run bench:defaults
  npm run bench:defaults -- --only Node --rounds 9

  --rounds N   turns of each (default 5)
  --only TEXT  only the groups of test/bench/ab/defaults.json whose name contains it; the figures of the others stay

Linux only. About 20 minutes for everything on two idle cores. Nothing is judged: the exit code is 0 whatever is found.
`;

const DOCS = join(__dirname, '..', '..', '..', 'docs');
const PAGE = join(DOCS, 'performance.md');
const FIGURES = join(DOCS, 'performance', 'ab.json');
/** The name of the part of the page that is written here. */
const PART = 'ab';

async function main(): Promise<void> {
  const option = { type: 'string' } as const;
  const { values } = parseArgs({ options: { rounds: option, only: option, help: { type: 'boolean', short: 'h' } } });
  if (values.help) return void process.stdout.write(HELP);
  const [rounds, only = ''] = [roundsOf(values.rounds, 5), values.only];
  const groups = readDefaults();
  const chosen = groups.filter(({ about }) => about.includes(only));
  if (chosen.length === 0) throw new Error(`--only ${only}: no group is called so; there are ${groups.map(({ about }) => JSON.stringify(about)).join(', ')}`);
  bundle();
  for (const group of chosen) {
    process.stderr.write(`[bench] ${group.about}\n`);
    await write(groups, await measure(group, rounds));
  }
}

async function measure({ about, alternatives }: Group, rounds: number): Promise<Measured> {
  const [startedAt, [before = 0]] = [new Date().toISOString(), loadavg()];
  const contestants = [INSTALLED, ...alternatives.map(({ contestant }) => contestant)];
  const match = await play({ contestants, workloads: ['serial', 'burst'], rounds });
  const machine = `${processors()}, Linux ${release()}, kube-apiserver ${recipeOf('kube-apiserver').version}, etcd ${recipeOf('etcd').version}`;
  return { about, standing: alternatives.map(({ standing }) => standing), startedAt, machine, load: [before, loadavg()[0] ?? 0], ...match };
}

/** In the place of what was measured of the same group before. */
async function write(groups: readonly Group[], measured: Measured): Promise<void> {
  // Only this program writes it.
  const known = existsSync(FIGURES) ? (JSON.parse(readFileSync(FIGURES, 'utf8')) as readonly Measured[]) : [];
  const all = groups.flatMap(({ about }) => [measured, ...known].find((one) => one.about === about) ?? []);
  mkdirSync(dirname(FIGURES), { recursive: true });
  await writeFormatted(
    FIGURES,
    JSON.stringify(all, (_, value: unknown) => (typeof value === 'number' ? Math.round(value * 1000) / 1000 : value)),
  );
  await writeFormatted(PAGE, withPart(readFileSync(PAGE, 'utf8'), PART, pageOf(all)));
  process.stdout.write(`${pageOf([measured])}\n\n`);
}

async function writeFormatted(file: string, text: string): Promise<void> {
  writeFileSync(file, await format(text, { ...(await resolveConfig(file)), filepath: file }));
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
