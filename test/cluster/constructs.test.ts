import { App, Chart, Cron, Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { DnsAccess, Expiry, InjectionPolicy, Isolation, NetworkAccess, Sandbox, SandboxTemplate, UpdateStrategy, type SandboxPodProps } from '../../src';
import { cluster } from './connection';
import { driftOf, type Manifest } from './drift';

jest.setTimeout(180_000);

/** As many fields as the typed props have, because it is list items that the server completes. */
function everything(scope: Construct): SandboxPodProps {
  const settings = kplus.ConfigMap.fromConfigMapName(scope, 'settings', 'settings');
  return {
    isolation: Isolation.GVISOR,
    network: NetworkAccess.internet(DnsAccess.CLUSTER)
      .allowCidr('10.1.0.0/16', 5432)
      .allowEgress({ to: [{ ipBlock: { cidr: '10.2.0.0/16' } }], ports: [{ port: 80 }] }),
    service: true,
    podMetadata: { labels: { team: 'red' }, annotations: { note: 'x' } },
    dockerRegistryAuth: kplus.Secret.fromSecretName(scope, 'auth', 'registry'),
    tolerations: [{ key: 'gpu', operator: 'Exists' }],
    topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway', labelSelector: { matchLabels: { team: 'red' } } }],
    seccompProfile: { type: 'RuntimeDefault' },
    securityContext: { fsGroup: 1000, sysctls: [{ name: 'net.core.somaxconn', value: '128' }] },
    dns: { searches: ['corp'], options: [{ name: 'ndots', value: '1' }] },
    hostAliases: [{ ip: '10.0.0.1', hostnames: ['db'] }],
    initContainers: [{ name: 'prepare', image: 'busybox', portNumber: 9000 }],
    containers: [
      {
        image: 'agent:1.4',
        ports: [
          { number: 8080, name: 'http' },
          { number: 53, protocol: kplus.Protocol.UDP },
        ],
        resources: { cpu: { request: kplus.Cpu.millis(100), limit: kplus.Cpu.units(1.5) }, memory: { request: Size.gibibytes(1) } },
        readiness: kplus.Probe.fromHttpGet('/ready', { port: 8080 }),
        liveness: kplus.Probe.fromTcpSocket({ port: 8080 }),
        envVariables: {
          A: kplus.EnvValue.fromValue('1'),
          B: kplus.EnvValue.fromConfigMap(settings, 'b'),
          C: kplus.EnvValue.fromFieldRef(kplus.EnvFieldPaths.POD_IP),
        },
        envFrom: [kplus.Env.fromConfigMap(settings)],
        volumeMounts: [{ path: '/etc/settings', volume: kplus.Volume.fromConfigMap(scope, 'volume', settings, { name: 'settings' }) }],
      },
    ],
    podSpec: { containers: [{ name: 'main', env: [{ name: 'D', valueFrom: { fileKeyRef: { volumeName: 'settings', path: 'd', key: 'd' } } }] }] },
  };
}

function manifests(): Manifest[] {
  const chart = new Chart(new App(), 'test', { namespace: 'constructs' });
  const agent = new Sandbox(chart, 'agent', {
    ...everything(new Construct(chart, 'a')),
    metadata: { name: 'agent' },
    expiry: Expiry.at('2999-01-31T18:00:00Z'),
    suspended: true,
  });
  agent.addWorkspace(Size.gibibytes(10), '/work');
  new Sandbox(chart, 'plain', { metadata: { name: 'plain' }, containers: [{ image: 'agent:1.4' }] });
  const template = new SandboxTemplate(chart, 'template', {
    ...everything(new Construct(chart, 'b')),
    metadata: { name: 'python' },
    envVarsInjectionPolicy: InjectionPolicy.OVERRIDES,
    volumeClaimTemplatesPolicy: InjectionPolicy.ALLOWED,
  });
  template.addWorkspace(Size.mebibytes(1024), '/work');
  template.connections.allowFrom(agent);
  const pool = template.pool('warm', { metadata: { name: 'warm' }, updateStrategy: UpdateStrategy.RECREATE, readinessGracePeriod: Duration.minutes(1) });
  pool.scaleOn(Cron.schedule({ minute: '0', hour: '8' }), 50, { timeZone: 'Europe/Berlin' });
  pool.claim('alice', {
    metadata: { name: 'alice' },
    ttlAfterFinished: Duration.hours(1),
    env: { A: '2' },
    containerEnv: [{ name: 'E', value: '', containerName: 'prepare' }],
    volumeClaimTemplates: [{ metadata: { name: 'extra' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }],
    podMetadata: { labels: { 'sandbox.users.io/user': 'alice' } },
  });
  const scaled = template.pool('scaled', { metadata: { name: 'scaled' } });
  new kplus.HorizontalPodAutoscaler(chart, 'hpa', { target: scaled, maxReplicas: 50 });
  // What cdk8s renders.
  return chart.toJson() as Manifest[];
}

it('whatever the constructs render is accepted, does not change when it is applied again, and leaves nothing behind', async () => {
  expect(await driftOf(cluster(), manifests())).toEqual([]);
});

it('the account of a schedule may do what its CronJob does, to its pool alone', async () => {
  const namespace = await cluster().namespace('schedule');
  const chart = new Chart(new App(), 'test', { namespace });
  const template = SandboxTemplate.fromSandboxTemplateName(chart, 'template', 'python');
  template.pool('other', { metadata: { name: 'other' } });
  template.pool('warm', { metadata: { name: 'warm' } }).scaleOn(Cron.schedule({ minute: '0', hour: '8' }), 7);
  // What cdk8s renders.
  const rendered = chart.toJson() as CronJob[];
  await cluster().apply(rendered, { form: 'server' });
  const command = rendered.find(({ kind }) => kind === 'CronJob')?.spec.jobTemplate.spec.template.spec.containers[0]?.command.slice(1) ?? [];
  const asScaler = [`--as=system:serviceaccount:${namespace}:warm-scaler`, `--namespace=${namespace}`];
  await cluster().kubectl([...command, ...asScaler]);
  expect(await cluster().object('GET', `/apis/extensions.agents.x-k8s.io/v1beta1/namespaces/${namespace}/sandboxwarmpools/warm`)).toMatchObject({
    spec: { replicas: 7 },
  });
  const toOther = command.map((word) => (word === 'warm' ? 'other' : word));
  await expect(cluster().kubectl([...toOther, ...asScaler])).rejects.toThrow('"other" is forbidden');
});

interface CronJob {
  readonly kind: string;
  readonly spec: {
    readonly jobTemplate: {
      readonly spec: { readonly template: { readonly spec: { readonly containers: ReadonlyArray<{ readonly command: readonly string[] }> } } };
    };
  };
}
