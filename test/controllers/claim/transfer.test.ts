import fc from 'fast-check';
import { ANNOTATIONS, LABELS } from '../../../src/api/keys';
import { carriesAdditional, metadataOf, podMetadata } from '../../../src/controllers/claim/pod-metadata';
import { transferPatch, type Transfer } from '../../../src/controllers/claim/transfer';
import type { Sandbox, SandboxClaim, Texts } from '../../../src/controllers/shared/objects';
import { mergePatch } from '../../../src/runtime/merge-patch';
import { claim, member, template, TEMPLATE_HASH } from './world';

type Metadata = { readonly labels?: Texts; readonly annotations?: Texts };

const templateOf = (metadata: Metadata) => template({ podTemplate: { metadata, spec: { containers: [] } } });
const asking = (additionalPodMetadata: Metadata, labels?: Texts): SandboxClaim => claim({ additionalPodMetadata }, { metadata: { labels } });
const holding = (metadata: Metadata): Sandbox => member('pool-b4kx7', {}, { spec: { podTemplate: { metadata, spec: { containers: [] } } } });
const transfer = (more: Partial<Transfer> = {}) =>
  transferPatch({ claim: claim(), member: member(), template: template(), isLean: true, isPodNameWritten: false, traceContext: undefined, ...more });

/** An object after a merge patch. */
function patched(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const base = Object.entries(typeof target === 'object' && target !== null ? target : {});
  const changes = new Map(Object.entries(patch));
  const kept = base.filter(([key]) => changes.get(key) !== null);
  const known = new Map(base);
  return Object.fromEntries([...kept, ...[...changes].filter(([, value]) => value !== null).map(([key, value]) => [key, patched(known.get(key), value)])]);
}

// A patched Sandbox is one.
const transferred = (more: Partial<Transfer> = {}): Sandbox => patched(more.member ?? member(), transfer(more)) as Sandbox;
const identity = { [LABELS.claimUid]: 'claim-uid', [LABELS.templateRefHash]: TEMPLATE_HASH };

