import { setTimeout as delay } from 'node:timers/promises';
import { SANDBOXES } from '../../../src/controllers/shared/objects';
import { sandbox } from '../stage/objects';
import type { Bench } from './bench';
import { full, parallel, timed } from './claims';
import { fillMeasured } from './pools';
import { isTrue } from './single';

// Longer than every window of the controller.
const CALM_MS = 10_000;
const IDLE_MS = 30_000;
const AT_ONCE = 20;
const NOTHING = 'nothing: no time is measured';

/** Nothing happens: half of the Sandboxes are members of a pool, a quarter has a claim, a quarter has a Service and neither. */
export async function rest(bench: Bench): Promise<void> {
  const { rest: seconds, sandboxes } = bench.sizes;
  await bench.ready('on');
  await populate(bench, 'rest', sandboxes);
  await delay(Math.min(CALM_MS, seconds * 1000));
  const plan = { workload: 'rest', unit: 'Sandbox', ready: NOTHING, arrival: `nothing for ${seconds} s`, pool: membersOf(sandboxes), refill: 'on' } as const;
  await bench.work(plan, () => atRest(seconds * 1000));
}

/** The controller is stopped and started with live objects, in rounds. */
export async function restart(bench: Bench): Promise<void> {
  const { rounds, sandboxes } = bench.sizes;
  await bench.ready('on');
  await populate(bench, 'restart', sandboxes);
  for (let round = 1; round <= rounds; round++) {
    await delay(CALM_MS);
    await bench.own.stop();
    const ready = 'from the start of the process to the first 200 of its /readyz';
    await bench.work(
      { workload: 'restart', round, unit: 'start', ready, arrival: `with ${sandboxes} Sandboxes`, pool: membersOf(sandboxes), refill: 'on' },
      async () => {
        const ms = await bench.restart('on');
        return { claims: [{ name: `start-${round}`, ms }], wallMs: ms };
      },
    );
  }
}

/** Many members of a pool that nobody claims: after they were made, and after a start. */
export async function idle(bench: Bench): Promise<void> {
  const { idle: members } = bench.sizes;
  await bench.ready('on');
  await fillMeasured(bench, 'idle', members);
  const plan = { workload: 'idle', unit: 'Sandbox', ready: NOTHING, pool: members, refill: 'on' } as const;
  await delay(CALM_MS);
  await bench.work({ ...plan, arrival: 'after they were made' }, () => atRest(IDLE_MS));
  if (!bench.site.own) return;
  await bench.restart('on');
  await delay(CALM_MS);
  await bench.work({ ...plan, arrival: 'after a start' }, () => atRest(IDLE_MS));
}

async function atRest(ms: number): Promise<{ readonly claims: readonly []; readonly wallMs: number }> {
  await delay(ms);
  return { claims: [], wallMs: ms };
}

async function populate(bench: Bench, name: string, sandboxes: number): Promise<void> {
  const { user } = bench;
  const quarter = Math.floor(sandboxes / 4);
  await bench.fill(name, membersOf(sandboxes));
  const { claims } = await parallel(user, name, quarter, AT_ONCE);
  const { waiting, stop } = user.watchSandboxes((made) => isTrue(made, 'Ready'));
  const made = await timed(quarter, AT_ONCE, (n) => waiting.time(`${name}-bare-${n}`, () => user.make(SANDBOXES, sandbox(`${name}-bare-${n}`))));
  stop();
  await full(user, name);
  const failed = [...claims, ...made.claims].find(({ failure }) => failure !== undefined);
  if (failed) throw new Error(`${failed.name}: ${failed.failure}`);
}

const membersOf = (sandboxes: number): number => sandboxes - 2 * Math.floor(sandboxes / 4);
