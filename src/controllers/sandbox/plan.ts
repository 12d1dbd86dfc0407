import { CONDITION, SANDBOX_MESSAGE as MESSAGE, SANDBOX_REASON as REASON } from '../../api/conditions';
import { ANNOTATIONS } from '../../api/keys';
import { endIfFailed, findFailure, firstOf, type Action, type Plan } from '../../runtime/plan';
import { findCondition, withCondition, withoutCondition } from '../shared/conditions';
import { SANDBOXES, type SandboxStatus } from '../shared/objects';
import { isOwnedBy } from '../shared/ownership';
import type { Memory, Observed } from './observe';
import { podRemoval, podStep, writeBehindWindowMs } from './pod';
import { service, serviceRemoval } from './service';
import { statusOf, type Result } from './status';
import { differsOnlyInPassing, statusPatch } from './status-patch';
import { NOTHING, errandOf, refuse, type Step } from './step';
import { volumeClaims } from './volume-claims';

/** Rules in order; the first that has something to say is the whole decision. */
const decide = firstOf<Observed, Memory>([
  bareSandboxCarriesItsTraceContext,
  unwrittenStatusEndsThePass,
  expiredSandboxIsMarkedBeforeAnythingIsDeleted,
  markedSandboxLosesPodAndService,
  markedSandboxIsDeletedOrKeepsOnlyConditions,
  claimsComeBeforeThePodThatMountsThem,
  childrenAreAsTheSpecSays,
  statusSaysWhatWasSeen,
]);

/** The decision for one Sandbox. The timer of its expiry is armed whatever else is decided. */
export function plan(observed: Observed): Plan<Memory> {
  const decided = decide(observed);
  const timers = [decided.againMs, msToExpiry(observed)].flatMap((ms) => (ms !== undefined && ms > 0 ? [ms] : []));
  return { ...decided, ...earliest(...timers) };
}

function bareSandboxCarriesItsTraceContext(observed: Observed): Plan<Memory> | undefined {
  const { missingTraceContext } = observed;
  if (missingTraceContext === undefined) return undefined;
  const patch = { metadata: { annotations: { [ANNOTATIONS.traceContext]: missingTraceContext } } };
  return endIfFailed(observed, 'trace') ?? { actions: [{ ...ofSandbox(observed), do: 'patch', patch, step: 'trace' }] };
}

function unwrittenStatusEndsThePass(observed: Observed): Plan<Memory> | undefined {
  return endIfFailed(observed, 'status');
}

function expiredSandboxIsMarkedBeforeAnythingIsDeleted(observed: Observed): Plan<Memory> | undefined {
  if (!isExpired(observed) || isMarked(observed)) return undefined;
  return act(statusPatch(observed, { ...observed.sandbox.status, conditions: expiredConditions(observed) }));
}

function markedSandboxLosesPodAndService(observed: Observed): Plan<Memory> | undefined {
  if (!isExpired(observed)) return undefined;
  const { ownedPods, service: found, sandbox } = observed;
  const steps = [
    ...(findFailure(observed, 'pod') ? [] : ownedPods.map((pod) => podRemoval(observed, pod))),
    found && isOwnedBy(found, sandbox) && !findFailure(observed, 'service') ? serviceRemoval(observed, found) : NOTHING,
  ];
  return act(...steps.flatMap(({ actions }) => actions));
}

function markedSandboxIsDeletedOrKeepsOnlyConditions(observed: Observed): Plan<Memory> | undefined {
  if (!isExpired(observed)) return undefined;
  const { sandbox, failures } = observed;
  if (sandbox.spec.shutdownPolicy === 'Delete' && !findFailure(observed, 'expiry')) {
    return act({ ...ofSandbox(observed), do: 'delete', propagation: 'Background', step: 'expiry', failure: 'failed to delete sandbox: ' });
  }
  if (failures.length > 0) return { actions: [], isFailed: true };
  return act(statusPatch(observed, { conditions: expiredConditions(observed) })) ?? { actions: [] };
}

/** What is learned by making a claim may be that there is one on which no Pod can be made. */
function claimsComeBeforeThePodThatMountsThem(observed: Observed): Plan<Memory> | undefined {
  return observed.rival ? undefined : act(...volumeClaims(observed).actions);
}

function childrenAreAsTheSpecSays(observed: Observed): Plan<Memory> | undefined {
  const { steps } = children(observed);
  return act(...steps.flatMap(({ actions }) => actions));
}

