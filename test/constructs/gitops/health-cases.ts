import { TERMINAL_CLAIM_REASONS, TERMINAL_SANDBOX_REASONS } from '../../../src/api/conditions';

type Health = 'Healthy' | 'Progressing' | 'Degraded' | 'Suspended';

/** An object and the health it has (spec 13 §12.3). */
export interface HealthCase {
  readonly name: string;
  readonly kind: string;
  readonly object: object;
  readonly health: Health;
}

const GENERATION = 4;
const condition = (type: string, status: string, reason: string, observedGeneration: number | undefined = GENERATION) => ({
  type,
  status,
  reason,
  message: `${type} ${status}`,
  observedGeneration,
});
const object = (spec: object, status?: object) => ({ metadata: { name: 'a', generation: GENERATION }, spec, ...(status && { status }) });
const withReady = (spec: object, status: string, reason: string, ...others: object[]) =>
  object(spec, { conditions: [...others, condition('Ready', status, reason)] });
const RUNNING = { operatingMode: 'Running' };
const SUSPENDED = { operatingMode: 'Suspended' };

const sandbox = (name: string, health: Health, of: object): HealthCase => ({ kind: 'Sandbox', name: `a Sandbox ${name}`, health, object: of });
const claim = (name: string, health: Health, of: object): HealthCase => ({ kind: 'SandboxClaim', name: `a claim ${name}`, health, object: of });
const pool = (name: string, health: Health, of: object): HealthCase => ({ kind: 'SandboxWarmPool', name: `a pool ${name}`, health, object: of });

export const HEALTH_CASES: readonly HealthCase[] = [
  sandbox('that is Ready', 'Healthy', withReady(RUNNING, 'True', 'DependenciesReady', condition('Suspended', 'False', 'NotSuspended'))),
  sandbox('without operatingMode that is Ready', 'Healthy', withReady({}, 'True', 'DependenciesReady')),
  sandbox(
    'whose Ready has no observedGeneration',
    'Healthy',
    object(RUNNING, { conditions: [{ type: 'Ready', status: 'True', reason: 'DependenciesReady' }] }),
  ),
  sandbox('that nobody has looked at', 'Progressing', object(RUNNING, {})),
  sandbox('that was Ready in an older generation', 'Progressing', object(RUNNING, { conditions: [condition('Ready', 'True', 'DependenciesReady', 3)] })),
  sandbox('that failed in an older generation', 'Progressing', object(RUNNING, { conditions: [condition('Ready', 'False', 'InvalidConfiguration', 3)] })),
  ...['DependenciesNotReady', 'ReconcilerError', 'SomethingNew'].map((reason) => sandbox(`with ${reason}`, 'Progressing', withReady(RUNNING, 'False', reason))),
  ...TERMINAL_SANDBOX_REASONS.map((reason) => sandbox(`with ${reason}`, 'Degraded', withReady(RUNNING, 'False', reason))),
  sandbox('that is suspended', 'Suspended', withReady(SUSPENDED, 'False', 'SandboxSuspended', condition('Suspended', 'True', 'PodTerminated'))),
  sandbox('that is suspending', 'Progressing', withReady(SUSPENDED, 'False', 'SandboxSuspended', condition('Suspended', 'False', 'PodTerminating'))),
  sandbox(
    'whose suspension is of an older generation',
    'Progressing',
    withReady(SUSPENDED, 'False', 'SandboxSuspended', condition('Suspended', 'True', 'PodTerminated', 3)),
  ),
  sandbox('that resumes', 'Progressing', withReady(RUNNING, 'False', 'DependenciesNotReady', condition('Suspended', 'True', 'PodTerminated', 3))),
  sandbox('that expired while suspended', 'Degraded', withReady(SUSPENDED, 'False', 'SandboxExpired', condition('Suspended', 'True', 'PodTerminated'))),
  claim('that is Ready', 'Healthy', withReady({}, 'True', 'DependenciesReady')),
  claim('that nobody has looked at', 'Progressing', object({}, {})),
  claim('that was Ready in an older generation', 'Progressing', object({}, { conditions: [condition('Ready', 'True', 'DependenciesReady', 3)] })),
  ...['SandboxNotReady', 'SandboxCreatePending', 'AdoptionConflict', 'ReconcilerError', 'SandboxMissing', 'DependenciesNotReady', 'MultiplePods'].map(
    (reason) => claim(`with ${reason}`, 'Progressing', withReady({}, 'False', reason)),
  ),
  ...TERMINAL_CLAIM_REASONS.map((reason) => claim(`with ${reason}`, 'Degraded', withReady({}, 'False', reason))),
  claim('of a suspended Sandbox', 'Suspended', withReady({}, 'False', 'SandboxSuspended')),
  claim(
    'with a stale Finished beside Ready',
    'Healthy',
    withReady({}, 'True', 'DependenciesReady', { type: 'Finished', status: 'False', reason: 'PodFailed', observedGeneration: 1 }),
  ),
  pool('with enough members', 'Healthy', object({ replicas: 2 }, { readyReplicas: 2, observedGeneration: GENERATION })),
  pool('with more members than asked for', 'Healthy', object({ replicas: 2 }, { readyReplicas: 3, observedGeneration: GENERATION })),
  pool('whose replicas an autoscaler left at the default', 'Healthy', object({}, { readyReplicas: 1, observedGeneration: GENERATION })),
  pool('with fewer members', 'Progressing', object({ replicas: 2 }, { readyReplicas: 1, observedGeneration: GENERATION })),
  pool('without a ready member', 'Progressing', object({ replicas: 2 }, { observedGeneration: GENERATION })),
  pool('that had enough in an older generation', 'Progressing', object({ replicas: 2 }, { readyReplicas: 2, observedGeneration: 3 })),
  pool('that is scaled to zero', 'Suspended', object({ replicas: 0 }, { observedGeneration: GENERATION })),
  { kind: 'SandboxTemplate', name: 'a template that exists', health: 'Healthy', object: object({}) },
];
