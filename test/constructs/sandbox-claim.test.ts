import { Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import {
  ClaimShutdownPolicy,
  Expiry,
  InjectionPolicy,
  SandboxClaim,
  SandboxTemplate,
  SandboxWarmPool,
  type SandboxClaimOptions,
  type SandboxTemplateProps,
  type SandboxVolumeClaimTemplate,
} from '../../src';
import { chartIn, manifestOf, manifests } from './manifests';

const { ALLOWED, OVERRIDES } = InjectionPolicy;
const volume = (name: string): SandboxVolumeClaimTemplate => ({ metadata: { name }, spec: { accessModes: ['ReadWriteOnce'] } });
const MAIN: SandboxTemplateProps = {
  metadata: { name: 'python' },
  containers: [
    { image: 'python:3.14', envVariables: { A: kplus.EnvValue.fromValue('1') } },
    { name: 'sidecar', image: 'proxy:1' },
  ],
};
const WITH_VOLUME: SandboxTemplateProps = {
  volumeClaimTemplates: [volume('data')],
  podSpec: { containers: [{ name: 'main', volumeMounts: [{ name: 'data', mountPath: '/data' }] }] },
};

function claimed(options: SandboxClaimOptions, template: SandboxTemplateProps = {}) {
  const chart = chartIn('agents');
  const pool = new SandboxTemplate(chart, 'template', { ...MAIN, ...template }).pool('warm', { metadata: { name: 'warm' } });
  pool.claim('alice', { metadata: { name: 'alice' }, ...options });
  return chart;
}
const specOf = (options: SandboxClaimOptions, template?: SandboxTemplateProps) => manifestOf(claimed(options, template), 'SandboxClaim').spec;

test.each<[string, SandboxClaimOptions, SandboxTemplateProps, object]>([
  ['nothing but its pool by default', {}, {}, {}],
  ['a time to live', { ttlAfterFinished: Duration.hours(1) }, {}, { lifecycle: { ttlSecondsAfterFinished: 3600 } }],
  ['an end with its Pod', { ttlAfterFinished: Duration.seconds(0) }, {}, { lifecycle: { ttlSecondsAfterFinished: 0 } }],
  ['an expiry', { expiry: Expiry.at('2999-01-31T18:00:00Z') }, {}, { lifecycle: { shutdownTime: '2999-01-31T18:00:00Z' } }],
  ['a shutdown policy', { shutdownPolicy: ClaimShutdownPolicy.DELETE_FOREGROUND }, {}, { lifecycle: { shutdownPolicy: 'DeleteForeground' } }],
  [
    'variables',
    { env: { B: '2', EMPTY: '' } },
    { envVarsInjectionPolicy: ALLOWED },
    {
      env: [
        { name: 'B', value: '2' },
        { name: 'EMPTY', value: '' },
      ],
    },
  ],
  [
    'variables of another container',
    { containerEnv: [{ name: 'A', value: '2', containerName: 'sidecar' }] },
    { envVarsInjectionPolicy: ALLOWED },
    { env: [{ name: 'A', value: '2', containerName: 'sidecar' }] },
  ],
  [
    'variables of an init container',
    { containerEnv: [{ name: 'B', value: '2', containerName: 'init' }] },
    { envVarsInjectionPolicy: ALLOWED, initContainers: [{ name: 'init', image: 'init:1' }] },
    { env: [{ name: 'B', value: '2', containerName: 'init' }] },
  ],
  ['other values of variables', { env: { A: '2' } }, { envVarsInjectionPolicy: OVERRIDES }, { env: [{ name: 'A', value: '2' }] }],
  ['volumes', { volumeClaimTemplates: [volume('extra')] }, { volumeClaimTemplatesPolicy: ALLOWED }, { volumeClaimTemplates: [volume('extra')] }],
  [
    'other volumes of the same name',
    { volumeClaimTemplates: [volume('data')] },
    { ...WITH_VOLUME, volumeClaimTemplatesPolicy: OVERRIDES },
    { volumeClaimTemplates: [volume('data')] },
  ],
  [
    'labels and annotations of the Pod',
    { podMetadata: { labels: { 'sandbox.users.io/user': 'alice' }, annotations: { note: 'x' } } },
    { podMetadata: { annotations: { note: 'x' } } },
    { additionalPodMetadata: { labels: { 'sandbox.users.io/user': 'alice' }, annotations: { note: 'x' } } },
  ],
  [
    'labels of a domain that the controller allows',
    { podMetadata: { labels: { 'acme.io/a': 'b' } }, allowedLabelDomains: ['acme.io'] },
    {},
    { additionalPodMetadata: { labels: { 'acme.io/a': 'b' } } },
  ],
])('a claim takes %s', (_, options, template, expected) => {
  expect(specOf(options, template)).toEqual({ warmPoolRef: { name: 'warm' }, ...expected });
});

const environment = 'set envVarsInjectionPolicy';
test.each<[string, SandboxClaimOptions, SandboxTemplateProps, string]>([
  [
    'an expiry that has passed',
    { expiry: Expiry.at('2020-01-01T00:00:00Z') },
    {},
    'expiry: 2020-01-01T00:00:00Z has passed, so the object would expire at once; choose a later moment, or remove it',
  ],
  [
    'another namespace than its pool',
    { metadata: { name: 'alice', namespace: 'b' } },
    {},
    'pool: SandboxWarmPool warm is in namespace agents, this SandboxClaim in namespace b; a reference has no namespace, so put both into one',
  ],
  [
    'variables where the template allows none',
    { env: { B: '2' } },
    {},
    `env: the template does not allow variables of claims; ${environment} on the template to ALLOWED or OVERRIDES, or remove env`,
  ],
  [
    'another value of a variable where it may only add',
    { env: { A: '2' } },
    { envVarsInjectionPolicy: ALLOWED },
    `env: A: container main has it already, and the template allows to add only; ${environment} to OVERRIDES, or remove it`,
  ],
  [
    'a variable of a container with envFrom where it may only add',
    { env: { B: '2' } },
    { envVarsInjectionPolicy: ALLOWED, podSpec: { containers: [{ name: 'main', envFrom: [{ configMapRef: { name: 'c' } }] }] } },
    `env: B: container main takes variables from elsewhere (envFrom), which ALLOWED cannot keep from being replaced; ${environment} to OVERRIDES, or remove it`,
  ],
  [
    'a variable of a container that is not there',
    { containerEnv: [{ name: 'B', value: '2', containerName: 'mian' }] },
    { envVarsInjectionPolicy: OVERRIDES },
    'env: B: the template has no container mian; it has main, sidecar',
  ],
  [
    'one variable twice',
    { env: { B: '2' }, containerEnv: [{ name: 'B', value: '3' }] },
    { envVarsInjectionPolicy: OVERRIDES },
    'env: B is given twice for the first container; remove one of the two',
  ],
  [
    'one variable twice under two names of a container',
    { env: { B: '2' }, containerEnv: [{ name: 'B', value: '3', containerName: 'main' }] },
    { envVarsInjectionPolicy: OVERRIDES },
    'env: B is given twice for container main; remove one of the two',
  ],
  [
    'volumes where the template allows none',
    { volumeClaimTemplates: [volume('extra')] },
    {},
    'volumeClaimTemplates: the template does not allow volumes of claims; set volumeClaimTemplatesPolicy on the template to ALLOWED or OVERRIDES, or remove them',
  ],
  [
    'another volume of the same name where it may only add',
    { volumeClaimTemplates: [volume('data')] },
    { ...WITH_VOLUME, volumeClaimTemplatesPolicy: ALLOWED },
    'volumeClaimTemplates: the template has data already and allows to add only; set volumeClaimTemplatesPolicy to OVERRIDES, or choose another name',
  ],
  [
    'a volume without name',
    { volumeClaimTemplates: [{ spec: {} }] },
    { volumeClaimTemplatesPolicy: ALLOWED },
    'volumeClaimTemplates[0]: metadata.name is missing; it names the volume, such as data',
  ],
  [
    'two volumes of one name',
    { volumeClaimTemplates: [volume('a'), volume('a')] },
    { volumeClaimTemplatesPolicy: ALLOWED },
    'volumeClaimTemplates[1]: there are two of the name a; give one of them another name',
  ],
  [
    'a label without domain',
    { podMetadata: { labels: { user: 'alice' } } },
    {},
    'podMetadata: failed to validate label "user": label "user" must have a domain prefix',
  ],
  [
    'a label of another domain',
    { podMetadata: { labels: { 'acme.io/a': 'b' } } },
    {},
    'label domain "acme.io" is not in the allowlist; rename or remove it, or set allowedLabelDomains to what the controller is configured for',
  ],
  [
    'another value of an annotation of the template',
    { podMetadata: { annotations: { note: 'y' } } },
    { podMetadata: { annotations: { note: 'x' } } },
    'podMetadata: annotations: note: the template says "x", this claim "y", and nothing of a template is overridden; remove it',
  ],
  ['a name that is none', { metadata: { name: 'Alice' } }, {}, 'metadata.name: found "Alice"'],
  [
    'a dot, of a template with Services',
    { metadata: { name: 'a.b' } },
    { service: true },
    'metadata.name: found "a.b" (3 characters), but the Service of the same name must start with a letter',
  ],
  [
    'no room for a volume claim of the template',
    { metadata: { name: 'a'.repeat(249) } },
    WITH_VOLUME,
    `but its PersistentVolumeClaim data-${'a'.repeat(249)} has more than 253 characters`,
  ],
  [
    'no room for a volume claim of its own',
    { metadata: { name: 'a'.repeat(248) }, volumeClaimTemplates: [volume('extra')] },
    { volumeClaimTemplatesPolicy: ALLOWED },
    'but its PersistentVolumeClaim extra-',
  ],
])('a claim with %s is refused', (_, options, template, message) => {
  expect(() => specOf(options, template)).toThrow(message);
});

test('an unknown field in a claim is refused, under the path of the claim', () => {
  const wrong = { metadata: { name: 'extra' }, spec: { storageClas: 'fast' } as object };
  expect(() => specOf({ volumeClaimTemplates: [wrong] }, { volumeClaimTemplatesPolicy: ALLOWED })).toThrow(
    'SandboxClaim test/template/warm/alice: spec.volumeClaimTemplates[0].spec.storageClas: unknown field',
  );
});

test('a claim of a pool that is only known by name is checked as far as it can be', () => {
  const chart = chartIn();
  const pool = SandboxWarmPool.fromSandboxWarmPoolName(chart, 'pool', 'warm');
  new SandboxClaim(chart, 'alice', { pool, env: { B: '2' }, containerEnv: [{ name: 'B', value: '3' }] });
  expect(() => manifests(chart)).toThrow('[test/alice] env: B is given twice for the first container');
});

test('a template that is wrong is said once, not again by its pools and claims', () => {
  const chart = claimed({}, { podSpec: { prioritty: 1 } as SandboxTemplateProps['podSpec'] });
  expect(() => manifests(chart)).toThrow(/^Validation failed with the following errors:\n {2}\[test\/template\] spec\.podTemplate\.spec\.prioritty[^\n]*$/);
});

describe('a generated name', () => {
  const warnings = jest.spyOn(console, 'warn').mockImplementation();
  beforeEach(() => warnings.mockClear());

  test.each<[string, SandboxClaimOptions, SandboxTemplateProps, number]>([
    ['warns when the template has volumes', {}, WITH_VOLUME, 1],
    ['warns when the claim has volumes', { volumeClaimTemplates: [volume('extra')] }, { volumeClaimTemplatesPolicy: ALLOWED }, 1],
    ['is silent when that is acknowledged', { allowGeneratedName: true }, WITH_VOLUME, 0],
    ['is silent without volumes', {}, {}, 0],
  ])('%s', (_, options, template, times) => {
    manifests(claimed({ ...options, metadata: undefined }, template));
    expect(warnings).toHaveBeenCalledTimes(times);
  });
});

test('claims of one pool do not collide with each other or with its other children', () => {
  const chart = chartIn('agents');
  const template = new SandboxTemplate(chart, 'template', MAIN);
  const pool = template.pool('warm');
  ['alice', 'bob'].forEach((id) => pool.claim(id));
  template.pool('alice').claim('alice');
  const claims = manifests(chart).filter((manifest) => manifest.kind === 'SandboxClaim');
  expect([new Set(claims.map(({ metadata }) => metadata.name)).size, claims.map(({ metadata }) => metadata.namespace)]).toEqual([
    3,
    ['agents', 'agents', 'agents'],
  ]);
});