function statusSaysWhatWasSeen(observed: Observed): Plan<Memory> {
  const { result } = children(observed);
  const isFailed = result.problems.some(({ kind }) => kind === 'transient');
  return { ...publication(observed, result), ...(isFailed && { isFailed }) };
}

interface Children {
  readonly steps: readonly Step[];
  readonly result: Result;
}

/** Two rules of a round ask for the same, and the labels of the Pod are a good part of the work of a pass. */
const seen = new WeakMap<Observed, Children>();

function children(observed: Observed): Children {
  const known = seen.get(observed) ?? childrenOf(observed);
  seen.set(observed, known);
  return known;
}

/** Volume claims, Pod and Service, in this order; an error of one does not stop the next. */
function childrenOf(observed: Observed): Children {
  const { rival, sandbox, hash } = observed;
  const pod = podStep(observed);
  if (rival) {
    const { name } = sandbox.metadata;
    const message = `the names of sandbox "${name}" and of the older sandbox "${rival.metadata.name}" have the same hash ${hash}; no Pod and no Service are made for this one. Give it another name`;
    const steps = [refuse(message)];
    return { steps, result: { pod: { ...pod, actions: [] }, problems: steps.flatMap(({ problem }) => problem ?? []), isServiceUnknown: true } };
  }
  const isSkipped = pod.problem?.kind === 'multiplePods';
  const serviceStep = isSkipped ? NOTHING : service(observed);
  const steps = [volumeClaims(observed), pod, serviceStep];
  const problems = steps.flatMap(({ problem }) => problem ?? []);
  return { steps, result: { pod, problems, isServiceUnknown: isSkipped || serviceStep.problem !== undefined } };
}

/** Writes the status, or waits a little where the difference passes by itself. */
function publication(observed: Observed, result: Result): Plan<Memory> {
  const { memory, monotonicMs, sandbox, settings } = observed;
  const status = statusOf(observed, result);
  const patch = statusPatch(observed, status);
  const { metadataSinceMs } = result.pod;
  const waiting = metadataSinceMs === undefined ? {} : { metadataSinceMs };
  const metadataMs = metadataSinceMs === undefined ? [] : [metadataSinceMs + writeBehindWindowMs(settings) - monotonicMs];
  const sinceMs = memory?.transitionalSinceMs ?? monotonicMs;
  const statusMs = sinceMs + settings.transitionalStatusWindowMs - monotonicMs;
  const isHeld = patch !== undefined && statusMs > 0 && differsOnlyInPassing(sandbox.status, status);
  return {
    actions: patch && !isHeld ? [patch] : [],
    memory: isHeld ? { ...waiting, transitionalSinceMs: sinceMs } : waiting,
    ...earliest(...metadataMs, ...(isHeld ? [statusMs] : [])),
  };
}

const earliest = (...delaysMs: readonly number[]): Pick<Plan, 'againMs'> => (delaysMs.length > 0 ? { againMs: Math.min(...delaysMs) } : {});

const act = (...actions: ReadonlyArray<Action | undefined>): Plan<Memory> | undefined => {
  const wanted = actions.filter((action) => action !== undefined);
  return wanted.length > 0 ? { actions: wanted } : undefined;
};

function msToExpiry({ sandbox, nowMs }: Observed): number | undefined {
  const { shutdownTime } = sandbox.spec;
  return shutdownTime === undefined ? undefined : Date.parse(shutdownTime) - nowMs;
}

const isExpired = (observed: Observed): boolean => (msToExpiry(observed) ?? 1) <= 0;
const isMarked = ({ sandbox }: Observed): boolean => findCondition(sandbox.status?.conditions, CONDITION.ready)?.reason === REASON.sandboxExpired;

/** Suspended and Finished keep their last values. */
function expiredConditions({ sandbox, nowMs }: Observed): SandboxStatus['conditions'] {
  const { generation } = sandbox.metadata;
  const kept = withoutCondition(sandbox.status?.conditions ?? [], CONDITION.podScheduled);
  const expired = { type: CONDITION.ready, status: 'False', reason: REASON.sandboxExpired, message: MESSAGE.expired, observedGeneration: generation } as const;
  return withCondition(kept, expired, nowMs);
}

function ofSandbox(observed: Observed) {
  const { namespace = '', name, uid } = observed.sandbox.metadata;
  return { resource: SANDBOXES, key: { namespace, name }, uid, ...errandOf(observed) } as const;
}
