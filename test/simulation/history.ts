import fc from 'fast-check';
import { POD_LIVES, type PodLife } from './cluster/nodes';
import { REQUEST_FAULTS, type RequestFault } from './network/faults';
import type { WatchFault } from './network/watch-stream';

/** Something that a person, or a cluster, does at some moment. */
export type Happening<Action> = { readonly afterMs: number; readonly action: Action };

/** One of the requests that programs send fails in some way. */
export interface PlannedFault {
  /** Counted from 0, writes and reads apart. */
  readonly nth: number;
  readonly of: 'write' | 'read';
  readonly fault: RequestFault;
}

/** Something happens to the programs themselves, some time after the previous one. */
export interface Mishap {
  readonly afterMs: number;
  readonly what: 'crash' | 'pause' | 'clockForward' | 'clockBack' | 'compaction' | WatchFault;
}

/** Everything that is random in one run, as plain data: it can be printed, shrunk, and run again. */
export interface History<Action> {
  /** Decides the order and the delays of everything that this data leaves open. */
  readonly seed: number;
  readonly actions: ReadonlyArray<Happening<Action>>;
  readonly faults: readonly PlannedFault[];
  readonly mishaps: readonly Mishap[];
  /** What becomes of the first Pod, the second and so on. */
  readonly lives: readonly PodLife[];
}

const MISHAPS: ReadonlyArray<Mishap['what']> = ['crash', 'pause', 'clockForward', 'clockBack', 'compaction', 'ended', 'silent', 'expired', 'doubled'];

// Most things happen in quick succession, because that is where races are; some after the rest has come to an end.
const spanMs = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 50 }) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 3000 }) },
  fc.integer({ min: 0, max: 120_000 }),
);

const faults: fc.Arbitrary<PlannedFault> = fc.record({
  // Most histories have few writes, and the first ones are always there.
  nth: fc.oneof(fc.nat({ max: 8 }), fc.nat({ max: 40 })),
  of: fc.constantFrom('write', 'write', 'write', 'read'),
  fault: fc.constantFrom(...REQUEST_FAULTS),
});

const mishaps: fc.Arbitrary<Mishap> = fc.record({ afterMs: spanMs, what: fc.constantFrom(...MISHAPS) });

// Most Pods become ready.
const lives = fc.oneof({ weight: 3, arbitrary: fc.constant<PodLife>('ready') }, fc.constantFrom(...POD_LIVES));

const happening = <Action>(action: fc.Arbitrary<Action>): fc.Arbitrary<Happening<Action>> => fc.record({ afterMs: spanMs, action });

/** Histories that begin with one action and go on with up to eleven others. */
export function histories<Action>(first: fc.Arbitrary<Action>, others: fc.Arbitrary<Action>): fc.Arbitrary<History<Action>> {
  const list = <T>(item: fc.Arbitrary<T>, maxLength: number) => fc.array(item, { maxLength, size: 'max' });
  return fc.record({
    // Another seed is another history, not a smaller one.
    seed: fc.noShrink(fc.nat({ max: 0x7fff_ffff })),
    actions: fc.tuple(happening(first), list(happening(others), 11)).map(([one, more]) => [one, ...more]),
    faults: list(faults, 6),
    mishaps: list(mishaps, 4),
    lives: fc.array(lives, { minLength: 1, maxLength: 4 }),
  });
}
