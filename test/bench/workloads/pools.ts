import { setTimeout as delay } from 'node:timers/promises';
import { SANDBOXES, TEMPLATES } from '../../../src/controllers/shared/objects';
import { until } from '../../cluster/until';
import { newImage, template } from '../stage/objects';
import type { User } from '../stage/user';
import type { Bench } from './bench';
import { burst, full, type Run } from './claims';
import type { Outcome } from './figures';

const FULL = 'no single member: the time is that from the POST of the pool until its status says that all are Ready';
const ROLLED = 'no single member: the time is that until all members have the new image and are Ready';
const OLD_IMAGE = 'registry.example.com/agent:1.4.2';
const NEW_IMAGE = 'registry.example.com/agent:1.5.0';
const ROLL_TIMEOUT_MS = 600_000;
// Lists of all members cost the server something, and are no part of what is measured.
const LOOK_MS = 500;

/** A pool is made and filled, in rounds. */
export async function fill(bench: Bench): Promise<void> {
  const { members, rounds } = bench.sizes;
  await bench.ready('on');
  for (let round = 1; round <= rounds; round++) {
    if (round > 1) await bench.clear();
    await fillMeasured(bench, `fill-${round}`, members, round);
  }
}

/** Fills a pool and keeps what that cost. */
export async function fillMeasured(bench: Bench, name: string, members: number, round = 1): Promise<void> {
  const plan = { workload: 'fill', round, unit: 'member', ready: FULL, arrival: `${members} members at once`, pool: 0, refill: 'on' } as const;
  await bench.work(plan, async () => ({ claims: [], count: members, wallMs: await bench.fill(name, members) }));
}

/** The template of a full pool gets a new image: once the pool replaces its members itself (Recreate), once only those that are claimed (OnReplenish). */
export async function rollout(bench: Bench): Promise<void> {
  await bench.ready('on');
  await roll(bench, 'Recreate', 'the template of a full pool is edited', () => Promise.resolve());
  await bench.clear();
  await roll(bench, 'OnReplenish', 'the template of a full pool is edited, then all members are claimed at once', async (name) => {
    const { rolled } = bench.sizes;
    const old = (await imagesOf(bench.user, name)).filter((image) => image === OLD_IMAGE);
    if (old.length !== rolled) throw new Error(`pool ${name}: found ${old.length} members with the old image, expected all ${rolled}`);
    return burst(bench.user, name, rolled);
  });
}

async function roll(bench: Bench, updateStrategy: 'Recreate' | 'OnReplenish', arrival: string, then: (name: string) => Promise<Run | void>): Promise<void> {
  const { user, sizes } = bench;
  const [name, members] = [`roll-${updateStrategy.toLowerCase()}`, sizes.rolled];
  await user.make(TEMPLATES, template(name));
  await bench.fill(name, members, { templateName: name, updateStrategy });
  const plan = { workload: 'rollout', unit: 'member', ready: ROLLED, arrival: `${updateStrategy}: ${arrival}`, pool: members, refill: 'on' } as const;
  await bench.work(plan, async (): Promise<Outcome> => {
    const fromMs = performance.now();
    await user.patch(TEMPLATES, name, newImage(NEW_IMAGE));
    const { claims = [] } = (await then(name)) ?? {};
    await rolledOut(user, name, members);
    const failed = claims.filter(({ failure }) => failure !== undefined);
    return { claims: failed, count: members, wallMs: performance.now() - fromMs };
  });
}

async function rolledOut(user: User, name: string, members: number): Promise<void> {
  const isRolled = async () => {
    await delay(LOOK_MS);
    const images = await imagesOf(user, name);
    return images.length === members && images.every((image) => image === NEW_IMAGE) ? true : undefined;
  };
  await until(`all members of pool ${name} to have the new image`, isRolled, ROLL_TIMEOUT_MS);
  await full(user, name);
}

/** Of the members of a pool, which are those Sandboxes that it owns. */
async function imagesOf(user: User, name: string): Promise<readonly (string | undefined)[]> {
  const members = (await user.list(SANDBOXES)).filter(({ metadata }) =>
    metadata.ownerReferences?.some((owner) => owner.kind === 'SandboxWarmPool' && owner.name === name),
  );
  // Controllers look at no image, so their types have none.
  return members.map(({ spec }) => (spec.podTemplate.spec.containers[0] as { readonly image?: string } | undefined)?.image);
}
