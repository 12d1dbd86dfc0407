import fc from 'fast-check';
import { nameHash } from '../../../src/api/names';
import { countOf, namesOf, PoolWorld, said, settledPool } from './world';

// The numbers are the cases of spec 06 §14.
describe('counts', () => {
  test('1: a pool that does not say has one member', () => {
    const world = new PoolWorld();
    world.pool = { ...world.pool, spec: { sandboxTemplateRef: { name: 'python' } } };
    expect(said(world.pass())).toEqual(['POST Sandbox', expect.stringContaining('"replicas":1')]);
  });

  test('2, 20: an empty pool fills with slow start; a full one asks for nothing', () => {
    const world = new PoolWorld({ replicas: 14 });
    expect(world.pass().groups).toEqual([1, 2, 4, 7, 1]);
    expect(world.members).toHaveLength(14);
    expect(world.pass().writes).toEqual([]);
  });

  test('2: topped up, scaled down and emptied exactly', () => {
    const world = settledPool(5);
    world.remove(namesOf(world)[0] ?? '');
    expect(countOf(world.pass(), 'create')).toBe(1);
    world.specify({ replicas: 2 });
    expect(countOf(world.pass(), 'delete')).toBe(3);
    world.specify({ replicas: 0 });
    expect([countOf(world.pass(), 'delete'), world.members.length]).toEqual([2, 0]);
  });

  test('a pass makes no more than the most, and the next comes at once', () => {
    const world = new PoolWorld({ replicas: 10 }, { maxBatchSize: 4 });
    const pass = world.pass();
    expect([countOf(pass, 'create'), pass.againMs]).toEqual([4, 0]);
    expect([countOf(world.pass(), 'create'), countOf(world.pass(), 'create'), world.pass().againMs === 0]).toEqual([4, 2, false]);
  });

  test('those that are not Ready go first, then the newest', () => {
    const world = settledPool(2);
    const old = namesOf(world);
    world.specify({ replicas: 4 });
    world.pass();
    const [newest = '', unready = ''] = namesOf(world).filter((name) => !old.includes(name));
    world.nowMs += 1000;
    world.becomeReady(newest);
    world.specify({ replicas: 3 });
    world.pass();
    expect(world.sandboxes.has(unready)).toBe(false);
    world.specify({ replicas: 2 });
    world.pass();
    expect(namesOf(world)).toEqual(old);
  });

  test('4: members that a finalizer holds still take up room', () => {
    const world = settledPool(2);
    const [name = ''] = namesOf(world);
    world.put({ ...world.get(name), metadata: { ...world.get(name).metadata, finalizers: ['x/y'], deletionTimestamp: '2026-11-24T12:00:00Z' } });
    expect(said(world.pass())).toEqual(['{"replicas":1,"readyReplicas":1}']);
    world.remove(name);
    expect(countOf(world.pass(), 'create')).toBe(1);
  });

  test('22: zero counts leave the status', () => {
    const world = settledPool(1, { replicas: 1 });
    world.specify({ replicas: 0 });
    world.pass();
    expect(world.pool.status).toEqual({ selector: `agents.x-k8s.io/warm-pool-sandbox=${nameHash('pool')}`, observedGeneration: 2 });
  });

  test('24: members of an older pool of the name are neither counted nor touched', () => {
    const world = settledPool(2);
    const old = [...world.sandboxes.values()];
    world.pool = { ...world.pool, metadata: { ...world.pool.metadata, uid: 'another' }, status: {} };
    const pass = world.pass();
    expect([countOf(pass, 'create'), countOf(pass, 'delete'), countOf(pass, 'patch')]).toEqual([2, 0, 0]);
    expect(old.every((sandbox) => world.sandboxes.get(sandbox.metadata.name) === sandbox)).toBe(true);
  });

  test('whatever happens, the population is never above the replicas, and nothing more is wanted afterwards', () => {
    const happening = fc.oneof(
      fc.record({ what: fc.constant('scale' as const), to: fc.nat({ max: 12 }) }),
      fc.record({ what: fc.constantFrom('claim', 'vanish', 'terminate', 'ready', 'orphan', 'template', 'wait') }),
    );
    const fates = fc.array(fc.constantFrom(undefined, undefined, undefined, 'stored, unanswered' as const, 'lost' as const, { refused: 'no' }), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 12 }), fates, fc.constantFrom('Recreate', 'OnReplenish'), (happenings, fate, type) => {
        const world = new PoolWorld({ replicas: 5, updateStrategy: { type } });
        let [nth, isRight] = [0, true];
        world.fate = (action) => {
          const population = world.members.length;
          if (action.do === 'create') isRight &&= population < (world.pool.spec.replicas ?? 1);
          return fate[nth++];
        };
        for (const each of happenings) {
          const [name] = namesOf(world);
          if ('to' in each) world.specify({ replicas: each.to });
          else if (each.what === 'ready') world.becomeReady();
          else if (each.what === 'orphan') world.orphan(`stray-${nth}-${world.sandboxes.size}`, world.templateOf({}));
          else if (each.what === 'template') world.template = world.templateOf({ hostname: `h${nth}` });
          else if (each.what === 'wait') world.nowMs += 400_000;
          else if (name !== undefined && each.what === 'claim') world.claim(name);
          else if (name !== undefined && each.what === 'vanish') world.remove(name);
          else if (name !== undefined)
            world.put({ ...world.get(name), metadata: { ...world.get(name).metadata, finalizers: ['a/b'], deletionTimestamp: 'x' } });
          world.pass();
        }
        world.fate = () => undefined;
        // Refusals are over, held starts too, and every successor becomes Ready.
        for (let round = 0; round < 20; round++) {
          world.nowMs += 70_000;
          world.becomeReady();
          world.pass();
        }
        world.nowMs += 2000;
        world.pass();
        return isRight && world.pass().writes.length === 0 && world.pool.status?.readyReplicas === (world.pool.status?.replicas ?? undefined);
      }),
      { numRuns: 300 },
    );
  });
});
