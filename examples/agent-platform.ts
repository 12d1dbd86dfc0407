import { App, Chart, Size } from 'cdk8s';
import { AgentSandboxSystem, AgentSandboxTenant, Isolation, NetworkAccess, SandboxFleet } from 'cdk8s-agent-sandbox';
import * as kplus from 'cdk8s-plus-28';

// A product: a web app with its database, and the Sandboxes in which it runs what its users' agents write.
const app = new App();

// The controller, once per cluster.
new AgentSandboxSystem(new Chart(app, 'agent-sandbox'), 'system');

// The Sandboxes have a namespace of their own, with limits, and without any network that is not opened below.
const agents = new Chart(app, 'agents', { namespace: 'acme-agents' });
const tenant = new AgentSandboxTenant(agents, 'tenant', {
  name: 'acme-agents',
  quota: { sandboxes: 200, memory: Size.gibibytes(200) },
  limits: { defaultMemory: Size.gibibytes(1) },
});
const fleet = new SandboxFleet(agents, 'python', {
  metadata: { name: 'python' },
  replicas: 20,
  isolation: Isolation.GVISOR,
  network: NetworkAccess.none().allowInternet(),
  service: true,
  securityContext: { user: 1000 },
  containers: [
    {
      image: 'ghcr.io/acme/interpreter:3.14',
      portNumber: 8888,
      resources: { cpu: { request: kplus.Cpu.millis(100) }, memory: { request: Size.mebibytes(256), limit: Size.gibibytes(1) } },
      volumeMounts: [{ path: '/tmp', volume: kplus.Volume.fromEmptyDir(agents, 'tmp', 'tmp') }],
    },
  ],
});

// The database. Its password is made by whatever manages the secrets of the cluster.
const web = new Chart(app, 'web', { namespace: 'acme' });
const password = kplus.Secret.fromSecretName(web, 'password', 'database').envValue('password');
const disk = new kplus.PersistentVolumeClaim(web, 'disk', {
  metadata: { name: 'database' },
  storage: Size.gibibytes(20),
  accessModes: [kplus.PersistentVolumeAccessMode.READ_WRITE_ONCE],
});
const address = new kplus.Service(web, 'address', { metadata: { name: 'database' }, ports: [{ port: 5432 }] });
const database = new kplus.StatefulSet(web, 'database', {
  metadata: { name: 'database' },
  service: address,
  isolate: true,
  securityContext: { user: 999, fsGroup: 999 },
  containers: [
    {
      image: 'postgres:18',
      portNumber: 5432,
      envVariables: { POSTGRES_PASSWORD: password, PGDATA: kplus.EnvValue.fromValue('/data/pgdata') },
      volumeMounts: [
        { path: '/data', volume: kplus.Volume.fromPersistentVolumeClaim(web, 'data', disk) },
        { path: '/var/run/postgresql', volume: kplus.Volume.fromEmptyDir(web, 'run', 'run') },
      ],
    },
  ],
});

// The web app makes a claim for each conversation and talks to the Sandbox that it gets.
const account = new kplus.ServiceAccount(web, 'account', { metadata: { name: 'server' } });
const server = new kplus.Deployment(web, 'server', {
  metadata: { name: 'server' },
  serviceAccount: account,
  automountServiceAccountToken: true,
  containers: [{ image: 'ghcr.io/acme/server:5.0', portNumber: 8080, envVariables: { PGHOST: kplus.EnvValue.fromValue(address.name), PGPASSWORD: password } }],
});
const backend = kplus.IngressBackend.fromService(server.exposeViaService({ name: 'server' }));
new kplus.Ingress(web, 'ingress', { metadata: { name: 'server' }, rules: [{ host: 'agents.example.com', backend }] });

// Who may do what. Nobody else reaches the database or a Sandbox.
tenant.grantClaim(account);
database.connections.allowFrom(server, { isolation: kplus.PodConnectionsIsolation.POD });
fleet.template.connections.allowFrom(server, { isolation: kplus.PodConnectionsIsolation.POD });

app.synth();
