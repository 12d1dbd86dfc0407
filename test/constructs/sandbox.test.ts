import { Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { DnsAccess, Expiry, NetworkAccess, Sandbox, SandboxShutdownPolicy, type SandboxProps } from '../../src';
import { chartIn, manifestOf, manifests, type BlueprintSpec } from './manifests';

const MAIN: SandboxProps = { metadata: { name: 'agent' }, containers: [{ image: 'agent:1.4' }] };
const DATA: SandboxProps = {
  volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: {} }],
  podSpec: { containers: [{ name: 'main', volumeMounts: [{ name: 'data', mountPath: '/data' }] }] },
};

function synthesized(props: SandboxProps) {
  const chart = chartIn('agents');
  new Sandbox(chart, 'agent', { ...MAIN, ...props });
  return manifests(chart);
}
const specOf = (props: SandboxProps) => synthesized(props).find((manifest) => manifest.kind === 'Sandbox')?.spec;

test.each<[string, SandboxProps, object]>([
  ['an expiry', { expiry: Expiry.at('2999-01-31T18:00:00Z') }, { shutdownTime: '2999-01-31T18:00:00Z' }],
  [
    'an expiry some time after a moment',
    { expiry: Expiry.after(Duration.hours(1), new Date('2999-01-31T18:00:00Z')) },
    { shutdownTime: '2999-01-31T19:00:00Z' },
  ],
  ['a shutdown policy', { shutdownPolicy: SandboxShutdownPolicy.DELETE }, { shutdownPolicy: 'Delete' }],
  ['a suspension', { suspended: true }, { operatingMode: 'Suspended' }],
  ['a Service', { service: true }, { service: true }],
  ['the removal of a Service', { service: false }, { service: false }],
])('a Sandbox takes %s', (_, props, expected) => {
  expect(specOf(props)).toMatchObject(expected);
});

test('a Sandbox says nothing that nobody said', () => {
  expect(Object.keys(specOf({ suspended: false }) ?? {})).toEqual(['podTemplate']);
});

describe('the NetworkPolicy of a Sandbox', () => {
  const policyOf = (props: SandboxProps) => synthesized(props).find((manifest) => manifest.kind === 'NetworkPolicy');

  test('is the secure default, written out, because the controller makes policies for templates only', () => {
    expect(policyOf({})).toEqual({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'agent-network-access', namespace: 'agents' },
      spec: {
        podSelector: { matchLabels: { 'agents.x-k8s.io/sandbox-name-hash': '4fe7f1a6' } },
        policyTypes: ['Ingress', 'Egress'],
        ...NetworkAccess.secureDefault().explicit().toNetworkPolicy(),
      },
    });
  });

  test.each<[string, SandboxProps]>([
    ['none()', { network: NetworkAccess.none() }],
    ['isolate', { isolate: true }],
  ])('has no rules under %s', (_, props) => {
    expect(Object.keys(policyOf(props)?.spec ?? {})).toEqual(['podSelector', 'policyTypes']);
  });

  test('has the protocol that the API server would add to a port', () => {
    const access = NetworkAccess.none().allowEgress({ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ port: 5432 }] });
    expect(policyOf({ network: access })?.spec).toMatchObject({ egress: [{ ports: [{ port: 5432, protocol: 'TCP' }] }] });
  });

  test('is not made for unmanaged access', () => {
    expect(policyOf({ network: NetworkAccess.unmanaged() })).toBeUndefined();
  });

  test('opens the resolver that the Pod uses', () => {
    const [sandbox, policy] = synthesized({ network: NetworkAccess.internet(DnsAccess.CLOUD) });
    expect([(sandbox?.spec as BlueprintSpec).podTemplate.spec.dnsPolicy, policy?.spec]).toMatchObject([
      'Default',
      { egress: [{}, { to: [{ ipBlock: { cidr: '169.254.169.254/32' } }], ports: [{ port: 53 }, { port: 53 }] }] },
    ]);
  });

  test('an unknown field in a rule names the construct', () => {
    const access = NetworkAccess.none().allowEgress({ to: [{ ipBlok: {} } as never] });
    expect(() => policyOf({ network: access })).toThrow(
      'test/agent: network.egress[0].to[0].ipBlok: unknown field; the API server would drop it; did you mean ipBlock?',
    );
  });
});

const long = (length: number) => 'a'.repeat(length);
test.each<[string, SandboxProps, string]>([
  [
    'a capital',
    { metadata: { name: 'Agent' } },
    'metadata.name: found "Agent" (5 characters), expected at most 253 of a-z, 0-9, - and ., such as my-agent; set metadata.name',
  ],
  ['254 characters', { metadata: { name: long(254) } }, '(254 characters), expected at most 253 of'],
  [
    'a dot and a Service',
    { metadata: { name: 'a.b' }, service: true },
    'found "a.b" (3 characters), but the Service of the same name must start with a letter and have at most 63 of a-z, 0-9 and -; set such a metadata.name, or service: false',
  ],
  ['a digit first and a Service', { metadata: { name: '1a' }, service: true }, 'found "1a" (2 characters), but the Service'],
  ['64 characters and a Service', { metadata: { name: long(64) }, service: true }, '(64 characters), but the Service'],
  [
    'no room for a volume claim',
    { metadata: { name: long(249) }, network: NetworkAccess.unmanaged(), ...DATA },
    `but its PersistentVolumeClaim data-${long(249)} has more than 253 characters; set a shorter metadata.name`,
  ],
  [
    'no room for the NetworkPolicy',
    { metadata: { name: long(239) } },
    `but its NetworkPolicy ${long(239)}-network-access has more than 253 characters; set a shorter metadata.name`,
  ],
])('a name with %s is refused', (_, props, message) => {
  expect(() => synthesized(props)).toThrow(message);
});

