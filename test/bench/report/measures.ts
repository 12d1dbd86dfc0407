import type { Cost, Figures } from '../results';

/** A number of one run of a workload; undefined when the run cannot say. */
export type Measure = (run: Figures) => number | undefined;

/** What budgets and tables name. "Per unit" is per claim, per member and so on. */
export const MEASURES = {
  failures: ({ failures }) => failures.length,
  'Sandboxes given to two claims': ({ givenTwice }) => givenTwice,
  'claim-side writes per unit': (run) => perUnit(run, claimSideWrites(run.cost)),
  'writes of the controller per unit': (run) => perUnit(run, controllerWrites(run.cost)),
  'writes of the controller per unit, the status of the pool apart': (run) => perUnit(run, memberWrites(run.cost)),
  'writes of the controller in all': ({ cost }) => ownWrites(cost, () => true),
  'passes per unit': (run) => perUnit(run, passes(run.cost)),
  'reads by the controller': ({ cost }) => cost.reads,
  'time, as a multiple of what was measured beside it': timesBeside,
} as const satisfies Readonly<Record<string, Measure>>;

export type MeasureName = keyof typeof MEASURES;

/** The least value that this share of the values does not exceed; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export const isWarm = ({ warm, count }: Figures): boolean => warm === count;

/** Of a run without units, such as a rest, the number itself. */
export function perUnit({ count }: Figures, value: number | undefined): number | undefined {
  return value === undefined ? undefined : value / Math.max(1, count);
}

/** What the claim controller writes for a claim that gets a member: the Sandbox, the claim, its status. */
const CLAIM_SIDE = ['patch sandboxes', 'patch sandboxclaims', 'patch sandboxclaims/status'];
/** At most one a second, however many members a pool has. */
const POOL_STATUS = 'patch sandboxwarmpools/status';

export const claimSideWrites = (cost: Cost): number | undefined => ownWrites(cost, (write) => CLAIM_SIDE.includes(write));
/** Events may be dropped, so they are counted apart. */
export const controllerWrites = (cost: Cost): number | undefined => ownWrites(cost, (write) => !isEvent(write));
export const memberWrites = (cost: Cost): number | undefined => ownWrites(cost, (write) => !isEvent(write) && write !== POOL_STATUS);
export const eventWrites = (cost: Cost): number | undefined => ownWrites(cost, isEvent);

/** Passes of claims and of their Sandboxes. */
export function passes({ passes: all }: Cost): number | undefined {
  return all && (all.sandboxclaim ?? 0) + (all.sandbox ?? 0);
}

export const refusedWrites = ({ refused }: Cost): number | undefined => refused && total(Object.values(refused).flatMap((writes) => Object.values(writes)));

/** Units that were Ready, for each second from the first request to the last Ready. */
export const perSecond = ({ count, failures, wallMs }: Figures): number => ((count - failures.length) * 1000) / wallMs;

/** Median latency of each third of the units, in the order in which they were asked for. */
export function thirdsMs({ latenciesMs }: Figures): readonly number[] {
  const third = Math.ceil(latenciesMs.length / 3);
  return [0, 1, 2].map((n) => quantile(latenciesMs.slice(n * third, (n + 1) * third), 0.5));
}

// The last answer comes after the last unit was due, so that no rate is quite the one that was offered.
const CARRIED = 0.98;
const GROWTH = 2;

/** Whether what came at a rate was carried: nothing failed, answers came as fast as units, and the last third waited no longer than twice as long as the first. */
export function wasCarried(run: Figures): boolean | undefined {
  const { offeredPerSecond, failures } = run;
  if (offeredPerSecond === undefined) return undefined;
  const [first = Number.NaN, , last = Number.NaN] = thirdsMs(run);
  return failures.length === 0 && perSecond(run) >= CARRIED * offeredPerSecond && last <= GROWTH * first;
}

/** Of one thing done beside it, the whole time; of many, the median of each. */
function timesBeside({ latenciesMs, wallMs, beside }: Figures): number | undefined {
  if (beside === undefined || beside.ms.length === 0) return undefined;
  const ownMs = beside.ms.length === 1 ? wallMs : quantile(latenciesMs, 0.5);
  return ownMs / quantile(beside.ms, 0.5);
}

function ownWrites({ writes }: Cost, counts: (write: string) => boolean): number | undefined {
  if (writes === undefined) return undefined;
  const own = Object.entries(writes.controller ?? {});
  return total(own.filter(([write]) => counts(write)).map(([, times]) => times));
}

const isEvent = (write: string): boolean => write.endsWith(' events');
const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** As tables and legends write a time. */
export const milliseconds = (value: number): string => (value < 100 ? `${value.toFixed(1)} ms` : `${value.toFixed(0)} ms`);
