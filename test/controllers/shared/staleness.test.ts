import fc from 'fast-check';
import { specSchema } from '../../../src/api/crds';
import { LABELS } from '../../../src/api/keys';
import { SANDBOX_TEMPLATE } from '../../../src/api/kinds';
import { nameHash } from '../../../src/api/names';
import type { Schema } from '../../../src/api/schema';
import { blueprintOf } from '../../../src/controllers/shared/blueprint';
import { WARM_POOLS, type Blueprint, type Sandbox, type SandboxTemplate } from '../../../src/controllers/shared/objects';
import { securedPodSpec } from '../../../src/controllers/shared/secure-defaults';
import { hasOtherBlueprint, isStale } from '../../../src/controllers/shared/staleness';
import { templateHashes } from '../../../src/controllers/shared/template-hash';

const meta = (name: string) => ({ name, namespace: 'team', uid: `${name}-uid`, resourceVersion: '1', creationTimestamp: '2026-11-24T11:00:00Z' });
const OWNER = { apiVersion: 'extensions.agents.x-k8s.io/v1beta1', kind: WARM_POOLS.kind, name: 'pool', uid: 'pool-uid', controller: true };

// Written as it is on the wire.
const template = (spec: object, name = 'python'): SandboxTemplate => ({ metadata: meta(name), spec: spec as Blueprint });
const main = (container: object = {}, pod: object = {}): object => ({
  podTemplate: { spec: { containers: [{ name: 'main', image: 'a:1', ...container }], ...pod } },
});

const labelled = (metadata: object): object => ({ podTemplate: { spec: { containers: [{ name: 'main', image: 'a:1' }] }, metadata } });

/** A member as the pool made it from an older template; `labels` come before its own. */
function member(of: SandboxTemplate, { labels = {}, isOwned = true }: { readonly labels?: Record<string, string>; readonly isOwned?: boolean } = {}): Sandbox {
  const blueprint = blueprintOf(of);
  const own = { [LABELS.templateRefHash]: nameHash(of.metadata.name), [LABELS.templateHash]: templateHashes(of).blueprint };
  return {
    metadata: { ...meta('pool-1'), labels: { ...own, ...labels }, ...(isOwned && { ownerReferences: [OWNER] }) },
    spec: { ...blueprint, podTemplate: { ...blueprint.podTemplate, spec: securedPodSpec(of) } },
  };
}

const claim = (name: string, spec: object = { storageClassName: 'fast' }, metadata: object = {}) => ({ metadata: { name, ...metadata }, spec });
const withClaims = (...volumeClaimTemplates: readonly object[]): object => ({ ...main(), volumeClaimTemplates });
const onDisk = (requests: object) => claim('data', { resources: { requests } });

// The table of spec 06 §5, and what stands around it.
describe('the member made before', () => {
  test.each<[string, object, object]>([
    ['a podTemplate label and annotation were edited', main(), labelled({ labels: { a: '1' }, annotations: { b: '2' } })],
    [
      'a label and an annotation of a volume claim were edited',
      withClaims(claim('data')),
      withClaims(claim('data', undefined, { labels: { a: '1' }, annotations: { b: '2' } })),
    ],
    ['the token of the service account was left out, then refused', main(), main({}, { automountServiceAccountToken: false })],
    ['the DNS policy was left out, then empty', main(), main({}, { dnsPolicy: '' })],
    ['lists and maps were absent, then empty', main(), main({ env: [], resources: {} }, { volumes: [], nodeSelector: {}, tolerations: [] })],
    [
      'a quantity was spelled otherwise',
      main({ resources: { limits: { memory: '1Gi', cpu: '0.5' } } }),
      main({ resources: { limits: { cpu: '500m', memory: 1073741824 } } }),
    ],
    ['the size of a disk was spelled otherwise', withClaims(onDisk({ storage: '1Gi' })), withClaims(onDisk({ storage: '1024Mi' }))],
    ['a policy of the template was edited', main(), { ...main(), envVarsInjectionPolicy: 'Allowed' }],
  ])('%s is not stale', (_, before, now) => {
    expect(isStale(member(template(before)), template(now))).toBe(false);
  });

  test.each<[string, object, object]>([
    ['the image was changed', main(), main({ image: 'a:2' })],
    ['a volume claim was added', main(), withClaims(claim('data'))],
    ['a volume claim was removed', withClaims(claim('data')), main()],
    ['a volume claim was renamed', withClaims(claim('data')), withClaims(claim('disk'))],
    ['volume claims were put in another order', withClaims(claim('a'), claim('b')), withClaims(claim('b'), claim('a'))],
    ['the storage class was changed', withClaims(claim('data')), withClaims(claim('data', { storageClassName: 'slow' }))],
    ['the storage class was the default one, then none', withClaims(claim('data', {})), withClaims(claim('data', { storageClassName: '' }))],
    ['the token was asked for', main({}, { automountServiceAccountToken: false }), main({}, { automountServiceAccountToken: true })],
    ['the DNS policy was changed', main(), main({}, { dnsPolicy: 'ClusterFirst' })],
    ['own rules of the network flipped the DNS default', main(), { ...main(), networkPolicy: {} }],
    ['the service was switched on', { ...main(), service: false }, { ...main(), service: true }],
    ['the service was left alone, then refused', main(), { ...main(), service: false }],
    ['the order of variables was changed', main({ env: [{ name: 'A' }, { name: 'B' }] }), main({ env: [{ name: 'B' }, { name: 'A' }] })],
  ])('%s is stale', (_, before, now) => {
    expect(isStale(member(template(before)), template(now))).toBe(true);
  });

  test('the pool was pointed at an equal template of another name is stale', () => {
    expect(isStale(member(template(main())), template(main(), 'other'))).toBe(true);
  });
});

