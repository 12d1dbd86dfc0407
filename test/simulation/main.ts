import { fork } from 'node:child_process';
import { parseArgs } from 'node:util';
import { claimHistories } from './claims/actions';
import { claimSetup } from './claims/setup';
import type { History } from './history';
import { historiesWithoutExpiry, sandboxHistories } from './sandboxes/actions';
import { controllers } from './sandboxes/controller';
import { elected } from './sandboxes/elected';
import { sandboxSetup } from './sandboxes/setup';
import { search, type Trial } from './search';
import { simulate } from './simulate';
import { templateHistories } from './templates/actions';
import { templateSetup } from './templates/setup';
import { MISTAKES, toy } from './toy/toy';

const HELP = `npm run sim -- [options]: runs programs through histories that follow from seeds.

  --seeds N       how many histories (default 1000)
  --from S        the first seed (default 1)
  --seed N        one history; prints its story if something is wrong in it, after looking for a shorter one
  --story         with --seed, prints the story in any case
  --program NAME  sandbox (default), template or claims, the real controllers; toy, a small one that is right; toy:MISTAKE, which has to be found:
                  ${MISTAKES.join(' ')}
  --without I1,I2 leaves out invariants that are known to be violated, to look for others
  --leaders N     so many processes run the program at the same time (default 1)
  --workers N     so many processors share the seeds (default 1)
  --elected       with one of the real controllers: the processes elect the one that works, as they do in a cluster

The exit code is 0 if nothing was wrong, 1 if something was, 2 if the command was.`;

const OPTIONS = {
  seeds: { type: 'string', default: '1000' },
  from: { type: 'string', default: '1' },
  seed: { type: 'string' },
  story: { type: 'boolean', default: false },
  program: { type: 'string', default: 'sandbox' },
  without: { type: 'string', default: '' },
  leaders: { type: 'string', default: '1' },
  workers: { type: 'string', default: '1' },
  elected: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const PROGRESS_MS = 10_000;

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const workers = wholeNumber('workers', values.workers);
  if (workers > 1 && values.seed === undefined) return shared(args, wholeNumber('from', values.from), wholeNumber('seeds', values.seeds), workers);
  return withTrial({ program: values.program, leaders: wholeNumber('leaders', values.leaders), areElected: values.elected }, ({ histories, setup }) => {
    const trial = { histories, setup: { ...setup, without: [...(setup.without ?? []), ...values.without.split(',')] } };
    if (values.seed !== undefined) return one(trial, wholeNumber('seed', values.seed), values.story, values.program);
    return many(trial, wholeNumber('from', values.from), wholeNumber('seeds', values.seeds), values.program);
  });
}

/** Runs each share of the seeds in a process of its own. */
async function shared(args: readonly string[], from: number, count: number, workers: number): Promise<number> {
  const share = Math.ceil(count / workers);
  const codes = Array.from({ length: workers }, (_, worker) => {
    const seeds = Math.max(0, Math.min(share, count - worker * share));
    // Of an option that is given twice the last counts.
    const child = fork(process.argv[1] ?? '', [...args, '--workers', '1', '--from', String(from + worker * share), '--seeds', String(seeds)]);
    return new Promise<number>((resolve) => child.on('exit', (code) => resolve(code ?? 1)));
  });
  return Math.max(...(await Promise.all(codes)));
}

/** Runs many seeds until something is wrong; then that one is told. */
async function many<Action>(trial: Trial<Action>, from: number, count: number, program: string): Promise<number> {
  const startMs = performance.now();
  let toldMs = startMs;
  let [steps, writes] = [0, 0];
  for (let seed = from; seed < from + count; seed++) {
    const { outcome } = await search(trial, seed, 0);
    if (outcome.violation !== undefined) return one(trial, seed, false, program);
    steps += outcome.steps;
    writes += outcome.writes;
    if (performance.now() - toldMs < PROGRESS_MS) continue;
    toldMs = performance.now();
    console.log(`${seed - from + 1} of ${count}`);
  }
  const rate = (count / (performance.now() - startMs)) * 1000;
  console.log(`nothing wrong in ${count} histories from seed ${from}: ${steps} steps, ${writes} writes, ${rate.toFixed(0)} histories a second`);
  return 0;
}

/** Runs one seed, and tells the shortest story of what is wrong in it. */
async function one<Action>(trial: Trial<Action>, seed: number, tellsAlways: boolean, program: string): Promise<number> {
  const { history, outcome, tries } = await search(trial, seed);
  const isWrong = outcome.violation !== undefined;
  if (isWrong || tellsAlways) {
    const { story } = await simulate(history, trial.setup, true);
    console.log(`${textOfHistory(history)}\n\n${story}\n`);
  }
  if (!isWrong) {
    console.log(`seed ${seed}: nothing wrong; ${outcome.steps} steps, ${outcome.writes} writes`);
    return 0;
  }
  console.log(
    `seed ${seed}: ${outcome.violation}\nThe shortest story of ${tries} that were tried. Again: npm run sim -- --program ${program} --seed ${seed} and the other options`,
  );
  return 1;
}

/** A history, one thing a line. */
function textOfHistory<Action>({ actions, faults, mishaps, ...rest }: History<Action>): string {
  return [...actions, ...faults, ...mishaps, rest].map((line) => JSON.stringify(line)).join('\n');
}

interface Choice {
  readonly program: string;
  readonly leaders: number;
  readonly areElected: boolean;
}

/** Runs something on the program that was chosen, whatever its actions are. */
function withTrial<T>({ program, leaders, areElected }: Choice, run: <Action>(trial: Trial<Action>) => T): T {
  const processes = Array.from({ length: leaders }, (_, index) => (index === 0 ? 'controller' : `controller-${index + 1}`));
  const all = <Action>({ histories, setup }: Trial<Action>): Trial<Action> => ({ histories, setup: areElected ? elected(setup) : setup });
  if (program === 'claims') return run(all({ histories: claimHistories, setup: claimSetup(controllers, processes) }));
  if (program === 'sandbox') return run(all({ histories: sandboxHistories, setup: sandboxSetup(controllers, processes) }));
  if (program === 'template') return run(all({ histories: templateHistories, setup: templateSetup(controllers, processes) }));
  const [name, mistake] = program.split(':');
  const isKnown = name === 'toy' && (mistake === undefined || MISTAKES.some((known) => known === mistake));
  if (!isKnown || areElected) throw new UsageError(areElected ? `--elected is nothing for ${program}` : `unknown program ${program}`);
  return run({ histories: historiesWithoutExpiry, setup: sandboxSetup(toy(mistake === undefined ? {} : { [mistake]: true }), processes) });
}

function wholeNumber(option: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new UsageError(`--${option} takes a whole number, not ${JSON.stringify(text)}`);
  return Number(text);
}

class UsageError extends Error {}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    const isUsage = error instanceof UsageError || (error instanceof TypeError && 'code' in error);
    console.error(isUsage ? `${error.message}\n\n${HELP}` : error);
    process.exitCode = isUsage ? 2 : 1;
  },
);
