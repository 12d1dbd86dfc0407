import { ANNOTATIONS } from '../../../src/api/keys';
import { findControllerOf } from '../../../src/runtime/object';
import type { ApiModel } from '../api/api-model';
import { CLAIMS, findType, SANDBOXES } from '../api/resource-types';
import { listOf, partOf, type Stored } from '../api/stored';
import type { Landed } from '../network/network';
import type { Measured } from '../world';
import { nameOf, type InvariantOf } from './invariant';

/** UID of the claim that owns a Sandbox, if one does. */
export function findClaimOf(sandbox: Stored | undefined): string | undefined {
  const owner = sandbox && findControllerOf(sandbox);
  return owner?.kind === CLAIMS.kind && owner.apiVersion.startsWith(`${CLAIMS.group}/`) ? owner.uid : undefined;
}

/** The Sandbox that a claim's status names. */
export const findPublished = (claim: Stored): string | undefined => {
  const { name } = partOf(partOf(claim, 'status'), 'sandbox');
  return typeof name === 'string' ? name : undefined;
};

export const conditionOf = (object: Stored, type: string) => listOf(partOf(object, 'status'), 'conditions').find((condition) => condition.type === type);

/** Whether the stored status says that the claim has expired. Nothing is deleted before. */
export const isMarkedExpired = (claim: Stored): boolean => conditionOf(claim, 'Ready')?.reason === 'ClaimExpired';

/** A status of a claim that a program has stored. */
const isClaimStatus = ({ sent: { request }, answer }: Landed): boolean =>
  findType(request.resource) === CLAIMS && request.subresource === 'status' && answer.status < 300;

/** Who ever owned what, as far as claims are concerned. */
class Deeds {
  /** UIDs of claims, by UID of the Sandbox. */
  private readonly owners = new Map<string, Set<string>>();
  /** Names of Sandboxes, by UID of the claim. */
  private readonly names = new Map<string, Set<string>>();

  constructor(model: ApiModel) {
    model.store.onChange(({ type, object }) => {
      const claim = type === SANDBOXES ? findClaimOf(object) : undefined;
      if (claim === undefined) return;
      add(this.owners, object.metadata.uid, claim);
      add(this.names, claim, object.metadata.name);
    });
  }

  public ownersOf({ metadata: { uid } }: Stored): ReadonlySet<string> {
    return this.owners.get(uid) ?? new Set();
  }

  public everOwned({ metadata: { uid } }: Stored, name: string): boolean {
    return this.names.get(uid)?.has(name) === true;
  }
}

const add = (sets: Map<string, Set<string>>, key: string, value: string): unknown => sets.set(key, (sets.get(key) ?? new Set()).add(value));

/** I1: a Sandbox never belongs to two claims, and no claim is told about one that another claim owns or owned. */
export const sandboxesAreNotShared: InvariantOf = ({ model }) => {
  const deeds = new Deeds(model);
  return {
    id: 'I1',
    landed(landed) {
      const { sent, answer, after } = landed;
      if (!after || answer.status >= 300) return undefined;
      if (findType(sent.request.resource) === SANDBOXES) {
        const owners = deeds.ownersOf(after);
        if (owners.size > 1) return `${nameOf(after)} belonged to one claim and now belongs to another`;
        return owners.size === 1 && findClaimOf(after) === undefined ? `${nameOf(after)} belonged to a claim and was given away` : undefined;
      }
      const name = isClaimStatus(landed) ? findPublished(after) : undefined;
      if (name === undefined) return undefined;
      if (!deeds.everOwned(after, name)) return `${nameOf(after)} was told of Sandbox ${name}, which it never owned`;
      const sandbox = model.store.find(SANDBOXES, { namespace: after.metadata.namespace ?? '', name });
      const others = sandbox && [...deeds.ownersOf(sandbox)].filter((uid) => uid !== after.metadata.uid);
      return others?.length ? `${nameOf(after)} was told of Sandbox ${name}, which another claim owns or owned` : undefined;
    },
  };
};

// A pause, a watch that has gone silent and the back-off after them, one after the other.
const RECOVERY_MS = 300_000;

/** I2: a claim has two Sandboxes only until somebody has looked. */
export const duplicatesAreResolved: InvariantOf = ({ model, scheduler }) => {
  const living = new Map<string, Set<string>>();
  const doubledMs = new Map<string, number>();
  model.store.onChange(({ type, object, event }) => {
    const claim = type === SANDBOXES ? findClaimOf(object) : undefined;
    if (claim === undefined) return;
    const { uid, deletionTimestamp } = object.metadata;
    const mine = living.get(claim) ?? new Set<string>();
    living.set(claim, mine);
    if (event === 'DELETED' || deletionTimestamp !== undefined) mine.delete(uid);
    else mine.add(uid);
    if (mine.size < 2) doubledMs.delete(claim);
    else if (!doubledMs.has(claim)) doubledMs.set(claim, scheduler.nowMs);
  });
  const faultAfter = (spanMs: number): string | undefined => {
    for (const [uid, sinceMs] of doubledMs) {
      const claim = model.store.findByUid(uid);
      // What a claim leaves behind is the garbage collector's.
      if (claim?.metadata.deletionTimestamp === undefined && claim && scheduler.nowMs - sinceMs >= spanMs) return `${nameOf(claim)} has two Sandboxes`;
    }
    return undefined;
  };
  return { id: 'I2', landed: () => faultAfter(RECOVERY_MS), atRest: () => faultAfter(0) };
};

