import { perUnit } from '../report/measures';
import { workloadsOf } from '../report/rounds';
import type { Cost, Figures, Results } from '../results';

/** What one claim and one Sandbox cost, as it was measured. */
export interface Costs {
  /** Of one warm claim whose member is replaced. */
  readonly claim: ClaimCosts;
  /** Memory of the controller without any Sandbox, and what each adds to it. */
  readonly controllerMb: number;
  readonly sandboxMb: number;
}

export interface ClaimCosts {
  readonly controllerWrites: number;
  /** Of all actors: user, controller, scheduler, nodes. */
  readonly writes: number;
  readonly etcdPuts: number;
  readonly serverMs: number;
  readonly etcdMs: number;
  readonly controllerMs: number;
  readonly watchEvents: number;
  readonly watchKb: number;
  /** What is written into etcd, each write as large as the events of that object. */
  readonly writtenKb: number;
  /** A Sandbox, its Pod and its claim. */
  readonly storedKb: number;
}

/** Their objects exist as long as the claim does. */
const STORED = ['sandboxes', 'pods', 'sandboxclaims'];

/** In rest half of the Sandboxes are members of the pool, the others have a claim or nobody. */
const RESTING_PER_MEMBER = 2;

/** Throws if a run is missing from which a cost comes. */
export function costsOf({ runs }: Results): Costs {
  const claim = claimCosts(oneOf(runs, ({ workload }) => workload === 'sustained', 'sustained'));
  const few = oneOf(runs, ({ workload }) => workload === 'rest', 'rest');
  const fewSandboxes = few.pool * RESTING_PER_MEMBER;
  const many = oneOf(runs, ({ workload, pool }) => workload === 'idle' && pool > fewSandboxes, `idle with more than ${fewSandboxes} Sandboxes`);
  const [fewMb, manyMb] = [known(few.cost.rssMb, few, 'memory'), known(many.cost.rssMb, many, 'memory')];
  const sandboxMb = (manyMb - fewMb) / (many.pool - fewSandboxes);
  return { claim, sandboxMb, controllerMb: fewMb - sandboxMb * fewSandboxes };
}

function claimCosts(run: Figures): ClaimCosts {
  const { cost } = run;
  const per = (what: string, value: number | undefined): number => known(perUnit(run, value), run, what);
  return {
    controllerWrites: per('writes', cost.writes && total(cost.writes.controller)),
    writes: per('writes', cost.writes && total(writesOf(cost))),
    etcdPuts: per('puts of etcd', cost.etcdPuts),
    serverMs: per('processor time', cost.cpuMs?.['kube-apiserver']),
    etcdMs: per('processor time', cost.cpuMs?.etcd),
    controllerMs: per('processor time', cost.cpuMs?.controller),
    watchEvents: per('events of watches', cost.watchEvents && total(cost.watchEvents)),
    watchKb: per('bytes of watches', cost.watchBytes && total(cost.watchBytes)) / 1000,
    writtenKb: per('writes', writtenBytes(cost)) / 1000,
    storedKb: STORED.reduce((sum, resource) => sum + known(sizesOf(cost)[resource], run, `size of ${resource}`), 0) / 1000,
  };
}

/** Only of what some watch has shown the size of: Events, for example, nobody watches. */
function writtenBytes(cost: Cost): number {
  const sizes = sizesOf(cost);
  return total(Object.fromEntries(Object.entries(writesOf(cost)).map(([write, times]) => [write, times * (sizes[resourceOf(write)] ?? 0)])));
}

/** `sandboxes` of `patch sandboxes/status`. */
const resourceOf = (write: string): string => write.replace(/^\S+ /, '').replace(/\/.*/, '');

/** By `patch sandboxes`, of all actors. */
function writesOf({ writes = {} }: Cost): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const [write, times] of Object.values(writes).flatMap((own) => Object.entries(own))) sums[write] = (sums[write] ?? 0) + times;
  return sums;
}

/** Mean bytes of an event, by resource. */
function sizesOf({ watchEvents = {}, watchBytes = {} }: Cost): Readonly<Record<string, number>> {
  const shown = Object.entries(watchBytes).filter(([resource]) => (watchEvents[resource] ?? 0) > 0);
  return Object.fromEntries(shown.map(([resource, bytes]) => [resource, bytes / (watchEvents[resource] ?? 1)]));
}

function oneOf(runs: readonly Figures[], is: (run: Figures) => boolean, name: string): Figures {
  const [found] = workloadsOf(runs.filter(is));
  if (!found) throw new Error(`the results have no run of ${name}: measure it with npm run bench`);
  return found.run;
}

function known(value: number | undefined, { workload }: Figures, what: string): number {
  if (value === undefined) throw new Error(`the results do not say of ${workload}: ${what}`);
  return value;
}

const total = (numbers: Readonly<Record<string, number>> = {}): number => Object.values(numbers).reduce((sum, value) => sum + value, 0);
