import { nameHash } from '../../../src/api/names';
import { namesOf, PoolWorld, said, settledPool } from './world';

describe('the status', () => {
  test('is written when it differs, and tells when the pool is full at once', () => {
    const world = new PoolWorld({ replicas: 2 });
    expect(said(world.pass()).slice(-1)).toEqual([
      JSON.stringify({ replicas: 2, selector: `agents.x-k8s.io/warm-pool-sandbox=${nameHash('pool')}`, observedGeneration: 1 }),
    ]);
    world.becomeReady();
    expect(said(world.pass())).toEqual(['{"readyReplicas":2}']);
    expect(world.pass().writes).toEqual([]);
  });

  test('is written at most once a second, the last for certain; a dip is seen though it is short', () => {
    const world = settledPool(3);
    const [one = '', two = ''] = namesOf(world);
    world.setReady(one, 'False', 'DependenciesNotReady');
    expect(said(world.pass())).toEqual(['{"readyReplicas":2}']);
    world.nowMs += 400;
    world.setReady(two, 'False', 'DependenciesNotReady');
    expect(world.pass()).toMatchObject({ writes: [], againMs: 600 });
    world.nowMs += 300;
    world.becomeReady();
    expect(said(world.pass())).toEqual(['{"readyReplicas":3}']);
    world.nowMs += 300;
    world.claim(one);
    expect(said(world.pass())).toEqual(['POST Sandbox', '{"readyReplicas":2}']);
  });

  test('an edit of the spec is told at once, and relies on the version seen', () => {
    const world = settledPool(1);
    world.setReady(namesOf(world)[0] ?? '', 'False', 'DependenciesNotReady');
    world.pass();
    world.specify({ updateStrategy: { type: 'OnReplenish' } });
    const pass = world.pass();
    expect(said(pass)).toEqual(['{"observedGeneration":2}']);
    expect(pass.writes[0]).toMatchObject({ ifVersion: world.pool.metadata.resourceVersion, uid: world.pool.metadata.uid });
  });

  test('is written though something else has failed; what failed is tried again', () => {
    const world = settledPool(2);
    world.specify({ replicas: 1 });
    world.fate = ({ do: verb }) => (verb === 'delete' ? { refused: 'no' } : undefined);
    const pass = world.pass();
    expect([said(pass), pass.isFailed]).toEqual([['DELETE Sandbox', '{"observedGeneration":2}'], true]);
  });
});
