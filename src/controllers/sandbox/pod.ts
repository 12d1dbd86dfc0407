import { ANNOTATIONS, LABELS } from '../../api/keys';
import { mergePatch } from '../../runtime/merge-patch';
import type { Action } from '../../runtime/plan';
import { FORGET_FIELD_MANAGERS } from '../shared/field-managers';
import { PODS, SANDBOXES, type Pod } from '../shared/objects';
import { controllerReference, isAdoptable, isForeignTo, isOwnedBy, ownerText } from '../shared/ownership';
import { desiredPod } from './desired-pod';
import { trackedPodName, type Observed, type Settings } from './observe';
import { podMetadata } from './pod-metadata';
import { act, adoptionEvent, failureOf, lacksPermission, NOTHING, errandOf, refuse, type Step } from './step';
import { hasClaimOfFormerSandbox } from './volume-claims';

/** The Pod step: what it wants, and which Pod object it found, owned or not. A step with a problem and no Pod knows nothing of the Pod. */
export interface PodStep extends Step {
  readonly pod?: Pod;
  readonly isOwned: boolean;
  /** Since when metadata of the Pod waits to be written, by the monotonic clock. */
  readonly metadataSinceMs?: number;
}

/** One Pod with the Sandbox's name, found by owner UID before any name (spec 03 §5). */
export function podStep(observed: Observed): PodStep {
  const { ownedPods, sandbox } = observed;
  if (ownedPods.length > 1) {
    const message = `multiple Pods (${ownedPods.length}) are controlled by this Sandbox; refusing to choose or create a Pod`;
    return { actions: [], problem: { message, kind: 'multiplePods' }, isOwned: false };
  }
  const pod = ownedPods[0] ?? observed.namedPod;
  const isOwned = pod !== undefined && isOwnedBy(pod, sandbox);
  const decided = decide(observed, pod, isOwned);
  const annotation = voidAnnotation(observed, pod, isOwned);
  const problem = failureOf(observed, 'pod') ?? decided.problem;
  // An owned Pod is known whatever else failed; a Pod that is refused is not this Sandbox's to speak of.
  const isKnown = isOwned || (isSuspended(observed) && pod !== undefined) || problem === undefined;
  return {
    ...(decided.metadataSinceMs !== undefined && { metadataSinceMs: decided.metadataSinceMs }),
    actions: problem && problem !== decided.problem ? [] : [...annotation, ...decided.actions],
    ...(problem && { problem }),
    ...(isKnown && pod && { pod }),
    isOwned,
  };
}

export const isSuspended = ({ sandbox }: Observed): boolean => sandbox.spec.operatingMode === 'Suspended';

/** Whether the Pod has run to its end. */
export const isEnded = ({ status }: Pod): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed';

type Decision = Step & Pick<PodStep, 'metadataSinceMs'>;

function decide(observed: Observed, pod: Pod | undefined, isOwned: boolean): Decision {
  if (isSuspended(observed)) return pod && isOwned ? podRemoval(observed, pod) : NOTHING;
  // A tracked Pod that is gone is forgotten first; then the Pod of the Sandbox's own name is looked at.
  if (!pod && trackedPodName(observed.sandbox) !== observed.sandbox.metadata.name) return NOTHING;
  if (!pod) return hasClaimOfFormerSandbox(observed) ? NOTHING : act(creation(observed));
  const { name } = pod.metadata;
  if (isOwned) return pod.metadata.deletionTimestamp ? NOTHING : alignment(observed, pod);
  if (isForeignTo(pod, observed.sandbox)) return refuse(`pod "${name}" is owned by ${ownerText(pod)}, not by sandbox "${observed.sandbox.metadata.name}"`);
  if (!isAdoptable(pod, observed.hash)) return refuse(lacksPermission('pod', name));
  if (pod.metadata.deletionTimestamp || isEnded(pod)) {
    return refuse(`cannot adopt unowned pod "${name}": it ${pod.metadata.deletionTimestamp ? 'is terminating' : 'has ended'}`);
  }
  return adoption(observed, pod);
}

/** DELETE of an owned Pod with its grace period, unless it is terminating already. */
export function podRemoval(observed: Observed, { metadata }: Pod): Step {
  if (metadata.deletionTimestamp) return NOTHING;
  return act({ do: 'delete', ...write(observed, metadata.name), uid: metadata.uid, failure: 'failed to delete pod: ' });
}

