import { ANNOTATIONS } from '../../../src/api/keys';
import { findControllerOf } from '../../../src/runtime/object';
import { PODS, SANDBOXES, VOLUME_CLAIMS } from '../api/resource-types';
import { listOf, partOf, type Stored } from '../api/stored';
import { PROTECTION } from '../api/volume-claim-rules';
import { isReadyPod } from '../cluster/pod-status';
import { claimsOf } from '../cluster/volume-protection';
import type { World } from '../world';
import { nameOf, type InvariantOf } from './invariant';

/** What a Sandbox has come to when nothing happens any more: a Pod or none, as its mode says, and a status that says what the Pod says. */
export const sandboxesHaveConverged: InvariantOf = (world) => ({
  id: 'at rest',
  atRest() {
    for (const sandbox of world.model.store.list(SANDBOXES)) {
      const fault = sandbox.metadata.deletionTimestamp === undefined ? faultOf(world, sandbox) : undefined;
      if (fault !== undefined) return `${nameOf(sandbox)} ${fault}`;
    }
    return undefined;
  },
});

function faultOf(world: World, sandbox: Stored): string | undefined {
  const pods = world.model.store.list(PODS, sandbox.metadata.namespace).filter((pod) => findControllerOf(pod)?.uid === sandbox.metadata.uid);
  // A finalizer may hold a Pod for ever, and a second one is for a person to look at.
  if (pods.length > 1 || pods.some((pod) => pod.metadata.deletionTimestamp !== undefined)) return undefined;
  const [pod] = pods;
  const { operatingMode, shutdownTime } = partOf(sandbox, 'spec');
  const isExpired = typeof shutdownTime === 'string' && Date.parse(shutdownTime) <= world.wallClockMs;
  if (operatingMode === 'Suspended' || isExpired) return pod && `has a Pod although it is ${isExpired ? 'expired' : 'suspended'}`;
  if (!pod) return isBlocked(world, sandbox) ? undefined : 'has no Pod';
  return claimFault(world, pod) ?? statusFault(sandbox, pod);
}

/** A claim that goes when no Pod uses it any more, under a Pod that goes on using it. One that its own Sandbox lost while it ran is for a person to look at. */
function claimFault({ model }: World, pod: Stored): string | undefined {
  const { namespace = '' } = pod.metadata;
  const claims = claimsOf(pod).flatMap((name) => model.store.find(VOLUME_CLAIMS, { namespace, name }) ?? []);
  const stuck = claims.find(({ metadata }) => metadata.deletionTimestamp !== undefined && metadata.finalizers?.join() === PROTECTION);
  return stuck && findControllerOf(stuck)?.uid !== findControllerOf(pod)?.uid ? `uses the ${nameOf(stuck)} of a former one for ever` : undefined;
}

/** Whether an object of another owner stands where the Sandbox's own would be, or where the legacy annotation says that it is. */
function isBlocked({ model }: World, { metadata: { namespace = '', name, annotations } }: Stored): boolean {
  return [name, annotations?.[ANNOTATIONS.podName] ?? ''].some((taken) => model.store.find(PODS, { namespace, name: taken }) !== undefined);
}

function statusFault(sandbox: Stored, pod: Stored): string | undefined {
  const status = partOf(sandbox, 'status');
  const addresses = listOf(partOf(pod, 'status'), 'podIPs').map(({ ip }) => ip);
  const published = Array.isArray(status.podIPs) ? (status.podIPs as readonly unknown[]) : [];
  if (published.join() !== addresses.join()) return `publishes [${published.join()}], its Pod has [${addresses.join()}]`;
  const ready = listOf(status, 'conditions').find(({ type }) => type === 'Ready');
  const { phase } = partOf(pod, 'status');
  const isServing = phase === 'Running' && isReadyPod(pod) && addresses.length > 0;
  if (!isServing && ready?.status === 'True') return 'is published as Ready, its Pod is not';
  if (ready === undefined) return 'has no condition Ready';
  return ready.observedGeneration === sandbox.metadata.generation ? undefined : 'has a status of an earlier generation';
}
