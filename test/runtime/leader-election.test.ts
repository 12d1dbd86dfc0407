import fc from 'fast-check';

import { Client } from '../../src/runtime/client';
import { LeaderElection } from '../../src/runtime/leader-election';
import { claimedSpec, LEASES, releasedSpec, type Lease, type LeaseSpec } from '../../src/runtime/lease';
import { REQUEST_FAULTS, type RequestFault } from '../simulation/network/faults';
import type { Process } from '../simulation/network/process';
import { Random } from '../simulation/random';
import { quiescence } from '../simulation/scheduler';
import { NAMESPACE, World } from '../simulation/world';

const KEY = { namespace: NAMESPACE, name: 'the-lease' };
const SECOND = 1000;

/** A process that takes part in the election, and what it was told. */
interface Elector {
  readonly process: Process;
  readonly election: LeaderElection;
  readonly told: string[];
  readonly holds: () => boolean;
}

function join(world: World, name: string): Elector {
  const told: string[] = [];
  let election: LeaderElection | undefined;
  const process = world.start(name, (ports) => {
    const { clock, transport } = ports;
    const random = () => ports.random();
    const observer = {
      acquired: () => told.push('leads'),
      lost: (reason: string) => told.push(`lost: ${reason}`),
      following: (holder: string) => told.push(`follows ${holder}`),
      failed: (problem: string) => told.push(`failed: ${problem}`),
    };
    const client = new Client({ transport, clock, random, fieldManager: name });
    election = new LeaderElection({ client, clock, random, key: KEY, identity: name, component: 'test', observer });
    election.start();
  });
  if (!election) throw new Error('the process did not start');
  const started = election;
  return { process, election: started, told, holds: () => started.isHeldAt(process.clock.monotonicMs()) };
}

function calmWorld(): World {
  const world = new World(1);
  world.weather.isCalm = true;
  return world;
}

const lease = (world: World): Lease => world.model.handle({ verb: 'get', resource: LEASES, ...KEY }, 'test').body as Lease;
const leaseOf = (world: World): LeaseSpec | undefined => lease(world).spec;

/** Lets time pass until something is true; answers whether it became true. */
async function until(world: World, isTrue: () => boolean, ms: number): Promise<boolean> {
  // What was started just now has not yet come to its first request.
  await quiescence();
  return world.until(isTrue, ms);
}

const pass = (world: World, ms: number) => until(world, () => false, ms);

/** Somebody changes a label of the Lease. */
const touch = (world: World, label: string) =>
  world.model.handle({ verb: 'patch', resource: LEASES, ...KEY, body: { metadata: { labels: { label } } } }, 'somebody');

/** What befalls the requests of one process from now on. */
function befall(world: World, elector: Elector, fault: RequestFault): void {
  world.network.rules.unshift(({ process }) => (process === elector.process ? fault : undefined));
}

/** Until the elector holds the Lease; answers how long that took. */
async function held(world: World, elector: Elector): Promise<number> {
  const startMs = world.scheduler.nowMs;
  if (!(await until(world, elector.holds, 120 * SECOND))) throw new Error(`${elector.process.name} never leads: ${elector.told.join(', ')}`);
  return world.scheduler.nowMs - startMs;
}

describe('what is written', () => {
  const nowMs = Date.UTC(2030, 0, 1, 0, 0, 0, 7);
  const now = '2030-01-01T00:00:00.007000Z';
  const renewal = { holderIdentity: 'a', leaseDurationSeconds: 15, renewTime: now };
  test.each<[string, LeaseSpec | undefined, LeaseSpec]>([
    ['a new Lease counts no transition', undefined, { ...renewal, acquireTime: now, leaseTransitions: 0 }],
    ['a Lease of somebody else counts one more', { holderIdentity: 'b', leaseTransitions: 4 }, { ...renewal, acquireTime: now, leaseTransitions: 5 }],
    ['a released Lease too', { leaseTransitions: 4 }, { ...renewal, acquireTime: now, leaseTransitions: 5 }],
    ['one without a count begins with it', {}, { ...renewal, acquireTime: now, leaseTransitions: 1 }],
    ['a renewal keeps when it was taken', { holderIdentity: 'a', leaseTransitions: 4, acquireTime: 'x' }, renewal],
  ])('%s', (_, before, expected) => expect(claimedSpec(before, { identity: 'a', nowMs })).toEqual(expected));

  test('a Lease that is given back has no holder and a second left', () => {
    expect(releasedSpec(nowMs)).toEqual({ holderIdentity: null, leaseDurationSeconds: 1, renewTime: now, acquireTime: now });
  });
});

