import type { Sandbox, SandboxClaim } from '../shared/objects';
import type { Sight } from './first-seen';

/** What a claim was when something happened to it. */
export interface Moment {
  readonly claim: SandboxClaim;
  readonly sandbox: Sandbox | undefined;
  /** What is remembered from its first sight; undefined of a claim that was Ready before. */
  readonly sight: Sight | undefined;
  /** By the wall clock, and by the monotonic one. */
  readonly nowMs: number;
  readonly monotonicMs: number;
}

/** Told what happens to claims while this process decides; never part of a decision. */
export interface ClaimObserver {
  /** Its status names a Sandbox that it did not name before. */
  bound(moment: Moment): void;
  /** It is Ready for the first time in its life. */
  becameReady(moment: Moment): void;
  /** A Sandbox of its own was made, because of this. */
  startedCold(reason: string): void;
  passed(hasWritten: boolean): void;
  /** Sandboxes that claims had too many of were deleted. */
  surplusDeleted(count: number): void;
}
