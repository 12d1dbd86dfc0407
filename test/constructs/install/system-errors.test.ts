import { Chart, Duration, Testing } from 'cdk8s';
import { AgentSandboxSystem } from '../../../src/constructs/install/agent-sandbox-system';
import type { AgentSandboxSystemProps } from '../../../src/constructs/install/system-props';

test.each<[string, unknown, string]>([
  ['replicas', { replicas: 1.5 }, 'replicas: found 1.5, expected a whole number from 0 on'],
  ['replicas below 0', { replicas: -1 }, 'replicas: found -1, expected a whole number from 0 on'],
  ['a flag with a prop of its own', { flags: { extensions: true } }, 'flags.extensions: RBAC and CRDs follow it; set the prop extensions instead'],
  ['namespaces among the flags', { flags: { watchNamespaces: ['a'] } }, 'flags.watchNamespaces: RBAC follows it; set the prop watchNamespaces instead'],
  ['namespaces in the tuning', { tuning: { watchNamespaces: ['a'] } }, 'tuning.watchNamespaces: RBAC follows it; set the prop watchNamespaces instead'],
  ['a controller that exits', { flags: { version: false } }, 'flags.version: the controller would print its version and exit; leave it out'],
  ['a bad value of a flag', { flags: { eventQps: 0 } }, 'flags.eventQps (--event-qps): found "0", expected a finite number above 0'],
  [
    'a Lease elsewhere',
    { flags: { leaderElectionNamespace: 'kube-system' } },
    'flags.leaderElectionNamespace: found kube-system, expected agent-sandbox-system, where the Role for the Lease is; leave it out',
  ],
  ['no health server', { flags: { healthProbeBindAddress: '0' } }, 'flags.healthProbeBindAddress: found 0, expected an address such as :8081'],
  ['health on loopback', { flags: { healthProbeBindAddress: '127.0.0.1:8081' } }, 'flags.healthProbeBindAddress: found 127.0.0.1:8081, expected an address'],
  ['any port for health', { flags: { healthProbeBindAddress: ':0' } }, 'flags.healthProbeBindAddress: found :0, expected an address such as :8081'],
  ['any port for metrics', { flags: { metricsBindAddress: ':0' } }, 'flags.metricsBindAddress: found :0, expected an address such as :8080'],
  ['one port for both', { flags: { metricsBindAddress: ':8081' } }, 'flags.healthProbeBindAddress: found port 8081, which flags.metricsBindAddress has too'],
  ['no namespace to watch', { watchNamespaces: [] }, 'watchNamespaces (--watch-namespaces): found [], expected a list of at least one item'],
  ['a bad namespace', { watchNamespaces: ['A'] }, 'watchNamespaces (--watch-namespaces): found "A", expected the name of a namespace'],
  ['a namespace twice', { watchNamespaces: ['a', 'a'] }, 'watchNamespaces: found ["a","a"], expected each namespace once'],
  [
    'a flag that the ConfigMap cannot set',
    { tuning: { clusterDomain: 'a' } },
    'tuning.clusterDomain: the ConfigMap cannot set cluster-domain; set flags.clusterDomain instead',
  ],
  [
    'tuning that has no effect',
    { tuning: { kubeApiQps: 1 }, flags: { kubeApiQps: 2 } },
    'tuning.kubeApiQps: has no effect beside flags.kubeApiQps, which comes first; remove one of the two',
  ],
  ['a bad value in the tuning', { tuning: { kubeApiBurst: 0 } }, 'tuning.kubeApiBurst (--kube-api-burst): found "0", expected a whole number'],
  ['no label domain', { tuning: { allowedLabelDomains: [] } }, 'tuning.allowedLabelDomains: found [], expected at least one DNS domain'],
  ['a bad label domain', { tuning: { allowedLabelDomains: ['a', 'b/c'] } }, 'tuning.allowedLabelDomains: found "b/c", expected at least one DNS domain'],
  ['a port of the API server', { networkPolicy: { apiServerPorts: [0] } }, 'networkPolicy.apiServerPorts: found 0, expected at least one port'],
  ['no address of the API server', { networkPolicy: { apiServerCidrs: [] } }, 'networkPolicy.apiServerCidrs: found [], expected at least one CIDR'],
  ['an address without prefix', { networkPolicy: { apiServerCidrs: ['10.0.0.1'] } }, 'networkPolicy.apiServerCidrs: found "10.0.0.1", expected at least one'],
  [
    'monitoring without metrics',
    { monitoring: {}, flags: { metricsBindAddress: '0' } },
    'monitoring: there are no metrics to watch with flags.metricsBindAddress 0; remove one of the two',
  ],
  ['no interval', { monitoring: { interval: Duration.millis(0) } }, 'monitoring.interval: found 0 ms, expected a Duration of whole milliseconds above 0'],
  [
    'an alert that there is not',
    { monitoring: { alerts: { without: ['AgentSandboxColdStart'] } } },
    'monitoring.alerts.without: there is no alert AgentSandboxColdStart; did you mean AgentSandboxColdStarts?',
  ],
  [
    'a severity for all alerts',
    { monitoring: { alerts: { labels: { severity: 'page' } } } },
    'monitoring.alerts.labels.severity: found page, but each alert has its own severity; leave it out',
  ],
  [
    'a job that ends the string',
    { monitoring: { alerts: { job: 'a"' } } },
    'monitoring.alerts.job: found "a\\"", expected the value of the label job, without quotes and backslashes',
  ],
  ['a negative size', { resources: { memory: { limit: { toKibibytes: () => -1 } } } }, 'resources.memory.limit: expected a Size from 0 on, found -1 KiB'],
])('%s is an error that names the construct and the field', (_, props, message) => {
  // What plain JavaScript can give.
  expect(() => new AgentSandboxSystem(new Chart(Testing.app(), 'test'), 'system', props as AgentSandboxSystemProps)).toThrow(`test/system: ${message}`);
});
