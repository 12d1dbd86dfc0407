import { ANNOTATIONS } from '../../api/keys';
import { nameHash, volumeClaimName } from '../../api/names';
import type { Key, KubeObject } from '../../runtime/object';
import type { Circumstances } from '../../runtime/plan';
import type { Pod, Sandbox, Service, VolumeClaim } from '../shared/objects';

/** The flags that decide something about a Sandbox (spec 07 §1). */
export interface Settings {
  readonly clusterDomain: string;
  readonly createdByValues: readonly string[];
  readonly isWarmPoolEvictionEnabled: boolean;
  readonly isPodSandboxUidLabelled: boolean;
  readonly isAdoptionLean: boolean;
  readonly areEventsDisabled: boolean;
  readonly transitionalStatusWindowMs: number;
  readonly writeBehindWindowMs: number;
}

/** What is remembered between passes of one Sandbox; dropped when it goes. By the monotonic clock. */
export interface Memory {
  /** Since when a difference waits that is only transitional (spec 03 §10). */
  readonly transitionalSinceMs?: number;
  /** Since when metadata of the Pod waits to be written (spec 03 §11). */
  readonly metadataSinceMs?: number;
}

/** What one round looks at. Read once, from the caches, in one place; a plan sees nothing else. */
export interface Observed extends Circumstances<Memory> {
  readonly sandbox: Sandbox;
  readonly settings: Settings;
  /** `agents.x-k8s.io/sandbox-name-hash` of this Sandbox. */
  readonly hash: string;
  /** Pods whose controller is this Sandbox, by UID. */
  readonly ownedPods: readonly Pod[];
  /** The Pod under the tracked name: that of the legacy annotation, else the Sandbox's. */
  readonly namedPod: Pod | undefined;
  readonly service: Service | undefined;
  /** What is known of the claims of volumeClaimTemplates, by name. */
  readonly volumeClaims: ReadonlyMap<string, VolumeClaim>;
  /** An older Sandbox of the namespace whose name has the same hash (spec 08 §11.7). */
  readonly rival: Sandbox | undefined;
  /** The trace context that a bare Sandbox lacks, when tracing is on. */
  readonly missingTraceContext: string | undefined;
  /** Whether it is stock of which hardly any is left. */
  readonly isUrgent: boolean;
}

/** What is to be known from outside of the caches. */
export interface Surroundings {
  /** The present one, when tracing is on. */
  readonly traceContext: () => string | undefined;
  readonly isUrgent: (sandbox: Sandbox) => boolean;
}

/** The caches that a Sandbox is seen through. */
export interface Caches {
  readonly sandboxes: { find(key: Key): Sandbox | undefined; byNameHash(namespace: string, hash: string): readonly Sandbox[] };
  readonly pods: { find(key: Key): Pod | undefined; ownedBy(owner: KubeObject): readonly Pod[] };
  readonly services: { find(key: Key): Service | undefined };
  readonly volumeClaims: { find(key: Key): VolumeClaim | undefined };
}

/** Reads the caches for one Sandbox. One that is gone or being deleted leaves nothing to decide: garbage collection has the rest. */
export function observe(
  key: Key,
  circumstances: Circumstances<Memory>,
  { caches, settings, surroundings }: { readonly caches: Caches; readonly settings: Settings; readonly surroundings: Surroundings },
): Observed | undefined {
  const sandbox = caches.sandboxes.find(key);
  if (!sandbox || sandbox.metadata.deletionTimestamp) return undefined;
  const { namespace, name } = key;
  const hash = nameHash(name);
  const claimNames = (sandbox.spec.volumeClaimTemplates ?? []).map(({ metadata }) => volumeClaimName(metadata?.name ?? '', name));
  return {
    ...circumstances,
    sandbox,
    settings,
    hash,
    ownedPods: caches.pods.ownedBy(sandbox),
    namedPod: caches.pods.find({ namespace, name: trackedPodName(sandbox) }),
    service: caches.services.find(key),
    volumeClaims: new Map(
      claimNames.flatMap((claim) => caches.volumeClaims.find({ namespace, name: claim }) ?? []).map((claim) => [claim.metadata.name, claim]),
    ),
    rival: rivalOf(sandbox, caches),
    missingTraceContext: isBare(sandbox) && !sandbox.metadata.annotations?.[ANNOTATIONS.traceContext] ? surroundings.traceContext() : undefined,
    isUrgent: surroundings.isUrgent(sandbox),
  };
}

/** The Pod that the Sandbox is known by: named by the legacy annotation if that is not empty, else like the Sandbox. */
export const trackedPodName = ({ metadata }: Sandbox): string => metadata.annotations?.[ANNOTATIONS.podName] || metadata.name;

const isBare = ({ metadata }: Sandbox): boolean => !metadata.ownerReferences?.some((owner) => owner.controller === true);

function rivalOf(sandbox: Sandbox, caches: Caches): Sandbox | undefined {
  const { namespace = '', name } = sandbox.metadata;
  const others = caches.sandboxes.byNameHash(namespace, nameHash(name)).filter((other) => other.metadata.name !== name && !other.metadata.deletionTimestamp);
  return others.find((other) => isBefore(other, sandbox, caches));
}

/** Who was first. Of two that were made in the same second it is the one that has a Pod, so that nobody can push in before it by the choice of a name. */
function isBefore(one: Sandbox, other: Sandbox, { pods }: Caches): boolean {
  const [a, b] = [one.metadata, other.metadata];
  // RFC 3339 texts of the API server sort like the times they name.
  if (a.creationTimestamp !== b.creationTimestamp) return a.creationTimestamp < b.creationTimestamp;
  const [hasOne, hasOther] = [pods.ownedBy(one).length > 0, pods.ownedBy(other).length > 0];
  return hasOne === hasOther ? a.name < b.name : hasOne;
}
