import { type App, Chart, Cron, Duration, Size } from 'cdk8s';
import {
  AgentSandboxSystem,
  AgentSandboxTenant,
  ArgoHealthChecks,
  DnsAccess,
  Expiry,
  GitOps,
  InjectionPolicy,
  Isolation,
  KubeSandbox,
  KubeSandboxClaim,
  KubeSandboxTemplate,
  KubeSandboxWarmPool,
  NetworkAccess,
  Sandbox,
  SandboxTemplate,
} from '../../src';

const podTemplate = {
  spec: { containers: [{ name: 'main', image: 'python:3.14', ports: [{ containerPort: 80 }], resources: { limits: { cpu: '1', memory: '1Gi' } } }] },
};

/** Constructs that know nothing of each other, each with its own chart or in a chart that is there before. */
const INDEPENDENT: ReadonlyArray<(agents: Chart, app: App) => void> = [
  (_, app) => new AgentSandboxSystem(new Chart(app, 'system'), 'system', { replicas: 2, watchNamespaces: ['a', 'b'], monitoring: {} }),
  (_, app) => new AgentSandboxTenant(new Chart(app, 'tenant'), 'red', { name: 'team-red', quota: { pods: 100 } }),
  (_, app) => new ArgoHealthChecks(new Chart(app, 'argo'), 'health'),
  (agents) => new KubeSandbox(agents, 'exact', { metadata: { name: 'exact' }, spec: { podTemplate, service: true } }),
  (agents) => new KubeSandboxTemplate(agents, 'exact-template', { spec: { podTemplate } }),
  (agents) => new KubeSandboxWarmPool(agents, 'exact-pool', { spec: { sandboxTemplateRef: { name: 'other' }, replicas: 3 } }),
  (agents) =>
    new KubeSandboxClaim(agents, 'exact-claim', {
      spec: { warmPoolRef: { name: 'other' }, lifecycle: { shutdownTime: '2099-01-31T18:00:00Z' } },
    }),
  (agents) => {
    const sandbox = new Sandbox(agents, 'agent', {
      metadata: { name: 'agent' },
      isolation: Isolation.GVISOR,
      network: NetworkAccess.internet(DnsAccess.PUBLIC),
      expiry: Expiry.after(Duration.days(30), new Date('2099-01-31T18:00:00Z')),
      containers: [{ image: 'agent:1.4' }],
    });
    sandbox.addWorkspace(Size.gibibytes(10), '/work');
  },
  (agents) => {
    const template = new SandboxTemplate(agents, 'python', { envVarsInjectionPolicy: InjectionPolicy.ALLOWED, containers: [{ image: 'interpreter:3.14' }] });
    template.pool('warm', { replicas: 20 }).claim('alice', { env: { B: '2', A: '1' }, ttlAfterFinished: Duration.hours(1) });
    template.pool('by-the-clock').scaleOn(Cron.schedule({ minute: '0', hour: '8' }), 50);
  },
];

/** The number of each independent construct, in the order in which they are written down here. */
export const IN_ORDER: readonly number[] = [...INDEPENDENT.keys()];

/** Adds every construct of the package, the independent ones in the given order. */
export function addEveryConstruct(app: App, order = IN_ORDER): void {
  const agents = new Chart(app, 'agents', { namespace: 'team-red' });
  for (const index of order) INDEPENDENT[index]?.(agents, app);
  GitOps.syncWaves(app);
}
