import { METRICS } from '../../api/metrics';
import { ROWS, type Panel, type Query, type Row } from './panels';

// Grafana's grid is 24 wide.
const PANEL = { w: 8, h: 7 };
const PER_LINE = 3;
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

/** The dashboard as Grafana imports it. */
export function dashboard(): object {
  return {
    uid: 'agent-sandbox',
    title: 'Agent sandboxes',
    tags: ['agent-sandbox'],
    // That of Grafana 11; newer ones bring it up to date themselves.
    schemaVersion: 39,
    editable: true,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    templating: { list: VARIABLES },
    panels: panelsOf(ROWS),
  };
}

const variable = (name: string, label: string, query: string, more: object): object => ({
  ...{ name, label, query, type: 'query', datasource: DATASOURCE, refresh: 2, sort: 1 },
  ...more,
});

const VARIABLES: readonly object[] = [
  { name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' },
  variable('job', 'Controller', `label_values(${METRICS.buildInfo.name}, job)`, {}),
  variable('namespace', 'Namespace', `label_values(${METRICS.sandboxes.name}{job="$job"}, namespace)`, { multi: true, includeAll: true, allValue: '.*' }),
];

/** Rows and panels in one list, numbered, each at its place. */
function panelsOf(rows: readonly Row[]): readonly object[] {
  const all: object[] = [];
  let y = 0;
  for (const { title, panels } of rows) {
    all.push({ id: all.length + 1, type: 'row', title, collapsed: false, gridPos: { x: 0, y: y++, w: 24, h: 1 }, panels: [] });
    panels.forEach((panel, index) => {
      const place = { x: (index % PER_LINE) * PANEL.w, y: y + Math.floor(index / PER_LINE) * PANEL.h, ...PANEL };
      all.push({ id: all.length + 1, ...diagram(panel), gridPos: place });
    });
    y += Math.ceil(panels.length / PER_LINE) * PANEL.h;
  }
  return all;
}

const diagram = ({ title, unit, queries }: Panel): object => ({
  type: 'timeseries',
  title,
  datasource: DATASOURCE,
  fieldConfig: { defaults: { unit, min: 0, custom: { fillOpacity: 10, showPoints: 'never' } }, overrides: [] },
  options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
  targets: queries.map(target),
});

const target = ({ expr, legend }: Query, index: number): object => ({
  refId: String.fromCharCode('A'.charCodeAt(0) + index),
  datasource: DATASOURCE,
  expr,
  legendFormat: legend,
});
