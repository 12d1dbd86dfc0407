import { App, Chart, Size } from 'cdk8s';
import { GitOps, Isolation, Sandbox } from 'cdk8s-agent-sandbox';
import * as kplus from 'cdk8s-plus-28';

// One agent with a disk of its own, behind gVisor. Suspended it needs no CPU and no memory, and keeps the disk.
const app = new App();
const chart = new Chart(app, 'agent', { namespace: 'team-a' });

// One for the whole cluster. Leave it out where the provider has made it.
Isolation.GVISOR.createRuntimeClass(chart);

const alice = new Sandbox(chart, 'alice', {
  // The disk goes with the Sandbox, and a generated name would change when this line moves.
  metadata: { name: 'alice' },
  isolation: Isolation.GVISOR,
  service: true,
  securityContext: { user: 1000 },
  containers: [
    {
      image: 'ghcr.io/acme/agent:1.4',
      portNumber: 8888,
      resources: { cpu: { request: kplus.Cpu.millis(250) }, memory: { request: Size.mebibytes(512), limit: Size.gibibytes(2) } },
      // All else of the container is read-only.
      volumeMounts: [{ path: '/tmp', volume: kplus.Volume.fromEmptyDir(chart, 'tmp', 'tmp') }],
    },
  ],
});
alice.addWorkspace(Size.gibibytes(10), '/work');

// Whoever takes the Sandbox out of Git keeps the data.
GitOps.retainOnPrune(alice);

app.synth();
