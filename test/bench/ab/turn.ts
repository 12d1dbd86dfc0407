import { fill, full, parallel, retire, type Run } from '../workloads/claims';
import type { Lane, Sample } from './lane';

/** What each contestant does in a turn, after its pools are full. */
interface Workload {
  readonly claims: number;
  /** How many claims are on their way at one time. */
  readonly workers: number;
  readonly hasRefill: boolean;
}

export const WORKLOADS = {
  serial: { claims: 30, workers: 1, hasRefill: false },
  workers: { claims: 120, workers: 20, hasRefill: false },
  burst: { claims: 120, workers: 120, hasRefill: false },
  refilled: { claims: 120, workers: 120, hasRefill: true },
} as const satisfies Readonly<Record<string, Workload>>;
export type WorkloadName = keyof typeof WORKLOADS;

/** The making of the pools, which is measured too. */
export const FILL = 'fill';

/** What a contestant did, and what it came to. */
export interface Work {
  readonly workload: WorkloadName | typeof FILL;
  readonly sample: Sample;
}

/** Flags that keep a pool from making members while claims take them. */
export const NO_REFILL = ['--sandbox-warm-pool-replenish-delay=1h', '--refill-min-free-percent=0'];

/** Lets V8 compile what is measured later. */
export const warmUp = (lane: Lane, name: string): Promise<unknown> => turn(lane, name, ['workers']);

/**
 * Makes the pools of some workloads, does those, and waits until nothing of it goes on. What a controller begins with is rest, as in most clusters. Names
 * must be new in the lane.
 */
export async function turn(lane: Lane, name: string, workloads: readonly WorkloadName[]): Promise<readonly Work[]> {
  const poolOf = (workload: WorkloadName): string => `${name}-${workload}`;
  const members = workloads.reduce((sum, workload) => sum + WORKLOADS[workload].claims, 0);
  const fills = () => Promise.all(workloads.map((workload) => fill(lane.user, poolOf(workload), WORKLOADS[workload].claims)));
  const restMb = lane.memoryMb;
  const works: Work[] = [{ workload: FILL, sample: { restMb, ...(await lane.measure(members, async () => void (await fills()))) } }];
  for (const workload of workloads) {
    const { claims, workers, hasRefill } = WORKLOADS[workload];
    const run = async (): Promise<Run> => {
      const done = await parallel(lane.user, poolOf(workload), claims, workers);
      if (hasRefill) await full(lane.user, poolOf(workload));
      return done;
    };
    works.push({ workload, sample: await lane.measure(claims, run) });
  }
  await lane.measure(1, async () => void (await Promise.all(workloads.map((workload) => retire(lane.user, poolOf(workload))))));
  return works;
}
