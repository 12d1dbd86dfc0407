import { endIfFailed, findFailure, type Action } from '../../runtime/plan';
import { CLAIMS, SANDBOXES } from '../shared/objects';
import { lookOf } from './aim';
import { deletionOf, keyIn, ofClaim, publishedSandbox, readOf, remembering, told, type Decision } from './decision';
import { isMarked } from './expiry';
import type { Observed } from './observe';
import type { Outcome } from './status';

export function surplusSandboxIsDeletedWhenAllHaveBeenRead(observed: Observed): Decision | undefined {
  const { aim, owned, claim, memory } = observed;
  if (aim.is !== 'several') return undefined;
  const ended = endIfFailed(observed, 'surplus');
  if (ended) return ended;
  const reads = [{ resource: CLAIMS, object: claim }, ...owned.map((object) => ({ resource: SANDBOXES, object }))].map(({ resource, object }) =>
    readOf({ is: 'unread', resource, key: keyIn(observed, object.metadata.name) }, 'surplus'),
  );
  const looks = reads.map(({ resource, key }) => lookOf(resource, key));
  if (!looks.every((look) => memory?.looked?.includes(look))) return { actions: [reads], memory: remembering(observed, { looked: looks }) };
  // If one of them has changed meanwhile, all are read again.
  const deletions = aim.surplus.map((sandbox) => ({ ...deletionOf(observed, sandbox, 'surplus'), ifVersion: sandbox.metadata.resourceVersion }));
  return { actions: [deletions], memory: remembering(observed, { looked: [] }) };
}

export function expiredClaimIsMarkedBeforeAnythingIsDeleted(observed: Observed): Decision | undefined {
  return observed.aim.is === 'expired' && !isMarked(observed.claim) ? told(observed, leftOf(observed)) : undefined;
}

export function markedClaimIsDeletedByItsPolicy(observed: Observed): Decision | undefined {
  const { aim, claim, settings } = observed;
  const { shutdownPolicy = 'Retain' } = claim.spec.lifecycle ?? {};
  if (aim.is !== 'expired' || shutdownPolicy === 'Retain') return undefined;
  const ended = endIfFailed(observed, 'expiry');
  if (ended) return ended;
  const note = `Deleting Claim (ShutdownPolicy=${shutdownPolicy})`;
  const action: Action = {
    ...ofClaim(observed, 'expiry'),
    do: 'delete',
    propagation: shutdownPolicy === 'Delete' ? 'Background' : 'Foreground',
    ...(!settings.areEventsDisabled && { events: [{ regarding: claim, type: 'Normal', reason: 'ClaimExpired', action: 'Deleting', note }] }),
  };
  return { actions: [action] };
}

export function markedClaimLosesItsSandbox(observed: Observed): Decision | undefined {
  const { aim, owned } = observed;
  if (aim.is !== 'expired' || findFailure(observed, 'expiry')) return undefined;
  const living = owned.filter(({ metadata }) => !metadata.deletionTimestamp);
  const failure = 'failed to delete expired sandbox: ';
  return living.length > 0 ? { actions: [living.map((sandbox) => ({ ...deletionOf(observed, sandbox, 'expiry'), failure }))] } : undefined;
}

/**
 * The mark stays while a deletion fails, though spec 05 §16 puts every error before the expiry: without the mark the next pass would have to write it again
 * before it may delete (05 §2), so that each try would tell two things in turn; and clients that wait have been told the end (02 §4.4). The log has the error.
 */
export function markedClaimSaysWhatIsLeft(observed: Observed): Decision | undefined {
  if (observed.aim.is !== 'expired') return undefined;
  return { ...told(observed, leftOf(observed)), ...(findFailure(observed, 'expiry') && { isFailed: true }) };
}

/** What an expired claim still has, or must leave alone. Of a Sandbox that it was never told of it does not speak any more. */
function leftOf(observed: Observed): Outcome {
  const { owned, foreign, namesake } = observed;
  const other = foreign ?? namesake;
  if (owned.length > 0) return { sandbox: publishedSandbox(observed) };
  return other ? { foreign: other.metadata.name } : {};
}
