import type { Cost } from '../stage/measurement';
import type { Claimed } from '../stage/user';
import type { Run } from '../workloads/claims';

/** One workload with all that belongs to its figures. */
export interface Workload {
  readonly name: string;
  /** How many claims were on their way at one time, or at which rate they came. */
  readonly arrival: string;
  /** Members that were Ready at its beginning. */
  readonly pool: number;
  readonly hasRefill: boolean;
  readonly run: Run;
  readonly cost: Cost;
}

/** The value below which that share of the values lies; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export const isWarm = ({ name, sandbox }: Claimed): boolean => sandbox !== undefined && sandbox !== name;
export const failuresIn = ({ claims }: Run): number => claims.filter(({ failure }) => failure !== undefined).length;
export const warmIn = ({ claims }: Run): number => claims.filter(isWarm).length;
export const latenciesOf = ({ claims }: Run): readonly number[] => claims.filter(({ failure }) => failure === undefined).map(({ ms }) => ms);

/** What the claim controller writes for a claim that gets a member: the Sandbox, the claim, its status. */
const CLAIM_SIDE = ['patch sandboxes', 'patch sandboxclaims', 'patch sandboxclaims/status'];

export const claimSideWrites = ({ writes: { controller } }: Cost): number => CLAIM_SIDE.reduce((sum, write) => sum + (controller[write] ?? 0), 0);

/** All writes of the controller; events may be dropped, so they are counted apart. */
export const controllerWrites = ({ writes: { controller } }: Cost): number => sum(Object.entries(controller).filter(([write]) => !isEvent(write)));
export const eventWrites = ({ writes: { controller } }: Cost): number => sum(Object.entries(controller).filter(([write]) => isEvent(write)));

/** Passes of the claims and of their Sandboxes. */
export const claimPasses = ({ passes: { sandbox, sandboxclaim } }: Cost): number => sandbox + sandboxclaim;

const isEvent = (write: string): boolean => write.endsWith(' events');
const sum = (entries: ReadonlyArray<readonly [string, number]>): number => entries.reduce((total, [, count]) => total + count, 0);

/** Something that is counted and has to hold. */
export interface Check {
  readonly what: string;
  readonly found: number;
  readonly expected: string;
  readonly holds: boolean;
}

/** What the numbers of writes and passes have to be (spec 08 §4.7); times are never judged. */
export function checksOf(workloads: readonly Workload[], fills: readonly Filled[], givenTwice: number): readonly Check[] {
  const all = workloads.flatMap(({ name, run }) => [{ what: `${name}: claims that failed`, found: failuresIn(run), ...exactly(0) }]);
  const warm = workloads.filter(({ run }) => warmIn(run) === run.claims.length);
  const budgets = warm.flatMap(({ name, hasRefill, run: { claims }, cost }) => [
    { what: `${name}: claim-side writes per claim`, found: claimSideWrites(cost) / claims.length, ...exactly(3) },
    { what: `${name}: writes of the controller per claim`, found: controllerWrites(cost) / claims.length, ...atMost(hasRefill ? 11 : 6) },
    ...(hasRefill ? [] : [{ what: `${name}: passes per claim`, found: claimPasses(cost) / claims.length, ...atMost(4) }]),
  ]);
  const filled = fills.map(({ members, cost }) => ({ what: 'fill: writes of the controller per member', found: memberWrites(cost) / members, ...atMost(4) }));
  const checks = [{ what: 'Sandboxes given to two claims', found: givenTwice, ...exactly(0) }, ...all, ...budgets, ...filled];
  return checks.map(({ test, ...check }) => ({ ...check, holds: test(check.found) }));
}

/** A pool that was filled. */
export interface Filled {
  readonly members: number;
  readonly wallMs: number;
  readonly cost: Cost;
}

/** Of a pool's own status there is one write a second, however many members it has. */
export const memberWrites = (cost: Cost): number => controllerWrites(cost) - (cost.writes.controller['patch sandboxwarmpools/status'] ?? 0);

const exactly = (value: number) => ({ expected: value.toFixed(2), test: (found: number) => found === value });
const atMost = (value: number) => ({ expected: `at most ${value}`, test: (found: number) => found <= value });
