import type { Costs } from './costs';

/** What users ask of one cluster, in a steady state: as many Sandboxes end as begin. */
export interface Demand {
  readonly name: string;
  readonly claimsPerSecond: number;
  readonly sandboxes: number;
}

/** How much of one processor a controller may take: its JavaScript runs on one thread, which needs room for peaks. Chosen. */
export const CONTROLLER_SHARE = 0.6;
/** Seconds between two compactions of etcd, `--etcd-compaction-interval` of kube-apiserver: at least so much history is kept. */
export const COMPACTION_SECONDS = 300;
/** Kinds that the controller watches with `--extensions`. */
export const WATCHED_KINDS = 8;
/** Pods that a namespace should have at most (SIG Scalability). */
export const PODS_PER_NAMESPACE = 3000;

/** A quantity of a cluster, with the formula beside it. */
export interface Quantity {
  readonly what: string;
  readonly formula: string;
  readonly unit: string;
  readonly of: (costs: Costs, demand: Demand) => number;
}

const GB = 1e6;

export const controllersFor = ({ claim }: Costs, { claimsPerSecond }: Demand): number =>
  Math.max(1, Math.ceil((claimsPerSecond * claim.controllerMs) / 1000 / CONTROLLER_SHARE));

const namespacesFor = ({ sandboxes }: Demand): number => Math.ceil(sandboxes / PODS_PER_NAMESPACE);

/** Gigabytes of what is stored, and of the versions between two compactions. */
export function databaseGb({ claim }: Costs, { sandboxes, claimsPerSecond }: Demand): number {
  return (sandboxes * claim.storedKb + claimsPerSecond * claim.writtenKb * COMPACTION_SECONDS) / GB;
}

export const QUANTITIES: readonly Quantity[] = [
  { what: 'life of a claim', formula: 'Sandboxes / rate', unit: 's', of: (_, { sandboxes, claimsPerSecond }) => sandboxes / claimsPerSecond },
  { what: 'writes of the controller', formula: 'W × rate', unit: 'per s', of: ({ claim }, { claimsPerSecond }) => claim.controllerWrites * claimsPerSecond },
  { what: 'writes that the API servers take', formula: 'A × rate', unit: 'per s', of: ({ claim }, { claimsPerSecond }) => claim.writes * claimsPerSecond },
  { what: 'puts of etcd', formula: 'P × rate', unit: 'per s', of: ({ claim }, { claimsPerSecond }) => claim.etcdPuts * claimsPerSecond },
  { what: 'API servers', formula: 'S × rate', unit: 'processors', of: ({ claim }, { claimsPerSecond }) => (claim.serverMs * claimsPerSecond) / 1000 },
  { what: 'etcd, its leader', formula: 'E × rate', unit: 'processors', of: ({ claim }, { claimsPerSecond }) => (claim.etcdMs * claimsPerSecond) / 1000 },
  { what: 'controllers', formula: 'C × rate', unit: 'processors', of: ({ claim }, { claimsPerSecond }) => (claim.controllerMs * claimsPerSecond) / 1000 },
  { what: 'controllers, shards', formula: `C × rate / ${CONTROLLER_SHARE}, rounded up`, unit: 'processes', of: controllersFor },
  {
    what: 'controllers, memory of each',
    formula: 'B + M × Sandboxes / shards',
    unit: 'MB',
    of: (costs, demand) => costs.controllerMb + (costs.sandboxMb * demand.sandboxes) / controllersFor(costs, demand),
  },
  { what: 'namespaces, at least', formula: `Sandboxes / ${PODS_PER_NAMESPACE}, rounded up`, unit: '', of: (_, demand) => namespacesFor(demand) },
  { what: 'watches of controllers', formula: `${WATCHED_KINDS} × namespaces`, unit: '', of: (_, demand) => WATCHED_KINDS * namespacesFor(demand) },
  { what: 'events sent to watches', formula: 'V × rate', unit: 'per s', of: ({ claim }, { claimsPerSecond }) => claim.watchEvents * claimsPerSecond },
  { what: 'bandwidth of watches', formula: 'Y × rate', unit: 'MB/s', of: ({ claim }, { claimsPerSecond }) => (claim.watchKb * claimsPerSecond) / 1000 },
  { what: 'etcd, database', formula: `O × Sandboxes + H × rate × ${COMPACTION_SECONDS} s`, unit: 'GB', of: databaseGb },
];