test.each([
  ['a missing hash is no reason', main(), { [LABELS.templateHash]: '' }, true, false],
  ['a hash that nobody knows is none either', main(), { [LABELS.templateHash]: 'deadbeef' }, true, false],
  ['the current hash is believed of a member', main({ image: 'a:2' }), { [LABELS.templateHash]: templateHashes(template(main())).blueprint }, true, false],
  ['and not of an orphan', main({ image: 'a:2' }), { [LABELS.templateHash]: templateHashes(template(main())).blueprint }, false, true],
  ['an orphan is compared, whatever its hash', main(), { [LABELS.templateHash]: 'deadbeef' }, false, false],
])('%s', (_, blueprint, labels, isOwned, expected) => {
  expect(isStale(member(template(blueprint), { labels, isOwned }), template(main()))).toBe(expected);
});

test('the verdict over an older hash is looked up, and only for the template as it was then', () => {
  const [older, now] = [template(main({ image: 'a:1' })), template(main({ image: 'a:2' }))];
  const liar = { ...member(older), spec: member(now).spec };
  expect([isStale(member(older), now), isStale(liar, now), isStale(liar, template(now.spec))]).toEqual([true, true, false]);
});

/** Where a value of the API stands: member names, with `*` for an item of a list or a map. */
interface Leaf {
  readonly path: readonly string[];
  readonly schema: Schema;
}

function leavesOf(schema: Schema, path: readonly string[] = []): readonly Leaf[] {
  if (schema.properties) return Object.entries(schema.properties).flatMap(([name, member]) => leavesOf(member, [...path, name]));
  if (schema.additionalProperties) return leavesOf(schema.additionalProperties, [...path, '*key']);
  if (schema.items) return leavesOf(schema.items, [...path, '*']);
  return [{ path, schema }];
}

const around = (path: readonly string[], value: unknown): object =>
  // Every path begins with the name of a member.
  path.reduceRight((inner, name) => (name === '*' ? [inner] : { [name === '*key' ? 'key' : name]: inner }), value) as object;

/** Two values of a leaf that mean different things, neither of which means the same as none. */
function valuesOf({ pattern, type }: Schema): readonly [unknown, unknown] {
  if (pattern) return ['1', '2'];
  if (type === 'integer') return [1, 2];
  if (type === 'boolean') return [true, false];
  return ['one', 'two'];
}

const declared = specSchema(SANDBOX_TEMPLATE).properties ?? {};
const leaves = leavesOf({
  properties: Object.fromEntries(Object.entries(declared).filter(([name]) => /^(podTemplate|volumeClaimTemplates|service)$/.test(name))),
});
const isMetadata = ({ path }: Leaf): boolean => /^(podTemplate|volumeClaimTemplates\.\*)\.metadata\.(labels|annotations)/.test(path.join('.'));

describe('the comparison over every field of the schema', () => {
  const whole = (spec: { podTemplate?: object }): Blueprint => ({ ...spec, podTemplate: { spec: { containers: [] }, ...spec.podTemplate } });
  // An unmanaged template, so that the secure defaults fill in no more than the token.
  const of = (spec: object): SandboxTemplate => template({ ...whole(spec), networkPolicyManagement: 'Unmanaged' });
  const made = (spec: object): Sandbox => member(of(spec));

  test('knows hundreds', () => expect(leaves.length).toBeGreaterThan(800));

  test('a change of any of them makes a difference, and so does leaving it out; labels and annotations make none', () => {
    const wrong = leaves.filter((leaf) => {
      const values = valuesOf(leaf.schema);
      const [one, two] = [around(leaf.path, values[0]), around(leaf.path, values[1])];
      const verdicts = [hasOtherBlueprint(made(one), of(one)), hasOtherBlueprint(made(one), of(two)), hasOtherBlueprint(made(one), of({}))];
      return JSON.stringify(verdicts) !== JSON.stringify([false, !isMetadata(leaf), !isMetadata(leaf) || leaf.path[0] === 'volumeClaimTemplates']);
    });
    expect(wrong.map(({ path }) => path.join('.'))).toEqual([]);
  });

  test('a quantity of any of them is compared by value', () => {
    const quantities = leaves.filter(({ schema }) => schema.pattern);
    expect(quantities.length).toBeGreaterThan(15);
    const wrong = quantities.filter(({ path }) => hasOtherBlueprint(made(around(path, '1Gi')), of(around(path, '1024Mi'))));
    expect(wrong.map(({ path }) => path.join('.'))).toEqual([]);
  });

  test('an empty list or map of any of them is the same as none', () => {
    const wrong = leaves.filter(({ path }) => {
      const last = path.findLastIndex((name) => name.startsWith('*'));
      if (last < 0) return false;
      const parent = path.slice(0, last);
      const [empty, absent] = [around(parent, path[last] === '*' ? [] : {}), around(parent.slice(0, -1), {})];
      return hasOtherBlueprint(made(empty), of(absent));
    });
    expect(wrong.map(({ path }) => path.join('.'))).toEqual([]);
  });

  test('a field that nobody knows yet takes part', () => {
    fc.assert(
      fc.property(fc.constantFrom(...leaves.filter((leaf) => !isMetadata(leaf))), fc.stringMatching(/^[a-z]{3,9}New$/), (leaf, name) => {
        const struct = leaf.path.slice(0, -1).filter((step) => step !== '*key');
        const [one, none] = [around([...struct, name], 'x'), around(struct, {})];
        return hasOtherBlueprint(made(one), of(none)) && !hasOtherBlueprint(made(one), of(one));
      }),
    );
  });
});
