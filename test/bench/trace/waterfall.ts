import { bandAxis, linearAxis } from '../report/axis';
import { chart, colourOf, type Area } from '../report/chart';
import { element, text, type Svg } from '../report/svg';
import type { Actor, Bar, Row } from './steps';

const ACTORS: Readonly<Record<Actor, { readonly fill: string; readonly detail: string }>> = {
  client: { fill: colourOf(4), detail: 'from asking to the whole answer' },
  controller: { fill: colourOf(0), detail: 'pale: not sent yet' },
  server: { fill: colourOf(2), detail: 'from receiving a request to its end' },
};
const KINDS: Readonly<Record<Bar['kind'], { readonly height: number; readonly opacity: number }>> = {
  whole: { height: 0.62, opacity: 1 },
  waiting: { height: 0.62, opacity: 0.4 },
  within: { height: 0.3, opacity: 1 },
};
// A bar that is shorter could not be seen.
const LEAST_WIDTH = 1.5;

/** Draws the way of one claim as rows of bars. */
export function waterfall(rows: readonly Row[], about: { readonly readyMs: number; readonly subtitle: string }): Svg {
  const endMs = Math.max(about.readyMs, ...rows.flatMap(({ bars }) => bars.map(({ toMs }) => toMs)));
  return chart({
    title: 'The way of one warm claim',
    subtitle: about.subtitle,
    // Room for what is written behind the last bars.
    x: linearAxis('milliseconds since the client asked', endMs * 1.15),
    y: bandAxis(
      '',
      rows.map(({ name }) => name),
    ),
    fromTop: true,
    legend: [
      ...Object.entries(ACTORS).map(([name, { fill, detail }]) => ({
        sample: { kind: 'box' as const, attributes: { fill } },
        name: name === 'server' ? 'API server, with etcd' : name,
        detail,
      })),
      { sample: { kind: 'line', attributes: READY }, name: `Ready after ${about.readyMs.toFixed(1)} ms`, detail: 'what comes later nobody waits for' },
    ],
    marks: (area) => [
      element('line', { x1: area.x(about.readyMs), x2: area.x(about.readyMs), y1: area.top, y2: area.bottom, ...READY }),
      ...rows.flatMap((row, n) => marksOf(row, n, area)),
    ],
  });
}

const READY = { stroke: '#1f2328', 'stroke-width': 1.5, 'stroke-dasharray': '4 4' };

function marksOf({ bars, note }: Row, row: number, area: Area): readonly Svg[] {
  const end = Math.max(...bars.map(({ toMs }) => toMs));
  return [
    ...bars.filter(({ fromMs, toMs }) => toMs > fromMs).map((bar) => box(bar, row, area)),
    text({ x: Math.max(area.x(end), area.x(0) + LEAST_WIDTH) + 6, y: area.y(row + 0.5) + 4, 'font-size': 11 }, note),
  ];
}

function box({ actor, kind, fromMs, toMs }: Bar, row: number, { x, y }: Area): Svg {
  const { height, opacity } = KINDS[kind];
  const [left, top] = [x(fromMs), y(row + (1 - height) / 2)];
  const size = { width: Math.max(LEAST_WIDTH, x(toMs) - left), height: y(row + (1 + height) / 2) - top };
  return element('rect', { x: left, y: top, ...size, rx: 2, fill: ACTORS[actor].fill, opacity });
}
