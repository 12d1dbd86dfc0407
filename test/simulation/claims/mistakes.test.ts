import { Allocator, type Offer } from '../../../src/controllers/members/allocator';
import type { Member } from '../../../src/controllers/members/member';
import type { Observed } from '../../../src/controllers/warm-pool/observe';
import { WorkQueue } from '../../../src/runtime/work-queue';
import type { History } from '../history';
import type { Program } from '../network/process';
import { controllers } from '../sandboxes/controller';
import { search } from '../search';
import { simulate, type Setup } from '../simulate';
import { claimHistories, type ClaimAction } from './actions';
import { MISTAKES, mistaken } from './mistakes';
import { claimSetup } from './setup';

jest.setTimeout(300_000);

// Jest lets a mock see only what is named so.
let mockIsHasty = false;
jest.mock('../../../src/controllers/warm-pool/recreation', () => {
  const { recreatable } = jest.requireActual<{ recreatable: (observed: Observed) => readonly Member[] }>('../../../src/controllers/warm-pool/recreation');
  const ofLargerPool = ({ pool, ...rest }: Observed): Observed => ({ ...rest, pool: { ...pool, spec: { ...pool.spec, replicas: 1000 } } });
  return { recreatable: (observed: Observed) => recreatable(mockIsHasty ? ofLargerPool(observed) : observed) };
});

const MOST_SEEDS = 2000;

function mistakeOf(name: string) {
  const mistake = MISTAKES[name];
  if (!mistake) throw new Error(`no mistake is called ${name}`);
  return mistake;
}

/** What is found first, from seed 1 on. */
const firstViolation = (mistake: ReturnType<typeof mistakeOf>): Promise<string | undefined> => firstViolationIn(claimSetup(mistaken(controllers, mistake)));

async function firstViolationIn(setup: Setup<ClaimAction>): Promise<string | undefined> {
  for (let seed = 1; seed <= MOST_SEEDS; seed++) {
    const { outcome } = await search({ histories: claimHistories, setup }, seed, 0);
    if (outcome.violation !== undefined) return outcome.violation;
  }
  return undefined;
}

describe('a program that', () => {
  it.each([
    ['transfersWithoutVersion', /^I4: the owner of Sandbox .* is changed without a version/],
    ['recordsNothing', /^I8: .* is told of Sandbox .*, but its annotation says/],
    ['deletesWithoutVersion', /^I4: DELETE of the member .* names no version/],
    ['deletesByName', /^I4: DELETE of Sandbox .* names no UID/],
    ['publishesEarly', /^I1: .* was told of Sandbox .*, which it never owned/],
    ['takesUnknownForRefusal', /^(I10|08 §2.3): /],
    ['repeatsUnderAnotherName', /^I5: .* members of a pool that is to have/],
    ['forgetsTerminating', /^I5: .* members of a pool that is to have/],
    ['givesBack', /^I1: .* belonged to a claim and was given away/],
    ['publishesWithoutVersion', /^(I1|I8|I9): /],
    ['trustsLabels', /^I4: .* belongs to nobody and was/],
  ])('%s is found', async (name, violation) => {
    expect(await firstViolation(mistakeOf(name))).toMatch(violation);
  });

  it('promises a member to two claims is found', async () => {
    const { offer } = Object.getOwnPropertyDescriptors(Allocator.prototype);
    let last: Offer | undefined;
    const spy = jest.spyOn(Allocator.prototype, 'offer').mockImplementation(function (this: Allocator, ...terms) {
      if (last?.result !== 'member') return (last = offer.value?.apply(this, terms) ?? { result: 'none', reason: 'empty_pool' });
      const promised = last;
      last = undefined;
      return promised;
    });
    const violation = await firstViolation(() => ({}));
    spy.mockRestore();
    expect(violation).toMatch(/^08 §2.3: .* is promised to two claims/);
  });

  it('replaces all stale members at the same time is found', async () => {
    expect((await simulate(rolledPool, claimSetup(controllers))).violation).toBeUndefined();
    mockIsHasty = true;
    const { violation } = await simulate(rolledPool, claimSetup(controllers));
    mockIsHasty = false;
    expect(violation).toMatch(/^06 §5: .* stale members of . that are replaced; at most 1 may be/);
  });

  it('looks again at once though it has written nothing is found', async () => {
    const forget = jest.spyOn(WorkQueue.prototype, 'forget').mockImplementation(function (this: WorkQueue, key) {
      this.addAfter(key, 0);
    });
    const violation = await firstViolation(() => ({}));
    forget.mockRestore();
    expect(violation).toMatch(/^spin: .* was looked at 3 times in a row/);
  });

  it('trustsNames is found when a claim is made anew while the Sandbox of its predecessor is still there', async () => {
    const setup = claimSetup(mistaken(controllers, mistakeOf('trustsNames')));
    const found: string[] = [];
    for (let seed = 1; seed <= MOST_SEEDS && found.length === 0; seed++) {
      const { violation } = await simulate(madeAnew(seed), setup);
      if (violation !== undefined) found.push(violation);
    }
    expect(found[0]).toMatch(/^I1: .* was told of Sandbox .*, which it never owned/);
  });
});

