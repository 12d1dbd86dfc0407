import type { Reply } from './transport';

/**
 * What became of a request. `unknown` is no failure: the request may have been carried out, or be carried out later,
 * and only a read of the object can tell (spec 08 I10).
 */
export type Outcome<T> = Ok<T> | Rejected | Unknown;

export interface Ok<T> {
  readonly result: 'ok';
  readonly value: T;
}

/** The server has answered that it did not do it. */
export interface Rejected {
  readonly result: 'rejected';
  readonly status: number;
  /** For programs: NotFound, AlreadyExists, Conflict, Invalid, Forbidden, TooManyRequests, … */
  readonly reason: string;
  /** For people. */
  readonly message: string;
  /** The fields at fault, if the server names any. */
  readonly causes: readonly FieldCause[];
}

export interface Unknown {
  readonly result: 'unknown';
  readonly cause: string;
}

export interface FieldCause {
  readonly field?: string;
  readonly reason?: string;
  readonly message?: string;
}

/** Reads an answer. */
export function outcomeOf(reply: Reply): Outcome<unknown> {
  if (!reply.answered) return { result: 'unknown', cause: reply.cause };
  const { status, body } = reply;
  if (status >= 200 && status < 300) return { result: 'ok', value: body };
  const { reason = '', message = textOf(body), details } = statusIn(body);
  if (isCarriedOutMaybe(reply)) return { result: 'unknown', cause: `status ${status}: ${message}` };
  return { result: 'rejected', status, reason, message, causes: details?.causes ?? [] };
}

/** Whether a read has told what is stored: an object, or none. */
export const tellsWhatIsStored = (read: Outcome<unknown>): boolean => read.result === 'ok' || (read.result === 'rejected' && read.status === 404);

/** Why a request came to nothing. */
export const causeOf = (outcome: Outcome<unknown>): string =>
  outcome.result === 'unknown' ? outcome.cause : outcome.result === 'rejected' ? outcome.message : '';

/** Whether the server has put the request off: it did not begin with it, so the same request may be sent again. */
export function isPutOff(reply: Reply): boolean {
  return reply.answered && (reply.status === 429 || (reply.status === 503 && reply.retryAfterMs !== undefined));
}

/** Whether a read may succeed if it is sent again. */
export function isTransient(reply: Reply): boolean {
  return !reply.answered || isCarriedOutMaybe(reply);
}

// 408 is how load balancers say that they waited too long for the server.
const isCarriedOutMaybe = (reply: Reply): boolean => reply.answered && (reply.status >= 500 || reply.status === 408) && !isPutOff(reply);

interface Status {
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly causes?: readonly FieldCause[] };
}

/** The Status object of a refusal; nothing in it is certain, since not only the API server refuses. */
function statusIn(body: unknown): Status {
  return typeof body === 'object' && body !== null ? body : {};
}

const textOf = (body: unknown): string => (typeof body === 'string' ? body.slice(0, 200) : JSON.stringify(body));
