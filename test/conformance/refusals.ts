import { CLAIMS, NETWORK_POLICIES, PODS, POOLS, SANDBOXES, SERVICES } from '../simulation/api/resource-types';
import { extension, pod, sandbox, type Api, type Body, type Start } from './backend';

const ofContainer = (container: object) => sandbox('bad', { podTemplate: { spec: { containers: [{ name: 'a', ...container }] } } });
const CONTAINER = 'spec.podTemplate.spec.containers[0]';
// Rules in CEL are not looked at while something else is wrong, and the server says so.
const UNCHECKED = '<nil> FieldValueInvalid';

/** Objects that are refused, and which fields the refusal names. */
export function describeRefusals(start: Start): void {
  let api: Api;
  beforeAll(async () => {
    api = await start();
  });

  it.each([
    ['a missing spec', SANDBOXES, { ...sandbox('bad'), spec: undefined }, ['spec FieldValueRequired', UNCHECKED]],
    ['a value outside of an enum', SANDBOXES, sandbox('bad', { operatingMode: 'x' }), ['spec.operatingMode FieldValueNotSupported', UNCHECKED]],
    ['a missing list', SANDBOXES, sandbox('bad', { podTemplate: { spec: {} } }), ['spec.podTemplate.spec.containers FieldValueRequired', UNCHECKED]],
    ['two of a list map', SANDBOXES, ofContainer({ env: [{ name: 'a' }, { name: 'a' }] }), [`${CONTAINER}.env[1] FieldValueDuplicate`]],
    ['a quantity that is none', SANDBOXES, ofContainer({ resources: { limits: { cpu: 1, x: '!' } } }), [`${CONTAINER}.resources.limits.x FieldValueInvalid`]],
    ['a null in a list', SANDBOXES, ofContainer({ env: [null] }), [`${CONTAINER}.env[0] FieldValueTypeInvalid`, UNCHECKED]],
    ['a time that is none', SANDBOXES, sandbox('bad', { shutdownTime: 'soon' }), ['spec.shutdownTime FieldValueTypeInvalid', UNCHECKED]],
    ['a wrong type', CLAIMS, extension('SandboxClaim', 'bad', { warmPoolRef: { name: 5 } }), ['spec.warmPoolRef.name FieldValueTypeInvalid']],
    [
      'a number below the minimum',
      ...([POOLS, extension('SandboxWarmPool', 'bad', { readinessGracePeriodSeconds: 29, sandboxTemplateRef: {} })] as const),
      ['spec.readinessGracePeriodSeconds FieldValueInvalid', 'spec.sandboxTemplateRef.name FieldValueRequired'],
    ],
    ['no name', SANDBOXES, { ...sandbox(''), metadata: {} }, ['metadata.name FieldValueRequired', UNCHECKED]],
    ['a name that is none', SANDBOXES, sandbox('Not_A_Name'), ['metadata.name FieldValueInvalid']],
    ['a long Service name', SERVICES, { metadata: { name: 'x'.repeat(64) }, spec: { clusterIP: 'None' } }, ['metadata.name FieldValueInvalid']],
    [
      'Service ports without names',
      ...([SERVICES, { metadata: { name: 'bad' }, spec: { ports: [{ port: 80 }, { port: 81 }] } }] as const),
      ['spec.ports[0].name FieldValueRequired', 'spec.ports[1].name FieldValueRequired'],
    ],
    ['a Service with neither ports nor headless', SERVICES, { metadata: { name: 'bad' }, spec: {} }, ['spec.ports FieldValueRequired']],
    ['a Pod without image', PODS, pod('bad', { containers: [{ name: 'a' }] }), ['spec.containers[0].image FieldValueRequired']],
    [
      'a mount without volume',
      ...([PODS, pod('bad', { containers: [{ name: 'a', image: 'i', volumeMounts: [{ name: 'none', mountPath: '/x' }] }] })] as const),
      ['spec.containers[0].volumeMounts[0].name FieldValueNotFound'],
    ],
    [
      'a policy for no network',
      ...([NETWORK_POLICIES, { metadata: { name: 'bad' }, spec: { egress: [{ to: [{ ipBlock: { cidr: 'junk' } }] }] } }] as const),
      ['spec.egress[0].to[0].ipBlock.cidr FieldValueInvalid'],
    ],
  ])('refuses %s', async (_, resource, body, expected) => {
    const answer = await api.create(resource, body);
    expect(answer).toMatchObject({ status: 422, body: { kind: 'Status', status: 'Failure', reason: 'Invalid', code: 422 } });
    expect(causesOf(answer.body)).toEqual([...expected].sort());
  });

  it('says in words that a Service name is too long', async () => {
    const name = 'x'.repeat(64);
    const { body } = await api.create(SERVICES, { metadata: { name }, spec: { clusterIP: 'None' } });
    expect(body.message).toBe(`Service "${name}" is invalid: metadata.name: Invalid value: "${name}": must be no more than 63 characters`);
  });

  it('says in words what a Sandbox may be set to', async () => {
    const { body } = await api.create(SANDBOXES, sandbox('bad', { operatingMode: 'x' }));
    const value = 'spec.operatingMode: Unsupported value: "x": supported values: "Running", "Suspended"';
    const rest = 'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';
    expect(body.message).toBe(`Sandbox.agents.x-k8s.io "bad" is invalid: [${value}, <nil>: Invalid value: null: ${rest}]`);
  });

  it('cannot read a Pod whose fields have wrong types', async () => {
    expect(await api.create(PODS, pod('unreadable', { containers: 'x' }))).toMatchObject({ status: 400, body: { reason: 'BadRequest' } });
  });
}

/** The causes of a refusal, each as `field reason`, sorted: the server walks through maps in any order. */
function causesOf({ details }: Body): readonly string[] {
  // The shape of a Status, whose reason the test has looked at.
  return (details as { causes: Array<{ field: string; reason: string }> }).causes.map(({ field, reason }) => `${field} ${reason}`).sort();
}
