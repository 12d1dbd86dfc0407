import { withEnvironment } from '../../../src/controllers/claim/environment';
import type { ClaimVariable, InjectionPolicy, PodSpec } from '../../../src/controllers/shared/objects';

const secret = { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } };
const spec: PodSpec = {
  initContainers: [{ name: 'setup', env: [{ name: 'A', value: 'init' }] }],
  containers: [
    { name: 'main', env: [{ name: 'A', value: '1' }, secret, { name: 'Z', value: '26' }] },
    { name: 'side', envFrom: [{ configMapRef: { name: 'c' } }] },
  ],
};
const of = (name: string, value = 'x', containerName?: string): ClaimVariable => ({ name, value, ...(containerName !== undefined && { containerName }) });

// Spec 05 §10 and case 21.
test.each<[string, readonly ClaimVariable[], InjectionPolicy, Record<string, unknown>]>([
  ['the first regular container gets variables that name none', [of('NEW')], 'Allowed', { main: [...(spec.containers[0]?.env ?? []), of('NEW')] }],
  ['an empty name is none', [of('NEW', 'x', '')], 'Allowed', { main: [...(spec.containers[0]?.env ?? []), of('NEW')] }],
  ['an empty value stays', [of('NEW', '')], 'Allowed', { main: [...(spec.containers[0]?.env ?? []), { name: 'NEW', value: '' }] }],
  ['an init container by its name', [of('B', '2', 'setup')], 'Allowed', { setup: [{ name: 'A', value: 'init' }, of('B', '2')] }],
  ['another container by its name, under Overrides also one with envFrom', [of('B', '2', 'side')], 'Overrides', { side: [of('B', '2')] }],
  [
    'what names the first container comes before what names none',
    [of('D'), of('N', 'x', 'main'), of('E')],
    'Allowed',
    { main: [...(spec.containers[0]?.env ?? []), of('N'), of('D'), of('E')] },
  ],
  [
    'Overrides replaces in place, a reference to a secret too',
    [of('A', 'mine'), of('TOKEN', 'open')],
    'Overrides',
    {
      main: [
        { name: 'A', value: 'mine' },
        { name: 'TOKEN', value: 'open' },
        { name: 'Z', value: '26' },
      ],
    },
  ],
  [
    'of a name given twice the later wins under Overrides',
    [of('NEW', '1'), of('NEW', '2')],
    'Overrides',
    { main: [...(spec.containers[0]?.env ?? []), of('NEW', '2')] },
  ],
])('%s', (_, variables, policy, expected) => {
  const { value } = withEnvironment(spec, variables, policy);
  const found = [...(value?.initContainers ?? []), ...(value?.containers ?? [])];
  const before = { setup: spec.initContainers?.[0]?.env, main: spec.containers[0]?.env, side: undefined };
  expect(Object.fromEntries(found.map(({ name, env }) => [name, env]))).toEqual({ ...before, ...expected });
});

const denied = 'environment variable injection rejected: environment variable injection is not allowed by the template policy';
const fromElsewhere =
  'environment variable injection rejected: container "side" uses EnvFrom sources; Allowed policy cannot safely prevent overriding EnvFrom-provided variables';
const override = (name: string) => `Error seen: environment variable override is not allowed by the template policy for variable "${name}"`;
const stray = (container: string, name: string) => `Error seen: target container "${container}" not found in template for environment variable "${name}"`;

test.each<[string, readonly ClaimVariable[], InjectionPolicy | undefined, string, string]>([
  ['a template without a policy allows none', [of('B')], undefined, 'EnvVarsInjectionRejected', denied],
  ['nor does an empty policy', [of('B')], '', 'EnvVarsInjectionRejected', denied],
  ['nor does Disallowed', [of('B')], 'Disallowed', 'EnvVarsInjectionRejected', denied],
  ['the policy goes before a stray target', [of('B', '', 'nobody')], 'Disallowed', 'EnvVarsInjectionRejected', denied],
  ['Allowed overrides nothing', [of('Z')], 'Allowed', 'ReconcilerError', override('Z')],
  ['Allowed takes no name twice', [of('N'), of('N')], 'Allowed', 'ReconcilerError', override('N')],
  ['Allowed adds nothing beside envFrom', [of('B', '', 'side')], 'Allowed', 'EnvVarsInjectionRejected', fromElsewhere],
  [
    'a stray target is named with its first variable',
    [of('B'), of('C', '', 'nobody'), of('D', '', 'nobody')],
    'Allowed',
    'ReconcilerError',
    stray('nobody', 'C'),
  ],
  ['a stray target goes before an override', [of('A'), of('C', '', 'nobody')], 'Allowed', 'ReconcilerError', stray('nobody', 'C')],
  ['init containers go before regular ones', [of('B', '', 'side'), of('A', '', 'setup')], 'Allowed', 'ReconcilerError', override('A')],
])('refused: %s', (_, variables, policy, reason, message) => {
  expect(withEnvironment(spec, variables, policy).problem).toMatchObject({ reason, message });
});

test('without variables nothing is asked and nothing is changed', () => {
  expect(withEnvironment(spec, [], 'Disallowed').value).toBe(spec);
});

test('a Pod without a regular container has no place for a variable that names none', () => {
  expect(withEnvironment({ containers: [] }, [of('B')], 'Allowed').problem?.message).toBe(stray('', 'B'));
});
