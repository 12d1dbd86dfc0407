import { LABELS } from '../../../src/api/keys';
import { nameHash } from '../../../src/api/names';
import { SANDBOXES, WARM_POOLS } from '../../../src/controllers/shared/objects';
import { controllerReference } from '../../../src/controllers/shared/ownership';
import { UNPROTECTED_RULE } from '../../../src/controllers/shared/protection';
import { templateHashes } from '../../../src/controllers/shared/template-hash';
import { countOf, namesOf, PoolWorld, reasonsOf, said, settledPool } from './world';

const MINUTE_MS = 60_000;

// The numbers are the cases of spec 06 §14.
describe('creations', () => {
  test('the Sandbox is the template with its defaults, owned by the pool, under a name of our choice', () => {
    const world = new PoolWorld({ replicas: 1 });
    const metadata = { labels: { app: 'agent' }, annotations: { note: 'x' } };
    world.template = world.templateOf({}, { podTemplate: { metadata, spec: { containers: [{ name: 'main' }] } }, service: true, networkPolicy: {} });
    const [action] = world.pass().writes;
    const hashes = templateHashes(world.template);
    const name = action?.key.name ?? '';
    expect(name).toMatch(/^pool-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(action).toMatchObject({ do: 'create', resource: SANDBOXES, purpose: 'refill' });
    expect(action?.do === 'create' && action.object).toEqual({
      apiVersion: 'agents.x-k8s.io/v1beta1',
      kind: 'Sandbox',
      metadata: {
        ...{ name, generateName: 'pool-', namespace: 'team' },
        labels: {
          [LABELS.warmPool]: nameHash('pool'),
          [LABELS.templateRefHash]: nameHash('python'),
          [LABELS.podTemplateHash]: hashes.podTemplate,
          [LABELS.templateHash]: hashes.blueprint,
          [LABELS.launchType]: 'warm',
          [LABELS.createdBy]: 'controller',
        },
        annotations: { 'agents.x-k8s.io/sandbox-template-ref': 'python' },
        ownerReferences: [controllerReference(WARM_POOLS, world.pool)],
      },
      spec: { podTemplate: { metadata, spec: { containers: [{ name: 'main' }], automountServiceAccountToken: false } }, service: true },
    });
  });

  test.each([
    ['as the reference', { isAdoptionLean: false }, {}, { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true' }],
    [
      'with what the template says of eviction',
      { isAdoptionLean: false },
      { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false' },
      { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false' },
    ],
    ['without eviction', { isAdoptionLean: false, isWarmPoolEvictionEnabled: false }, {}, {}],
  ])('14: the metadata of the Pod is written out %s when adoptions are not lean', (_, settings, annotations, expected) => {
    const world = new PoolWorld({ replicas: 1 }, settings);
    world.template = world.templateOf({}, { podTemplate: { metadata: { labels: { app: 'a' }, annotations }, spec: { containers: [] } } });
    world.pass();
    const { labels = {}, annotations: found } = world.members[0]?.spec.podTemplate.metadata ?? {};
    expect(found).toEqual(expected);
    expect(Object.keys(labels).sort()).toEqual([LABELS.podTemplateHash, LABELS.templateHash, LABELS.templateRefHash, LABELS.warmPool, 'app'].sort());
  });

  test('a name is cut as the name generator of the server does', () => {
    const world = new PoolWorld({ replicas: 1 });
    const long = `a.${'b'.repeat(251)}`;
    world.pool = { ...world.pool, metadata: { ...world.pool.metadata, name: long } };
    const [action] = world.pass().writes;
    expect(action?.key.name).toHaveLength(63);
    expect(action).toMatchObject({ object: { metadata: { generateName: long } } });
  });

  test('no name whose hash somebody has already', () => {
    const world = new PoolWorld({ replicas: 1 });
    const [taken = ''] = new PoolWorld({ replicas: 1 }).look().names;
    world.orphan(taken, world.templateOf({}), { [LABELS.warmPool]: 'other' });
    expect(world.look().names).not.toContain(taken);
  });

  test('3, 21: a POST whose answer is lost is looked up, and repeated under its name', () => {
    const world = new PoolWorld({ replicas: 2 });
    const asked: string[] = [];
    world.fate = ({ do: verb, key }) => {
      if (verb !== 'create') return undefined;
      asked.push(key.name);
      return asked.length === 1 ? 'lost' : asked.length === 2 ? 'stored, unanswered' : undefined;
    };
    world.pass();
    expect(asked[0]).toBe(asked[1]);
    expect([asked.length, world.members.length]).toEqual([3, 2]);
  });

  test('the name of a member that is gone is never given again: somebody may still call it by that name', () => {
    const world = new PoolWorld({ replicas: 2 });
    const asked: string[] = [];
    world.fate = ({ do: verb, key }) => (verb === 'create' && asked.push(key.name) === 1 ? 'lost' : undefined);
    world.pass();
    const [lost = ''] = asked;
    world.remove(lost);
    world.pass();
    expect([world.sandboxes.has(lost), world.members.length]).toEqual([false, 2]);
  });

  test('also when it was there and gone before anybody looked again', () => {
    const world = new PoolWorld({ replicas: 4 });
    const gone: string[] = [];
    world.fate = ({ do: verb, key }) => {
      const [first] = world.members;
      if (verb === 'create' && gone.length === 0 && first) {
        gone.push(key.name);
        world.remove(key.name);
        return 'lost';
      }
      return undefined;
    };
    world.pass();
    expect(gone).toHaveLength(1);
    expect([world.sandboxes.has(gone[0] ?? ''), world.members.length]).toEqual([false, 4]);
  });

  test('a name that somebody else took meanwhile is given up', () => {
    const world = new PoolWorld({ replicas: 1 });
    world.fate = ({ do: verb, key }) => {
      if (verb !== 'create' || world.sandboxes.size > 0) return undefined;
      world.orphan(key.name, world.templateOf({}), { [LABELS.warmPool]: 'other' });
      return undefined;
    };
    world.pass();
    expect([world.members.length, world.sandboxes.size]).toEqual([1, 2]);
  });

  test('without its template a pool creates nothing, says so once, and goes on when it comes', () => {
    const world = new PoolWorld({ replicas: 1 });
    const { template } = world;
    world.template = undefined;
    world.pass();
    expect([said(world.pass()), reasonsOf(world)]).toEqual([[], ['TemplateNotFound']]);
    world.template = template;
    expect(countOf(world.pass(), 'create')).toBe(1);
    world.template = undefined;
    world.pass();
    expect(reasonsOf(world)).toEqual(['TemplateNotFound', 'TemplateNotFound']);
  });

  // Spec 08 §9.
  test.each([
    ['every member is gone', 20, true],
    ['all but one of twenty are', 19, true],
    ['a tenth is left', 18, false],
    ['one is', 1, false],
  ])('a refill gives way to claims, unless hardly anything is left: %s', (_, lost, isUrgent) => {
    const world = settledPool(20);
    for (const name of namesOf(world).slice(0, lost)) world.claim(name);
    const creations = world.pass().writes.filter(({ do: verb }) => verb === 'create');
    expect([creations.length, new Set(creations.map((each) => 'isUrgent' in each && each.isUrgent))]).toEqual([lost, new Set([isUrgent])]);
  });

  test('the policy of the template comes first, for so long', () => {
    const world = new PoolWorld({ replicas: 1 });
    world.protection = { is: 'awaited', againMs: 4000 };
    expect([countOf(world.pass(), 'create'), world.pass().againMs]).toEqual([0, 4000]);
    world.protection = { is: 'overdue' };
    const { rules, writes } = world.pass();
    expect([rules[0], writes[0]?.do]).toEqual([UNPROTECTED_RULE, 'create']);
    expect(new PoolWorld({ replicas: 1 }).pass().rules).not.toContain(UNPROTECTED_RULE);
  });

  test('23: a quota that refuses leaves true counts and one event, and is tried again after a while, or when the pool is changed', () => {
    const world = new PoolWorld({ replicas: 5 });
    world.fate = ({ do: verb, key }) =>
      verb === 'create' && world.members.length >= 2 ? { refused: `sandboxes "${key.name}" is forbidden: exceeded quota` } : undefined;
    const pass = world.pass();
    expect([pass.isFailed, world.pool.status?.replicas, reasonsOf(world)]).toEqual([true, 2, ['SandboxCreateFailed']]);
    expect(world.events[0]?.note).toBe('Failed to create a member: sandboxes "pool-…" is forbidden: exceeded quota');
    const blocked = world.pass();
    expect([blocked.writes, blocked.isFailed, blocked.againMs]).toEqual([[], false, 1000]);
    world.nowMs += 1000;
    expect([countOf(world.pass(), 'create'), world.pass().againMs]).toEqual([1, 2000]);
    world.specify({ readinessGracePeriodSeconds: 60 });
    expect(countOf(world.pass(), 'create')).toBe(1);
    world.fate = () => undefined;
    world.nowMs += MINUTE_MS;
    world.pass();
    expect([world.members.length, reasonsOf(world)]).toEqual([5, ['SandboxCreateFailed']]);
  });

  test('18: after a loss nothing is created for the delay, unless hardly anything is left', () => {
    const world = settledPool(3, {}, { replenishDelayMs: 5000 });
    const [one = '', two = '', three = ''] = namesOf(world);
    world.claim(one);
    const held = world.pass();
    expect([countOf(held, 'create'), held.againMs]).toEqual([0, 5000]);
    world.claim(two);
    expect(countOf(world.pass(), 'create')).toBe(0);
    world.claim(three);
    expect(countOf(world.pass(), 'create')).toBe(3);
  });

  test('19: no faster than the rate', () => {
    const world = new PoolWorld({ replicas: 5 }, { maxRefillRate: 2 });
    const pass = world.pass();
    expect([countOf(pass, 'create'), pass.againMs]).toEqual([2, 500]);
    world.nowMs += 500;
    expect(countOf(world.pass(), 'create')).toBe(1);
    world.fate = ({ do: verb }) => (verb === 'create' ? { refused: 'no' } : undefined);
    world.nowMs += 500;
    world.pass();
    world.fate = () => undefined;
    world.nowMs += 1000;
    expect(countOf(world.pass(), 'create')).toBe(2);
  });
});