function creation(observed: Observed): Action {
  const { sandbox, settings } = observed;
  const { name } = sandbox.metadata;
  const event = { regarding: sandbox, action: 'PodCreation' };
  return {
    do: 'create',
    ...write(observed, name),
    object: desiredPod(sandbox, settings),
    fieldManager: 'sandbox-controller',
    events: [{ ...event, type: 'Normal', reason: 'SandboxPodCreated', note: `Created Pod "${name}"` }],
    failureEvent: (message) => ({ ...event, type: 'Warning', reason: 'SandboxPodCreateFailed', note: `Failed to create Pod "${name}": ${message}` }),
  };
}

/** Owner and metadata in one PATCH that relies on the version seen. */
function adoption(observed: Observed, pod: Pod): Step {
  const { sandbox } = observed;
  const { name, resourceVersion, ownerReferences = [] } = pod.metadata;
  return act({
    do: 'patch',
    ...write(observed, name),
    uid: pod.metadata.uid,
    ifVersion: resourceVersion,
    patch: { metadata: { ...metadataPatch(observed, pod), ownerReferences: [...ownerReferences, controllerReference(SANDBOXES, sandbox)] } },
    failure: 'failed to patch pod: ',
    events: [adoptionEvent(sandbox, 'Pod', name)],
  });
}

/** Metadata of an owned Pod; may wait for the write-behind window, but not where routers and policies wait for a new owner's labels. */
function alignment(observed: Observed, pod: Pod): Decision {
  const { settings, memory, monotonicMs } = observed;
  const patch = metadataPatch(observed, pod);
  if (!patch) return NOTHING;
  const sinceMs = memory?.metadataSinceMs ?? monotonicMs;
  const [present = {}, { labels: wanted }] = [pod.metadata.labels, podMetadata(observed.sandbox, settings)];
  const isNewOwner = present[LABELS.claimUid] !== wanted[LABELS.claimUid];
  if (!isNewOwner && monotonicMs - sinceMs < writeBehindWindowMs(settings)) return { ...NOTHING, metadataSinceMs: sinceMs };
  const isTaken = isNewOwner && LABELS.warmPool in present && !(LABELS.warmPool in wanted);
  const metadata = { ...patch, ...(isTaken && settings.isAdoptionLean && FORGET_FIELD_MANAGERS) };
  return act({ do: 'patch', ...write(observed, pod.metadata.name), uid: pod.metadata.uid, patch: { metadata }, failure: 'failed to patch pod: ' });
}

/** How long metadata of an owned Pod may wait; at most a second (spec 03 §11). */
export const writeBehindWindowMs = (settings: Settings): number => Math.min(settings.writeBehindWindowMs, 1000);

function metadataPatch({ sandbox, settings }: Observed, { metadata }: Pod) {
  const present = { labels: metadata.labels ?? {}, annotations: metadata.annotations ?? {} };
  return mergePatch(present, podMetadata(sandbox, settings, present));
}

/** The legacy annotation goes when it names no Pod, another than the owned one, one of somebody else, or nothing any more. It permits nothing. */
function voidAnnotation(observed: Observed, pod: Pod | undefined, isOwned: boolean): readonly Action[] {
  const { sandbox } = observed;
  const { uid, namespace = '', name, annotations } = sandbox.metadata;
  if (!annotations?.[ANNOTATIONS.podName]) return [];
  const isTracked = pod?.metadata.name === trackedPodName(sandbox);
  const isVoid = !pod || !isTracked || (!isOwned && (isSuspended(observed) || isForeignTo(pod, sandbox)));
  if (!isVoid) return [];
  return [
    {
      do: 'patch',
      resource: SANDBOXES,
      key: { namespace, name },
      uid,
      patch: { metadata: { annotations: { [ANNOTATIONS.podName]: null } } },
      step: 'pod',
      ...errandOf(observed),
    },
  ];
}

function write(observed: Observed, name: string) {
  const { namespace = '' } = observed.sandbox.metadata;
  return { resource: PODS, key: { namespace, name }, step: 'pod', ...errandOf(observed) } as const;
}
