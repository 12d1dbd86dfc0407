import { setTimeout as delay } from 'node:timers/promises';
import { CLAIMS, PODS, SANDBOXES, WARM_POOLS, type SandboxClaim, type SandboxWarmPool } from '../../../src/controllers/shared/objects';
import { until } from '../../cluster/until';
import { pool, type PoolOptions } from '../stage/objects';
import type { Claimed, User } from '../stage/user';
import { inTurns, type RawWrites, type Sample } from './raw';

/** What a workload came to. */
export interface Run {
  /** Whatever was asked for, claims or not. */
  readonly claims: readonly Claimed[];
  /** From its first request to the last Ready. */
  readonly wallMs: number;
}

// What goes on behind a claim that is Ready must not slow down what is measured next.
const PAUSE_MS = 100;
const PROGRESS_MS = 10_000;
// 10,000 members on a crowded machine.
const FILL_TIMEOUT_MS = 1_800_000;

/** Makes a pool and waits until all its members are Ready; resolves to how long that took. */
export async function fill(user: User, name: string, replicas: number, options?: FillOptions): Promise<number> {
  const fromMs = performance.now();
  await user.make(WARM_POOLS, pool(name, replicas, options));
  await full(user, name, options);
  return performance.now() - fromMs;
}

/** How a pool is made, and who hears how far it is. */
export interface FillOptions extends PoolOptions {
  /** Told now and then how many members are Ready. */
  readonly told?: (ready: number) => void;
}

/** Lets a pool have no members any more: those that were claimed stay, and the next controller fills nothing that nobody measures. */
export const retire = (user: User, name: string): Promise<unknown> => user.patch(WARM_POOLS, name, { spec: { replicas: 0 } });

/** Waits until all members of a pool are Ready. */
export async function full(user: User, name: string, { told }: Pick<FillOptions, 'told'> = {}): Promise<void> {
  let toldMs = performance.now();
  const isFull = async () => {
    const { spec, status } = await user.get<SandboxWarmPool>(WARM_POOLS, name);
    if (performance.now() - toldMs > PROGRESS_MS) {
      toldMs = performance.now();
      told?.(status?.readyReplicas ?? 0);
    }
    return (status?.readyReplicas ?? 0) === (spec.replicas ?? 0) ? true : undefined;
  };
  await until(`pool ${name} to be full`, isFull, FILL_TIMEOUT_MS);
}

/** What is stored of a bound claim. */
export async function sampleOf(user: User, { name, sandbox = '' }: Claimed): Promise<Sample> {
  const [claim, owned, pod] = [await user.get<SandboxClaim>(CLAIMS, name), await user.get(SANDBOXES, sandbox), await user.get(PODS, sandbox)];
  // A stored Pod has a spec.
  return { claim, sandbox: owned, pod: pod };
}

/** One claim after the other; between them, on the same idle server, pairs of raw PATCHes, if there is somebody to send them. */
export async function serial(user: User, poolName: string, claims: number, raw?: RawWrites): Promise<Run & { readonly pairsMs: readonly number[] }> {
  const [done, pairsMs]: [Claimed[], number[]] = [[], []];
  for (let n = 0; n < claims; n++) {
    await delay(PAUSE_MS);
    done.push(await user.claim(`${poolName}-${n}`, poolName));
    if (!raw) continue;
    await delay(PAUSE_MS);
    pairsMs.push(await raw.pair(n));
  }
  return { claims: done, wallMs: done.reduce((sum, { ms }) => sum + ms, 0), pairsMs };
}

/** So many workers, each of which makes the next claim when its last one is Ready. */
export function parallel(user: User, poolName: string, claims: number, workers: number): Promise<Run> {
  return timed(claims, workers, (n) => user.claim(`${poolName}-${n}`, poolName));
}

/** All claims at the same time. */
export const burst = (user: User, poolName: string, claims: number): Promise<Run> => parallel(user, poolName, claims, claims);

/** Claims at a fixed rate, whatever becomes of them; each counts from the moment at which it was due. */
export function sustained(user: User, poolName: string, perSecond: number, seconds: number): Promise<Run> {
  const startMs = performance.now();
  const claims = Math.round(perSecond * seconds);
  return timed(claims, claims, async (n) => {
    const dueMs = startMs + (n * 1000) / perSecond;
    await delay(Math.max(0, dueMs - performance.now()));
    return user.claim(`${poolName}-${n}`, poolName, dueMs);
  });
}

/** Does so many things, so many of them at a time; what came of them is in the order in which they were begun. */
export async function timed(count: number, atOnce: number, work: (n: number) => Promise<Claimed>): Promise<Run> {
  const claims: Claimed[] = [];
  const fromMs = performance.now();
  await inTurns(numbers(count), atOnce, async (n) => void (claims[n] = await work(n)));
  return { claims, wallMs: performance.now() - fromMs };
}

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n);
