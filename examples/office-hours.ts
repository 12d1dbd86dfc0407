import { App, Chart, Cron, Size } from 'cdk8s';
import { Isolation, SandboxTemplate } from 'cdk8s-agent-sandbox';

// A pool that is large while people work and almost empty at night.
const app = new App();
const chart = new Chart(app, 'office-hours', { namespace: 'analytics' });

const notebook = new SandboxTemplate(chart, 'notebook', {
  metadata: { name: 'notebook' },
  isolation: Isolation.GVISOR,
  securityContext: { user: 1000 },
  containers: [{ image: 'ghcr.io/acme/notebook:7.2', portNumber: 8888, resources: { memory: { request: Size.gibibytes(1), limit: Size.gibibytes(2) } } }],
});

const pool = notebook.pool('pool', { metadata: { name: 'notebook' } });
const timeZone = 'Europe/Berlin';
pool.scaleOn(Cron.schedule({ minute: '30', hour: '7', weekDay: '1-5' }), 50, { timeZone });
pool.scaleOn(Cron.schedule({ minute: '0', hour: '19', weekDay: '1-5' }), 2, { timeZone });

app.synth();
