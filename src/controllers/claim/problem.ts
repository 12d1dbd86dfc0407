import { SANDBOX_REASON, type CLAIM_REASON } from '../../api/conditions';

/** Why a claim has not got what it asks for, as its Ready tells it. */
export interface Problem {
  readonly reason: (typeof CLAIM_REASON)[keyof typeof CLAIM_REASON] | typeof SANDBOX_REASON.reconcilerError;
  readonly message: string;
  /**
   * When it is worth another try (spec 05 §18). `change`: only after a change of the claim, its pool or its template. `minute`: then, and each minute in
   * case something has changed that nobody watches. `time`: after the back-off of the queue.
   */
  readonly retry: 'change' | 'minute' | 'time';
}

/** What was asked for, or why there is none. */
export type Checked<T> = { readonly value: T; readonly problem?: undefined } | { readonly value?: undefined; readonly problem: Problem };

/** A problem that has no reason of its own. */
export const errorSeen = (message: string, retry: Problem['retry']): Problem => ({
  reason: SANDBOX_REASON.reconcilerError,
  message: `Error seen: ${message}`,
  retry,
});
