import type { Figures, Results } from '../results';
import { greatestOf, leastOf, linearAxis, logAxis, LEAST_MS } from './axis';
import { chart, colourOf, dashOf, type Area } from './chart';
import { milliseconds, quantile } from './measures';
import { workloadsOf } from './rounds';
import { element, short, type Svg } from './svg';

const POINTS = 200;

/** Which share of the units was Ready after which time, a line for each workload; rates have a plot of their own. */
export function latencyPlot({ runs }: Results): Svg {
  const isDrawn = ({ latenciesMs, workload, unit }: Figures): boolean =>
    latenciesMs.length > 0 && workload !== 'rate' && (unit === 'claim' || unit === 'Sandbox');
  const all = workloadsOf(runs.filter(isDrawn)).map(({ run }) => run);
  const times = all.flatMap(({ latenciesMs }) => latenciesMs).filter((ms) => ms >= LEAST_MS);
  return chart({
    title: 'How long until Ready',
    subtitle: 'Share of claims or Sandboxes that were Ready (or suspended) within a time, from the request or from when it was due.',
    x: logAxis('time, milliseconds (logarithmic)', leastOf(times, 1), greatestOf(times, 10)),
    y: linearAxis('share, percent', 100, ' %'),
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
