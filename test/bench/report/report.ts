import { cpus } from 'node:os';
import { formatSpread, ratios, spreadOf } from '../spread';
import {
  claimPasses,
  claimSideWrites,
  controllerWrites,
  eventWrites,
  failuresIn,
  latenciesOf,
  memberWrites,
  quantile,
  warmIn,
  type Check,
  type Filled,
  type Workload,
} from './figures';

/** Everything that was measured. */
export interface Findings {
  readonly workloads: readonly Workload[];
  readonly fills: readonly Filled[];
  readonly serial: { readonly claimsMs: readonly number[]; readonly pairsMs: readonly number[] };
  /** How fast the objects of members were made without any controller. */
  readonly rawMembersPerSecond: number;
  /** Milliseconds of each round: until the last claim is Ready, of the same writes sent raw, and of processor time for each claim, of the controller and of whoever sends raw. */
  readonly bursts: Readonly<Record<'claimsMs' | 'rawMs' | 'cpuMs' | 'rawCpuMs', readonly number[]>>;
  /** Median latency of each third of the sustained workload. */
  readonly thirdsMs: readonly number[];
  readonly memory: { readonly rssMb: number; readonly rssAfterWorkMb: number; readonly sandboxes: number; readonly claims: number };
  /** Microseconds by size of the pool, one for each round. */
  readonly picks: ReadonlyMap<number, readonly number[]>;
  readonly checks: readonly Check[];
}

/** The findings as Markdown. */
export function report(findings: Findings): string {
  const { workloads, fills, checks } = findings;
  const broken = checks.filter(({ holds }) => !holds);
  return [
    `Node.js ${process.version}, Linux, ${cpus().length} processors. "Ready" is the first watch event of the claim with Ready True, counted from the sending of its POST, or from when that was due.`,
    table(['workload', 'claims', 'pool', 'refill', 'p50', 'p90', 'p99', 'max', 'claims/s', 'warm', 'failed', 'load'], workloads.map(latencyRow)),
    table(['per claim', 'claim-side writes', 'all writes', 'events', 'passes', 'reads', 'controller', 'API server', 'etcd', 'kubelet'], workloads.map(costRow)),
    table(['actor and write, per claim', ...workloads.map(({ name }) => name)], writeRows(workloads)),
    table(['pool fill', 'members/s', 'writes per member', 'events', 'controller per member', 'API server per member'], fills.map(fillRow)),
    table(['', 'figure', 'aim', ''], aims(findings)),
    `${checks.length} counts checked; ${broken.length === 0 ? 'all hold' : `NOT: ${broken.map(({ what, found, expected }) => `${what} is ${found}, expected ${expected}`).join('; ')}`}.`,
  ].join('\n\n');
}

function latencyRow({ name, arrival, pool, hasRefill, run, cost }: Workload): readonly string[] {
  const { claims, wallMs } = run;
  const quantiles = [0.5, 0.9, 0.99, 1].map((share) => milliseconds(quantile(latenciesOf(run), share)));
  const rate = ((claims.length * 1000) / wallMs).toFixed(1);
  return [
    `${name}: ${arrival}`,
    `${claims.length}`,
    `${pool}`,
    hasRefill ? 'on' : 'off',
    ...quantiles,
    rate,
    `${warmIn(run)}`,
    `${failuresIn(run)}`,
    cost.load.toFixed(1),
  ];
}

function costRow({ name, run: { claims }, cost }: Workload): readonly string[] {
  const per = (value: number, digits = 2): string => (value / claims.length).toFixed(digits);
  const { cpuMs } = cost;
  return [
    name,
    per(claimSideWrites(cost)),
    per(controllerWrites(cost)),
    per(eventWrites(cost)),
    per(claimPasses(cost)),
    per(cost.reads),
    ...[cpuMs.controller, cpuMs['kube-apiserver'], cpuMs.etcd, cpuMs.kubelet].map((value) => `${per(value)} ms`),
  ];
}

