import { ANNOTATIONS, LABELS } from '../../api/keys';
import { isRecordGivenUp, looking, publishedSandbox, recording, retryOf, told, type Decision } from './decision';
import type { Observed } from './observe';

// Spec 05 §8.
const LONGEST_PENDING_MS = 5000;

export function whatOnlyTheCacheLacksIsReadOnce(observed: Observed): Decision | undefined {
  return observed.aim.is === 'unread' ? looking(observed, observed.aim) : undefined;
}

export function refusedClaimSaysFirstWhenItWasSeen(observed: Observed): Decision | undefined {
  const { aim, claim } = observed;
  if (aim.is !== 'refused' || claim.status?.conditions?.length || isRecordGivenUp(observed)) return undefined;
  // What it has recorded stays: the problem may pass.
  return recording(observed, claim.metadata.annotations?.[ANNOTATIONS.sandboxName] || claim.metadata.labels?.[LABELS.sandboxName]);
}

export function refusedClaimSaysWhy(observed: Observed): Decision | undefined {
  const { aim, claim, failures } = observed;
  if (aim.is !== 'refused') return undefined;
  const { problem } = aim;
  const isPending = failures.some(({ isUnread, step }) => isUnread && step === 'sandbox');
  const again = { ...retryOf(problem), ...(isPending && { againMs: LONGEST_PENDING_MS }) };
  // The Sandbox is there, and nobody could read it: what was told of it stays (spec 05 §16).
  if (isPending && claim.status?.sandbox?.name) return { actions: [], ...again };
  return { ...told(observed, { problem, sandbox: publishedSandbox(observed) }), ...again };
}

/** A refusal that was found out late: as one that was known before. */
export const refusedBy = (observed: Observed): Decision | undefined => refusedClaimSaysFirstWhenItWasSeen(observed) ?? refusedClaimSaysWhy(observed);
