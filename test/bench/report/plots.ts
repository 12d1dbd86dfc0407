import type { Figures, Results } from '../results';
import { bandAxis, linearAxis, logAxis } from './axis';
import { chart, colourOf, dashOf, type Area, type LegendEntry } from './chart';
import { isWarm, perSecond, quantile } from './measures';
import { byWorkload, joined, labelOf } from './rounds';
import { element, short, text, type Svg } from './svg';

/** What the makers of the aims found of the reference implementation on such a machine; not measured here. */
const REFERENCE = {
  writes: 8,
  writesWithRefill: [17, 21],
  claimsPerSecond: [10.7, 12.3],
  source: 'issue 5 of this project, two cores',
} as const;
const REFERENCE_COLOUR = '#b42318';

/** Least time that is drawn: below it clocks and timers say nothing. */
const LEAST_MS = 0.1;
const POINTS = 200;

/** Which share of the units was Ready after which time, a line for each workload. */
export function latencyPlot({ runs }: Results): Svg {
  // Rates have a plot of their own; of them only those that were carried without a queue say something here.
  const all = byWorkload(runs.filter(({ latenciesMs, workload }) => latenciesMs.length > 0 && workload !== 'rate')).map(joined);
  const times = all.flatMap(({ latenciesMs }) => latenciesMs).filter((ms) => ms >= LEAST_MS);
  return chart({
    title: 'How long until Ready',
    subtitle: 'Share of units that were Ready within a time, cumulative. Time counts from the request, or from when it was due.',
    x: logAxis('time until Ready, milliseconds (logarithmic)', leastOf(times, 1), greatestOf(times, 10)),
    y: linearAxis('Ready, percent of units', 100, ' %'),
    legend: all.map((run, n) => ({
      sample: { kind: 'line', attributes: { stroke: colourOf(n), 'stroke-dasharray': dashOf(n) } },
      name: `${run.workload}: ${run.arrival}`,
      detail: `p50 ${milliseconds(quantile(run.latenciesMs, 0.5))}, p99 ${milliseconds(quantile(run.latenciesMs, 0.99))}`,
    })),
    marks: (area) => all.map((run, n) => distribution(run, area, { stroke: colourOf(n), 'stroke-dasharray': dashOf(n) })),
  });
}

function distribution({ latenciesMs }: Figures, { x, y }: Area, style: Readonly<Record<string, string>>): Svg {
  const sorted = [...latenciesMs].sort((a, b) => a - b);
  const count = Math.min(POINTS, sorted.length);
  const points = Array.from({ length: count }, (_, n) => {
    const rank = Math.ceil(((n + 1) * sorted.length) / count);
    return `${short(x(sorted[rank - 1] ?? 0))} ${short(y((rank * 100) / sorted.length))}`;
  });
  return element('path', { d: `M${short(x(sorted[0] ?? 0))} ${short(y(0))}L${points.join('L')}`, fill: 'none', 'stroke-width': 2, ...style });
}

/** The time that 99 of 100 claims do not exceed, by the rate that was offered and by the one that was achieved. */
export function ratePlot({ runs }: Results): Svg {
  const rungs = runs
    .map((run) => ({ run, offered: run.offeredPerSecond ?? 0, achieved: perSecond(run), p99Ms: quantile(run.latenciesMs, 0.99) }))
    .filter(({ offered, achieved, p99Ms }) => offered > 0 && Number.isFinite(achieved) && p99Ms >= LEAST_MS)
    .sort((a, b) => a.offered - b.offered);
  const [least, most] = REFERENCE.claimsPerSecond;
  const [offeredColour, achievedColour] = [colourOf(0), colourOf(1)];
  return chart({
    title: 'Claims a second against the time of the slowest hundredth',
    subtitle: 'Open loop: claims come at a fixed rate, whether or not those before are Ready; a pool that refills itself.',
    x: linearAxis('claims a second', greatestOf([...rungs.flatMap(({ offered, achieved }) => [offered, achieved]), most], most)),
    y: logAxis(
      'p99 until Ready, milliseconds (logarithmic)',
      leastOf(
        rungs.map(({ p99Ms }) => p99Ms),
        10,
      ),
      greatestOf(
        rungs.map(({ p99Ms }) => p99Ms),
        1000,
      ),
    ),
    legend: [
      { sample: { kind: 'line', attributes: { stroke: offeredColour, 'stroke-dasharray': '5 4' } }, name: 'offered' },
      { sample: { kind: 'line', attributes: { stroke: achievedColour } }, name: 'achieved', detail: 'until the last claim is Ready' },
      {
        sample: { kind: 'box', attributes: { fill: REFERENCE_COLOUR, opacity: 0.25 } },
        name: `reference: ${least}–${most} claims/s`,
        detail: REFERENCE.source,
      },
    ],
    marks: (area) => [
      element('rect', {
        x: area.x(least),
        y: area.top,
        width: area.x(most) - area.x(least),
        height: area.bottom - area.top,
        fill: REFERENCE_COLOUR,
        opacity: 0.25,
      }),
      ...series(
        rungs.map(({ offered, p99Ms }) => [area.x(offered), area.y(p99Ms)]),
        { stroke: offeredColour, 'stroke-dasharray': '5 4' },
        '#ffffff',
      ),
      ...series(
        rungs.map(({ achieved, p99Ms }) => [area.x(achieved), area.y(p99Ms)]),
        { stroke: achievedColour },
        achievedColour,
      ),
      ...rungs
        .filter(({ run }) => !isWarm(run))
        .map(({ run, achieved, p99Ms }) => text({ x: area.x(achieved) - 8, y: area.y(p99Ms) - 8, 'text-anchor': 'end', 'font-size': 11 }, coldText(run))),
    ],
  });
}

