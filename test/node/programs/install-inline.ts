import { App, Chart } from 'cdk8s';
import { AgentSandboxSystem, ControllerImage } from 'cdk8s-agent-sandbox';

const app = new App();
new AgentSandboxSystem(new Chart(app, 'agent-sandbox'), 'system', { image: ControllerImage.inline() });
app.synth();
