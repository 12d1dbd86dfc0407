import type { Size } from 'cdk8s';
import type { ContainerResources, Cpu } from 'cdk8s-plus-28';
import { CONTROLLER_NAME, SYSTEM_NAMESPACE, TUNING_CONFIG_MAP } from '../../api/installation';
import { nameHash } from '../../api/names';
import { cpuQuantity, sizeQuantity } from '../quantity';
import { CONTROLLER_LABELS, deploymentSpec } from './controller-deployment';
import type { ControllerSettings } from './controller-settings';
import type { Manifest } from './manifest';
import type { AgentSandboxSystemProps } from './system-props';

/** Sources of the numbers: see the prop `resources`. */
const RESOURCES = { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '512Mi' } };

const metadata = { name: CONTROLLER_NAME, namespace: SYSTEM_NAMESPACE };

/** The Deployment of the controller. `where` is the path of the construct, for errors. */
export function deployment(props: AgentSandboxSystemProps, settings: ControllerSettings, where: string): Manifest {
  const { program, args, metricsPort, healthPort, tuning } = settings;
  const replicas = props.replicas ?? 1;
  if (!Number.isSafeInteger(replicas) || replicas < 0) throw new Error(`${where}: replicas: found ${replicas}, expected a whole number from 0 on`);
  const spec = deploymentSpec({
    program,
    replicas,
    args,
    metricsPort,
    healthPort,
    resources: props.resources ? resourcesOf(props.resources, where) : RESOURCES,
    priorityClassName: props.priorityClassName,
    tuningHash: tuning && nameHash(JSON.stringify(tuning)),
  });
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { ...metadata, labels: CONTROLLER_LABELS }, spec };
}

/** The identity of the controller. */
export const serviceAccount = (): Manifest => ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { ...metadata, labels: CONTROLLER_LABELS } });

/** What the controller reads at start (spec 07 §2). */
export const tuningConfigMap = (data: Readonly<Record<string, string>>): Manifest => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { ...metadata, name: TUNING_CONFIG_MAP },
  data,
});

/** One Pod at a time may be evicted; one that is not Ready anyway must not keep a node from being drained. */
export const disruptionBudget = (): Manifest => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata,
  spec: { maxUnavailable: 1, selector: { matchLabels: CONTROLLER_LABELS }, unhealthyPodEvictionPolicy: 'AlwaysAllow' },
});

type Amounts = Readonly<Record<string, string>>;

function resourcesOf({ cpu = {}, memory = {}, ephemeralStorage = {} }: ContainerResources, where: string): object {
  const amounts = (part: 'request' | 'limit'): Amounts => {
    const path = (name: string) => `${where}: resources.${name}.${part}`;
    return {
      ...quantity('cpu', cpu[part], (amount: Cpu) => cpuQuantity(amount, path('cpu'))),
      ...quantity('memory', memory[part], (amount: Size) => sizeQuantity(amount, path('memory'))),
      ...quantity('ephemeral-storage', ephemeralStorage[part], (amount: Size) => sizeQuantity(amount, path('ephemeralStorage'))),
    };
  };
  const [requests, limits] = [amounts('request'), amounts('limit')];
  return { ...(Object.keys(requests).length > 0 && { requests }), ...(Object.keys(limits).length > 0 && { limits }) };
}

const quantity = <T>(name: string, amount: T | undefined, text: (amount: T) => string): Amounts => (amount === undefined ? {} : { [name]: text(amount) });
