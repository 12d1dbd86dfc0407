import { LABELS } from '../../../src/api/keys';
import { WARM_POOLS } from '../../../src/controllers/shared/objects';
import { controllerReference } from '../../../src/controllers/shared/ownership';
import { countOf, namesOf, PoolWorld, said, settledPool, templateNameOf } from './world';

// The numbers are the cases of spec 06 §14.
describe('members that somebody else changes', () => {
  test('5: of strays the matching is taken, the other deleted, the foreign left alone', () => {
    const world = new PoolWorld({ replicas: 1 });
    world.orphan('match', world.templateOf({}));
    world.orphan('other', world.templateOf({ hostname: 'x' }));
    world.orphan('elsewhere', world.templateOf({}), { [LABELS.warmPool]: 'other' });
    const elsewhere = world.get('elsewhere');
    expect(said(world.pass()).slice(0, 2)).toEqual(['PATCH Sandbox', 'DELETE Sandbox']);
    expect(namesOf(world)).toEqual(['match']);
    expect(world.get('match').metadata).toMatchObject({
      ownerReferences: [controllerReference(WARM_POOLS, world.pool)],
      labels: { [LABELS.launchType]: 'warm' },
    });
    expect(world.get('elsewhere')).toBe(elsewhere);
  });

  test('a stray keeps its other owners, and waits for the template that judges it', () => {
    const world = new PoolWorld({ replicas: 1 });
    const other = { apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'x' };
    world.orphan('match', world.templateOf({}));
    world.put({ ...world.get('match'), metadata: { ...world.get('match').metadata, ownerReferences: [other] } });
    const { template } = world;
    world.template = undefined;
    expect(countOf(world.pass(), 'patch')).toBe(0);
    world.template = template;
    world.pass();
    expect(world.get('match').metadata.ownerReferences).toEqual([other, controllerReference(WARM_POOLS, world.pool)]);
  });

  test('the label of a member is repaired', () => {
    const world = settledPool(1);
    const [name = ''] = namesOf(world);
    const { metadata } = world.get(name);
    world.put({ ...world.get(name), metadata: { ...metadata, labels: { ...metadata.labels, [LABELS.launchType]: 'cold' } } });
    expect(said(world.pass())).toEqual(['PATCH Sandbox']);
    expect(world.get(name).metadata.labels?.[LABELS.launchType]).toBe('warm');
  });

  test('15: every DELETE relies on the version seen; one that was changed meanwhile is looked at again', () => {
    const world = settledPool(2);
    const [name = ''] = namesOf(world);
    world.specify({ replicas: 1 });
    world.fate = (action) => {
      if (action.do === 'delete' && world.members.length === 2) world.claim(action.key.name);
      return undefined;
    };
    const pass = world.pass();
    expect([countOf(pass, 'delete'), world.members.length, world.sandboxes.size]).toEqual([1, 1, 2]);
    const [first] = pass.writes;
    expect(first?.do === 'delete' && [first.uid !== '', /^\d+$/.test(first.ifVersion ?? '')]).toEqual([true, true]);
    expect(name).not.toBe('');
  });

  test('a member that is promised to a claim is never deleted', () => {
    const world = settledPool(1);
    const { uid } = world.pool.metadata;
    const offer = world.allocator.offer(
      { key: { namespace: 'team', name: 'claim' }, uid: 'c', createdAt: '2026-11-24T12:00:00Z' },
      { pool: { uid, namespace: 'team', name: 'pool' }, waitsFor: 'nothing' },
    );
    world.specify({ replicas: 0 });
    expect([offer.result, countOf(world.pass(), 'delete')]).toEqual(['member', 0]);
    world.allocator.release({ namespace: 'team', name: 'claim' });
    expect(countOf(world.pass(), 'delete')).toBe(1);
  });

  test('16: one that is gone already is no error', () => {
    const world = settledPool(1);
    world.specify({ replicas: 0 });
    world.fate = (action) => {
      if (action.do === 'delete') world.remove(action.key.name);
      return undefined;
    };
    expect(world.pass()).toMatchObject({ isFailed: false });
  });
});

