import { App, Chart } from 'cdk8s';
import { AgentSandboxSystem } from 'cdk8s-agent-sandbox';

// The whole installation: namespace, CRDs, RBAC and the hardened controller.
const app = new App();
new AgentSandboxSystem(new Chart(app, 'agent-sandbox'), 'system');
app.synth();
