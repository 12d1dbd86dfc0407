import { ApiObject, App, Chart, Size, YamlOutputType } from 'cdk8s';
import {
  AgentSandboxPolicies,
  AgentSandboxSystem,
  AgentSandboxTenant,
  CrdInstallation,
  FluxHealthChecks,
  GitOps,
  Isolation,
  Sandbox,
  SandboxFleet,
} from 'cdk8s-agent-sandbox';

// A repository for Flux: each chart is a folder in dist/ and a Kustomization of its own. Flux starts with dist/flux.
const app = new App({ yamlOutputType: YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE });
// Of two objects with one kind and name a folder keeps the last.
AgentSandboxPolicies.enforce(app);

const system = new Chart(app, 'agent-sandbox');
new AgentSandboxSystem(system, 'system', { crds: CrdInstallation.KEPT_ON_DELETE });

const pod = {
  isolation: Isolation.GVISOR,
  securityContext: { user: 1000 },
  containers: [{ image: 'ghcr.io/acme/agent:1.4', resources: { memory: { limit: Size.gibibytes(1) } } }],
};
const pools = new Chart(app, 'pools', { namespace: 'team-a' });
new AgentSandboxTenant(pools, 'tenant', { name: 'team-a' });
new SandboxFleet(pools, 'fleet', { ...pod, metadata: { name: 'agent' }, replicas: 10 });

const agents = new Chart(app, 'agents', { namespace: 'team-a' });
const alice = new Sandbox(agents, 'alice', { ...pod, metadata: { name: 'alice' } });
alice.addWorkspace(Size.gibibytes(10), '/work');
GitOps.retainOnPrune(alice);

// Flux has no waves: each Kustomization waits until the one before it is healthy.
const flux = new Chart(app, 'flux', { namespace: 'flux-system' });
const charts = [system, pools, agents];
for (const [index, chart] of charts.entries()) {
  new ApiObject(flux, chart.node.id, {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name: chart.node.id },
    spec: {
      interval: '10m',
      timeout: '5m',
      sourceRef: { kind: 'GitRepository', name: 'flux-system' },
      path: `./dist/${chart.node.id}`,
      prune: true,
      wait: true,
      dependsOn: index > 0 ? charts.slice(0, index).map(({ node }) => ({ name: node.id })) : undefined,
      healthCheckExprs: FluxHealthChecks.expressions(),
    },
  });
}

app.synth();
