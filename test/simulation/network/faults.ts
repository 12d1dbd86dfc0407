/** What can happen to one request of a program. */
export type RequestFault =
  | 'conflict'
  | 'tooManyRequests'
  | 'unavailable'
  | 'forbidden'
  | 'failed'
  | 'failedStored'
  | 'timedOut'
  | 'timedOutStored'
  | 'timedOutLate'
  | 'lost'
  | 'lostStored'
  | 'lostLate'
  | 'slow'
  | 'crashBefore'
  | 'crashInFlight'
  | 'crashAfter';

/** How a fault changes the way of a request. */
export interface Effect {
  /** In one sentence, for the story. */
  readonly says: string;
  /** Whether and when the request is carried out. @default 'soon' */
  readonly arrives?: 'soon' | 'late' | 'never';
  /** Whether the answer comes back, or the connection breaks, or nothing happens until the deadline. @default 'back' */
  readonly answer?: 'back' | 'broken' | 'silence';
  /** The status that takes the place of the server's answer, and how long the client is told to wait. */
  readonly status?: number;
  readonly retryAfterMs?: number;
  /** The process dies when it has sent the request, or when the request has been carried out. */
  readonly crash?: 'sent' | 'stored';
  /** Somebody else writes to the same object first. */
  readonly touched?: true;
}

/** The faults as a table. */
export const EFFECTS: Readonly<Record<RequestFault, Effect>> = {
  conflict: { says: 'somebody else writes first', touched: true },
  tooManyRequests: { says: 'refused with 429', arrives: 'never', status: 429, retryAfterMs: 1000 },
  unavailable: { says: 'refused with 503', arrives: 'never', status: 503, retryAfterMs: 2000 },
  forbidden: { says: 'refused with 403', arrives: 'never', status: 403 },
  failed: { says: 'answered 500, not carried out', arrives: 'never', status: 500 },
  failedStored: { says: 'answered 500 although carried out', status: 500 },
  timedOut: { says: 'lost without a trace', arrives: 'never', answer: 'silence' },
  timedOutStored: { says: 'carried out, answer lost without a trace', answer: 'silence' },
  timedOutLate: { says: 'carried out much later, no answer', arrives: 'late', answer: 'silence' },
  lost: { says: 'connection broken before the request', arrives: 'never', answer: 'broken' },
  lostStored: { says: 'connection broken after the request', answer: 'broken' },
  lostLate: { says: 'connection broken, carried out much later', arrives: 'late', answer: 'broken' },
  slow: { says: 'much later', arrives: 'late' },
  crashBefore: { says: 'the process dies before it sends', arrives: 'never', crash: 'sent' },
  crashInFlight: { says: 'the process dies with the request in flight', arrives: 'late', crash: 'sent' },
  crashAfter: { says: 'the process dies before it sees the answer', crash: 'stored' },
};

/** Names of all faults, for generators. */
export const REQUEST_FAULTS = Object.keys(EFFECTS) as readonly RequestFault[];
