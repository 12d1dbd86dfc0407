import { totalmem } from 'node:os';
import { ConnectionError } from '../../src/runtime/connection';
import { checkPrerequisites } from '../cluster/build';
import { bundle } from '../cluster/program';
import { exitWith, inSession, type Session } from '../dev/session';
import { compare, isComparison } from './ab/compare';
import { processors } from './machine';
import { orderOf, OUT, type Order } from './options';
import { sentenceOf } from './report/budgets';
import { aboutLine, countTable, latencyTable, processorTable } from './report/tables';
import { writeReport } from './report/write';
import type { Results } from './results';
import { openGiven } from './stage/given';
import type { Site } from './stage/site';
import { Stage } from './stage/stage';
import { UserError } from './user-error';
import { Bench } from './workloads/bench';

const INTERRUPTED = 'interrupted';

const say = (line: string): void => void process.stderr.write(`[bench] ${line}\n`);

async function main(args: readonly string[]): Promise<number> {
  try {
    if (isComparison(args)) return await compare(args).then(() => 0);
    const order = orderOf(args);
    if (typeof order !== 'string') return await inSession(say, (session) => measure(session, order));
    process.stdout.write(order);
    return 0;
  } catch (error) {
    if (!(error instanceof UserError || error instanceof ConnectionError || isOfArguments(error))) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}

/** Of parseArgs, by which a comparison reads its arguments. */
const isOfArguments = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('ERR_PARSE_ARGS');

async function measure(session: Session, order: Order): Promise<number> {
  const { given, flags, sizes, workloads, out } = order;
  const site = await session.step(
    given ? 'looking at the cluster' : 'starting the control plane',
    () => open(order),
    (opened) => opened.close(),
  );
  const startedAt = new Date().toISOString().replace(/\.\d+/, '');
  const bench = new Bench(site, { sizes, flags, say });
  // What was measured before Ctrl-C is not lost.
  const failure = await Promise.race([run(bench, workloads), session.interrupted.catch(() => INTERRUPTED)]);
  const about = {
    ...site.about,
    flags,
    startedAt,
    processors: processors(),
    memoryGb: Math.round(totalmem() / 1e9),
  };
  const results: Results = { about, runs: bench.runs };
  const folder = failure !== undefined && out === OUT.all ? OUT.some : out;
  const broken = writeReport(results, folder);
  process.stdout.write(`${[aboutLine, latencyTable, countTable, processorTable].map((part) => part(results)).join('\n\n')}\n`);
  say(`written into ${folder}`);
  for (const one of broken) say(`BROKEN: ${sentenceOf(one)}`);
  if (failure !== undefined) say(`NOT COMPLETE: ${failure}`);
  if (failure === INTERRUPTED) return 130;
  return broken.length === 0 && failure === undefined ? 0 : 1;
}

async function open({ given, nodes }: Order): Promise<Site> {
  if (given) return openGiven(given);
  checkPrerequisites();
  bundle();
  return Stage.open(nodes);
}

/** Does one workload after the other. Resolves to why one of them could not be done: what was measured before is not lost. */
async function run(bench: Bench, workloads: Order['workloads']): Promise<string | undefined> {
  for (const [n, { name, run: work }] of workloads.entries()) {
    bench.say(`${name} (${n + 1} of ${workloads.length})`);
    try {
      await work(bench);
      if (n < workloads.length - 1) await bench.clear();
    } catch (error) {
      return `${name}: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  return undefined;
}

exitWith(main(process.argv.slice(2)));
