import type { Axis } from './axis';
import { element, group, text, type Attributes, type Svg } from './svg';

/** A plot with what explains it. */
export interface Chart {
  readonly title: string;
  /** What is shown, and what the reader has to know of it. */
  readonly subtitle: string;
  readonly x: Axis;
  readonly y: Axis;
  /** Whether the axis of y begins at the top, as that of rows of bars does. */
  readonly fromTop?: boolean;
  readonly legend: readonly LegendEntry[];
  readonly marks: (area: Area) => readonly Svg[];
}

export interface LegendEntry {
  readonly sample: Sample;
  readonly name: string;
  readonly detail?: string;
}

/** What a line of the legend looks like. */
export type Sample = { readonly kind: 'line' | 'box'; readonly attributes: Attributes };

/** Pixels of values. */
export interface Area {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  readonly top: number;
  readonly bottom: number;
  readonly right: number;
}

/** Colours that can be told apart also by those who do not see all of them (Okabe and Ito), with a line style for the second time around. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#7f3c8d', '#5c5c5c'];
const DASHES = ['none', '7 4', '2 3'];

export const colourOf = (n: number): string => COLOURS[n % COLOURS.length] ?? '#000000';
export const dashOf = (n: number): string => DASHES[Math.floor(n / COLOURS.length) % DASHES.length] ?? 'none';

const INK = '#1f2328';
const FAINT = '#59636e';
const GRID = '#e4e8ec';
const FONT = "-apple-system, 'Segoe UI', 'Noto Sans', Helvetica, Arial, sans-serif";
const WIDTH = 960;
const LEAST_HEIGHT = 440;
const LEGEND = { width: 250, line: 36, swatch: 26 };
const MARGIN = { top: 78, bottom: 58, left: 64, perCharacter: 6.6 };

/** The chart as a file of its own, on a ground of its own, so that it can be read on a light page and on a dark one. */
export function chart(plot: Chart): Svg {
  const { title, subtitle, x, y, fromTop = false, legend } = plot;
  const height = Math.max(LEAST_HEIGHT, MARGIN.top + MARGIN.bottom + legend.length * LEGEND.line);
  const left = Math.max(MARGIN.left, 40 + Math.max(0, ...y.ticks.map((tick) => tick.text.length)) * MARGIN.perCharacter);
  const [right, bottom] = [WIDTH - LEGEND.width - 24, height - MARGIN.bottom];
  const share = (value: number): number => (fromTop ? y.at(value) : 1 - y.at(value));
  const area: Area = {
    ...{ top: MARGIN.top, bottom, right },
    x: (value) => left + x.at(value) * (right - left),
    y: (value) => MARGIN.top + share(value) * (bottom - MARGIN.top),
  };
  const root = { xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${WIDTH} ${height}`, width: WIDTH, height, role: 'img', 'font-family': FONT };
  return `${element(
    'svg',
    { ...root, 'font-size': 12, fill: INK },
    '\n',
    element('title', {}, text({}, title).replace(/<\/?text>/g, '')),
    '\n',
    element('rect', { x: 0.5, y: 0.5, width: WIDTH - 1, height: height - 1, rx: 8, fill: '#ffffff', stroke: '#d1d9e0' }),
    '\n',
    [text({ x: 24, y: 32, 'font-size': 17, 'font-weight': 600 }, title), text({ x: 24, y: 53, fill: FAINT }, subtitle), axes(plot, area, left)].join('\n'),
    '\n',
    group({}, ...plot.marks(area)),
    '\n',
    legendOf(legend, right + 28),
    '\n',
  )}\n`;
}

function axes({ x, y }: Chart, { top, bottom, right, ...area }: Area, left: number): Svg {
  const vertical = x.ticks.flatMap(({ value, text: label }) => [
    element('line', { x1: area.x(value), x2: area.x(value), y1: top, y2: bottom, stroke: GRID }),
    text({ x: area.x(value), y: bottom + 18, 'text-anchor': 'middle', fill: FAINT }, label),
  ]);
  const horizontal = y.ticks.flatMap(({ value, text: label }) => [
    element('line', { x1: left, x2: right, y1: area.y(value), y2: area.y(value), stroke: GRID }),
    text({ x: left - 8, y: area.y(value) + 4, 'text-anchor': 'end', fill: FAINT }, label),
  ]);
  const middle = (top + bottom) / 2;
  return group(
    {},
    ...vertical,
    ...horizontal,
    element('path', { d: `M${left} ${top}V${bottom}H${right}`, fill: 'none', stroke: FAINT }),
    text({ x: (left + right) / 2, y: bottom + 42, 'text-anchor': 'middle' }, x.label),
    text({ x: 20, y: middle, 'text-anchor': 'middle', transform: `rotate(-90 20 ${middle})` }, y.label),
  );
}

function legendOf(entries: readonly LegendEntry[], left: number): Svg {
  const lines = entries.flatMap(({ sample: { kind, attributes }, name, detail = '' }, n) => {
    const y = MARGIN.top + 12 + n * LEGEND.line;
    const swatch =
      kind === 'line'
        ? element('line', { x1: left, x2: left + LEGEND.swatch - 6, y1: y - 4, y2: y - 4, 'stroke-width': 2.5, ...attributes })
        : element('rect', { x: left + 2, y: y - 10, width: 13, height: 13, rx: 2, ...attributes });
    return [swatch, text({ x: left + LEGEND.swatch, y }, name), text({ x: left + LEGEND.swatch, y: y + 14, 'font-size': 11, fill: FAINT }, detail)];
  });
  return group({}, ...lines);
}