describe('an election in calm weather', () => {
  test('gives a free Lease to the first who comes, and the others follow', async () => {
    const world = calmWorld();
    const a = join(world, 'a');
    expect(await held(world, a)).toBeLessThan(100);
    const b = join(world, 'b');
    await pass(world, 60 * SECOND);
    expect([a.told, b.told]).toEqual([['leads'], ['follows a']]);
    expect([a.holds(), b.holds()]).toEqual([true, false]);
    expect(leaseOf(world)).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 15, leaseTransitions: 0 });
  });

  test('costs the leader one write each 2 s and a bit, and no read', async () => {
    const world = calmWorld();
    const a = join(world, 'a');
    await held(world, a);
    const verbs: string[] = [];
    world.network.onSent = ({ request }) => verbs.push(request.verb);
    await pass(world, 60 * SECOND);
    expect(new Set(verbs)).toEqual(new Set(['patch']));
    expect(verbs.length).toBeGreaterThanOrEqual(25);
    expect(verbs.length).toBeLessThanOrEqual(30);
  });

  test('hands a released Lease over within a few seconds, with one transition more', async () => {
    const world = calmWorld();
    const a = join(world, 'a');
    await held(world, a);
    const b = join(world, 'b');
    await pass(world, 10 * SECOND);
    void a.election.release();
    expect(await held(world, b)).toBeLessThan(3 * SECOND);
    expect([a.told, a.holds()]).toEqual([['leads'], false]);
    expect(leaseOf(world)).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
  });

  test('lets the Lease of a dead leader expire 15 s after its last renewal', async () => {
    const world = calmWorld();
    const a = join(world, 'a');
    await held(world, a);
    const b = join(world, 'b');
    await pass(world, 10 * SECOND);
    world.network.kill(a.process);
    const ms = await held(world, b);
    expect(ms).toBeGreaterThan(12 * SECOND);
    expect(ms).toBeLessThan(20 * SECOND);
  });

  test('does not care what the clock on the wall says', async () => {
    const world = calmWorld();
    const a = join(world, 'a');
    await held(world, a);
    const b = join(world, 'b');
    b.process.jump(3600 * SECOND);
    a.process.jump(-3600 * SECOND);
    await pass(world, 120 * SECOND);
    expect([a.told, b.told]).toEqual([['leads'], ['follows a']]);
  });

  test('waits as long as the Lease says itself, as for one of another program', async () => {
    const world = calmWorld();
    const spec = { holderIdentity: 'other', leaseDurationSeconds: 40, renewTime: '2026-01-01T00:00:00.000000Z' };
    const object = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: KEY.name }, spec };
    world.model.handle({ verb: 'create', resource: LEASES, namespace: NAMESPACE, body: object }, 'other');
    const a = join(world, 'a');
    const ms = await held(world, a);
    expect(ms).toBeGreaterThanOrEqual(40 * SECOND);
    expect(ms).toBeLessThan(43 * SECOND);
  });

  test('counts a change of labels by a third party as no renewal', async () => {
    const world = calmWorld();
    const a = join(world, 'a');
    await held(world, a);
    const b = join(world, 'b');
    await pass(world, 5 * SECOND);
    world.network.kill(a.process);
    for (let second = 0; second < 25; second++) {
      touch(world, String(second));
      await pass(world, SECOND);
    }
    expect(b.holds()).toBe(true);
  });

  test('survives that somebody else writes to the Lease between two renewals', async () => {
    const world = calmWorld();
    const a = join(world, 'a');
    await held(world, a);
    for (let second = 0; second < 30; second++) {
      touch(world, String(second));
      await pass(world, SECOND);
    }
    expect([a.told, a.holds()]).toEqual([['leads'], true]);
  });

  test('takes a Lease again that was deleted', async () => {
    const world = calmWorld();
    const a = join(world, 'a');
    await held(world, a);
    const { uid } = lease(world).metadata;
    world.model.handle({ verb: 'delete', resource: LEASES, ...KEY }, 'somebody');
    await pass(world, 10 * SECOND);
    expect([a.told, a.holds(), lease(world).metadata.uid === uid]).toEqual([['leads'], true, false]);
  });
});

