import { cpus } from 'node:os';
import { table } from '../markdown';
import { formatSpread, ratios, spreadOf } from '../spread';
import { BARE, BARE_FAST, IMPORTED, STRICT, STRICT_FAST, type Contestant } from './contestants';
import type { TaskTimes } from './measure';
import type { Way } from './program';
import type { Results } from './results';

/** Everything that was measured. */
export interface Findings {
  readonly all: readonly Contestant[];
  readonly sizes: readonly number[];
  readonly sandboxes: Results;
  /** Milliseconds of loading, per round. */
  readonly loading: readonly number[];
  readonly installation: TaskTimes;
  readonly layers: ReadonlyArray<TaskTimes & { readonly count: number }>;
}

/** One line about an aim: what is compared, what was aimed at, and the measurement of each round. */
interface Aim {
  readonly what: string;
  readonly atMost?: number;
  readonly atLeast?: number;
  readonly unit?: 'ms';
  /** By the clock. */
  readonly time?: readonly number[];
  /** By processor time. */
  readonly processor: readonly number[];
}

/** The findings as Markdown tables. Each figure is a median, with the least and the greatest of the rounds. */
export function report(findings: Findings): string {
  const { all, sizes, sandboxes, layers } = findings;
  const heads = sizes.flatMap((count) => [`${count}: time`, `${count}: processor`]);
  const rows = all.map((contestant) => [contestant.name, ...sizes.flatMap((count) => places(sandboxes, contestant, count))]);
  const layerRows = layers.map(({ count, App, FastApp }) => [
    `${count}`,
    formatSpread(ratios(App, FastApp), 1),
    growth(layers, count, 'App'),
    growth(layers, count, 'FastApp'),
  ]);
  return [
    `Node.js ${process.version}, ${cpus().length} processors, ${sandboxes.of(BARE, sizes[0] ?? 0).wallMs.length} rounds`,
    table(['whole process, times that of a bare ApiObject in App', ...heads], rows),
    table(['', 'time', 'processor', 'aim'], aims(findings).map(aimRow)),
    table(['layers', 'App / FastApp', 'App, times the layer before', 'FastApp, times the layer before'], layerRows),
  ].join('\n\n');
}

function places(results: Results, contestant: Contestant, count: number): readonly string[] {
  const absent = results.whyAbsent(contestant, count);
  return absent === undefined ? (['wallMs', 'cpuMs'] as const).map((member) => formatSpread(results.ratio(member, contestant, BARE, count))) : [absent, ''];
}

function growth(layers: Findings['layers'], count: number, way: Way): string {
  const [before, here] = [count - 1, count].map((wanted) => layers.find((layer) => layer.count === wanted)?.[way]);
  return before && here ? formatSpread(ratios(here, before), 1) : '';
}

function aims({ all, sizes, sandboxes, loading, installation }: Findings): readonly Aim[] {
  const helm = all.find(({ name }) => name === 'helm');
  const [first = 0, last = 0] = [sizes.at(0), sizes.at(-1)];
  const processes = (one: Contestant, other: Contestant, count: number, limit: Pick<Aim, 'atMost' | 'atLeast'>): Aim => ({
    what: `${count}: ${one.name} / ${other.name}`,
    time: sandboxes.ratio('wallMs', one, other, count),
    processor: sandboxes.ratio('cpuMs', one, other, count),
    ...limit,
  });
  const perSize = sizes.flatMap((count) => [
    processes(STRICT, BARE, count, { atMost: 1.15 }),
    { what: `${count}: ${STRICT.name} / ${BARE.name}, without loading`, processor: sandboxes.ratio('taskMs', STRICT, BARE, count), atMost: 1.15 },
    processes(BARE, BARE_FAST, count, { atLeast: 2 }),
    processes(STRICT, STRICT_FAST, count, { atLeast: 2 }),
    processes(IMPORTED, STRICT_FAST, count, { atLeast: 2 }),
    ...(helm ? [processes(STRICT_FAST, helm, count, { atMost: 1 })] : []),
  ]);
  const growths = [STRICT, STRICT_FAST].map((one): Aim => {
    const processor = ratios(sandboxes.of(one, last).taskMs, sandboxes.of(one, first).taskMs);
    return { what: `${one.name}: ${last} / ${first}, without loading`, processor, atMost: (1.1 * last) / first };
  });
  return [
    ...perSize,
    ...(last > first ? growths : []),
    { what: 'AgentSandboxSystem as objects, without loading', processor: installation.toJson, atMost: 150, unit: 'ms' },
    { what: 'AgentSandboxSystem in FastApp, without loading', processor: installation.FastApp, atMost: 150, unit: 'ms' },
    { what: 'AgentSandboxSystem in App, without loading', processor: installation.App, atMost: 150, unit: 'ms' },
    { what: 'loading the package after cdk8s-plus-28', processor: loading, atMost: 40, unit: 'ms' },
  ];
}

function aimRow({ what, time, processor, atMost, atLeast, unit }: Aim): readonly string[] {
  const cell = (values: readonly number[]) => (unit ? `${formatSpread(values, 0)} ${unit}` : formatSpread(values));
  // Where others use the machine too, the clock says more about them; only Linux tells the processor time.
  const decisive = time !== undefined && processor.some(Number.isNaN) ? time : processor;
  if (decisive.length === 0) return [what, 'not measured', '', ''];
  const { median } = spreadOf(decisive);
  const missed = (atMost !== undefined && median > atMost) || (atLeast !== undefined && median < atLeast);
  const aim = atMost === undefined ? `at least ${atLeast}` : `at most ${+atMost.toFixed(2)}`;
  return [what, time ? cell(time) : '', cell(processor), `${aim}${unit ? ` ${unit}` : ''}: ${missed ? 'MISSED' : 'reached'}`];
}
