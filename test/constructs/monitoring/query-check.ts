import { parser } from '@prometheus-io/lezer-promql';
import { METRICS, PROCESS_METRICS } from '../../../src/api/metrics';

type Node = ReturnType<typeof parser.parse>['topNode'];

/** Labels that Prometheus gives to every series. */
const OF_TARGET = ['job', 'instance'];
const FAMILIES = new Map([...Object.values(METRICS), ...Object.values(PROCESS_METRICS)].map((family) => [family.name, family]));

/** What is wrong with a query: its grammar, a name or a label that no family has, or series of every job. Empty of a good one. */
export function problemsOf(query: string): readonly string[] {
  // Grafana fills this in with a duration.
  const text = query.replaceAll('$__rate_interval', '5m');
  const problems: string[] = [];
  const labels = new Set(OF_TARGET);
  const grouping = new Set<string>();
  parser.parse(text).iterate({
    enter({ type, from, to, node }) {
      const here = text.slice(from, to);
      if (type.isError) problems.push(`no PromQL at ${from}: ${text.slice(from)}`);
      if (type.name === 'VectorSelector') problems.push(...problemsOfSelector(node, text, labels));
      if (type.name === 'LabelName' && node.parent?.name === 'GroupingLabels') grouping.add(here);
      // label_replace(v, "new", …) makes a label.
      if (type.name === 'FunctionCall' && here.startsWith('label_replace(')) labels.add(/^label_replace\(.*?, "(\w+)", "\$1"/s.exec(here)?.[1] ?? '');
    },
  });
  return [...problems, ...[...grouping].filter((label) => !labels.has(label)).map((label) => `no series here has the label ${label}`)];
}

/** The labels by which the parts of a query are grouped; no other is left in its result. */
export const groupingLabels = (query: string): readonly string[] => Array.from(query.matchAll(/\bby \(([^)]*)\)/g), ([, list = '']) => list.split(', ')).flat();

/** Names of all families that a query asks for. */
export const familiesIn = (query: string): readonly string[] =>
  [...FAMILIES.keys()].filter((name) => new RegExp(`\\b${name}(_bucket|_count|_sum)?\\{`).test(query));

function problemsOfSelector(node: Node, text: string, labels: Set<string>): readonly string[] {
  const texts = (type: string): readonly string[] => {
    const found: string[] = [];
    node.cursor().iterate(({ name, from, to }) => void (name === type && to <= node.to && found.push(text.slice(from, to))));
    return found;
  };
  const [name = ''] = texts('Identifier');
  const matched = texts('LabelName');
  if (!matched.includes('job')) return [`${name} is asked of every job`];
  if (name === 'up') return [];
  const [, base = '', part] = /^(.*?)(_bucket|_count|_sum)?$/.exec(name) ?? [];
  const family = FAMILIES.get(base);
  if (family === undefined || (part !== undefined) !== (family.type === 'histogram')) return [`there is no metric ${name}`];
  const known = [...OF_TARGET, ...family.labelNames, ...(part === '_bucket' ? ['le'] : [])];
  known.forEach((label) => labels.add(label));
  return matched.filter((label) => !known.includes(label)).map((label) => `${name} has no label ${label}`);
}
