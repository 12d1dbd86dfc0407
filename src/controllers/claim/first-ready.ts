import { ANNOTATIONS } from '../../api/keys';
import type { Change } from '../../runtime/store';
import type { SandboxClaim } from '../shared/objects';
import { isMarked } from './expiry';
import { isReady } from './first-seen';

/**
 * Which claims have been Ready before (spec 08 §5): a claim is a sample of the latency metrics at most once in its life. A claim whose history this
 * process does not know is taken for one that has been.
 */
export class FirstReady {
  /** UIDs, each with the moment by the wall clock if this process saw it. */
  private readonly moments = new Map<string, number | undefined>();

  /** `isDeciding` says whether it is this process that publishes. */
  constructor(private readonly options: { readonly isDeciding: () => boolean; readonly nowMs: () => number }) {}

  /** Takes a change of a claim. Answers whether it is Ready for the first time in its life, by a write of this process. */
  public hear({ type, object }: Change<SandboxClaim>): boolean {
    const { uid, annotations } = object.metadata;
    if (type === 'deleted') this.moments.delete(uid);
    if (type === 'deleted' || this.moments.has(uid)) return false;
    const { isDeciding, nowMs } = this.options;
    const wasCounted = Boolean(annotations?.[ANNOTATIONS.firstReadyAt]);
    // Of a claim that has expired the status does not say any more what it had; it may be given more time.
    const hasHistory = wasCounted || isReady(object) || isMarked(object) || object.status?.sandbox?.name !== undefined;
    if (isDeciding() && type === 'updated' && !wasCounted) {
      if (!isReady(object)) return false;
      this.moments.set(uid, nowMs());
      return true;
    }
    if (hasHistory) this.moments.set(uid, undefined);
    return false;
  }

  /** When the claim was Ready for the first time, if this process saw it. */
  public find({ metadata }: SandboxClaim): number | undefined {
    return this.moments.get(metadata.uid);
  }
}
