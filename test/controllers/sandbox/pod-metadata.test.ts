import fc from 'fast-check';
import { ANNOTATIONS, LABELS } from '../../../src/api/keys';
import { isReservedKey } from '../../../src/api/names';
import type { Settings } from '../../../src/controllers/sandbox/observe';
import { podMetadata, type PodMetadata } from '../../../src/controllers/sandbox/pod-metadata';
import type { SandboxTemplate } from '../../../src/controllers/shared/objects';
import { desiredPolicySpec } from '../../../src/controllers/template/desired-policy';
import type { ObjectMeta } from '../../../src/runtime/object';
import { HASH, sandbox, settings } from './world';

type Texts = Readonly<Record<string, string>>;

const owner = (kind: string, apiVersion = 'extensions.agents.x-k8s.io/v1beta1') => ({
  ownerReferences: [{ apiVersion, kind, name: 'o', uid: 'o', controller: true }],
});
const EXTENSION = { [LABELS.warmPool]: 'pool', [LABELS.templateRefHash]: 'template', [LABELS.claimUid]: 'claim' };
const of = (
  template: { labels?: Texts; annotations?: Texts },
  meta: Partial<ObjectMeta> = {},
  present?: PodMetadata,
  more: Partial<Settings> = {},
): PodMetadata =>
  podMetadata(sandbox({ podTemplate: { metadata: template, spec: { containers: [] } } }, { metadata: meta }), { ...settings, ...more }, present);

const HASHED = { [LABELS.sandboxNameHash]: HASH };
const EVICTABLE = { [ANNOTATIONS.safeToEvict]: 'true' };

// Spec 03 §14; the numbers are its rows.
describe('labels', () => {
  test.each<[string, Texts, Texts]>([
    [
      '4: reserved keys of the template stay away',
      of({ labels: { 'agents.x-k8s.io/a': '1', 'extensions.agents.x-k8s.io/b': '2', app: 'x' } }).labels,
      { app: 'x', ...HASHED },
    ],
    ['4: a forged hash too', of({ labels: { [LABELS.sandboxNameHash]: 'ffffffff' } }).labels, HASHED],
    ['6: a bare Sandbox passes no label of the extensions on', of({ labels: EXTENSION }, { labels: EXTENSION }).labels, HASHED],
    ['6: nor one with another owner', of({}, { labels: EXTENSION, ...owner('ReplicaSet', 'apps/v1') }).labels, HASHED],
    [
      '7: a member carries pool and template',
      of({}, { labels: EXTENSION, ...owner('SandboxWarmPool') }).labels,
      { ...HASHED, [LABELS.warmPool]: 'pool', [LABELS.templateRefHash]: 'template' },
    ],
    [
      '8: a claimed one carries claim and template',
      of({}, { labels: EXTENSION, ...owner('SandboxClaim') }).labels,
      { ...HASHED, [LABELS.claimUid]: 'claim', [LABELS.templateRefHash]: 'template' },
    ],
    [
      '9: whatever the version of the owner',
      of({}, { labels: EXTENSION, ...owner('SandboxClaim', 'extensions.agents.x-k8s.io/v1alpha1') }).labels,
      { ...HASHED, [LABELS.claimUid]: 'claim', [LABELS.templateRefHash]: 'template' },
    ],
    [
      'an owner of a look-alike group is none',
      of({}, { labels: EXTENSION, ...owner('SandboxClaim', 'extensions.agents.x-k8s.io.example.com/v1') }).labels,
      HASHED,
    ],
    ['an empty label is none', of({}, { labels: { [LABELS.claimUid]: '' }, ...owner('SandboxClaim') }).labels, HASHED],
    ['11: a known creator', of({}, { labels: { [LABELS.createdBy]: 'python-client' } }).labels, { ...HASHED, [LABELS.createdBy]: 'python-client' }],
    ['11: an unknown creator', of({}, { labels: { [LABELS.createdBy]: 'me' } }).labels, { ...HASHED, [LABELS.createdBy]: 'unknown' }],
    [
      '11: a creator that was made known',
      of({}, { labels: { [LABELS.createdBy]: 'me' } }, undefined, { createdByValues: ['me'] }).labels,
      { ...HASHED, [LABELS.createdBy]: 'me' },
    ],
    ['11: a creator that is gone', of({}, {}, { labels: { [LABELS.createdBy]: 'me' }, annotations: {} }).labels, HASHED],
    [
      '8: what a new owner does not expect leaves the Pod',
      of({}, { labels: EXTENSION, ...owner('SandboxClaim') }, { labels: { ...HASHED, ...EXTENSION }, annotations: {} }).labels,
      { ...HASHED, [LABELS.claimUid]: 'claim', [LABELS.templateRefHash]: 'template' },
    ],
    ['the UID where it is asked for', of({}, {}, undefined, { isPodSandboxUidLabelled: true }).labels, { ...HASHED, [LABELS.sandboxUid]: 'sandbox-uid' }],
    ['10: a key of somebody else stays', of({}, {}, { labels: { theirs: '1' }, annotations: {} }).labels, { theirs: '1', ...HASHED }],
    [
      '10: a managed key that somebody changed is restored',
      of({ labels: { app: 'x' } }, {}, { labels: { app: 'y' }, annotations: {} }).labels,
      { app: 'x', ...HASHED },
    ],
    [
      '10: a key that the template has no more goes',
      of({}, {}, { labels: { app: 'x' }, annotations: { [ANNOTATIONS.propagatedLabels]: 'app' } }).labels,
      HASHED,
    ],
    [
      '5: reserved keys that an older controller listed go, but for the hash',
      of(
        {},
        {},
        { labels: { ...HASHED, 'agents.x-k8s.io/x': '1' }, annotations: { [ANNOTATIONS.propagatedLabels]: `agents.x-k8s.io/x,,${LABELS.sandboxNameHash}` } },
      ).labels,
      HASHED,
    ],
  ])('%s', (_, labels, expected) => {
    expect(labels).toEqual(expected);
  });
});

