import { ANNOTATIONS, LABELS } from '../../../src/api/keys';
import { desiredSandbox } from '../../../src/controllers/claim/desired-sandbox';
import type { SandboxClaim, SandboxTemplate } from '../../../src/controllers/shared/objects';
import { claim, template, TEMPLATE_HASH } from './world';

const sandboxOf = (of: SandboxClaim, from: SandboxTemplate = template(), traceContext?: string) => desiredSandbox(of, from, { traceContext });
const volume = (name: string) => ({ metadata: { name }, spec: {} });

// Spec 05 §8, case 1.
test('a cold Sandbox is the template’s blueprint under the name of the claim, with secure defaults and nothing of its expiry', () => {
  const from = template({ podTemplate: { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'main' }] } }, service: false });
  expect(sandboxOf(claim({ lifecycle: { shutdownTime: '2026-11-24T13:00:00Z' } }), from).value).toEqual({
    apiVersion: 'agents.x-k8s.io/v1beta1',
    kind: 'Sandbox',
    metadata: {
      name: 'alice',
      namespace: 'team',
      labels: { [LABELS.claimUid]: 'claim-uid', [LABELS.launchType]: 'cold', [LABELS.templateRefHash]: TEMPLATE_HASH },
      annotations: { [ANNOTATIONS.templateRef]: 'python' },
      ownerReferences: [expect.objectContaining({ kind: 'SandboxClaim', name: 'alice', uid: 'claim-uid', controller: true, blockOwnerDeletion: true })],
    },
    spec: {
      podTemplate: {
        metadata: { labels: { app: 'x', [LABELS.claimUid]: 'claim-uid', [LABELS.templateRefHash]: TEMPLATE_HASH }, annotations: {} },
        spec: {
          containers: [{ name: 'main' }],
          automountServiceAccountToken: false,
          dnsPolicy: 'None',
          dnsConfig: { nameservers: ['8.8.8.8', '1.1.1.1'] },
        },
      },
      service: false,
    },
  });
});

test('an explicit wish for the token of the service account is respected', () => {
  const from = template({ podTemplate: { spec: { containers: [], automountServiceAccountToken: true } } });
  expect(sandboxOf(claim(), from).value).toMatchObject({ spec: { podTemplate: { spec: { automountServiceAccountToken: true } } } });
});

test('it carries the creator, the trace, the variables and the volumes of the claim', () => {
  const of = claim(
    { env: [{ name: 'A', value: '1' }], volumeClaimTemplates: [volume('data')], additionalPodMetadata: { labels: { 'sandbox.users.io/a': '1' } } },
    { metadata: { labels: { [LABELS.createdBy]: 'go-client' }, annotations: { [ANNOTATIONS.traceContext]: 'its' } } },
  );
  const from = template({ envVarsInjectionPolicy: 'Allowed', volumeClaimTemplatesPolicy: 'Allowed' });
  expect(sandboxOf(of, from, 'now').value).toMatchObject({
    metadata: { labels: { [LABELS.createdBy]: 'go-client' }, annotations: { [ANNOTATIONS.traceContext]: 'its' } },
    spec: {
      podTemplate: {
        metadata: { labels: { 'sandbox.users.io/a': '1', [LABELS.createdBy]: 'go-client' } },
        spec: { containers: [{ name: 'main', env: [{ name: 'A', value: '1' }] }] },
      },
      volumeClaimTemplates: [volume('data')],
    },
  });
  expect(sandboxOf(claim(), from, 'now').value).toMatchObject({ metadata: { annotations: { [ANNOTATIONS.traceContext]: 'now' } } });
});

const conflicting = { podTemplate: { metadata: { labels: { 'sandbox.users.io/a': '1' } }, spec: { containers: [] } } };
const wanting = { additionalPodMetadata: { labels: { 'sandbox.users.io/a': '2' } }, env: [{ name: 'A', value: '1' }] };

test.each<[string, SandboxClaim, SandboxTemplate, string]>([
  ['volume claims first', claim({ ...wanting, volumeClaimTemplates: [volume('data')] }), template(conflicting), 'VolumeClaimTemplatesError'],
  ['a flaw of the template too', claim(), template({ volumeClaimTemplates: [volume('')] }), 'VolumeClaimTemplatesError'],
  ['metadata second', claim(wanting), template(conflicting), 'ReconcilerError'],
  ['variables last', claim({ env: wanting.env }), template(conflicting), 'EnvVarsInjectionRejected'],
])('of several errors the first in the order of the specification is told: %s', (_, of, from, reason) => {
  expect(sandboxOf(of, from)).toMatchObject({ problem: { reason } });
});
