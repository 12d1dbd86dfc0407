import type { Costs } from './costs';
import { CONTROLLER_SHARE, databaseGb, type Demand } from './demand';

/** What one cluster should not exceed. */
export interface Limit {
  readonly what: string;
  readonly most: number;
  readonly unit: string;
  /** Where the number comes from, as Markdown. */
  readonly source: string;
  /** What lifts it. */
  readonly step: string;
  readonly of: (costs: Costs, demand: Demand) => number;
}

/** Of a control plane as one may buy it: three API servers of 32 processors each. Chosen. */
const SERVER_PROCESSORS = 96;

export const LIMITS: readonly Limit[] = [
  {
    what: 'one controller',
    ...{ most: CONTROLLER_SHARE, unit: ' processors', source: 'chosen: its JavaScript has one thread' },
    step: 'one controller for each set of namespaces, `--watch-namespaces`',
    of: ({ claim }, { claimsPerSecond }) => (claim.controllerMs * claimsPerSecond) / 1000,
  },
  {
    what: 'database of etcd',
    ...{ most: 8 * 1.024 ** 3, unit: ' GB', source: '[etcd](https://etcd.io/docs/v3.6/dev-guide/limit/): 8 GiB at most suggested' },
    step: 'compaction each minute; more clusters',
    of: databaseGb,
  },
  {
    what: 'Pods that are scheduled',
    most: 810,
    unit: ' per s',
    source:
      '[scheduler_perf](https://github.com/kubernetes/kubernetes/blob/master/test/integration/scheduler_perf/misc/performance-config.yaml): what the tests of Kubernetes demand on 5,000 nodes',
    step: 'more clusters',
    of: (_, { claimsPerSecond }) => claimsPerSecond,
  },
  {
    what: 'API servers',
    ...{ most: SERVER_PROCESSORS, unit: ' processors', source: 'chosen: three of 32 processors each' },
    step: 'fewer writes for each claim; more clusters',
    of: ({ claim }, { claimsPerSecond }) => (claim.serverMs * claimsPerSecond) / 1000,
  },
  {
    what: 'requests to etcd',
    ...{ most: 30_000, unit: ' per s', source: '[etcd](https://etcd.io/docs/v3.6/op-guide/performance/): more than that under heavy load' },
    step: 'more clusters',
    of: ({ claim }, { claimsPerSecond }) => claim.etcdPuts * claimsPerSecond,
  },
  {
    what: 'Pods',
    ...{ most: 150_000, unit: '', source: '[Kubernetes](https://kubernetes.io/docs/setup/best-practices/cluster-large/)' },
    step: 'more clusters',
    of: (_, { sandboxes }) => sandboxes,
  },
  {
    what: 'nodes, of 110 Pods each',
    ...{ most: 5000, unit: '', source: '[Kubernetes](https://kubernetes.io/docs/setup/best-practices/cluster-large/)' },
    step: 'more clusters',
    of: (_, { sandboxes }) => Math.ceil(sandboxes / 110),
  },
];

/** How often a limit is needed: above 1 it is exceeded. */
export const shareOf = ({ of, most }: Limit, costs: Costs, demand: Demand): number => of(costs, demand) / most;

/** The limits in the order in which a cluster that grows comes to them. */
export const inOrder = (costs: Costs, demand: Demand): readonly Limit[] => [...LIMITS].sort((a, b) => shareOf(b, costs, demand) - shareOf(a, costs, demand));