describe('a template that changes', () => {
  test.each([
    ['Recreate', true],
    ['OnReplenish', false],
    [undefined, false],
    ['Sideways', false],
  ])('9: members are replaced under %s: %s', (type, isReplaced) => {
    const world = settledPool(1, { updateStrategy: type === undefined ? {} : { type } });
    const before = namesOf(world);
    world.template = world.templateOf({ hostname: 'new' });
    world.pass();
    expect([namesOf(world).join() !== before.join(), world.members.length]).toEqual([isReplaced, 1]);
    world.remove(namesOf(world)[0] ?? '');
    world.pass();
    expect(world.members[0]?.spec.podTemplate.spec).toMatchObject({ hostname: 'new' });
  });

  test('a quarter at a time is replaced, those that are not Ready first, the next when these are Ready', () => {
    const world = settledPool(8, { updateStrategy: { type: 'Recreate' } });
    const [blip = ''] = namesOf(world).slice(-1);
    world.setReady(blip, 'False', 'DependenciesNotReady');
    world.template = world.templateOf({ hostname: 'new' });
    const pass = world.pass();
    expect([countOf(pass, 'delete'), countOf(pass, 'create'), world.sandboxes.has(blip)]).toEqual([2, 2, false]);
    expect(countOf(world.pass(), 'delete')).toBe(0);
    world.becomeReady();
    expect(countOf(world.pass(), 'delete')).toBe(2);
    world.nowMs += 310_000;
    expect(countOf(world.pass(), 'delete')).toBeGreaterThan(0);
  });

  test('a quota that leaves the pool short does not keep it from being replaced', () => {
    const world = new PoolWorld({ replicas: 8, updateStrategy: { type: 'Recreate' } });
    world.fate = ({ do: verb }) => (verb === 'create' && world.members.length >= 4 ? { refused: 'quota' } : undefined);
    world.pass();
    world.becomeReady();
    world.template = world.templateOf({ hostname: 'new' });
    for (let round = 0; round < 10; round++) {
      world.nowMs += 100_000;
      world.pass();
      world.becomeReady();
    }
    expect(world.members.map(({ spec }) => spec.podTemplate.spec)).toEqual(Array(4).fill(expect.objectContaining({ hostname: 'new' })));
  });

  test('own rules of the network bring the DNS of the cluster back, though the hash is the same', () => {
    const world = settledPool(1, { updateStrategy: { type: 'Recreate' } });
    expect(world.members[0]?.spec.podTemplate.spec.dnsPolicy).toBe('None');
    world.template = world.templateOf({}, { networkPolicy: {} });
    world.pass();
    expect(world.members.map(({ spec }) => spec.podTemplate.spec.dnsPolicy)).toEqual([undefined]);
  });

  test('11: a pool that is pointed at an equal template of another name replaces its members', () => {
    const world = settledPool(1, { updateStrategy: { type: 'Recreate' } });
    world.template = world.templateOf({}, {}, 'other');
    world.specify({ sandboxTemplateRef: { name: 'other' } });
    expect(countOf(world.pass(), 'delete')).toBe(1);
    expect(world.members.map(templateNameOf)).toEqual(['other']);
  });

  test.each([
    ['12: with other labels', { podTemplate: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'main' }] } } }],
    ['with other policies for claims', { envVarsInjectionPolicy: 'Allowed' as const }],
  ])('%s its members are the same', (_, spec) => {
    const world = settledPool(2, { updateStrategy: { type: 'Recreate' } });
    world.template = world.templateOf({}, spec);
    expect(world.pass().writes).toEqual([]);
  });

  test('8: another grace period makes nothing stale', () => {
    const world = settledPool(1, { updateStrategy: { type: 'Recreate' } });
    world.specify({ readinessGracePeriodSeconds: 30 });
    expect(said(world.pass())).toEqual(['{"observedGeneration":2}']);
  });
});
