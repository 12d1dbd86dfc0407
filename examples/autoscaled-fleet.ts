import { App, Chart, Duration, Size } from 'cdk8s';
import { DnsAccess, Isolation, NetworkAccess, SandboxFleet } from 'cdk8s-agent-sandbox';
import * as kplus from 'cdk8s-plus-28';

// Coding agents for many users: the stock follows the rate of claims, and a drained node takes nobody's Sandbox away.
const app = new App();
const chart = new Chart(app, 'coding-agents', { namespace: 'coding' });

const fleet = new SandboxFleet(chart, 'coder', {
  metadata: { name: 'coder' },
  isolation: Isolation.KATA,
  // Packages come from the internet, answers of the model from the gateway of the cluster.
  network: NetworkAccess.internet(DnsAccess.CLUSTER).allowService('model-gateway', { app: 'gateway' }, 8443),
  autoscaling: {
    minReplicas: 10,
    maxReplicas: 100,
    // A member is back 20 seconds after one was claimed, so that one claim per second needs 20 of them.
    claimsPerSecondPerMember: 0.05,
    scaleDownAfter: Duration.minutes(10),
  },
  disruption: { keepNodes: true, refuseEviction: true },
  securityContext: { user: 1000 },
  containers: [
    {
      image: 'ghcr.io/acme/coder:2.1',
      portNumber: 8888,
      resources: { cpu: { request: kplus.Cpu.millis(500) }, memory: { request: Size.gibibytes(1), limit: Size.gibibytes(4) } },
      volumeMounts: [{ path: '/tmp', volume: kplus.Volume.fromEmptyDir(chart, 'tmp', 'tmp') }],
    },
  ],
});
fleet.addWorkspace(Size.gibibytes(20), '/work');

app.synth();