test.each<[string, SandboxProps]>([
  ['a dot without a Service', { metadata: { name: 'a.b' } }],
  ['a digit first without a Service', { metadata: { name: '1a' } }],
  ['63 characters and a Service', { metadata: { name: long(63) }, service: true }],
  ['just room for a volume claim', { metadata: { name: long(248) }, network: NetworkAccess.unmanaged(), ...DATA }],
  ['just room for the NetworkPolicy', { metadata: { name: long(238) } }],
])('a name with %s is fine', (_, props) => {
  expect(synthesized(props)).toMatchObject([{ metadata: props.metadata }, ...(props.network ? [] : [{}])]);
});

test('an expiry that has passed is refused', () => {
  expect(() => synthesized({ expiry: Expiry.at('2020-01-31T18:00:00Z') })).toThrow(
    '[test/agent] expiry: 2020-01-31T18:00:00Z has passed, so the object would expire at once; choose a later moment, or remove it',
  );
});

describe('a generated name', () => {
  const warnings = jest.spyOn(console, 'warn').mockImplementation();
  beforeEach(() => warnings.mockClear());

  test.each<[string, SandboxProps, number]>([
    ['warns, once, when there are volumes', DATA, 1],
    ['is silent when that is acknowledged', { ...DATA, allowGeneratedName: true }, 0],
    ['is none when there is one', { ...DATA, metadata: { name: 'agent' } }, 0],
    ['is silent without volumes', {}, 0],
  ])('%s', (_, props, times) => {
    const chart = chartIn();
    new Sandbox(chart, 'agent', { containers: MAIN.containers, ...props });
    manifests(chart);
    manifests(chart);
    expect(warnings).toHaveBeenCalledTimes(times);
  });

  test('is said with the construct path and the remedy', () => {
    const chart = chartIn();
    new Sandbox(chart, 'agent', { ...MAIN, ...DATA, metadata: undefined });
    manifests(chart);
    expect(warnings).toHaveBeenCalledWith(expect.stringMatching(/^\[test\/agent\] warning: .*Set metadata\.name, or allowGeneratedName: true/));
  });
});

test('all that is wrong in an app is said at once', () => {
  const chart = chartIn();
  new Sandbox(chart, 'one', {});
  new Sandbox(chart, 'two', { ...MAIN, service: true, metadata: { name: 'a.b' }, expiry: Expiry.at('2020-01-01T00:00:00Z') });
  expect(() => manifests(chart)).toThrow(/\[test\/one\] there is no container.*\n.*\[test\/two\] metadata\.name.*\n.*\[test\/two\] expiry/);
});

test('moving a Sandbox to another place in the tree changes nothing', () => {
  const [here, there] = [chartIn(), chartIn()];
  new Sandbox(here, 'agent', MAIN);
  new Sandbox(new Construct(there, 'deeper'), 'inner', MAIN);
  expect(manifests(there)).toEqual(manifests(here));
});

test('an imported Sandbox is selected like one of the app', () => {
  const chart = chartIn('agents');
  const imported = Sandbox.fromSandboxName(chart, 'imported', 'agent');
  const own = new Sandbox(chart, 'own', MAIN);
  const selected = ({ labelSelector, namespaces }: kplus.PodSelectorConfig) => [labelSelector._toKube(), namespaces];
  expect([imported.name, imported.apiVersion, selected(imported.toPodSelectorConfig())]).toEqual([
    own.name,
    own.apiVersion,
    selected(own.toPodSelectorConfig()),
  ]);
});

test('connections and permissions reach an imported Sandbox', () => {
  const chart = chartIn('agents');
  const imported = Sandbox.fromSandboxName(chart, 'imported', 'agent');
  const web = new kplus.Pod(chart, 'web', { containers: [{ image: 'web' }] });
  web.connections.allowTo(imported, { isolation: kplus.PodConnectionsIsolation.POD, ports: [kplus.NetworkPolicyPort.tcp(8080)] });
  new kplus.Role(chart, 'role').allowRead(imported);
  expect(manifestOf(chart, 'NetworkPolicy').spec).toMatchObject({
    egress: [{ to: [{ podSelector: { matchLabels: { 'agents.x-k8s.io/sandbox-name-hash': '4fe7f1a6' } } }], ports: [{ port: 8080 }] }],
  });
  expect(manifestOf(chart, 'Role')).toMatchObject({ rules: [{ apiGroups: ['agents.x-k8s.io'], resources: ['sandboxes'], resourceNames: ['agent'] }] });
});