/** I9: a binding that was published changes only when its Sandbox is gone or no longer owned; and such a Sandbox is deleted only after the claim has expired. */
export const bindingsAreKept: InvariantOf = ({ model }) => {
  /** UID of the Sandbox that each claim was told of, by the claim's UID: another one may have come under the name. */
  const told = new Map<string, string>();
  const ownedUnder = (claim: Stored, name: string): string | undefined => {
    const sandbox = model.store.find(SANDBOXES, { namespace: claim.metadata.namespace ?? '', name });
    return findClaimOf(sandbox) === claim.metadata.uid ? sandbox?.metadata.uid : undefined;
  };
  return {
    id: 'I9',
    landed(landed) {
      const { sent, answer, before, after } = landed;
      if (!before || answer.status >= 300) return undefined;
      if (findType(sent.request.resource) === SANDBOXES && sent.request.verb === 'delete') {
        const claim = model.store.findByUid(findClaimOf(before) ?? '');
        const isTold = claim && told.get(claim.metadata.uid) === before.metadata.uid && claim.metadata.deletionTimestamp === undefined;
        return isTold && !isMarkedExpired(claim) ? `${nameOf(before)} was deleted, of which ${nameOf(claim)} has been told` : undefined;
      }
      if (!after || !isClaimStatus(landed)) return undefined;
      const { uid } = before.metadata;
      const [name, next] = [findPublished(before), findPublished(after)];
      const owned = name === undefined ? undefined : ownedUnder(before, name);
      const isTaken = name !== next && owned !== undefined && owned === told.get(uid);
      const nextUid = next === undefined ? undefined : ownedUnder(after, next);
      if (nextUid !== undefined) told.set(uid, nextUid);
      return isTaken ? `${nameOf(before)} is told of another Sandbox although ${name} still belongs to it` : undefined;
    },
  };
};

/** I8, as far as it concerns claims: Ready comes with name and addresses in one write, after the ownership and the claim's annotations. */
export const readyIsPublishedWhole: InvariantOf = ({ model }) => {
  /** What the Sandboxes that a claim had under a name have published, by both. */
  const addresses = new Map<string, Set<unknown>>();
  model.store.onChange(({ type, object }) => {
    if (type !== SANDBOXES) return;
    const published = addressesOf(partOf(object, 'status'));
    const place = `${findClaimOf(object) ?? ''} ${object.metadata.name}`;
    const known = addresses.get(place) ?? new Set();
    published.forEach((address) => known.add(address));
    addresses.set(place, known);
  });
  return {
    id: 'I8',
    landed(landed) {
      const { before, after } = landed;
      if (!before || !after || !isClaimStatus(landed)) return undefined;
      const isReady = conditionOf(after, 'Ready')?.status === 'True';
      const name = findPublished(after);
      if (name === undefined) return isReady ? `${nameOf(after)} is published as Ready without a Sandbox` : undefined;
      const published = addressesOf(partOf(partOf(after, 'status'), 'sandbox'));
      if (isReady && published.length === 0) return `${nameOf(after)} is published as Ready without an address`;
      const known = addresses.get(`${after.metadata.uid} ${name}`);
      const foreign = published.find((address) => known?.has(address) !== true);
      if (foreign !== undefined) return `${nameOf(after)} publishes the address ${JSON.stringify(foreign)}, which its Sandbox never had`;
      // Nobody waits for the Sandbox of a claim that has expired.
      return findPublished(before) === name || isMarkedExpired(after) ? undefined : annotationFault(after, name);
    },
  };
};

const addressesOf = (part: ReturnType<typeof partOf>): readonly unknown[] => (Array.isArray(part.podIPs) ? (part.podIPs as readonly unknown[]) : []);

function annotationFault(claim: Stored, sandbox: string): string | undefined {
  const { [ANNOTATIONS.sandboxName]: recorded, [ANNOTATIONS.firstObservedAt]: observedAt } = claim.metadata.annotations ?? {};
  // A Sandbox of the claim's own name was started cold, which leaves no record.
  if (sandbox !== claim.metadata.name && recorded !== sandbox)
    return `${nameOf(claim)} is told of Sandbox ${sandbox}, but its annotation says ${recorded ?? 'nothing'}`;
  return observedAt === undefined ? `${nameOf(claim)} is told of Sandbox ${sandbox} before it is annotated when it was first seen` : undefined;
}

/** I13: the way of a claim to Ready is measured at most once, and only if it came there. */
export const readyIsMeasuredOnce: InvariantOf = measuredOnce(() => '');

/** The same of each process by itself: what it has measured it keeps in mind, and no other knows (spec 08 §5). */
export const readyIsMeasuredOnceByEach: InvariantOf = measuredOnce(({ by }) => by);

function measuredOnce(whoOf: (sample: Measured) => string): InvariantOf {
  return ({ model, measured }) => {
    const ready = new Set<string>();
    const counted = new Set<string>();
    let seen = 0;
    model.store.onChange(({ type, object }) => {
      if (type === CLAIMS && conditionOf(object, 'Ready')?.status === 'True') ready.add(object.metadata.uid);
    });
    const faultOf = (sample: Measured): string | undefined => {
      const subject = `${whoOf(sample)} ${sample.uid}`;
      if (counted.has(subject)) return `the claim with the UID ${sample.uid} was measured twice`;
      counted.add(subject);
      return ready.has(sample.uid) ? undefined : `the claim with the UID ${sample.uid} was measured and was never Ready`;
    };
    const look = (): string | undefined => {
      for (; seen < measured.length; seen++) {
        const sample = measured[seen];
        const fault = sample && faultOf(sample);
        if (fault !== undefined) return fault;
      }
      return undefined;
    };
    return { id: 'I13', landed: look, atRest: look };
  };
}
