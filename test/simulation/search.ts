import fc from 'fast-check';
import type { History } from './history';
import { simulate, type Outcome, type Setup } from './simulate';

/** What is tried: histories of some actions, and what they are run on. */
export interface Trial<Action> {
  readonly histories: fc.Arbitrary<History<Action>>;
  readonly setup: Setup<Action>;
}

/** What one seed came to. */
export interface Finding<Action> {
  /** The history of the seed or, if something is wrong in it, the shortest that was found to be wrong in the same way. */
  readonly history: History<Action>;
  readonly outcome: Outcome;
  /** How many shorter ones were tried. */
  readonly tries: number;
}

/**
 * Runs the history of a seed. If something is wrong in it, looks for a shorter one that is wrong in the same way, by leaving out
 * actions, faults and mishaps and by making numbers smaller.
 */
export async function search<Action>({ histories, setup }: Trial<Action>, seed: number, mostTries = 400): Promise<Finding<Action>> {
  let finding: Finding<Action> | undefined;
  let tries = -1;
  const holds = async (history: History<Action>): Promise<boolean> => {
    if (tries >= mostTries) return true;
    tries++;
    const outcome = await simulate(history, setup);
    const isFirst = finding === undefined;
    const isWrong = outcome.violation !== undefined;
    if (isFirst || (isWrong && kindOf(outcome) === kindOf(finding?.outcome))) finding = { history, outcome, tries };
    return !isWrong || finding?.history !== history;
  };
  await fc.check(fc.asyncProperty(histories, holds), { seed, numRuns: 1 });
  if (!finding) throw new Error(`seed ${seed} led to no history`);
  return { ...finding, tries };
}

const kindOf = (outcome: Outcome | undefined): string => (outcome?.violation ?? '').replace(/:[^]*/, '');
