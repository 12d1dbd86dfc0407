import { setTimeout as delay } from 'node:timers/promises';
import { CLAIMS, PODS, SANDBOXES, WARM_POOLS, type SandboxClaim, type SandboxWarmPool } from '../../../src/controllers/shared/objects';
import { until } from '../../cluster/until';
import { pool } from '../stage/objects';
import type { Claimed, User } from '../stage/user';
import { inTurns, type RawWrites, type Sample } from './raw';

/** What a workload came to. */
export interface Run {
  readonly claims: readonly Claimed[];
  /** From its first request to the last Ready. */
  readonly wallMs: number;
}

// What goes on behind a claim that is Ready must not slow down what is measured next.
const PAUSE_MS = 100;
const FILL_TIMEOUT_MS = 600_000;

/** Makes a pool and waits until all its members are Ready; resolves to how long that took. */
export async function fill(user: User, name: string, replicas: number): Promise<number> {
  const fromMs = performance.now();
  await user.make(WARM_POOLS, pool(name, replicas));
  await full(user, name);
  return performance.now() - fromMs;
}

/** Lets a pool have no members any more: those that were claimed stay, and the next controller fills nothing that nobody measures. */
export const retire = (user: User, name: string): Promise<unknown> => user.patch(WARM_POOLS, name, { spec: { replicas: 0 } });

/** Waits until all members of a pool are Ready. */
export async function full(user: User, name: string): Promise<void> {
  const isFull = async () => {
    const { spec, status } = await user.get<SandboxWarmPool>(WARM_POOLS, name);
    return status?.readyReplicas === spec.replicas ? true : undefined;
  };
  await until(`pool ${name} to be full`, isFull, FILL_TIMEOUT_MS);
}

/** What is stored of a bound claim. */
export async function sampleOf(user: User, { name, sandbox = '' }: Claimed): Promise<Sample> {
  const [claim, owned, pod] = [await user.get<SandboxClaim>(CLAIMS, name), await user.get(SANDBOXES, sandbox), await user.get(PODS, sandbox)];
  // A stored Pod has a spec.
  return { claim, sandbox: owned, pod: pod };
}

/** One claim after the other; between them, on the same idle server, pairs of raw PATCHes. */
export async function serial(user: User, poolName: string, claims: number, raw: RawWrites): Promise<Run & { readonly pairsMs: readonly number[] }> {
  const [done, pairsMs]: [Claimed[], number[]] = [[], []];
  for (let n = 0; n < claims; n++) {
    await delay(PAUSE_MS);
    done.push(await user.claim(`${poolName}-${n}`, poolName));
    await delay(PAUSE_MS);
    pairsMs.push(await raw.pair(n));
  }
  return { claims: done, wallMs: done.reduce((sum, { ms }) => sum + ms, 0), pairsMs };
}

/** So many workers, each of which makes the next claim when its last one is Ready. */
export function parallel(user: User, poolName: string, claims: number, workers: number): Promise<Run> {
  return timed((done) => inTurns(numbers(claims), workers, async (n) => void done.push(await user.claim(`${poolName}-${n}`, poolName))));
}

/** All claims at the same time. */
export const burst = (user: User, poolName: string, claims: number): Promise<Run> => parallel(user, poolName, claims, claims);

/** Claims at a fixed rate, whatever becomes of them; each counts from the moment at which it was due. */
export function sustained(user: User, poolName: string, perSecond: number, seconds: number): Promise<Run> {
  return timed(async (done) => {
    const startMs = performance.now();
    const all = numbers(perSecond * seconds).map(async (n) => {
      const dueMs = startMs + (n * 1000) / perSecond;
      await delay(Math.max(0, dueMs - performance.now()));
      done[n] = await user.claim(`${poolName}-${n}`, poolName, dueMs);
    });
    await Promise.all(all);
  });
}

async function timed(work: (done: Claimed[]) => Promise<unknown>): Promise<Run> {
  const claims: Claimed[] = [];
  const fromMs = performance.now();
  await work(claims);
  return { claims, wallMs: performance.now() - fromMs };
}

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n);
