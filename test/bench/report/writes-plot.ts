import type { Figures, Results } from '../results';
import { bandAxis, linearAxis } from './axis';
import { chart, colourOf, type Area, type LegendEntry } from './chart';
import { REFERENCE, REFERENCE_COLOUR } from './reference';
import { workloadsOf } from './rounds';
import { element, text, type Svg } from './svg';

/** Writes of the controller for each claim, by resource, a bar for each workload. */
export function writesPlot({ runs }: Results): Svg {
  const ofClaims = runs.filter(({ unit, count, cost }) => unit === 'claim' && count > 0 && cost.writes !== undefined);
  const bars = workloadsOf(ofClaims).map(({ label, run }) => ({ label, parts: writesByResource(run) }));
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
      bars.map(({ label }) => label),
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
      element('line', { x1: area.x(REFERENCE.writes), x2: area.x(REFERENCE.writes), y1: area.top, y2: area.bottom, ...style }),
      ...sums.map((sum, row) => text({ x: area.x(sum) + 6, y: area.y(row + 0.5) + 4, 'font-weight': 600, ...HALO }, sum.toFixed(2))),
    ],
  });
}

interface Bar {
  readonly parts: ReadonlyMap<string, number>;
  readonly row: number;
  readonly resources: readonly string[];
}

const BAR = 0.62;
/** So that a number can be read above a line. */
const HALO = { stroke: '#ffffff', 'stroke-width': 4, 'paint-order': 'stroke' };

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