function writeRows(workloads: readonly Workload[]): ReadonlyArray<readonly string[]> {
  const actors = ['controller', 'user', 'kubelet'] as const;
  const rows = actors.flatMap((actor) => {
    const kinds = [...new Set(workloads.flatMap(({ cost }) => Object.keys(cost.writes[actor])))].sort();
    return kinds.map((kind) => [
      `${actor} ${kind}`,
      ...workloads.map(({ cost, run: { claims } }) => ((cost.writes[actor][kind] ?? 0) / claims.length).toFixed(2)),
    ]);
  });
  return rows;
}

function fillRow({ members, wallMs, cost }: Filled): readonly string[] {
  const per = (value: number): string => (value / members).toFixed(2);
  const rate = ((members * 1000) / wallMs).toFixed(1);
  return [
    `${members} members`,
    rate,
    per(memberWrites(cost)),
    per(eventWrites(cost)),
    `${per(cost.cpuMs.controller)} ms`,
    `${per(cost.cpuMs['kube-apiserver'])} ms`,
  ];
}

function aims({ workloads, fills, rawMembersPerSecond, serial, bursts, thirdsMs, memory, picks }: Findings): ReadonlyArray<readonly string[]> {
  const row = (what: string, value: number, [aim, digits, unit]: readonly [number, number, string]): readonly string[] => [
    what,
    `${value.toFixed(digits)}${unit}`,
    `at most ${aim}${unit}`,
    value <= aim ? 'reached' : 'missed',
  ];
  const named = (name: string): Workload | undefined => workloads.find((workload) => workload.name === name);
  const medianOf = (name: string): number => quantile(latenciesOf(named(name)?.run ?? { claims: [], wallMs: 0 }), 0.5);
  const sustainedRate = named('sustained');
  const rate = sustainedRate ? (latenciesOf(sustainedRate.run).length * 1000) / sustainedRate.run.wallMs : 0;
  const [least = [], most = []] = [...picks.values()];
  const burstRatios = ratios(bursts.claimsMs, bursts.rawMs);
  const fillRates = fills.map(({ members, wallMs }) => (members * 1000) / wallMs);
  return [
    row('serial, p50', quantile(serial.claimsMs, 0.5), [20, 1, ' ms']),
    row('serial, p50 / that of two serial PATCHes', quantile(serial.claimsMs, 0.5) / quantile(serial.pairsMs, 0.5), [2, 2, '']),
    row('workers, p50', medianOf('workers'), [250, 0, ' ms']),
    row('burst until the last is Ready', spreadOf(bursts.claimsMs).median / 1000, [3, 2, ' s']),
    row(`burst / the same writes sent raw, ${formatSpread(burstRatios)}`, spreadOf(burstRatios).median, [1.5, 2, '']),
    [
      'sustained with refill',
      `${rate.toFixed(1)} claims/s; p50 of each third ${thirdsMs.map(milliseconds).join(', ')}`,
      'at least 30 claims/s, flat',
      rate >= 30 ? 'reached' : 'missed',
    ],
    ['pool fill', `${formatSpread(fillRates, 1)} members/s`, 'at least 40 members/s', spreadOf(fillRates).median >= 40 ? 'reached' : 'missed'],
    ['the same / the objects made raw', (spreadOf(fillRates).median / rawMembersPerSecond).toFixed(2), '', ''],
    row(`processor time of the controller per warm claim, ${formatSpread(bursts.cpuMs)}`, spreadOf(bursts.cpuMs).median, [1.5, 2, ' ms']),
    ['the same / that of sending the same writes raw', formatSpread(ratios(bursts.cpuMs, bursts.rawCpuMs)), '', ''],
    row(`memory (RSS) with ${memory.sandboxes} Sandboxes and ${memory.claims} claims, after a start`, memory.rssMb, [120, 0, ' MB']),
    row('the same, after the work that made them', memory.rssAfterWorkMb, [120, 0, ' MB']),
    row(`pick from ${[...picks.keys()].join(' and ')} members, ratio ${formatSpread(ratios(most, least))}`, spreadOf(ratios(most, least)).median, [1.2, 2, '']),
  ];
}

const milliseconds = (value: number): string => (value < 100 ? `${value.toFixed(1)} ms` : `${value.toFixed(0)} ms`);

function table(head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
