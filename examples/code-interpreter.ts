import { App, Chart, Duration, Size } from 'cdk8s';
import { ClaimShutdownPolicy, Isolation, NetworkAccess, SandboxTemplate } from 'cdk8s-agent-sandbox';
import * as kplus from 'cdk8s-plus-28';

// A code interpreter: 20 started Sandboxes wait for whoever asks, so that nobody waits for an image or a Pod.
const app = new App();
const chart = new Chart(app, 'code-interpreter', { namespace: 'interpreters' });

const python = new SandboxTemplate(chart, 'python', {
  metadata: { name: 'python' },
  isolation: Isolation.GVISOR,
  // Code that nobody has read: the router gets in, nothing gets out.
  network: NetworkAccess.routerOnly(),
  securityContext: { user: 1000 },
  containers: [
    {
      image: 'ghcr.io/acme/interpreter:3.14',
      portNumber: 8888,
      readiness: kplus.Probe.fromHttpGet('/healthz', { periodSeconds: Duration.seconds(1) }),
      resources: {
        cpu: { request: kplus.Cpu.millis(100), limit: kplus.Cpu.units(1) },
        memory: { request: Size.mebibytes(256), limit: Size.gibibytes(1) },
      },
      volumeMounts: [{ path: '/tmp', volume: kplus.Volume.fromEmptyDir(chart, 'tmp', 'tmp', { sizeLimit: Size.gibibytes(1) }) }],
    },
  ],
});

const pool = python.pool('pool', { metadata: { name: 'python' }, replicas: 20, readinessGracePeriod: Duration.minutes(1) });

// Programs make a claim for each conversation. Those of demos that are always there stand in Git.
for (const demo of ['statistics', 'plots']) {
  pool.claim(demo, { metadata: { name: demo }, ttlAfterFinished: Duration.minutes(10), shutdownPolicy: ClaimShutdownPolicy.DELETE });
}

app.synth();
