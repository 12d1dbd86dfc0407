import type { Landed, Sent, Settled } from '../network/network';
import type { Passed, World } from '../world';

/** Something that must be true. Each function answers what is wrong, or nothing. */
export interface Invariant {
  /** Its number in spec 08 §1, or a word where the specification has no number for it. */
  readonly id: string;
  /** When a program has sent a request. */
  readonly sent?: (sent: Sent) => string | undefined;
  /** When a request of a program has been carried out. */
  readonly landed?: (landed: Landed) => string | undefined;
  /** When a program has learnt how its request ended. */
  readonly settled?: (settled: Settled) => string | undefined;
  /** When a controller of a program has looked at something. */
  readonly passed?: (passed: Passed) => string | undefined;
  /** When nothing happens any more. */
  readonly atRest?: () => string | undefined;
}

/** Makes an invariant for one world; what it remembers belongs to that world. */
export type InvariantOf = (world: World) => Invariant;

/** How a message names an object. */
export const nameOf = ({ kind, metadata }: { readonly kind: string; readonly metadata: { readonly namespace?: string; readonly name: string } }): string =>
  `${kind} ${metadata.namespace}/${metadata.name}`;
