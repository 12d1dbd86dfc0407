import type { Figures, Results } from '../results';
import { greatestOf, leastOf, linearAxis, logAxis, LEAST_MS } from './axis';
import { chart, colourOf } from './chart';
import { isWarm, perSecond, quantile } from './measures';
import { REFERENCE, REFERENCE_COLOUR } from './reference';
import { element, short, text, type Svg } from './svg';

interface Rung {
  readonly run: Figures;
  readonly offered: number;
  readonly achieved: number;
  readonly p99Ms: number;
}

function rungsOf(runs: readonly Figures[]): readonly Rung[] {
  return runs
    .map((run) => ({ run, offered: run.offeredPerSecond ?? 0, achieved: perSecond(run), p99Ms: quantile(run.latenciesMs, 0.99) }))
    .filter(({ offered, achieved, p99Ms }) => offered > 0 && Number.isFinite(achieved) && p99Ms >= LEAST_MS)
    .sort((a, b) => a.offered - b.offered);
}

/** The time that 99 of 100 claims do not exceed, by the rate that was offered and by the one that was achieved. */
export function ratePlot({ runs }: Results): Svg {
  const [ladder, refilled] = [rungsOf(runs.filter(({ refill }) => refill !== 'on')), rungsOf(runs.filter(({ refill }) => refill === 'on'))];
  const rungs = [...ladder, ...refilled];
  const times = rungs.map(({ p99Ms }) => p99Ms);
  const [least, most] = REFERENCE.claimsPerSecond;
  const [offered, achieved, withRefill] = [{ stroke: colourOf(0), 'stroke-dasharray': '5 4' }, { stroke: colourOf(1) }, { stroke: colourOf(2) }];
  const band = { fill: REFERENCE_COLOUR, opacity: 0.25 };
  return chart({
    title: 'Claims a second against the time of the slowest hundredth',
    subtitle: 'Open loop: claims come at a fixed rate, whether or not those before are Ready, and count from when they were due.',
    x: linearAxis('claims a second', greatestOf([...rungs.flatMap((rung) => [rung.offered, rung.achieved]), most], most)),
    y: logAxis('p99 until Ready, milliseconds (logarithmic)', leastOf(times, 10), greatestOf(times, 1000)),
    legend: [
      { sample: { kind: 'line', attributes: offered }, name: 'offered', detail: 'a member for each claim, no refill' },
      { sample: { kind: 'line', attributes: achieved }, name: 'achieved', detail: 'until the last claim is Ready' },
      { sample: { kind: 'line', attributes: withRefill }, name: 'achieved while the pool is refilled' },
      { sample: { kind: 'box', attributes: band }, name: `reference, refilled: ${least}–${most}/s`, detail: REFERENCE.source },
    ],
    marks: (area) => [
      element('rect', { x: area.x(least), y: area.top, width: area.x(most) - area.x(least), height: area.bottom - area.top, ...band }),
      ...series(ladder, (rung) => [area.x(rung.offered), area.y(rung.p99Ms)], { ...offered, fill: '#ffffff' }),
      ...series(ladder, (rung) => [area.x(rung.achieved), area.y(rung.p99Ms)], { ...achieved, fill: achieved.stroke }),
      ...series(refilled, (rung) => [area.x(rung.achieved), area.y(rung.p99Ms)], { ...withRefill, fill: withRefill.stroke }),
      ...rungs
        .filter(({ run }) => !isWarm(run))
        .map((rung) => text({ x: area.x(rung.achieved) - 8, y: area.y(rung.p99Ms) - 8, 'text-anchor': 'end', 'font-size': 11 }, coldText(rung.run))),
    ],
  });
}

const coldText = ({ count, warm, failures }: Figures): string =>
  `${Math.round((100 * warm) / Math.max(1, count))} % warm${failures.length > 0 ? `, ${failures.length} failed` : ''}`;

/** A line through rungs, and a dot on each. */
function series(
  rungs: readonly Rung[],
  at: (rung: Rung) => readonly [number, number],
  { fill, ...line }: Readonly<Record<'stroke' | 'fill', string>>,
): readonly Svg[] {
  const points = rungs.map(at);
  const path = points.map(([x, y]) => `${short(x)} ${short(y)}`).join('L');
  const dots = points.map(([cx, cy]) => element('circle', { cx, cy, r: 4.5, fill, stroke: line.stroke, 'stroke-width': 2 }));
  return points.length === 0 ? [] : [element('path', { d: `M${path}`, fill: 'none', 'stroke-width': 2, ...line }), ...dots];
}
