import { parseAllDocuments } from 'yaml';
import { BYTE_EQUAL, runProgram, type Contestant } from './contestants';
import type { Way } from './program';
import { Results } from './results';
import { TooLongError, type Workbench } from './workbench';

/** Told what is being done. */
export type Say = (what: string) => void;

interface Options {
  readonly sizes: readonly number[];
  readonly rounds: number;
  readonly say: Say;
}

/** Runs every contestant once per round and size, each round starting with another one, so that drift of the machine hits all alike. */
export async function measureSandboxes(bench: Workbench, contestants: readonly Contestant[], options: Options): Promise<Results> {
  const results = new Results();
  for (const contestant of contestants) for (const count of options.sizes) if (contestant.missing) results.exclude(contestant, count, contestant.missing);
  for (let round = 0; round < options.rounds; round++) {
    for (const count of options.sizes) {
      const start = round % contestants.length;
      for (const contestant of [...contestants.slice(start), ...contestants.slice(0, start)]) {
        if (results.whyAbsent(contestant, count) !== undefined) continue;
        options.say(`round ${round + 1} of ${options.rounds}: ${count} Sandboxes, ${contestant.name}`);
        await measureOnce(bench, contestant, count, results);
      }
    }
  }
  return results;
}

async function measureOnce(bench: Workbench, contestant: Contestant, count: number, results: Results): Promise<void> {
  contestant.prepare?.(bench, count);
  try {
    results.add(contestant, count, await contestant.run(bench, count));
  } catch (error) {
    if (!(error instanceof TooLongError)) throw error;
    results.exclude(contestant, count, error.message);
  }
}

/** Throws unless all contestants make the same objects, and those that should the same bytes. A benchmark of different work means nothing. */
export async function requireSameOutput(bench: Workbench, contestants: readonly Contestant[]): Promise<void> {
  const count = 50;
  let first: string | undefined;
  for (const contestant of contestants.filter(({ missing }) => missing === undefined)) {
    contestant.prepare?.(bench, count);
    await contestant.run(bench, count);
    const output = bench.read(contestant.outputFile);
    first ??= output;
    const same = BYTE_EQUAL.includes(contestant) ? output === first : objectsIn(output) === objectsIn(first);
    if (!same) throw new Error(`${contestant.name} does not write what ${BYTE_EQUAL[0]?.name} writes`);
  }
}

/** The objects of a YAML text, whatever their order and the order of their keys. */
function objectsIn(text: string): string {
  const documents = parseAllDocuments(text).map((document) => JSON.stringify(sorted(document.toJS())));
  return documents.sort().join('\n');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, sorted(member)]),
  );
}

/** Milliseconds of processor time of a task in each way and round. */
export type TaskTimes = Readonly<Record<Way, readonly number[]>>;

export async function measureTask(bench: Workbench, task: string, count: number, rounds: number): Promise<TaskTimes> {
  const times: Record<Way, number[]> = { App: [], FastApp: [], toJson: [] };
  for (let round = 0; round < rounds; round++) {
    for (const way of ['App', 'FastApp', 'toJson'] as const) times[way].push((await runProgram(bench, task, way, count)).taskMs);
  }
  return times;
}

/** Milliseconds that loading the package takes after cdk8s-plus-28, per round. */
export async function measureLoading(bench: Workbench, rounds: number): Promise<readonly number[]> {
  const times: number[] = [];
  // The cast: the program prints a number.
  for (let round = 0; round < rounds; round++) times.push(JSON.parse((await bench.run(process.execPath, ['test/bench/synth/load.js'])).output) as number);
  return times;
}
