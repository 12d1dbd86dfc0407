import { App, Chart } from 'cdk8s';
import { KubeSandbox } from 'cdk8s-agent-sandbox';

const app = new App();
const chart = new Chart(app, 'agents', { namespace: 'team-a' });

new KubeSandbox(chart, 'alice', {
  metadata: { name: 'alice' },
  spec: {
    podTemplate: { spec: { runtimeClassName: 'gvisor', containers: [{ name: 'main', image: 'python:3.13-slim', command: ['sleep', 'infinity'] }] } },
    service: true,
  },
});

app.synth();
