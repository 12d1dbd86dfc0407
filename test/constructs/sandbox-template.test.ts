import * as kplus from 'cdk8s-plus-28';
import { DnsAccess, InjectionPolicy, NetworkAccess, SandboxTemplate, type SandboxTemplateProps } from '../../src';
import { chartIn, manifestOf, manifests } from './manifests';

const MAIN: SandboxTemplateProps = { metadata: { name: 'python' }, containers: [{ image: 'python:3.14' }] };

function specOf(props: SandboxTemplateProps): object {
  const chart = chartIn();
  new SandboxTemplate(chart, 'template', { ...MAIN, ...props });
  return manifestOf<object>(chart, 'SandboxTemplate').spec;
}

test.each<[string, SandboxTemplateProps, object]>([
  ['nothing but the Pod by default', {}, {}],
  ['a policy for variables', { envVarsInjectionPolicy: InjectionPolicy.ALLOWED }, { envVarsInjectionPolicy: 'Allowed' }],
  ['a policy for volumes', { volumeClaimTemplatesPolicy: InjectionPolicy.OVERRIDES }, { volumeClaimTemplatesPolicy: 'Overrides' }],
  ['a Service', { service: true }, { service: true }],
  ['a denial of all traffic', { network: NetworkAccess.none() }, { networkPolicy: {} }],
  ['isolate as a denial of all traffic', { isolate: true }, { networkPolicy: {} }],
  ['unmanaged access', { network: NetworkAccess.unmanaged() }, { networkPolicyManagement: 'Unmanaged' }],
  ['rules', { network: NetworkAccess.internet(DnsAccess.CLUSTER) }, { networkPolicy: NetworkAccess.internet(DnsAccess.CLUSTER).toNetworkPolicy() }],
])('a template takes %s', (_, props, expected) => {
  const { podTemplate, ...rest } = specOf(props) as Record<string, unknown>;
  expect([podTemplate, rest]).toEqual([expect.anything(), expected]);
});

test('a template has no NetworkPolicy of its own: the controller keeps it', () => {
  const chart = chartIn();
  new SandboxTemplate(chart, 'template', MAIN);
  expect(manifests(chart).map((manifest) => manifest.kind)).toEqual(['SandboxTemplate']);
});

test.each<[string, SandboxTemplateProps]>([
  ['that leaves no room for the NetworkPolicy is refused', { metadata: { name: 'a'.repeat(239) } }],
  ['with a capital is refused', { metadata: { name: 'Python' } }],
])('a name %s', (_, props) => {
  expect(() => specOf(props)).toThrow('[test/template] metadata.name: found');
});

test.each<[string, SandboxTemplateProps]>([
  ['may fill the room that its NetworkPolicy leaves', { metadata: { name: 'a'.repeat(238) } }],
  ['may be longer where nothing is managed', { metadata: { name: 'a'.repeat(239) }, network: NetworkAccess.unmanaged() }],
  ['may have dots although its Sandboxes have a Service', { metadata: { name: 'a.b' }, service: true }],
])('a name %s', (_, props) => {
  expect(specOf(props)).toHaveProperty('podTemplate');
});

test('an imported template is selected like one of the app, and has pools', () => {
  const chart = chartIn('agents');
  const imported = SandboxTemplate.fromSandboxTemplateName(chart, 'imported', 'python');
  imported.pool('warm');
  const own = new SandboxTemplate(chart, 'own', MAIN);
  const selected = ({ labelSelector, namespaces }: kplus.PodSelectorConfig) => [labelSelector._toKube(), namespaces];
  expect(selected(imported.toPodSelectorConfig())).toEqual(selected(own.toPodSelectorConfig()));
  expect(manifestOf(chart, 'SandboxWarmPool').spec).toEqual({ sandboxTemplateRef: { name: 'python' } });
});

test('other Pods can be connected to all Sandboxes of a template', () => {
  const chart = chartIn('agents');
  const web = new kplus.Pod(chart, 'web', { containers: [{ image: 'web' }] });
  web.connections.allowTo(new SandboxTemplate(chart, 'template', { ...MAIN, containers: [{ image: 'python:3.14', portNumber: 8888 }] }));
  const python = { podSelector: { matchLabels: { 'agents.x-k8s.io/sandbox-template-ref-hash': expect.stringMatching(/^[0-9a-f]{8}$/) as string } } };
  const policies = manifests(chart).filter((manifest) => manifest.kind === 'NetworkPolicy');
  expect(policies.map(({ spec }) => spec)).toMatchObject([
    { egress: [{ to: [python], ports: [{ port: 8888 }] }] },
    { ...python, ingress: [{ ports: [{ port: 8888 }] }] },
  ]);
});
