import { CONTROLLER_NAME, SYSTEM_NAMESPACE } from '../../api/installation';
import { CONTROLLER_LABELS, METRICS_PORT } from './controller-deployment';
import type { ControllerSettings } from './controller-settings';
import type { Manifest } from './manifest';
import type { AgentSandboxSystemProps, ControllerNetworkPolicyOptions } from './system-props';

/** Port of the Service (spec 07 §8), whatever port the controller listens on. */
const SERVICE_PORT = 8080;
const API_SERVER_PORTS = [443, 6443];

/** The Service and the NetworkPolicy of the controller. `where` is the path of the construct, for errors. */
export function networkManifests(props: AgentSandboxSystemProps, settings: ControllerSettings, where: string): Manifest[] {
  const { metricsPort } = settings;
  return [
    ...(metricsPort === undefined ? [] : [service()]),
    ...(props.networkPolicy ? [networkPolicy(props.networkPolicy, settings, `${where}: networkPolicy`)] : []),
  ];
}

const metadata = { name: CONTROLLER_NAME, namespace: SYSTEM_NAMESPACE };
const tcp = (port: number) => ({ port, protocol: 'TCP' });

const service = (): Manifest => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { ...metadata, labels: CONTROLLER_LABELS },
  spec: { ports: [{ name: METRICS_PORT, ...tcp(SERVICE_PORT), targetPort: METRICS_PORT }], selector: CONTROLLER_LABELS },
});

function networkPolicy(options: ControllerNetworkPolicyOptions, { metricsPort, healthPort }: ControllerSettings, where: string): Manifest {
  const { apiServerCidrs, apiServerPorts = API_SERVER_PORTS } = options;
  refuseOthers(apiServerPorts, isPort, `${where}.apiServerPorts`, 'at least one port from 1 to 65535');
  if (apiServerCidrs) refuseOthers(apiServerCidrs, isCidr, `${where}.apiServerCidrs`, 'at least one CIDR such as 10.0.0.1/32');
  const to = apiServerCidrs?.map((cidr) => ({ ipBlock: { cidr } }));
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata,
    spec: {
      podSelector: { matchLabels: CONTROLLER_LABELS },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ ports: [...(metricsPort === undefined ? [] : [tcp(metricsPort)]), tcp(healthPort)] }],
      egress: [{ ports: apiServerPorts.map(tcp), ...(to && { to }) }],
    },
  };
}

function refuseOthers<T>(items: readonly T[], fits: (item: T) => boolean, where: string, expected: string): void {
  const wrong = items.find((item) => !fits(item));
  if (wrong !== undefined || items.length === 0) throw new Error(`${where}: found ${JSON.stringify(wrong ?? items)}, expected ${expected}`);
}

const isPort = (port: number): boolean => Number.isInteger(port) && port >= 1 && port <= 65_535;
// The API server checks the rest.
const isCidr = (cidr: string): boolean => /^([0-9]{1,3}(\.[0-9]{1,3}){3}|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*)\/[0-9]{1,3}$/.test(cidr);
