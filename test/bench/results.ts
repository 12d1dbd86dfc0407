/** What a run of `npm run bench` found: results.json holds it, and tables, plots and budgets are made of nothing else. */
export interface Results {
  readonly about: About;
  /** In the order in which they ran; a workload that ran in several rounds has a figure for each. */
  readonly runs: readonly Figures[];
}

/** What stands beside every figure of one run. */
export interface About {
  /** Name and version, or how it was given. */
  readonly controller: string;
  /** Its flags beside those that the bench needs. */
  readonly flags: readonly string[];
  /** What makes Pods run: kwok behind kube-scheduler, the bench's own player, or the nodes of the cluster. */
  readonly nodes: string;
  /** By name of the program: `kube-apiserver`, `etcd`, `kwok`, `node`. */
  readonly versions: Readonly<Record<string, string>>;
  readonly processors: string;
  readonly memoryGb: number;
  /** UTC, RFC 3339, seconds. */
  readonly startedAt: string;
}

/** One workload, once. What could not be had of a cluster that was given is left out, never 0. */
export interface Figures {
  /** `serial`, `workers`, `burst` and so on, as on the command line. */
  readonly workload: string;
  /** From 1. */
  readonly round: number;
  /** What is counted, in the singular: `claim`, `Sandbox`, `member`. */
  readonly unit: string;
  /** What Ready meant, or what else a latency is the time of. */
  readonly ready: string;
  /** How many were on their way at one time, or at which rate they came: `20 at a time`. */
  readonly arrival: string;
  /** The rate at which units were due, if they came at a rate, whatever became of those before. */
  readonly offeredPerSecond?: number;
  /** Ready members at the beginning. */
  readonly pool: number;
  readonly refill: 'on' | 'off' | 'as the controller does' | 'none';
  /** Units that were asked for, those that failed included. */
  readonly count: number;
  readonly failures: readonly Failure[];
  /** Units that got a member of the pool. */
  readonly warm: number;
  /** Sandboxes that two claims were told of. */
  readonly givenTwice: number;
  /** Of the units that did not fail, in the order in which they were asked for. */
  readonly latenciesMs: readonly number[];
  /** From the first request to the last Ready. */
  readonly wallMs: number;
  /** One-minute load average before and after. */
  readonly load: readonly [number, number];
  readonly cost: Cost;
  /** The same thing without any controller, in the same run. */
  readonly beside?: Beside;
}

/** Why a unit was not Ready. */
export interface Failure {
  readonly name: string;
  readonly reason: string;
}

/** What the workload cost, until the controller had nothing more to write. */
export interface Cost {
  /** Numbers of writes that the API server took, by actor and then by `patch sandboxes/status`, from its audit log. Leases are left out. */
  readonly writes?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Writes that it refused, in the same order. */
  readonly refused?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Reads by the controller that no watch begins with. */
  readonly reads?: number;
  /** Events that the API server sent to watches, by plural of the resource. */
  readonly watchEvents?: Readonly<Record<string, number>>;
  /** Bytes of those events, by plural of the resource. */
  readonly watchBytes?: Readonly<Record<string, number>>;
  readonly etcdPuts?: number;
  /** Processor time by program: `controller`, `kube-apiserver`, `etcd`, `kube-scheduler`, `nodes`. */
  readonly cpuMs?: Readonly<Record<string, number>>;
  /** Resident memory of the controller at the end. */
  readonly rssMb?: number;
  /** The most that it held during the workload. */
  readonly peakRssMb?: number;
  readonly eventLoopP99Ms?: number;
  /** Passes by controller: `sandboxclaim`, `sandbox`, `sandboxwarmpool`. */
  readonly passes?: Readonly<Record<string, number>>;
}

/** What was measured beside a workload: the same writes sent raw. */
export interface Beside {
  /** What it was, as a phrase: `two serial PATCHes`. */
  readonly what: string;
  /** One for each time it was done. */
  readonly ms: readonly number[];
  /** Processor time of whoever sent them, for one unit. */
  readonly cpuMsPerUnit?: number;
}
