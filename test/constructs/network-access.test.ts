import { DnsAccess, NetworkAccess } from '../../src';

const router = {
  from: [
    { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'agent-sandbox-system' } }, podSelector: { matchLabels: { app: 'sandbox-router' } } },
  ],
};
const internet = {
  to: [
    { ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16'] } },
    { ipBlock: { cidr: '::/0', except: ['fc00::/7', 'fe80::/10'] } },
  ],
};

test('the secure default is left to the API', () => {
  expect(NetworkAccess.secureDefault().toNetworkPolicy()).toBeUndefined();
});

test('the secure default, written out, is the policy of the specification', () => {
  expect(NetworkAccess.secureDefault().explicit().toNetworkPolicy()).toEqual({ ingress: [router], egress: [internet] });
});

test('none closes both directions', () => {
  expect(NetworkAccess.none().toNetworkPolicy()).toEqual({ ingress: [], egress: [] });
});

test('opening something in the default keeps the router and the internet open', () => {
  expect(NetworkAccess.secureDefault().allowCidr('10.1.0.0/16', 5432).toNetworkPolicy()).toEqual({
    ingress: [router],
    egress: [internet, { to: [{ ipBlock: { cidr: '10.1.0.0/16' } }], ports: [{ port: 5432, protocol: 'TCP' }] }],
  });
});

test('an access is a value: opening something returns another one', () => {
  const none = NetworkAccess.none();
  none.allowRouter();
  expect(none.toNetworkPolicy()).toEqual({ ingress: [], egress: [] });
});

test.each([
  ['public resolvers, because those of the cluster are closed', NetworkAccess.none().allowInternet(), DnsAccess.PUBLIC],
  ['the resolver that was opened before', NetworkAccess.none().allowDns(DnsAccess.CLUSTER).allowInternet(), DnsAccess.CLUSTER],
  ['the resolver that was opened behind', NetworkAccess.none().allowInternet().allowDns(DnsAccess.CLUSTER), DnsAccess.CLUSTER],
  ['no resolver where the internet is closed', NetworkAccess.none().allowCidr('10.1.0.0/16'), undefined],
])('names come from %s', (_, access, dns) => {
  expect(access.dns).toBe(dns);
});

test('nothing can be opened where no policy is kept', () => {
  expect(() => NetworkAccess.unmanaged().allowInternet()).toThrow('start from NetworkAccess.none()');
});

test.each([
  ['cluster DNS', DnsAccess.CLUSTER, 'ClusterFirst', undefined],
  ['NodeLocal DNS', DnsAccess.NODE_LOCAL, 'ClusterFirst', '169.254.20.10/32'],
  ['cloud DNS', DnsAccess.CLOUD, 'Default', '169.254.169.254/32'],
  ['own resolvers', DnsAccess.resolvers('fd00::53'), 'None', 'fd00::53/128'],
])('%s opens port 53 of its resolver and nothing else', (_, dns, policy, cidr) => {
  const rule = dns.toEgressRule();
  expect([dns.policy, rule.to?.[0]?.ipBlock?.cidr, rule.ports?.map(({ port, protocol }) => `${String(port)}/${String(protocol)}`)]).toEqual([
    policy,
    cidr,
    ['53/UDP', '53/TCP'],
  ]);
});