describe('a leader', () => {
  test('looks at the Lease before it renews it again when it does not know what became of a renewal, also when the first look fails', async () => {
    const world = calmWorld();
    const a = join(world, 'a');
    await held(world, a);
    const [sent, fails]: [string[], RequestFault[]] = [[], ['failedStored', 'lost', 'lost', 'lost']];
    world.network.onSent = ({ request: { verb, resource } }) => void (resource.kind === 'Lease' && sent.push(verb));
    world.network.rules.unshift(() => fails.shift());
    await pass(world, 7 * SECOND);
    // A read that fails is tried three times.
    expect([sent.slice(0, 6), a.holds()]).toEqual([['patch', 'get', 'get', 'get', 'get', 'patch'], true]);
  });

  test.each<[RequestFault, RegExp]>([
    ['timedOut', /no answer within 3000 ms/],
    ['lost', /connection lost/],
    ['failed', /status 500/],
    ['forbidden', /exceeded quota/],
  ])('whose renewals are %s loses the Lease 10 s after the last one, says why once, and never writes again', async (fault, why) => {
    const world = calmWorld();
    const a = join(world, 'a');
    await held(world, a);
    befall(world, a, fault);
    const startMs = world.scheduler.nowMs;
    await until(world, () => a.told.some((line) => line.startsWith('lost')), 60 * SECOND);
    const ms = world.scheduler.nowMs - startMs;
    expect(ms).toBeGreaterThanOrEqual(9.9 * SECOND);
    expect(ms).toBeLessThanOrEqual(10 * SECOND);
    expect(a.told).toEqual(['leads', expect.stringMatching(why), expect.stringMatching(/^lost: the Lease was not renewed for 10 s: cannot .* the Lease: /)]);
    const sent: string[] = [];
    world.network.onSent = ({ request: { verb } }) => void sent.push(verb);
    await pass(world, 60 * SECOND);
    expect([sent.filter((verb) => verb !== 'get'), sent.length <= 1, a.told.length]).toEqual([[], true, 3]);
  });

  test.each<RequestFault>(['failed', 'failedStored', 'lost', 'lostStored', 'slow', 'tooManyRequests'])(
    'keeps the Lease when every third request is %s',
    async (fault) => {
      const world = calmWorld();
      const a = join(world, 'a');
      await held(world, a);
      world.network.rules.push(({ count }) => (count % 3 === 0 ? fault : undefined));
      await pass(world, 60 * SECOND);
      expect([a.holds(), a.told.filter((line) => !line.startsWith('failed'))]).toEqual([true, ['leads']]);
    },
  );

  test.each<RequestFault>(['failedStored', 'lostStored', 'timedOutStored'])(
    'whose renewals are all %s reads that they are stored, and keeps the Lease',
    async (fault) => {
      const world = calmWorld();
      const a = join(world, 'a');
      await held(world, a);
      world.network.rules.push(({ request }) => (request.verb === 'patch' ? fault : undefined));
      await pass(world, 60 * SECOND);
      expect([a.holds(), a.told.filter((line) => !line.startsWith('failed'))]).toEqual([true, ['leads']]);
    },
  );

  test('that slept while it took the Lease leads only when it has renewed it', async () => {
    const world = calmWorld();
    const a = join(world, 'a');
    world.network.onSent = ({ request }) => request.verb === 'create' && a.process.pause(12 * SECOND);
    await pass(world, 13 * SECOND);
    world.network.onSent = undefined;
    expect(a.told).toEqual([]);
    expect(await held(world, a)).toBeLessThan(3 * SECOND);
    expect(a.told).toEqual(['leads']);
  });

  test('that sees another holder loses the Lease at once', async () => {
    const world = calmWorld();
    const a = join(world, 'a');
    await held(world, a);
    world.model.handle({ verb: 'patch', resource: LEASES, ...KEY, body: { spec: { holderIdentity: 'usurper' } } }, 'somebody');
    await pass(world, 3 * SECOND);
    expect(a.told).toEqual(['leads', 'lost: usurper holds the Lease']);
    expect(leaseOf(world)).toMatchObject({ holderIdentity: 'usurper' });
  });

  test('that has slept for longer than the renew deadline holds it no more, even before it has noticed', async () => {
    const world = calmWorld();
    const a = join(world, 'a');
    await held(world, a);
    a.process.pause(20 * SECOND);
    await pass(world, 10 * SECOND);
    expect([a.told, a.holds()]).toEqual([['leads'], false]);
    await pass(world, 11 * SECOND);
    expect(a.told).toEqual(['leads', 'lost: the Lease was not renewed for 10 s']);
  });

  test('gives nothing back that it has lost', async () => {
    const world = calmWorld();
    const a = join(world, 'a');
    await held(world, a);
    const b = join(world, 'b');
    befall(world, a, 'timedOut');
    await held(world, b);
    world.network.rules.length = 0;
    await a.election.release();
    expect(leaseOf(world)).toMatchObject({ holderIdentity: 'b' });
  });
});

