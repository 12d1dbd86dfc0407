import type { Beside, Figures } from '../results';
import type { Measured } from '../stage/measurement';
import type { Claimed } from '../stage/user';
import type { Run } from './claims';

export const CLAIM_READY = 'from the POST of the claim, or from when it was due, to the first event of a watch in which it has Ready True';

/** What a workload says of itself before it begins. */
export type Plan = Pick<Figures, 'workload' | 'unit' | 'ready' | 'arrival' | 'offeredPerSecond' | 'pool' | 'refill'> & {
  /** @default 1 */
  readonly round?: number;
};

/** What came of it. */
export interface Outcome extends Run {
  /**
   * How many there were, where they were not timed one by one.
   *
   * @default - as many as `claims`
   */
  readonly count?: number;
  readonly beside?: Beside;
}

/** The figures of one run. */
export function figuresOf(plan: Plan, outcome: Outcome & Pick<Figures, 'givenTwice'> & Pick<Measured<unknown>, 'cost' | 'load'>): Figures {
  const { claims, wallMs, count = claims.length, beside, givenTwice, cost, load } = outcome;
  const failures = claims.flatMap(({ name, failure }) => (failure === undefined ? [] : [{ name, reason: failure }]));
  const { round = 1, ...rest } = plan;
  return {
    ...{ ...rest, round, count, failures, givenTwice, wallMs, load, cost },
    ...{ warm: claims.filter(isWarm).length, latenciesMs: latenciesOf(outcome), ...(beside && { beside }) },
  };
}

/** Whether a claim got a member of a pool: a Sandbox of its own has its name. */
export const isWarm = ({ name, sandbox }: Claimed): boolean => sandbox !== undefined && sandbox !== name;

const latenciesOf = ({ claims }: Run): readonly number[] => claims.filter(({ failure }) => failure === undefined).map(({ ms }) => ms);
