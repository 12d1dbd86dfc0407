import { Chart, Cron, Duration, Size, Testing } from 'cdk8s';
import { SandboxFleet, type SandboxFleetProps } from '../../src';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: Record<string, unknown>;
}

function fleet(props: SandboxFleetProps = {}, use: (fleet: SandboxFleet) => void = () => undefined): Manifest[] {
  const chart = new Chart(Testing.app(), 'test', { namespace: 'team' });
  use(new SandboxFleet(chart, 'python', { metadata: { name: 'python' }, containers: [{ image: 'interpreter:3.14' }], ...props }));
  return Testing.synth(chart) as Manifest[];
}

const find = (objects: Manifest[], kind: string): Manifest | undefined => objects.find((object) => object.kind === kind);
const kinds = (objects: Manifest[]): string[] => objects.map(({ kind }) => kind).sort();

test('a fleet is a template and a pool of the same name', () => {
  const objects = fleet({ replicas: 20 });
  expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual(['SandboxTemplate python', 'SandboxWarmPool python']);
  expect(find(objects, 'SandboxWarmPool')?.spec).toEqual({ replicas: 20, sandboxTemplateRef: { name: 'python' } });
});

test('what is added to a fleet is added to each Sandbox', () => {
  const objects = fleet({}, (python) => {
    python.addContainer({ name: 'sidecar', image: 'sidecar:1' });
    python.addWorkspace(Size.gibibytes(1), '/work');
    python.claim('alice', { ttlAfterFinished: Duration.hours(1), allowGeneratedName: true });
  });
  const template = find(objects, 'SandboxTemplate')?.spec as { podTemplate: { spec: { containers: { name: string }[] } }; volumeClaimTemplates: unknown[] };
  expect(template.podTemplate.spec.containers.map(({ name }) => name)).toEqual(['main', 'sidecar']);
  expect(template.volumeClaimTemplates).toHaveLength(1);
  expect(find(objects, 'SandboxClaim')?.spec).toMatchObject({ warmPoolRef: { name: 'python' }, lifecycle: { ttlSecondsAfterFinished: 3600 } });
});

test('an autoscaled fleet scales by the claims of its pool, and leaves the number to the autoscaler', () => {
  const objects = fleet({ autoscaling: { minReplicas: 10, maxReplicas: 100, claimsPerSecondPerMember: 0.1, scaleDownAfter: Duration.minutes(10) } });
  expect(find(objects, 'SandboxWarmPool')?.spec).not.toHaveProperty('replicas');
  expect(find(objects, 'HorizontalPodAutoscaler')).toMatchObject({
    metadata: { name: 'python', namespace: 'team' },
    spec: {
      scaleTargetRef: { apiVersion: 'extensions.agents.x-k8s.io/v1beta1', kind: 'SandboxWarmPool', name: 'python' },
      minReplicas: 10,
      maxReplicas: 100,
      metrics: [
        {
          type: 'External',
          external: {
            metric: { name: 'sandbox_claim_rate', selector: { matchLabels: { warmpool_name: 'python' } } },
            target: { type: 'AverageValue', averageValue: '100m' },
          },
        },
      ],
      behavior: { scaleDown: { stabilizationWindowSeconds: 600 } },
    },
  });
});

test('a scheduled fleet has one CronJob for each schedule', () => {
  const morning = { cron: Cron.schedule({ minute: '0', hour: '8' }), replicas: 50 };
  const evening = { cron: Cron.schedule({ minute: '0', hour: '20' }), replicas: 2 };
  const objects = fleet({ schedules: [morning, evening] });
  expect(objects.filter(({ kind }) => kind === 'CronJob')).toHaveLength(2);
  expect(find(objects, 'SandboxWarmPool')?.spec).not.toHaveProperty('replicas');
});

test('claimed Sandboxes can be protected from eviction, members in stock cannot', () => {
  expect(find(fleet({ disruption: { refuseEviction: true } }), 'PodDisruptionBudget')?.spec).toEqual({
    maxUnavailable: 0,
    selector: {
      matchLabels: { 'agents.x-k8s.io/sandbox-template-ref-hash': expect.stringMatching(/^[0-9a-f]{8}$/) as string },
      matchExpressions: [{ key: 'agents.x-k8s.io/warm-pool-sandbox', operator: 'DoesNotExist' }],
    },
  });
});

test('nodes can be kept from the cluster autoscaler', () => {
  expect(find(fleet({ disruption: { keepNodes: true } }), 'SandboxTemplate')?.spec).toMatchObject({
    podTemplate: { metadata: { annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false' } } },
  });
});

test('nothing but template and pool comes unasked', () => {
  expect(kinds(fleet({ disruption: {} }))).toEqual(['SandboxTemplate', 'SandboxWarmPool']);
});

test.each<[string, SandboxFleetProps, string]>([
  [
    'both scalers',
    { autoscaling: { maxReplicas: 2 }, schedules: [{ cron: Cron.hourly(), replicas: 1 }] },
    'test/python: autoscaling and schedules are given together',
  ],
  ['an upside-down range', { autoscaling: { minReplicas: 3, maxReplicas: 2 } }, 'test/python: autoscaling: found minReplicas 3 and maxReplicas 2'],
  [
    'a target of nothing',
    { autoscaling: { maxReplicas: 2, claimsPerSecondPerMember: 0 } },
    'test/python: autoscaling.claimsPerSecondPerMember: found 0, expected at least 0.001',
  ],
  ['replicas beside an autoscaler', { replicas: 3, autoscaling: { maxReplicas: 5 } }, 'replicas'],
])('%s is refused', (_, props, problem) => {
  expect(() => {
    fleet(props);
  }).toThrow(problem);
});
