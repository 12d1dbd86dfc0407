import { Chart, Duration, Size, Testing } from 'cdk8s';
import { type RestartPolicy } from 'cdk8s-plus-28';

import { ClaimShutdownPolicy } from '../../src/api/types.generated';
import { Isolation } from '../../src/constructs/isolation';
import { SandboxTemplate } from '../../src/constructs/sandbox-template';
import { SandboxWarmPool } from '../../src/constructs/sandbox-warm-pool';
import { BUSYBOX_IMAGE } from './images';

/** The runtimes of the node: what people call each, and how a template asks for it. */
export const RUNTIMES: ReadonlyArray<[string, Isolation | undefined]> = [
  ['runc', undefined],
  ['gVisor', Isolation.GVISOR],
];
/** Name of template and pool. */
export const POOL = 'agent';
/** Where the workspace of an agent is. */
export const WORKSPACE = '/work';
/** Exit code of an agent that was asked to end. */
export const EXIT_CODE = 3;
const USER = 1000;

/** It does nothing until it is asked to end. PID 1 hears only signals that it asks for. */
const AGENT = ['sh', '-c', `trap 'exit ${EXIT_CODE}' TERM; while :; do sleep 3600 & wait; done`];

/** What an agent of the tests needs to know. */
export interface AgentOptions {
  readonly namespace: string;
  readonly isolation?: Isolation;
  /** Members of the pool. */
  readonly replicas: number;
  /** Whether each agent has a disk. */
  readonly workspace: boolean;
  /** What the kubelet does when the process ends. */
  readonly restartPolicy: RestartPolicy;
}

/** A template and its pool, as cdk8s renders them. */
export function agents({ namespace, isolation, replicas, workspace, restartPolicy }: AgentOptions): readonly object[] {
  const chart = new Chart(Testing.app(), 'agents', { namespace });
  const template = new SandboxTemplate(chart, 'template', {
    metadata: { name: POOL },
    isolation,
    restartPolicy,
    service: true,
    securityContext: { user: USER, group: USER, fsGroup: USER },
    terminationGracePeriod: Duration.seconds(5),
    containers: [{ image: BUSYBOX_IMAGE, command: AGENT }],
  });
  if (workspace) template.addWorkspace(Size.mebibytes(64), WORKSPACE);
  template.pool('pool', { metadata: { name: POOL }, replicas });
  return Testing.synth(chart) as object[];
}

/** A claim, as cdk8s renders it. */
export function claim(namespace: string, name: string, ttlSeconds?: number): readonly object[] {
  const chart = new Chart(Testing.app(), 'claim', { namespace });
  const pool = SandboxWarmPool.fromSandboxWarmPoolName(chart, 'pool', POOL);
  pool.claim(name, {
    metadata: { name },
    shutdownPolicy: ClaimShutdownPolicy.DELETE,
    ttlAfterFinished: ttlSeconds === undefined ? undefined : Duration.seconds(ttlSeconds),
  });
  return Testing.synth(chart) as object[];
}
