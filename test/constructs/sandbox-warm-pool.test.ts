import { Cron, Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import * as kplus34 from 'cdk8s-plus-34';
import { SandboxTemplate, SandboxWarmPool, UpdateStrategy, type SandboxTemplateProps, type SandboxWarmPoolOptions } from '../../src';
import { chartIn, manifestOf, manifests } from './manifests';

const MAIN: SandboxTemplateProps = {
  metadata: { name: 'python' },
  containers: [{ image: 'python:3.14', resources: { cpu: { request: kplus.Cpu.millis(100) } } }],
};
const MORNING = Cron.schedule({ minute: '0', hour: '8', weekDay: '1-5' });
const EVENING = Cron.schedule({ minute: '0', hour: '18' });

function pooled(options: SandboxWarmPoolOptions, template: SandboxTemplateProps = {}) {
  const chart = chartIn('agents');
  const pool = new SandboxTemplate(chart, 'template', { ...MAIN, ...template }).pool('warm', { metadata: { name: 'warm' }, ...options });
  return { chart, pool };
}

test.each<[string, SandboxWarmPoolOptions, object]>([
  ['nothing but its template by default', {}, {}],
  ['a size', { replicas: 20 }, { replicas: 20 }],
  ['no members at all', { replicas: 0 }, { replicas: 0 }],
  ['an update strategy', { updateStrategy: UpdateStrategy.RECREATE }, { updateStrategy: { type: 'Recreate' } }],
  ['a grace period', { readinessGracePeriod: Duration.minutes(2) }, { readinessGracePeriodSeconds: 120 }],
])('a pool takes %s', (_, options, expected) => {
  expect(manifestOf(pooled(options).chart, 'SandboxWarmPool').spec).toEqual({ sandboxTemplateRef: { name: 'python' }, ...expected });
});

test('a grace period that the API refuses is refused, under the path of the pool', () => {
  const { chart } = pooled({ readinessGracePeriod: Duration.seconds(29) });
  expect(() => manifests(chart)).toThrow('SandboxWarmPool test/template/warm: spec.readinessGracePeriodSeconds: 29 is too small; the least is 30');
});

test.each<[string, SandboxWarmPoolOptions, SandboxTemplateProps, string]>([
  [
    'in another namespace than its template',
    { metadata: { name: 'warm', namespace: 'b' } },
    {},
    'template: SandboxTemplate python is in namespace agents, this SandboxWarmPool in namespace b; a reference has no namespace, so put both into one',
  ],
  ['whose name is none', { metadata: { name: 'Warm' } }, {}, 'metadata.name: found "Warm"'],
  [
    'with dots, of a template with Services',
    { metadata: { name: 'a.b' } },
    { service: true },
    'metadata.name: found "a.b", but the template has a Service for each member, so it must start with a letter and have no dots; set such a metadata.name',
  ],
  [
    'with a digit first, of a template with Services',
    { metadata: { name: '1a' } },
    { service: true },
    'metadata.name: found "1a", but the template has a Service for each member',
  ],
  ['with initialReplicas and nothing that changes them', { initialReplicas: 1 }, {}, 'initialReplicas: nothing changes the number later; use replicas instead'],
])('a pool %s is refused', (_, options, template, message) => {
  expect(() => manifests(pooled(options, template).chart)).toThrow(`[test/template/warm] ${message}`);
});

test.each<[string, SandboxWarmPoolOptions, SandboxTemplateProps]>([
  ['has dots, where there is no Service', { metadata: { name: 'a.b' } }, {}],
  ['is long, because members cut it', { metadata: { name: 'a'.repeat(100) } }, { service: true }],
])('a pool is fine when its name %s', (_, options, template) => {
  expect(manifestOf(pooled(options, template).chart, 'SandboxWarmPool').metadata.name).toBe(options.metadata?.name);
});

// Version 34 has another class of the same shape.
describe.each([
  ['28', kplus],
  ['34', kplus34 as unknown as typeof kplus],
])('an autoscaler of cdk8s-plus-%s', (_, other) => {
  test('has the pool as its target', () => {
    const { chart, pool } = pooled({});
    new other.HorizontalPodAutoscaler(chart, 'hpa', { target: pool, maxReplicas: 50 });
    expect(manifestOf(chart, 'HorizontalPodAutoscaler').spec).toMatchObject({
      scaleTargetRef: { apiVersion: 'extensions.agents.x-k8s.io/v1beta1', kind: 'SandboxWarmPool', name: 'warm' },
    });
    expect(manifestOf(chart, 'SandboxWarmPool').spec).not.toHaveProperty('replicas');
  });

  test.each([0, 5])('and replicas %d are refused', (replicas) => {
    const { chart, pool } = pooled({ replicas });
    new other.HorizontalPodAutoscaler(chart, 'hpa', { target: pool, maxReplicas: 50 });
    expect(() => manifests(chart)).toThrow(
      `replicas: an autoscaler decides how many members there are, and ${replicas} would come back with each apply; leave it out, or see initialReplicas`,
    );
  });
});

test('an autoscaler may find a number to start with', () => {
  const { chart, pool } = pooled({ initialReplicas: 5 });
  new kplus.HorizontalPodAutoscaler(chart, 'hpa', { target: pool, maxReplicas: 50 });
  expect(manifestOf(chart, 'SandboxWarmPool').spec).toMatchObject({ replicas: 5 });
});

describe('scaleOn', () => {
  test('renders one hardened CronJob per schedule, that patches the scale of the pool', () => {
    const { chart, pool } = pooled({});
    pool.scaleOn(MORNING, 50, { timeZone: 'Europe/Berlin' });
    const { metadata, spec } = manifestOf(chart, 'CronJob');
    expect([metadata, spec]).toMatchObject([
      { namespace: 'agents' },
      {
        schedule: '0 8 * * 1-5',
        timeZone: 'Europe/Berlin',
        concurrencyPolicy: 'Forbid',
        jobTemplate: {
          spec: {
            template: {
              spec: {
                serviceAccountName: 'warm-scaler',
                automountServiceAccountToken: true,
                restartPolicy: 'Never',
                securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
                containers: [
                  {
                    image: expect.stringMatching(/kubectl:v\d+\.\d+\.\d+$/) as string,
                    command: [
                      'kubectl',
                      'patch',
                      'sandboxwarmpools.extensions.agents.x-k8s.io',
                      'warm',
                      '--subresource=scale',
                      '--type=merge',
                      '--patch={"spec":{"replicas":50}}',
                    ],
                    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: true },
                  },
                ],
              },
            },
          },
        },
      },
    ]);
  });

  test('gives all schedules of a pool one account, which may patch the scale of this pool and nothing else', () => {
    const { chart, pool } = pooled({});
    pool.scaleOn(MORNING, 50);
    pool.scaleOn(EVENING, 5);
    const all = manifests(chart);
    expect(all.filter(({ kind }) => kind === 'CronJob')).toHaveLength(2);
    expect(all.filter(({ kind }) => ['ServiceAccount', 'Role', 'RoleBinding'].includes(kind))).toMatchObject([
      { kind: 'ServiceAccount', metadata: { name: 'warm-scaler', namespace: 'agents' }, automountServiceAccountToken: false },
      {
        kind: 'Role',
        rules: [{ apiGroups: ['extensions.agents.x-k8s.io'], resources: ['sandboxwarmpools/scale'], resourceNames: ['warm'], verbs: ['get', 'patch'] }],
      },
      { kind: 'RoleBinding', roleRef: { name: 'warm-scaler' }, subjects: [{ kind: 'ServiceAccount', name: 'warm-scaler', namespace: 'agents' }] },
    ]);
  });

  test('opens the way to the API server in a namespace that denies everything', () => {
    const { chart, pool } = pooled({});
    pool.scaleOn(MORNING, 50);
    const job = manifestOf<{ jobTemplate: { spec: { template: { metadata: { labels: object } } } } }>(chart, 'CronJob').spec;
    expect(manifestOf(chart, 'NetworkPolicy').spec).toEqual({
      podSelector: { matchLabels: job.jobTemplate.spec.template.metadata.labels },
      policyTypes: ['Ingress', 'Egress'],
      egress: [{}],
    });
  });

  test('keeps the name of a CronJob when only the number changes, within the 52 characters that a CronJob may have', () => {
    const nameOf = (replicas: number) => {
      const { chart, pool } = pooled({ metadata: { name: `${'a'.repeat(42)}.${'b'.repeat(20)}` } });
      pool.scaleOn(MORNING, replicas);
      return manifestOf(chart, 'CronJob').metadata.name;
    };
    expect([nameOf(50), nameOf(50)?.length]).toEqual([nameOf(60), 51]);
  });

  test('takes another image', () => {
    const { chart, pool } = pooled({});
    pool.scaleOn(MORNING, 50, { image: 'mirror/kubectl:1' });
    expect(JSON.stringify(manifestOf(chart, 'CronJob').spec)).toContain('"image":"mirror/kubectl:1"');
  });

  test.each<[string, (pool: SandboxWarmPool) => void, string]>([
    ['half a member', (pool) => pool.scaleOn(MORNING, 0.5), 'test/template/warm: scaleOn(0 8 * * 1-5): replicas: expected a whole number from 0 on, found 0.5'],
    ['less than nothing', (pool) => pool.scaleOn(MORNING, -1), 'replicas: expected a whole number from 0 on, found -1'],
    [
      'two numbers at one moment',
      (pool) => [pool.scaleOn(MORNING, 1), pool.scaleOn(MORNING, 2)],
      'test/template/warm: scaleOn(0 8 * * 1-5): there is a schedule for the same moments already; remove one of the two',
    ],
  ])('refuses %s at once', (_, change, message) => {
    expect(() => change(pooled({}).pool)).toThrow(message);
  });

  test.each<[string, SandboxWarmPoolOptions, boolean, string]>([
    [
      'replicas',
      { replicas: 1 },
      false,
      'replicas: a schedule (scaleOn) decides how many members there are, and 1 would come back with each apply; leave it out, or see initialReplicas',
    ],
    ['an autoscaler', {}, true, 'an autoscaler and a schedule (scaleOn) both decide how many members there are, against each other; remove one of the two'],
    ['a name that leaves no room for its account', { metadata: { name: 'a'.repeat(247) } }, false, 'has more than 253 characters; set a shorter metadata.name'],
  ])('does not go together with %s', (_, options, autoscaled, message) => {
    const { chart, pool } = pooled(options);
    pool.scaleOn(MORNING, 50);
    if (autoscaled) new kplus.HorizontalPodAutoscaler(chart, 'hpa', { target: pool, maxReplicas: 50 });
    expect(() => manifests(chart)).toThrow(message);
  });
});

test('an imported pool has claims', () => {
  const chart = chartIn();
  SandboxWarmPool.fromSandboxWarmPoolName(chart, 'imported', 'warm').claim('alice');
  expect(manifestOf(chart, 'SandboxClaim').spec).toEqual({ warmPoolRef: { name: 'warm' } });
});