describe('annotations', () => {
  test.each<[string, Texts, Texts]>([
    [
      '4: the trace context never reaches the Pod',
      of({ annotations: { [ANNOTATIONS.traceContext]: '{}', note: 'x' } }).annotations,
      { note: 'x', [ANNOTATIONS.propagatedAnnotations]: 'note' },
    ],
    [
      '5: nor stays there where it was listed',
      of({}, {}, { labels: {}, annotations: { [ANNOTATIONS.traceContext]: '{}', [ANNOTATIONS.propagatedAnnotations]: ANNOTATIONS.traceContext } }).annotations,
      { [ANNOTATIONS.propagatedAnnotations]: '' },
    ],
    [
      '5: the lists themselves stay though listed',
      of({}, {}, { labels: {}, annotations: { [ANNOTATIONS.propagatedLabels]: '', [ANNOTATIONS.propagatedAnnotations]: ANNOTATIONS.propagatedLabels } })
        .annotations,
      { [ANNOTATIONS.propagatedLabels]: '', [ANNOTATIONS.propagatedAnnotations]: '' },
    ],
    [
      'the lists are sorted',
      of({ labels: { b: '1', a: '1' }, annotations: { d: '1', c: '1' } }).annotations,
      { d: '1', c: '1', [ANNOTATIONS.propagatedLabels]: 'a,b', [ANNOTATIONS.propagatedAnnotations]: 'c,d' },
    ],
    ['a member may be evicted', of({}, owner('SandboxWarmPool')).annotations, { ...EVICTABLE, [ANNOTATIONS.propagatedAnnotations]: ANNOTATIONS.safeToEvict }],
    [
      'unless its template says otherwise',
      of({ annotations: { [ANNOTATIONS.safeToEvict]: 'false' } }, owner('SandboxWarmPool')).annotations,
      { [ANNOTATIONS.safeToEvict]: 'false', [ANNOTATIONS.propagatedAnnotations]: ANNOTATIONS.safeToEvict },
    ],
    ['or eviction is switched off', of({}, owner('SandboxWarmPool'), undefined, { isWarmPoolEvictionEnabled: false }).annotations, {}],
    ['8: a claimed one may not', of({}, owner('SandboxClaim'), of({}, owner('SandboxWarmPool'))).annotations, { [ANNOTATIONS.propagatedAnnotations]: '' }],
  ])('%s', (_, annotations, expected) => {
    expect(annotations).toEqual(expected);
  });
});

describe('whatever a tenant writes into the template', () => {
  const key = fc.oneof(
    fc.constantFrom(...Object.values(LABELS), ...Object.values(ANNOTATIONS)),
    fc.stringMatching(/^(extensions\.)?agents\.x-k8s\.io\/[a-z]{1,5}$/),
    fc.stringMatching(/^[a-z]{1,5}$/),
  );
  const texts = fc.dictionary(key, fc.stringMatching(/^[a-z0-9]{0,5}$/), { maxKeys: 6 });
  const kind = fc.constantFrom(undefined, 'SandboxWarmPool', 'SandboxClaim');
  const system = { [LABELS.templateRefHash]: '11111111', [LABELS.warmPool]: '22222222', [LABELS.claimUid]: 'uid' };
  const meta = (ownerKind: string | undefined): Partial<ObjectMeta> => ({ labels: system, ...(ownerKind && owner(ownerKind)) });

  test('no system label can be forged', () => {
    fc.assert(
      fc.property(texts, texts, kind, (labels, annotations, ownerKind) => {
        const clean = of({}, meta(ownerKind));
        const forged = of({ labels, annotations }, meta(ownerKind));
        const reserved = (all: Texts) => Object.fromEntries(Object.entries(all).filter(([name]) => isReservedKey(name) && !name.includes('/propagated-')));
        expect(reserved(forged.labels)).toEqual(reserved(clean.labels));
        expect(reserved(forged.annotations)).toEqual(reserved(clean.annotations));
      }),
    );
  });

  // Both halves together (spec 02 §1.1): a fix for the first once made policies select nothing.
  test('the policy of the template still selects the Pods of members and of claims', () => {
    const template: SandboxTemplate = {
      metadata: { name: 'python', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
      spec: { podTemplate: { spec: { containers: [] } } },
    };
    const { matchLabels } = desiredPolicySpec(template).podSelector as { matchLabels: Texts };
    fc.assert(
      fc.property(texts, fc.constantFrom('SandboxWarmPool', 'SandboxClaim'), (labels, ownerKind) => {
        const pod = of({ labels }, { labels: { ...system, ...matchLabels }, ...owner(ownerKind) });
        expect(pod.labels).toMatchObject(matchLabels);
      }),
    );
  });

  test('what was brought in order stays in order', () => {
    fc.assert(
      fc.property(texts, texts, texts, texts, kind, (labels, annotations, theirLabels, theirAnnotations, ownerKind) => {
        const once = of({ labels, annotations }, meta(ownerKind), { labels: theirLabels, annotations: theirAnnotations });
        expect(of({ labels, annotations }, meta(ownerKind), once)).toEqual(once);
      }),
    );
  });
});
