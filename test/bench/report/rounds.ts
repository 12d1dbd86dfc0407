import type { Cost, Figures } from '../results';

/** All rounds of a workload, which is the same if it came in the same way to the same pool. */
export interface Workload {
  /** As tables and plots call it. */
  readonly label: string;
  /** As if the rounds had been one. */
  readonly run: Figures;
  readonly rounds: readonly [Figures, ...Figures[]];
}

export function workloadsOf(runs: readonly Figures[]): readonly Workload[] {
  const groups = new Map<string, [Figures, ...Figures[]]>();
  for (const run of runs) {
    const key = JSON.stringify([run.workload, run.arrival, run.offeredPerSecond, run.pool, run.refill]);
    const group = groups.get(key);
    if (group) group.push(run);
    else groups.set(key, [run]);
  }
  const all = [...groups.values()];
  return all.map((rounds) => ({ label: labelOf(rounds[0], all), run: joined(rounds), rounds }));
}

/** With the rate, or with the first words of how it came where the workload came in several ways. */
function labelOf({ workload, arrival, offeredPerSecond }: Figures, all: ReadonlyArray<readonly [Figures, ...Figures[]]>): string {
  if (offeredPerSecond !== undefined) return `${workload} ${offeredPerSecond}/s`;
  const ways = all.filter(([first]) => first.workload === workload).length;
  return ways > 1 ? `${workload}: ${arrival.split(/[:,]/)[0]}` : workload;
}

/** All rounds of a workload as if they had been one: what is counted is added up, of memory and delay the greatest is kept. */
function joined([first, ...others]: readonly [Figures, ...Figures[]]): Figures {
  return others.reduce<Figures>(
    (sum, run) => ({
      ...sum,
      ...{ count: sum.count + run.count, warm: sum.warm + run.warm, givenTwice: sum.givenTwice + run.givenTwice, wallMs: sum.wallMs + run.wallMs },
      ...{ failures: [...sum.failures, ...run.failures], latenciesMs: [...sum.latenciesMs, ...run.latenciesMs] },
      load: [Math.min(...sum.load, ...run.load), Math.max(...sum.load, ...run.load)],
      cost: joinedCost(sum.cost, run.cost),
    }),
    first,
  );
}

type Numbers = Readonly<Record<string, number>>;
type NumbersByActor = Readonly<Record<string, Numbers>>;

/** What only one of them can say is left out. */
function joinedCost(a: Cost, b: Cost): Cost {
  return {
    ...(a.writes && b.writes && { writes: addedByActor(a.writes, b.writes) }),
    ...(a.refused && b.refused && { refused: addedByActor(a.refused, b.refused) }),
    ...(a.watchEvents && b.watchEvents && { watchEvents: added(a.watchEvents, b.watchEvents) }),
    ...(a.watchBytes && b.watchBytes && { watchBytes: added(a.watchBytes, b.watchBytes) }),
    ...(a.cpuMs && b.cpuMs && { cpuMs: added(a.cpuMs, b.cpuMs) }),
    ...(a.passes && b.passes && { passes: added(a.passes, b.passes) }),
    ...both('reads', a, b, (x, y) => x + y),
    ...both('etcdPuts', a, b, (x, y) => x + y),
    ...both('rssMb', a, b, Math.max),
    ...both('peakRssMb', a, b, Math.max),
    ...both('eventLoopP99Ms', a, b, Math.max),
  };
}

type NumberOfCost = 'reads' | 'etcdPuts' | 'rssMb' | 'peakRssMb' | 'eventLoopP99Ms';

function both<K extends NumberOfCost>(key: K, a: Cost, b: Cost, of: (x: number, y: number) => number): Cost {
  const [x, y] = [a[key], b[key]];
  return x === undefined || y === undefined ? {} : { [key]: of(x, y) };
}

function added(a: Numbers, b: Numbers): Numbers {
  return Object.fromEntries(namesOf(a, b).map((name) => [name, (a[name] ?? 0) + (b[name] ?? 0)]));
}

function addedByActor(a: NumbersByActor, b: NumbersByActor): NumbersByActor {
  return Object.fromEntries(namesOf(a, b).map((actor) => [actor, added(a[actor] ?? {}, b[actor] ?? {})]));
}

const namesOf = (a: object, b: object): readonly string[] => [...new Set([...Object.keys(a), ...Object.keys(b)])];
