import { table, withPart } from '../markdown';
import type { Results } from '../results';
import { costsOf, type Costs } from './costs';
import { QUANTITIES, type Demand } from './demand';
import { inOrder, shareOf } from './limits';

/** The whole in one cluster, and a tenth of it in each of ten. */
const DEMANDS: readonly [Demand, Demand] = [
  { name: 'one cluster: 1,000 claims/s, 100,000 Sandboxes', claimsPerSecond: 1000, sandboxes: 100_000 },
  { name: 'each of ten: 100 claims/s, 10,000 Sandboxes', claimsPerSecond: 100, sandboxes: 10_000 },
];

/** docs/scale.md with the tables that these results give. */
export function pageOf(page: string, results: Results): string {
  const costs = costsOf(results);
  const parts = { costs: costTable(costs, results), demand: demandTable(costs), limits: limitTable(costs) };
  return Object.entries(parts).reduce((text, [name, part]) => withPart(text, `bench:scale ${name}`, part), page);
}

function costTable({ claim, controllerMb, sandboxMb }: Costs, { about }: Results): string {
  const rows: ReadonlyArray<readonly [string, string, number, string, string]> = [
    ['W', 'writes of the controller, Events included', claim.controllerWrites, '', 'sustained'],
    ['A', 'writes of all: user, controller, scheduler, nodes', claim.writes, '', 'sustained'],
    ['P', 'puts of etcd', claim.etcdPuts, '', 'sustained'],
    ['S', 'API server, processor time', claim.serverMs, ' ms', 'sustained'],
    ['E', 'etcd, processor time', claim.etcdMs, ' ms', 'sustained'],
    ['C', 'controller, processor time', claim.controllerMs, ' ms', 'sustained'],
    ['V', 'events sent to watches, of all programs', claim.watchEvents, '', 'sustained'],
    ['Y', 'bytes of these', claim.watchKb, ' kB', 'sustained'],
    ['H', 'written into etcd: each write as large as an event of its object', claim.writtenKb, ' kB', 'sustained'],
    ['O', 'a Sandbox, its Pod and its claim, as large as their events', claim.storedKb, ' kB', 'sustained'],
    ['B', 'controller, memory without Sandboxes', controllerMb, ' MB', 'rest, idle'],
    ['M', 'controller, memory for each Sandbox', sandboxMb * 1000, ' kB', 'rest, idle'],
  ];
  const measured = `Measured at ${about.startedAt} on ${about.processors}; nodes: ${about.nodes}.`;
  return [
    measured,
    table(
      ['', 'for one claim with refill, or one Sandbox', 'figure', 'workload'],
      rows.map(([sign, what, value, unit, from]) => [sign, what, `${short(value)}${unit}`, from]),
    ),
  ].join('\n\n');
}

function demandTable(costs: Costs): string {
  const rows = QUANTITIES.map(({ what, formula, unit, of }) => [what, formula, ...DEMANDS.map((demand) => `${short(of(costs, demand))} ${unit}`.trim())]);
  return table(['', 'formula', ...DEMANDS.map(({ name }) => name)], rows);
}

function limitTable(costs: Costs): string {
  const [whole] = DEMANDS;
  const rows = inOrder(costs, whole).map((limit) => [
    limit.what,
    `${short(limit.most)}${limit.unit}`,
    ...DEMANDS.map((demand) => percent(shareOf(limit, costs, demand))),
    `${short(whole.claimsPerSecond / shareOf(limit, costs, whole))} claims/s`,
    limit.step,
    limit.source,
  ]);
  return table(['limit of one cluster', 'at most', 'one cluster', 'each of ten', 'reached at', 'what lifts it', 'source'], rows);
}

const percent = (share: number): string => `${short(share * 100)} %`;

/** Three digits that count, thousands apart. */
const short = (value: number): string => Number(value.toPrecision(3)).toLocaleString('en-US');
