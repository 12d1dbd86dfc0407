import { historiesWithoutExpiry, sandboxHistories, type SandboxAction } from './sandboxes/actions';
import { controllers } from './sandboxes/controller';
import { elected } from './sandboxes/elected';
import { sandboxSetup } from './sandboxes/setup';
import { search, type Finding, type Trial } from './search';
import { simulate } from './simulate';
import { templateHistories } from './templates/actions';
import { templateSetup } from './templates/setup';
import { toy, type Mistakes } from './toy/toy';

jest.setTimeout(60_000);

const trialOf = (mistakes: Mistakes = {}, processes?: readonly string[]) => ({
  histories: historiesWithoutExpiry,
  setup: sandboxSetup(toy(mistakes), processes),
});

/** The first finding from seed 1 on; shorter ones are looked for if asked. */
async function firstFinding(mistakes: Mistakes, mostSeeds: number, mostTries = 0): Promise<Finding<SandboxAction> | undefined> {
  for (let seed = 1; seed <= mostSeeds; seed++) {
    const finding = await search(trialOf(mistakes), seed, mostTries);
    if (finding.outcome.violation !== undefined) return finding;
  }
  return undefined;
}

describe('the controllers of the program keep every invariant, whatever goes wrong around them:', () => {
  // `npm test` plays more of them, and `npm run sim` as many as one likes.
  it.each<[string, Trial<SandboxAction>, { readonly from: number; readonly seeds: number }]>([
    ['that of Sandboxes', { histories: sandboxHistories, setup: sandboxSetup(controllers) }, { from: 1, seeds: 100 }],
    ['that of templates', { histories: templateHistories, setup: templateSetup(controllers) }, { from: 1, seeds: 100 }],
    // In the last of these the leader sleeps until another one leads, and the first thing that it hears then is news of a Pod.
    ['two, of which one is elected', { histories: sandboxHistories, setup: elected(sandboxSetup(controllers, ['one', 'other'])) }, { from: 327, seeds: 10 }],
  ])('%s', async (_, trial, { from, seeds }) => {
    const found: string[] = [];
    let writes = 0;
    for (let seed = from; seed < from + seeds; seed++) {
      const { outcome } = await search(trial, seed, 0);
      writes += outcome.writes;
      if (outcome.violation !== undefined) found.push(`seed ${seed}: ${outcome.violation}`);
    }
    expect(found).toEqual([]);
    // Otherwise nothing would have been tried.
    expect(writes).toBeGreaterThan(2 * seeds);
  });
});

describe('a controller that makes no mistake', () => {
  it('keeps every invariant, whatever goes wrong around it', async () => {
    let [writes, failures] = [0, ''];
    for (let seed = 1; seed <= 150; seed++) {
      const { outcome } = await search(trialOf(), seed, 0);
      writes += outcome.writes;
      failures += outcome.violation ?? '';
    }
    expect(failures).toBe('');
    // Otherwise nothing would have been tried.
    expect(writes).toBeGreaterThan(300);
  });

  it('keeps them beside a second leader', async () => {
    const failures: Array<string | undefined> = [];
    for (let seed = 1; seed <= 50; seed++) failures.push((await search(trialOf({}, ['one', 'other']), seed, 0)).outcome.violation);
    expect(failures.filter((failure) => failure !== undefined)).toEqual([]);
  });
});

describe('two leaders that are not elected', () => {
  it('may undo each other’s work until both have heard, but one that writes without end is found', async () => {
    const { histories, setup } = trialOf({ writesAlways: true }, ['one', 'other']);
    const after = async (quarrelMs: number) => (await search({ histories, setup: { ...setup, quarrelMs } }, 1, 0)).outcome;
    const [atOnce, later] = [await after(0), await after(20_000)];
    for (const { violation } of [atOnce, later]) expect(violation).toMatch(/^I6: \d+ writes and no end/);
    expect(later.writes).toBeGreaterThan(2 * atOnce.writes);
  });
});

describe('a controller that', () => {
  it.each([
    ['deletes without naming the UID', { deletesByName: true }, /^I4: DELETE of Pod .* names no UID/],
    ['takes a Pod for its own by its name', { trustsNames: true }, /^I4: .* was touched/],
    ['writes the status in every pass', { writesAlways: true }, /^(I6: \d+ writes and no end|I11: patch Sandbox came)/],
    ['sends again what may have been carried out', { takesUnknownForFailure: true }, /^I10: the outcome of .* is unknown/],
    ['takes what may have been lost for done', { takesUnknownForSuccess: true }, /^I10: the outcome of .* is unknown/],
    ['creates first and owns later', { ownsLater: true }, /^I3: .* was created without a controller owner/],
    ['writes into the spec of a Sandbox', { changesSpec: true }, /^(I10|I12): /],
    ['adopts whatever has the right name', { adoptsEverything: true }, /^I4: .* was (taken from its owner|adopted without)/],
    ['says Ready too early', { publishesEarly: true }, /^I8: .* is published as Ready without an address/],
    ['does not try again what has failed', { givesUp: true }, /^I11: .* after the last thing that happened/],
    ['trusts a connection that has gone silent', { hasNoWatchdog: true }, /^at rest: /],
    ['does not notice what is missing in a new list', { forgetsDeletions: true }, /^at rest: /],
    ['sends a status without the version that it saw', { ignoresVersions: true }, /^I8: .* (publishes the address|is published as Ready)/],
    ['takes an answer for newer than what it has been told meanwhile', { trustsAnswers: true }, /^I11: /],
  ])('%s is found', async (_, mistakes: Mistakes, violation) => {
    const finding = await firstFinding(mistakes, 800);
    expect(finding?.outcome.violation).toMatch(violation);
  });
});

describe('a story', () => {
  it('is the same again, to the letter', async () => {
    const { history } = await search(trialOf(), 7, 0);
    const setup = sandboxSetup(toy());
    const [one, other] = [await simulate(history, setup, true), await simulate(history, setup, true)];
    expect(one.story.split('\n').length).toBeGreaterThan(20);
    expect(other).toEqual(one);
  });

  it('is short when a short one is enough', async () => {
    const finding = await firstFinding({ deletesByName: true }, 200, 400);
    expect(finding?.history.actions.map(({ action }) => action.do)).toEqual(['create', 'patch']);
    expect(finding?.history).toMatchObject({ faults: [], mishaps: [] });
  });

  it('tells who did what, and what was wrong', async () => {
    const finding = await firstFinding({ ownsLater: true }, 200, 400);
    const story = finding && (await simulate(finding.history, sandboxSetup(toy({ ownsLater: true })), true)).story;
    expect(story?.split('\n').map((line) => line.trim().split(/ {2,}/).slice(1, 3).join(': '))).toEqual([
      'controller: starts',
      ...['sandboxes', 'pods'].map((resource) => `controller: watches ${resource} from now`),
      expect.stringMatching(/^user: \{"do":"create","kind":"Sandbox","name":"a"/),
      'controller: sees ADDED Sandbox default/a @1002',
      'controller: create Pod default/a',
      'server: create Pod default/a of controller: 201',
      'VIOLATION: I3: Pod default/a was created without a controller owner that waits for it',
    ]);
  });
});
