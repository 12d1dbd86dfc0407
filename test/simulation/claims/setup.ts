import { SANDBOXES } from '../api/resource-types';
import type { Stored } from '../api/stored';
import {
  bindingsAreKept,
  conditionOf,
  duplicatesAreResolved,
  readyIsMeasuredOnce,
  readyIsMeasuredOnceByEach,
  readyIsPublishedWhole,
  sandboxesAreNotShared,
} from '../invariants/bindings';
import { claimsHaveConverged } from '../invariants/claims-at-rest';
import type { InvariantOf } from '../invariants/invariant';
import { findPoolOf, membersAreGuarded, poolsAreNeverTooLarge, reservationsAreExclusive } from '../invariants/members';
import { noOrphans, nothingForeignIsTouched } from '../invariants/ownership';
import { looksHaveACause } from '../invariants/passes';
import { poolsHaveConverged } from '../invariants/pools-at-rest';
import { recreationIsLimited } from '../invariants/recreation';
import { sandboxesHaveConverged } from '../invariants/sandbox-at-rest';
import { onlyOwnPodsArePublished } from '../invariants/sandbox-status';
import { specsAreLeftAlone, unknownOutcomesAreRead } from '../invariants/writes';
import { quarrelOf } from '../judge';
import type { Program } from '../network/process';
import type { Setup } from '../simulate';
import type { World } from '../world';
import { performOnClaims, type ClaimAction } from './actions';

const INVARIANTS: readonly InvariantOf[] = [
  ...[sandboxesAreNotShared, duplicatesAreResolved, noOrphans, nothingForeignIsTouched, membersAreGuarded],
  ...[onlyOwnPodsArePublished, readyIsPublishedWhole, bindingsAreKept, unknownOutcomesAreRead, specsAreLeftAlone],
  ...[sandboxesHaveConverged, claimsHaveConverged, poolsHaveConverged, reservationsAreExclusive, looksHaveACause, poolsAreNeverTooLarge],
];

/**
 * With two live leaders I1 to I4 hold, and of I5 that each by itself makes no member too many (spec 08 §1). Each counts by itself (spec 08 §5), and neither
 * knows which stale members the other replaces.
 */
const OF_ONE_LEADER: readonly InvariantOf[] = [readyIsMeasuredOnce, recreationIsLimited];
const OF_EACH_LEADER: readonly InvariantOf[] = [readyIsMeasuredOnceByEach];

/** All controllers under test, alone or as two leaders. */
export const claimSetup = (program: Program, processes: readonly string[] = ['controller']): Setup<ClaimAction> => ({
  ...{ program, processes },
  invariants: [...INVARIANTS, ...(processes.length === 1 ? OF_ONE_LEADER : OF_EACH_LEADER)],
  quarrelMs: quarrelOf(processes),
  perform: performOnClaims,
  isTimed: ({ sent: { request }, before }, world) => request.verb === 'delete' && before !== undefined && isInPoolWithStuck(before, world),
  isRestless: ({ model }) => model.store.list(SANDBOXES).some(isStuck),
});

/** A successor that does not get ready holds the replacement of stale members up until its grace period is over (spec 06 §5). */
const isInPoolWithStuck = (member: Stored, { model }: World): boolean =>
  [member, ...model.store.list(SANDBOXES).filter((other) => findPoolOf(other) === findPoolOf(member))].some(isStuck);

/** A member that does not get ready is replaced, after a span that grows each time (spec 06 §6). */
const isStuck = (sandbox: Stored): boolean => findPoolOf(sandbox) !== undefined && conditionOf(sandbox, 'Ready')?.status !== 'True';
