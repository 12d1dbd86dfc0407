import type { SandboxTemplate } from '../../../src/controllers/shared/objects';
import { securedPodSpec } from '../../../src/controllers/shared/secure-defaults';

const PUBLIC = { dnsPolicy: 'None', dnsConfig: { nameservers: ['8.8.8.8', '1.1.1.1'] } };

// Spec 04 §4.
test.each<[string, Partial<SandboxTemplate['spec']>, object, object]>([
  ['no token, and public DNS', {}, {}, { automountServiceAccountToken: false, ...PUBLIC }],
  ['an empty management is the managed one', { networkPolicyManagement: '' }, {}, PUBLIC],
  ['an explicit token stays', {}, { automountServiceAccountToken: true }, { automountServiceAccountToken: true, ...PUBLIC }],
  ['an empty DNS policy is none, and the configuration beside it is lost', {}, { dnsPolicy: '', dnsConfig: { searches: ['a'] } }, PUBLIC],
  ['a DNS policy stays', {}, { dnsPolicy: 'ClusterFirst' }, { automountServiceAccountToken: false, dnsPolicy: 'ClusterFirst' }],
  ['own rules leave DNS alone, empty ones too', { networkPolicy: {} }, { dnsConfig: {} }, { automountServiceAccountToken: false, dnsConfig: {} }],
  ['without a policy DNS is left alone', { networkPolicyManagement: 'Unmanaged' }, {}, { automountServiceAccountToken: false }],
])('%s', (_, spec, podSpec, expected) => {
  const template: SandboxTemplate = {
    metadata: { name: 'python', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-11-24T11:00:00Z' },
    spec: { podTemplate: { spec: { containers: [], ...podSpec } }, ...spec },
  };
  expect(securedPodSpec(template)).toEqual({ containers: [], automountServiceAccountToken: false, ...expected });
});