const coldText = ({ count, warm, failures }: Figures): string =>
  `${Math.round((100 * warm) / Math.max(1, count))} % warm${failures.length > 0 ? `, ${failures.length} failed` : ''}`;

function series(points: ReadonlyArray<readonly [number, number]>, style: Readonly<Record<string, string>>, fill: string): readonly Svg[] {
  const path = points.map(([x, y]) => `${short(x)} ${short(y)}`).join('L');
  const dots = points.map(([cx, cy]) => element('circle', { cx, cy, r: 4.5, fill, stroke: style.stroke ?? '', 'stroke-width': 2 }));
  return points.length === 0 ? [] : [element('path', { d: `M${path}`, fill: 'none', 'stroke-width': 2, ...style }), ...dots];
}

/** Writes of the controller for each claim, by resource, a bar for each workload. */
export function writesPlot({ runs }: Results): Svg {
  const bars = byWorkload(runs.filter(({ unit, count, cost }) => unit === 'claim' && count > 0 && cost.writes !== undefined))
    .map(joined)
    .map((run) => ({ run, parts: writesByResource(run) }));
  // Events come last, because they alone may be left out.
  const resources = [...new Set(bars.flatMap(({ parts }) => [...parts.keys()]))].sort(
    (a, b) => Number(a === 'events') - Number(b === 'events') || (a < b ? -1 : 1),
  );
  const sums = bars.map(({ parts }) => [...parts.values()].reduce((sum, value) => sum + value, 0));
  const [least, most] = REFERENCE.writesWithRefill;
  const style = { stroke: REFERENCE_COLOUR, 'stroke-width': 2, 'stroke-dasharray': '6 4' };
  return chart({
    title: 'What one claim costs the API server',
    subtitle: 'Writes of the controller for each claim, by resource, counted in the audit log of the API server until nothing more is written.',
    x: linearAxis('writes per claim', Math.max(most, ...sums)),
    y: bandAxis(
      'workload',
      bars.map(({ run }) => labelOf(run)),
    ),
    fromTop: true,
    legend: [
      ...resources.map((resource, n): LegendEntry => ({ sample: { kind: 'box', attributes: { fill: colourOf(n) } }, name: resource })),
      { sample: { kind: 'line', attributes: style }, name: `reference, no refill: ${REFERENCE.writes}`, detail: REFERENCE.source },
      { sample: { kind: 'box', attributes: { fill: REFERENCE_COLOUR, opacity: 0.2 } }, name: `reference, refill: ${least}–${most}`, detail: REFERENCE.source },
    ],
    marks: (area) => [
      element('rect', {
        x: area.x(least),
        y: area.top,
        width: area.x(most) - area.x(least),
        height: area.bottom - area.top,
        fill: REFERENCE_COLOUR,
        opacity: 0.2,
      }),
      ...bars.flatMap(({ parts }, row) => stacked({ parts, row, resources }, area)),
      ...sums.map((sum, row) => text({ x: area.x(sum) + 6, y: area.y(row + 0.5) + 4, 'font-weight': 600 }, sum.toFixed(2))),
      element('line', { x1: area.x(REFERENCE.writes), x2: area.x(REFERENCE.writes), y1: area.top, y2: area.bottom, ...style }),
    ],
  });
}

interface Bar {
  readonly parts: ReadonlyMap<string, number>;
  readonly row: number;
  readonly resources: readonly string[];
}

const BAR = 0.62;

function stacked({ parts, row, resources }: Bar, { x, y }: Area): readonly Svg[] {
  let before = 0;
  const top = y(row + (1 - BAR) / 2);
  const height = y(row + (1 + BAR) / 2) - top;
  return resources.flatMap((resource, n) => {
    const value = parts.get(resource) ?? 0;
    const [from, to] = [x(before), x(before + value)];
    before += value;
    return value > 0 ? [element('rect', { x: from, y: top, width: to - from, height, fill: colourOf(n) })] : [];
  });
}

/** Per claim, by `sandboxes/status`. */
function writesByResource({ cost, count }: Figures): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const [write, times] of Object.entries(cost.writes?.controller ?? {})) {
    const resource = write.slice(write.indexOf(' ') + 1);
    sums.set(resource, (sums.get(resource) ?? 0) + times / count);
  }
  return sums;
}

const leastOf = (values: readonly number[], usual: number): number => values.reduce((least, value) => Math.min(least, value), values[0] ?? usual);
const greatestOf = (values: readonly number[], usual: number): number => values.reduce((greatest, value) => Math.max(greatest, value), values[0] ?? usual);
const milliseconds = (value: number): string => (value < 100 ? `${value.toFixed(1)} ms` : `${value.toFixed(0)} ms`);
