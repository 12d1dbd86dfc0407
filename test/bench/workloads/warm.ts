import type { Bench } from './bench';
import { full, burst as claimAtOnce, parallel, serial as claimSerially, sustained as claimAtRate } from './claims';
import { RawWrites } from './raw';

/** One claim after the other; beside each, on the same idle server, two raw PATCHes. */
export async function serial(bench: Bench): Promise<void> {
  const { user, site, sizes } = bench;
  const pool = sizes.serial;
  await bench.ready('off');
  const raw = site.raw && (await RawWrites.prepare(site.raw, bench.boundClaim, pool));
  await bench.fill('serial', pool);
  await bench.claims({ workload: 'serial', arrival: 'one at a time', pool, refill: 'off' }, async () => {
    const { pairsMs, ...run } = await claimSerially(user, 'serial', pool, raw);
    return { ...run, ...(raw && { beside: { what: 'two serial PATCHes, of a Sandbox and of the status of a claim', ms: pairsMs } }) };
  });
}

/** So many workers, each of which makes its next claim when its last one is Ready. */
export async function workers(bench: Bench): Promise<void> {
  const { claims: pool, workers: atOnce } = bench.sizes;
  await bench.ready('off');
  await bench.fill('workers', pool);
  const plan = { workload: 'workers', arrival: `${atOnce} at a time`, pool, refill: 'off' } as const;
  await bench.claims(plan, () => parallel(bench.user, 'workers', pool, atOnce));
}

/** As many claims at once as the pool has members, in rounds; before each round its writes are sent raw. */
export async function burst(bench: Bench): Promise<void> {
  const { user, site, sizes } = bench;
  const pool = sizes.claims;
  await bench.ready('off');
  const raw = site.raw && (await RawWrites.prepare(site.raw, bench.boundClaim, 0));
  // Whoever sends raw is warmed up as the controller is.
  await raw?.burst(pool);
  for (let round = 1; round <= sizes.rounds; round++) {
    const name = `burst-${round}`;
    if (round > 1) await bench.clear();
    await bench.fill(name, pool);
    const sent = await raw?.burst(pool);
    const beside = sent && { what: 'the same writes sent raw', ms: [sent.wallMs], cpuMsPerUnit: sent.cpuMs / pool };
    await bench.claims({ workload: 'burst', round, arrival: 'all at once', pool, refill: 'off' }, async () => ({
      ...(await claimAtOnce(user, name, pool)),
      ...(beside && { beside }),
    }));
  }
}

/** The same, and the pool is refilled. */
export async function refilled(bench: Bench): Promise<void> {
  const { claims: pool } = bench.sizes;
  await bench.ready('on');
  await bench.fill('refilled', pool);
  await bench.claims({ workload: 'refilled', arrival: 'all at once', pool, refill: 'on' }, async () => {
    const run = await claimAtOnce(bench.user, 'refilled', pool);
    await full(bench.user, 'refilled');
    return run;
  });
}

/** Claims at a fixed rate, whatever becomes of them, from a pool that has a member for each: one run for each rate. */
export async function rate(bench: Bench): Promise<void> {
  const { rates, rateSeconds } = bench.sizes;
  await bench.ready('off');
  for (const [n, perSecond] of rates.entries()) {
    if (n > 0) await bench.clear();
    const [name, pool] = [`rate-${perSecond}`, perSecond * rateSeconds];
    await bench.fill(name, pool);
    const plan = { workload: 'rate', arrival: arrivalOf(perSecond, rateSeconds), offeredPerSecond: perSecond, pool, refill: 'off' } as const;
    await bench.claims(plan, () => claimAtRate(bench.user, name, perSecond, rateSeconds));
  }
}

/** Claims at a fixed rate from a pool that is refilled meanwhile, and afterwards. */
export async function sustained(bench: Bench): Promise<void> {
  const { claims: pool, sustained: perSecond, seconds } = bench.sizes;
  await bench.ready('on');
  await bench.fill('sustained', pool);
  const plan = { workload: 'sustained', arrival: arrivalOf(perSecond, seconds), offeredPerSecond: perSecond, pool, refill: 'on' } as const;
  await bench.claims(plan, async () => {
    const run = await claimAtRate(bench.user, 'sustained', perSecond, seconds);
    await full(bench.user, 'sustained');
    return run;
  });
}

const arrivalOf = (perSecond: number, seconds: number): string => `${perSecond} a second for ${seconds} s`;
