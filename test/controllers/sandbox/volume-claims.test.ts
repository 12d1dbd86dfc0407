import { LABELS } from '../../../src/api/keys';
import type { Observed } from '../../../src/controllers/sandbox/observe';
import { FOREIGN, HASH, pod, RUNNING, sandbox, seen, unowned, volumeClaim } from './world';
import { problemOf, writesOf } from './writes';

const settled = pod(RUNNING);
const owner = { apiVersion: 'agents.x-k8s.io/v1beta1', kind: 'Sandbox', name: 'alice', uid: 'sandbox-uid', controller: true, blockOwnerDeletion: true };
const ADOPTABLE = { [LABELS.adoptable]: 'true' };
const TRACKED = { [LABELS.sandboxNameHash]: HASH };

describe('volume claims', () => {
  const template = (name: string, more: object = {}) => ({ metadata: { name, ...more }, spec: { accessModes: ['ReadWriteOnce'] } });
  const of = (claims: Observed['volumeClaims'] extends ReadonlyMap<string, infer C> ? readonly C[] : never, mode?: 'Suspended') =>
    seen({
      sandbox: sandbox({ volumeClaimTemplates: [template('data'), template('logs')], ...(mode && { operatingMode: mode }) }),
      pod: mode ? undefined : settled,
      claims,
    });

  test('that are missing are created, labelled and owned, without the reserved keys of the template', () => {
    const more = {
      labels: { app: 'x', [LABELS.sandboxNameHash]: 'forged', 'extensions.agents.x-k8s.io/a': 'b' },
      annotations: { note: 'x', 'agents.x-k8s.io/a': 'b' },
    };
    const [write] = writesOf(seen({ sandbox: sandbox({ volumeClaimTemplates: [template('data', more)] }), pod: settled }));
    expect(write).toMatchObject({ do: 'create', key: { namespace: 'team', name: 'data-alice' }, fieldManager: 'sandbox-controller' });
    expect(write?.do === 'create' && write.object).toEqual({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data-alice', namespace: 'team', labels: { app: 'x', ...TRACKED }, annotations: { note: 'x' }, ownerReferences: [owner] },
      spec: { accessModes: ['ReadWriteOnce'] },
    });
  });

  test.each<[string, Observed, object[]]>([
    ['both missing', of([]), [{ key: { name: 'data-alice' } }, { key: { name: 'logs-alice' } }]],
    ['both missing while suspended', of([], 'Suspended'), [{ key: { name: 'data-alice' } }, { key: { name: 'logs-alice' } }]],
    ['both owned, whatever their labels', of([volumeClaim('data-alice', { labels: {} }), volumeClaim('logs-alice')]), []],
    [
      'adoptable',
      of([volumeClaim('data-alice', unowned(ADOPTABLE)), volumeClaim('logs-alice')]),
      [{ do: 'patch', ifVersion: 'rv-data-alice-uid', patch: { metadata: { ownerReferences: [owner] } } }],
    ],
    [
      'tracked',
      of([volumeClaim('data-alice', unowned(TRACKED)), volumeClaim('logs-alice')]),
      [{ do: 'patch', patch: { metadata: { ownerReferences: [owner] } } }],
    ],
    ['the first foreign, so that the second is not looked at', of([volumeClaim('data-alice', { ownerReferences: [FOREIGN] })]), []],
    ['the second foreign', of([volumeClaim('logs-alice', { ownerReferences: [FOREIGN] })]), [{ key: { name: 'data-alice' } }]],
  ])('%s', (_, observed, expected) => {
    const writes = writesOf(observed);
    expect(writes).toHaveLength(expected.length);
    expect(writes).toMatchObject(expected);
  });

  test.each<[string, object, string]>([
    ['foreign', { ownerReferences: [FOREIGN] }, 'PVC "data-alice" is owned by ReplicaSet/web (UID: other-uid), not by sandbox "alice"'],
    [
      'unowned',
      unowned(),
      'cannot adopt unowned PVC "data-alice": missing required pool authorization label ("agents.x-k8s.io/adoptable") or sandbox tracking label ("agents.x-k8s.io/sandbox-name-hash")',
    ],
  ])('that are %s are refused', (_, meta, problem) => {
    expect(problemOf(of([volumeClaim('data-alice', meta)]))).toBe(problem);
  });

  test('are there before the Pod that mounts them is made', () => {
    const needy = sandbox({ volumeClaimTemplates: [template('data')] });
    expect(writesOf(seen({ sandbox: needy })).map(({ resource }) => resource.kind)).toEqual(['PersistentVolumeClaim']);
    expect(writesOf(seen({ sandbox: needy, claims: [volumeClaim('data-alice')] })).map(({ resource }) => resource.kind)).toEqual(['Pod']);
  });

  test('of an earlier Sandbox of this name keep the Pod from being made, for it would keep them from going away', () => {
    const former = { ...owner, uid: 'former-uid' };
    const observed = seen({
      sandbox: sandbox({ volumeClaimTemplates: [template('data')] }),
      claims: [volumeClaim('data-alice', { ownerReferences: [former] })],
    });
    expect(writesOf(observed)).toEqual([]);
    expect(problemOf(observed)).toBe('PVC "data-alice" is owned by Sandbox/alice (UID: former-uid), not by sandbox "alice"');
  });

  test.each([
    ['another Sandbox', { ...owner, name: 'bob', uid: 'bob-uid' }],
    ['something else of this name', { ...owner, apiVersion: 'example.com/v1', uid: 'other-uid' }],
    ['another kind of this name', { ...owner, kind: 'ReplicaSet', uid: 'other-uid' }],
  ])('of %s do not keep the Pod from being made', (_, other) => {
    const observed = seen({
      sandbox: sandbox({ volumeClaimTemplates: [template('data')] }),
      claims: [volumeClaim('data-alice', { ownerReferences: [other] })],
    });
    expect(writesOf(observed)).toMatchObject([{ do: 'create', resource: { kind: 'Pod' } }]);
  });

  test('that fail do not keep the Pod from being created', () => {
    const observed = seen({
      sandbox: sandbox({ volumeClaimTemplates: [template('data')] }),
      failures: [{ step: 'volumeClaims', message: 'no', isPermanent: false }],
    });
    expect(writesOf(observed)).toMatchObject([{ do: 'create', resource: { kind: 'Pod' } }]);
  });
});
