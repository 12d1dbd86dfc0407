import { Chart, Testing } from 'cdk8s';
import { CONTROLLER_NAME, SYSTEM_NAMESPACE } from '../../src/api/installation';
import { AgentSandboxSystem, Isolation, SandboxTemplate } from '../../src/index';
import type { User } from '../cluster/control-plane-files';

export const NAMESPACE = 'team-a';
export const POOL = 'python';

/** The controller as the API server knows it: the ServiceAccount of the installation, with its rights and no others. */
export const CONTROLLER: User = {
  name: `system:serviceaccount:${SYSTEM_NAMESPACE}:${CONTROLLER_NAME}`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${SYSTEM_NAMESPACE}`],
};

/** What the installation consists of, and how it starts the controller. */
export interface Installation {
  readonly manifests: readonly object[];
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

interface Container {
  readonly args: readonly string[];
  readonly env: ReadonlyArray<{ readonly name: string; readonly value: string }>;
}

interface Workload {
  readonly kind: string;
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly [Container] } } };
}

/** `AgentSandboxSystem` without Pods: there is no node that could run them. */
export function installation(): Installation {
  const chart = new Chart(Testing.app(), 'installation');
  const { deployment } = new AgentSandboxSystem(chart, 'system', { replicas: 0 });
  // The Deployment that the construct renders; cdk8s types it as any.
  const [{ args, env }] = (deployment.toJson() as Workload).spec.template.spec.containers;
  return { manifests: objectsOf(chart), args, environment: Object.fromEntries(env.map(({ name, value }) => [name, value])) };
}

/** A template and a pool of it, as the first sample of the README has them. */
export function stock(replicas: number): readonly object[] {
  const chart = new Chart(Testing.app(), 'stock', { namespace: NAMESPACE });
  const template = new SandboxTemplate(chart, 'template', {
    metadata: { name: 'python' },
    isolation: Isolation.GVISOR,
    securityContext: { user: 1000 },
    containers: [{ image: 'python:3.14-slim', command: ['sleep', 'infinity'] }],
  });
  template.pool('pool', { metadata: { name: POOL }, replicas });
  return objectsOf(chart);
}

// cdk8s types what it makes as any.
const objectsOf = (chart: Chart): readonly object[] => chart.toJson() as readonly object[];
