import { controllers } from '../sandboxes/controller';
import { search } from '../search';
import { claimHistories } from './actions';
import { MISTAKES, mistaken } from './mistakes';
import { claimSetup } from './setup';

jest.setTimeout(300_000);

const MOST_SEEDS = 2000;

/** What is found first, from seed 1 on. */
async function firstViolation(name: string): Promise<string | undefined> {
  const mistake = MISTAKES[name];
  if (!mistake) throw new Error(`no mistake is called ${name}`);
  const setup = claimSetup(mistaken(controllers, mistake));
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
    ['trustsNames', /^(I1|I9|I8): /],
    ['repeatsUnderAnotherName', /^I5: .* members of a pool that is to have/],
    ['forgetsTerminating', /^I5: .* members of a pool that is to have/],
    ['givesBack', /^I1: .* belonged to a claim and was given away/],
    ['publishesWithoutVersion', /^(I1|I8|I9): /],
    ['trustsLabels', /^I4: .* belongs to nobody and was/],
  ])('%s is found', async (name, violation) => {
    expect(await firstViolation(name)).toMatch(violation);
  });
});
