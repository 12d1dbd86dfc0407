import { App, Chart, Duration, Size } from 'cdk8s';
import { ClaimShutdownPolicy, InjectionPolicy, Isolation, KubeSandbox, NetworkAccess, SandboxTemplate } from 'cdk8s-agent-sandbox';
import * as kplus from 'cdk8s-plus-28';

// The objects of legacy/research.yaml, typed: applied over what was written by hand, this changes nothing.
const app = new App();
const chart = new Chart(app, 'research', { namespace: 'research' });

// Field by field as it was, with every field checked. `Sandbox` in its place would harden the Pod and add a NetworkPolicy: a step of its own.
new KubeSandbox(chart, 'librarian', {
  metadata: { name: 'librarian', labels: { team: 'research' } },
  spec: {
    podTemplate: {
      metadata: { labels: { app: 'librarian' } },
      spec: {
        runtimeClassName: 'gvisor',
        containers: [
          {
            name: 'agent',
            image: 'ghcr.io/acme/agent:1.4',
            ports: [{ containerPort: 8888 }],
            resources: { requests: { cpu: '500m', memory: '512Mi' }, limits: { memory: '2Gi' } },
            volumeMounts: [{ name: 'data', mountPath: '/data' }],
          },
        ],
      },
    },
    volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Gi' } } } }],
    service: true,
  },
});

// What was hardened already is shorter.
const python = new SandboxTemplate(chart, 'python', {
  metadata: { name: 'python' },
  isolation: Isolation.GVISOR,
  network: NetworkAccess.routerOnly(),
  envVarsInjectionPolicy: InjectionPolicy.ALLOWED,
  securityContext: { user: 1000 },
  containers: [
    {
      name: 'python',
      image: 'ghcr.io/acme/interpreter:3.14',
      portNumber: 8888,
      readiness: kplus.Probe.fromHttpGet('/healthz', { periodSeconds: Duration.seconds(1) }),
      resources: { cpu: { request: kplus.Cpu.millis(250) }, memory: { request: Size.mebibytes(512), limit: Size.gibibytes(1) } },
    },
  ],
});
python
  .pool('pool', { metadata: { name: 'python' }, replicas: 5 })
  .claim('plots', { metadata: { name: 'plots' }, ttlAfterFinished: Duration.hours(1), shutdownPolicy: ClaimShutdownPolicy.DELETE });

app.synth();
