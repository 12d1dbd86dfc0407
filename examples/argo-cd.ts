import { ApiObject, App, Chart, Size } from 'cdk8s';
import { AgentSandboxSystem, ArgoHealthChecks, CrdInstallation, GitOps, Isolation, Sandbox, SandboxFleet } from 'cdk8s-agent-sandbox';

// A repository for Argo CD: each chart is a file in dist/ and an Application of its own. Apply argo-cd.k8s.yaml once, server-side.
const app = new App();

const system = new Chart(app, 'agent-sandbox', { namespace: 'agent-sandbox-system' });
new AgentSandboxSystem(system, 'system', { crds: CrdInstallation.KEPT_ON_DELETE });

const agents = new Chart(app, 'agents', { namespace: 'team-a' });
const pod = { isolation: Isolation.GVISOR, securityContext: { user: 1000 }, containers: [{ image: 'ghcr.io/acme/agent:1.4' }] };
new SandboxFleet(agents, 'fleet', { ...pod, metadata: { name: 'agent' }, autoscaling: { maxReplicas: 50 } });
const alice = new Sandbox(agents, 'alice', { ...pod, metadata: { name: 'alice' } });
alice.addWorkspace(Size.gibibytes(10), '/work');
GitOps.retainOnPrune(alice);

const argo = new Chart(app, 'argo-cd', { namespace: 'argocd' });
new ArgoHealthChecks(argo, 'health');
for (const chart of [system, agents]) {
  GitOps.syncWaves(chart);
  new ApiObject(argo, chart.node.id, {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: chart.node.id },
    spec: {
      project: 'default',
      source: {
        repoURL: 'https://git.example.com/platform.git',
        targetRevision: 'main',
        path: 'dist',
        directory: { include: `${chart.node.id}.k8s.yaml` },
      },
      destination: { server: 'https://kubernetes.default.svc', namespace: chart.namespace },
      // An autoscaler sizes the pool, and whoever works with Alice's agent suspends and resumes it.
      ignoreDifferences: GitOps.argoIgnoreDifferences(),
      syncPolicy: {
        automated: { prune: true, selfHeal: true },
        syncOptions: [...GitOps.argoSyncOptions(), 'CreateNamespace=true'],
        // On an empty cluster the agents are refused until the CRDs are there.
        retry: { limit: 10 },
      },
    },
  });
}

app.synth();