test('the patch of a lean transfer is that of spec 08 §4.3, the hash of the template that stays, and lets the server forget who set which field', () => {
  expect(transfer({ claim: claim({}, { metadata: { labels: { [LABELS.createdBy]: 'go-client' } } }) })).toEqual({
    metadata: {
      ownerReferences: [
        {
          apiVersion: 'extensions.agents.x-k8s.io/v1beta1',
          kind: 'SandboxClaim',
          name: 'alice',
          uid: 'claim-uid',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
      labels: {
        'agents.x-k8s.io/warm-pool-sandbox': null,
        'agents.x-k8s.io/sandbox-pod-template-hash': null,
        'agents.x-k8s.io/sandbox-template-hash': null,
        'agents.x-k8s.io/launch-type': 'warm',
        'agents.x-k8s.io/claim-uid': 'claim-uid',
        'agents.x-k8s.io/created-by': 'go-client',
        'agents.x-k8s.io/sandbox-template-ref-hash': TEMPLATE_HASH,
      },
      managedFields: [{}],
    },
  });
});

test('with the lean way off the server remembers who set which field, as it does for the reference', () => {
  expect(transfer({ isLean: false })).not.toHaveProperty('metadata.managedFields');
});

// Spec 05 §19.
test('an adopted Sandbox keeps its template and says whose it is; the creator is the claim’s, or none', () => {
  const { metadata } = transferred();
  expect(metadata.labels).toEqual({ [LABELS.launchType]: 'warm', ...identity });
  expect(metadata.annotations).toEqual({ [ANNOTATIONS.templateRef]: 'python' });
});

test('the hash of the template is computed where the member has none', () => {
  expect(transferred({ member: member('pool-b4kx7', { labels: {} }) }).metadata.labels).toMatchObject(identity);
});

test.each<[string, Partial<Transfer>, Texts]>([
  [
    'the trace context of the claim',
    { claim: claim({}, { metadata: { annotations: { [ANNOTATIONS.traceContext]: 'its' } } }), traceContext: 'now' },
    { [ANNOTATIONS.traceContext]: 'its' },
  ],
  ['the present trace context, where the claim has none', { traceContext: 'now' }, { [ANNOTATIONS.traceContext]: 'now' }],
  ['no name of another Pod', { member: member('m', { annotations: { [ANNOTATIONS.podName]: 'other' } }) }, {}],
  ['the name of its own Pod', { member: member('m', { annotations: { [ANNOTATIONS.podName]: 'm' } }) }, { [ANNOTATIONS.podName]: 'm' }],
  ['an empty name of a Pod', { member: member('m', { annotations: { [ANNOTATIONS.podName]: '' } }) }, { [ANNOTATIONS.podName]: '' }],
  ['the name of its Pod for old clients', { member: member('m', { annotations: {} }), isPodNameWritten: true }, { [ANNOTATIONS.podName]: 'm' }],
  [
    'the right name of its Pod for old clients',
    { member: member('m', { annotations: { [ANNOTATIONS.podName]: 'other' } }), isPodNameWritten: true },
    { [ANNOTATIONS.podName]: 'm' },
  ],
])('an adopted Sandbox carries %s', (_, more, expected) => {
  expect({ ...transferred(more).metadata.annotations, [ANNOTATIONS.templateRef]: 'python' }).toEqual({ [ANNOTATIONS.templateRef]: 'python', ...expected });
});

const EVICTABLE = { [ANNOTATIONS.safeToEvict]: 'true' };
const KEPT = { [ANNOTATIONS.safeToEvict]: 'false' };

// Spec 05 §7, case 18; 08 §4.6.
describe('the metadata of the podTemplate', () => {
  test.each<[string, Partial<Transfer>]>([
    ['a member of ours', { member: holding({ labels: { app: 'x' } }), template: templateOf({ labels: { app: 'x' } }) }],
    ['the labels of the system in it', { member: holding({ labels: { [LABELS.warmPool]: 'x', [LABELS.templateHash]: 'y' } }) }],
    ['a trace context in it', { member: holding({ annotations: { [ANNOTATIONS.traceContext]: 'x' } }) }],
    ['the eviction default of its template', { member: holding({ annotations: EVICTABLE }), template: templateOf({ annotations: EVICTABLE }) }],
    ['a template that cannot be read', { member: holding({ labels: { app: 'x' } }), template: undefined }],
  ])('is left alone for %s', (_, more) => {
    expect(transfer(more)).not.toHaveProperty('spec');
  });

  test.each<[string, Partial<Transfer>, Metadata]>([
    ['the default of the pool goes', { member: holding({ annotations: EVICTABLE }) }, { labels: identity, annotations: {} }],
    ['also if the template cannot be read', { member: holding({ annotations: EVICTABLE }), template: undefined }, { labels: identity, annotations: {} }],
    [
      'what the template says stays, if it cannot be read too',
      { member: holding({ annotations: KEPT }), template: undefined, isLean: false },
      { labels: identity, annotations: KEPT },
    ],
    [
      'what the claim says stays',
      { claim: asking({ annotations: EVICTABLE }), member: holding({ annotations: EVICTABLE }), isLean: false },
      { labels: identity, annotations: EVICTABLE },
    ],
    [
      'a claim fills only gaps where the template cannot be read',
      { claim: asking({ labels: { 'sandbox.users.io/a': 'new' }, annotations: EVICTABLE }), member: holding({ annotations: KEPT }), template: undefined },
      { labels: { ...identity, 'sandbox.users.io/a': 'new' }, annotations: KEPT },
    ],
    [
      'metadata of the claim is added',
      { claim: asking({ labels: { 'sandbox.users.io/a': '1' } }), template: templateOf({ labels: { app: 'x' } }), member: holding({ labels: { app: 'x' } }) },
      { labels: { app: 'x', 'sandbox.users.io/a': '1', ...identity } },
    ],
    [
      'metadata of the template that has changed since is brought up to date',
      { template: templateOf({ labels: { app: 'new' } }), member: holding({ labels: { app: 'old', gone: '1' } }) },
      { labels: { app: 'new', ...identity } },
    ],
    [
      'with the lean way off it is as the reference leaves it, the creator included',
      {
        isLean: false,
        claim: asking({}, { [LABELS.createdBy]: 'mine' }),
        member: holding({ labels: { [LABELS.warmPool]: 'p', [LABELS.createdBy]: 'controller' } }),
      },
      { labels: { ...identity, [LABELS.createdBy]: 'mine' } },
    ],
  ])('%s', (_, more, expected) => {
    expect(metadataOf(transferred(more).spec.podTemplate)).toEqual({ labels: {}, annotations: {}, ...expected });
  });
});

// Spec 05 §12.2.
test.each<[string, Metadata, Metadata, string]>([
  ['label', { labels: { b: '1', a: '1' } }, { labels: { b: '2', a: '2' } }, 'label "a" is defined in template with value "1", but claim requests "2"'],
  ['annotation', { annotations: { a: '' } }, { annotations: { a: 'x' } }, 'annotation "a" is defined in template with value "", but claim requests "x"'],
  [
    'label before annotation',
    { labels: { z: '1' }, annotations: { a: '1' } },
    { labels: { z: '2' }, annotations: { a: '2' } },
    'label "z" is defined in template with value "1", but claim requests "2"',
  ],
])('a claim that wants another value of a %s than its template is refused, always with the same key', (_, ofTemplate, ofClaim, message) => {
  const { problem } = podMetadata(asking(ofClaim), templateOf(ofTemplate));
  expect(problem).toEqual({ reason: 'ReconcilerError', message: `Error seen: metadata override conflict: ${message}`, retry: 'minute' });
  expect(transfer({ claim: asking(ofClaim), template: templateOf(ofTemplate) })).toBeUndefined();
});

test('the same value as in the template is fine', () => {
  expect(podMetadata(asking({ labels: { a: '1' } }), templateOf({ labels: { a: '1' } })).problem).toBeUndefined();
});

const texts = fc.dictionary(
  fc.constantFrom('a', 'sandbox.users.io/b', LABELS.claimUid, LABELS.warmPool, ANNOTATIONS.safeToEvict),
  fc.constantFrom('true', 'false'),
);
const metadata = fc.record({ labels: texts, annotations: texts });

test('whatever a member and its template carry, the lean way leaves the same Pod as the other, and a second transfer changes no spec', () => {
  fc.assert(
    fc.property(metadata, fc.option(metadata, { nil: undefined }), metadata, (present, ofTemplate, ofClaim) => {
      const more = { claim: asking(ofClaim), member: holding(present), template: ofTemplate && templateOf(ofTemplate) };
      fc.pre(transfer(more) !== undefined);
      const reaching = ({ spec }: Sandbox) => {
        const { labels, annotations } = metadataOf(spec.podTemplate);
        const visible = (each: Texts) => Object.fromEntries(Object.entries(each).filter(([key]) => !key.startsWith('agents.x-k8s.io/')));
        return { labels: visible(labels), annotations: visible(annotations) };
      };
      const lean = transferred({ ...more, isLean: true });
      expect(mergePatch(reaching(transferred({ ...more, isLean: false })), reaching(lean))).toBeUndefined();
      expect(transfer({ ...more, member: lean })).not.toHaveProperty('spec');
    }),
  );
});

test.each<[string, Metadata, boolean]>([
  ['all of it', { labels: { a: '1', b: '2' }, annotations: { c: '3' } }, true],
  ['not with another value', { labels: { a: '2' }, annotations: { c: '3' } }, false],
  ['not without an annotation', { labels: { a: '1' } }, false],
])('whether a podTemplate carries what a claim asks for: %s', (_, present, expected) => {
  expect(carriesAdditional(asking({ labels: { a: '1' }, annotations: { c: '3' } }), metadataOf({ metadata: present, spec: { containers: [] } }))).toBe(
    expected,
  );
});
