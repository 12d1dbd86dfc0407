import { execFileSync } from 'node:child_process';
import type { Contestant } from './contestant';
import { Lane, openServer, type Start } from './lane';
import { nodeProgram } from './node-program';
import { Sources } from './sources';
import { NO_REFILL, turn, warmUp, WORKLOADS, type Work, type WorkloadName } from './turn';
import { orderOf } from './verdict';

/** Who is compared, by what, how often. */
export interface Plan {
  /** The others are divided by the first. */
  readonly contestants: readonly Contestant[];
  readonly workloads: readonly WorkloadName[];
  readonly rounds: number;
}

/** A contestant as it ran. */
export interface Entrant {
  readonly name: string;
  /** What the bundle was made from. */
  readonly from: string;
  /** Exact version of Node.js. */
  readonly node: string;
  readonly nodeOptions: string;
  readonly flags: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** What one contestant did in one round. */
export interface Piece extends Work {
  /** Place in the list of contestants. */
  readonly contestant: number;
  /** From 1. */
  readonly round: number;
}

/** What came of a plan. */
export interface Match {
  readonly entrants: readonly Entrant[];
  readonly pieces: readonly Piece[];
}

/** A contestant that can run: its lane, and how it is started there. */
interface Runner {
  readonly lane: Lane;
  readonly start: Start;
}

/** Runs the contestants on one server, in turns. The bundle of this checkout must be there. */
export async function play(plan: Plan): Promise<Match> {
  const sources = new Sources();
  try {
    const prepared = plan.contestants.map((contestant) => prepare(contestant, sources));
    const plane = await openServer(prepared.length);
    const runners: Runner[] = [];
    try {
      for (const [number, { start }] of prepared.entries()) runners.push({ lane: await Lane.open(plane, number), start });
      return { entrants: prepared.map(({ entrant }) => entrant), pieces: [...(await half(plan, runners, false)), ...(await half(plan, runners, true))] };
    } finally {
      await Promise.all(runners.map(({ lane }) => lane.close()));
      await plane.stop();
    }
  } finally {
    sources.remove();
  }
}

function prepare(contestant: Contestant, sources: Sources): { readonly entrant: Entrant; readonly start: Start } {
  const { name, flags, nodeOptions, environment } = contestant;
  const program = contestant.node === undefined ? process.execPath : nodeProgram(contestant.node);
  const node = execFileSync(program, ['--version'], { encoding: 'utf8' }).trim();
  const { bundle, from } = sources.build(contestant);
  const entrant = { name, from, node, nodeOptions, flags, environment };
  return { entrant, start: { bundle, node: program, args: flags, environment: { ...environment, NODE_OPTIONS: nodeOptions } } };
}

/** The workloads with refill, or those without, which need flags of their own. */
async function half(plan: Plan, runners: readonly Runner[], hasRefill: boolean): Promise<readonly Piece[]> {
  const workloads = plan.workloads.filter((name) => WORKLOADS[name].hasRefill === hasRefill);
  if (workloads.length === 0) return [];
  const prefix = hasRefill ? 'with-refill' : 'without-refill';
  for (const { lane, start } of runners) {
    await lane.start({ ...start, args: [...(hasRefill ? [] : NO_REFILL), ...start.args] });
    await warmUp(lane, `${prefix}-warm-up`);
  }
  const pieces: Piece[] = [];
  for (let round = 1; round <= plan.rounds; round++) {
    process.stderr.write(`[bench] ${workloads.join(', ')}: round ${round} of ${plan.rounds}\n`);
    for (const contestant of orderOf(runners.length, round - 1)) {
      const runner = runners[contestant];
      const works = runner ? await turn(runner.lane, `${prefix}-${round}`, workloads) : [];
      pieces.push(...works.map((work) => ({ ...work, contestant, round })));
    }
  }
  return pieces;
}