describe('whatever happens to requests, clocks and processes', () => {
  /** A minute of trouble for three processes, and then peace. */
  async function turmoil(seed: number): Promise<{ readonly world: World; readonly electors: readonly Elector[]; readonly both: readonly string[] }> {
    const world = new World(seed);
    const dice = new Random(seed);
    const electors = ['a', 'b', 'c'].map((name) => join(world, name));
    const faults = REQUEST_FAULTS.filter((fault) => !fault.startsWith('crash'));
    world.network.rules.push(() => (dice.chance(0.3) ? dice.pick(faults) : undefined));
    const both: string[] = [];
    await quiescence();
    const endMs = world.scheduler.nowMs + 60 * SECOND;
    while (world.scheduler.nowMs < endMs && (await world.step())) {
      const holders = electors.filter(({ holds }) => holds());
      if (holders.length > 1) both.push(holders.map(({ process }) => process.name).join());
      const victim = dice.pick(electors).process;
      if (dice.chance(0.02)) victim.pause(dice.below(30 * SECOND));
      if (dice.chance(0.02)) victim.jump(dice.between(-100 * SECOND, 100 * SECOND));
    }
    world.network.rules.length = 0;
    return { world, electors, both };
  }

  test('two never hold the Lease at the same time, and nobody who lost it says that it holds it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 0x7fffffff }), async (seed) => {
        const { both, electors } = await turmoil(seed);
        expect(both).toEqual([]);
        for (const { told, holds } of electors)
          expect([told.some((line) => line.startsWith('lost')) && holds(), told.filter((l) => l === 'leads').length > 1]).toEqual([false, false]);
      }),
      { numRuns: 40 },
    );
  });

  test('somebody leads when the trouble is over, unless all have lost it before', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 0x7fffffff }), async (seed) => {
        const { world, electors } = await turmoil(seed);
        const left = electors.filter(({ told }) => !told.some((line) => line.startsWith('lost')));
        const isLed = await until(world, () => left.some(({ holds }) => holds()), 150 * SECOND);
        expect(isLed).toBe(left.some(({ told }) => !told.some((line) => line.startsWith('lost'))));
      }),
      { numRuns: 20 },
    );
  });
});