describe('of two leaders', () => {
  const LEADERS = ['controller', 'controller-2'];

  it.each(['repeatsUnderAnotherName', 'forgetsTerminating'])('one that %s and makes too many members by itself is found', async (name) => {
    expect(await firstViolationIn(claimSetup(mistaken(controllers, mistakeOf(name)), LEADERS))).toMatch(/^I5: .* members of a pool that is to have/);
  });

  it('one that measures a claim twice is found', async () => {
    const measuresTwice: Program = ({ measured, ...ports }) => controllers({ ...ports, measured: (uid) => [uid, uid].forEach((sample) => measured(sample)) });
    expect(await firstViolationIn(claimSetup(measuresTwice, LEADERS))).toMatch(/^I13: .* was measured twice/);
  });
});

const blueprint = (image: string) => ({ podTemplate: { metadata: {}, spec: { containers: [{ name: 'main', image }] } } });

/** A pool whose template changes when all members are Ready. */
const rolledPool: History<ClaimAction> = {
  ...{ seed: 1, faults: [], mishaps: [], lives: ['ready'] },
  actions: [
    {
      afterMs: 10,
      action: {
        do: 'begin',
        template: blueprint('i'),
        claims: 0,
        pool: { replicas: 4, sandboxTemplateRef: { name: 't' }, updateStrategy: { type: 'Recreate' } },
      },
    },
    { afterMs: 60_000, action: { do: 'patch', kind: 'SandboxTemplate', name: 't', body: { spec: blueprint('j') } } },
  ],
};

test('stale members are replaced after the grace period of a successor that does not get ready, and that is not late', async () => {
  const lives = ['ready', 'ready', 'ready', 'ready', 'unschedulable', 'ready'] as const;
  const found: unknown[] = [];
  for (let seed = 1; seed <= 20; seed++) found.push((await simulate({ ...rolledPool, seed, lives }, claimSetup(controllers))).violation);
  expect(found.filter((violation) => violation !== undefined)).toEqual([]);
});

/** Claims whose Sandboxes still change when the claims go and others of their names come. */
function madeAnew(seed: number): History<ClaimAction> {
  const claims: ClaimAction = { do: 'claims', from: 0, count: 4, spec: { warmPoolRef: { name: 'p' } } };
  return {
    ...{ seed, faults: [], mishaps: [], lives: ['crashLoop'] },
    actions: [
      { afterMs: 10, action: { do: 'begin', template: blueprint('i'), pool: { replicas: 0, sandboxTemplateRef: { name: 't' } }, claims: 0 } },
      { afterMs: 100, action: claims },
      { afterMs: 6000, action: { do: 'unclaim', from: 0, count: 4, options: {} } },
      { afterMs: 1, action: claims },
    ],
  };
}
