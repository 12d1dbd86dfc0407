import { CLAIMS, POOLS, SANDBOXES, TEMPLATES } from '../api/resource-types';
import { listOf, partOf, type Stored } from '../api/stored';
import type { World } from '../world';
import { conditionOf, findClaimOf, findPublished } from './bindings';
import { nameOf, type InvariantOf } from './invariant';

/** What a claim has come to when nothing happens any more: bound, and saying what its Sandbox says; or not bound, and saying why. */
export const claimsHaveConverged: InvariantOf = (world) => ({
  id: 'at rest',
  atRest() {
    for (const claim of world.model.store.list(CLAIMS)) {
      const fault = claim.metadata.deletionTimestamp === undefined ? faultOf(world, claim) : undefined;
      if (fault !== undefined) return `${nameOf(claim)} ${fault}`;
    }
    return undefined;
  },
});

function faultOf(world: World, claim: Stored): string | undefined {
  const owned = world.model.store.list(SANDBOXES).filter((sandbox) => findClaimOf(sandbox) === claim.metadata.uid);
  const [sandbox] = owned;
  // A finalizer may hold the second one for ever.
  if (owned.length > 1) return owned.some(({ metadata }) => metadata.deletionTimestamp !== undefined) ? undefined : `has ${owned.length} Sandboxes`;
  const ready = conditionOf(claim, 'Ready');
  if (ready === undefined) return 'has no condition Ready';
  if (isExpired(world, claim)) return expiryFault(claim, sandbox, ready.reason);
  if (ready.observedGeneration !== claim.metadata.generation) return 'has a status of an earlier generation';
  if (!sandbox) return reasonFault(world, claim, ready);
  // What it asks for its Pod cannot be told from what the template says (spec 05 §9).
  const isMissed = partOf(claim, 'spec').additionalPodMetadata !== undefined && ['WarmPoolNotFound', 'TemplateNotFound'].includes(String(ready.reason));
  return isMissed && reasonFault(world, claim, ready) === undefined ? undefined : bindingFault(claim, sandbox, ready);
}

function isExpired({ wallClockMs }: World, claim: Stored): boolean {
  const { shutdownTime, ttlSecondsAfterFinished } = partOf(partOf(claim, 'spec'), 'lifecycle');
  const finished = conditionOf(claim, 'Finished');
  const isPast = (time: unknown, seconds = 0): boolean => typeof time === 'string' && Date.parse(time) + seconds * 1000 <= wallClockMs;
  const isOver = finished?.status === 'True' && typeof ttlSecondsAfterFinished === 'number';
  return isPast(shutdownTime) || (isOver && isPast(finished.lastTransitionTime, ttlSecondsAfterFinished));
}

function expiryFault(claim: Stored, sandbox: Stored | undefined, reason: unknown): string | undefined {
  const { shutdownPolicy } = partOf(partOf(claim, 'spec'), 'lifecycle');
  if (shutdownPolicy !== 'Retain') return 'outlives its expiry';
  if (reason !== 'ClaimExpired') return `has expired and says ${String(reason)}`;
  // A finalizer may hold it for ever.
  if (sandbox) return sandbox.metadata.deletionTimestamp === undefined ? 'has expired and keeps its Sandbox' : undefined;
  return findPublished(claim) === undefined ? undefined : 'has expired and still names a Sandbox';
}

function bindingFault(claim: Stored, sandbox: Stored, ready: ReturnType<typeof partOf>): string | undefined {
  const published = partOf(partOf(claim, 'status'), 'sandbox');
  const status = partOf(sandbox, 'status');
  if (published.name !== sandbox.metadata.name) return `owns ${sandbox.metadata.name} and names ${String(published.name)}`;
  if (String(published.podIPs) !== String(status.podIPs)) return `publishes [${String(published.podIPs)}], its Sandbox has [${String(status.podIPs)}]`;
  if (published.serviceFQDN !== status.serviceFQDN) return `publishes ${String(published.serviceFQDN)}, its Sandbox has ${String(status.serviceFQDN)}`;
  const isTerminating = sandbox.metadata.deletionTimestamp !== undefined;
  const its = isTerminating ? undefined : conditionOf(sandbox, 'Ready')?.reason;
  const wanted = typeof its === 'string' ? its : 'SandboxNotReady';
  return ready.reason === wanted ? finishedFault(claim, sandbox) : `says ${String(ready.reason)} and is to say ${wanted}`;
}

function finishedFault(claim: Stored, sandbox: Stored): string | undefined {
  const [mine, its] = [claim, sandbox].map((object) => conditionOf(object, 'Finished')?.reason);
  return mine === its ? undefined : `has finished with ${String(mine)}, its Sandbox with ${String(its)}`;
}

/** A claim without a Sandbox names something that is in its way. */
function reasonFault({ model }: World, claim: Stored, { reason }: ReturnType<typeof partOf>): string | undefined {
  const { namespace = '', name } = claim.metadata;
  const spec = partOf(claim, 'spec');
  const pool = model.store.find(POOLS, { namespace, name: String(partOf(spec, 'warmPoolRef').name) });
  const template = pool && model.store.find(TEMPLATES, { namespace, name: String(partOf(partOf(pool, 'spec'), 'sandboxTemplateRef').name) });
  const policy = template && partOf(template, 'spec').envVarsInjectionPolicy;
  const obstacles = {
    WarmPoolNotFound: !pool,
    TemplateNotFound: pool !== undefined && !template,
    ReconcilerError: model.store.find(SANDBOXES, { namespace, name }) !== undefined,
    EnvVarsInjectionRejected: listOf(spec, 'env').length > 0 && policy !== 'Allowed',
  };
  const found = Object.entries(obstacles).flatMap(([obstacle, isThere]) => (isThere ? [obstacle] : []));
  return found.includes(String(reason)) ? undefined : `has no Sandbox and says ${String(reason)}; in its way is ${found.join() || 'nothing'}`;
}
