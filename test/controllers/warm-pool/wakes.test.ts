import { LABELS } from '../../../src/api/keys';
import { nameHash, networkPolicyName } from '../../../src/api/names';
import { Allocator } from '../../../src/controllers/members/allocator';
import { feed } from '../../../src/controllers/members/feed';
import { sandboxController } from '../../../src/controllers/sandbox';
import type { ControllerContext } from '../../../src/controllers/shared/context';
import { allOf, extensionsOf, informersOf } from '../../../src/controllers/shared/informers';
import type { Sandbox } from '../../../src/controllers/shared/objects';
import { PolicyWaits } from '../../../src/controllers/shared/protection';
import { templateController } from '../../../src/controllers/template';
import { warmPoolController } from '../../../src/controllers/warm-pool';
import { isOfLowStock } from '../../../src/controllers/warm-pool/growth';
import { heldIn } from '../../../src/controllers/warm-pool/held';
import { Client } from '../../../src/runtime/client';
import { CLAIMS, NETWORK_POLICIES, PODS, POOLS, SANDBOXES, TEMPLATES, type ResourceType } from '../../simulation/api/resource-types';
import { partOf, type Stored } from '../../simulation/api/stored';
import type { Program } from '../../simulation/network/process';
import { NAMESPACE, World } from '../../simulation/world';
import { settings as SANDBOX_SETTINGS } from '../sandbox/world';
import { SETTINGS } from './world';

/** Of the process that runs. */
let held = (): number => NaN;
let isOfLow: (sandbox: Sandbox) => boolean | undefined = () => undefined;

const nothing = (): void => undefined;

/** Whether the work of a controller is done by it, or left to the test. */
interface Crew {
  readonly hasSandboxes?: boolean;
  readonly hasTemplates?: boolean;
}

/** The controllers that a pool needs, on the real kernel. */
const programOf =
  ({ hasSandboxes = true, hasTemplates = true }: Crew): Program =>
  ({ clock, transport, random }) => {
    const client = new Client({ transport, clock, random, fieldManager: 'agent-sandbox-controller' });
    const report = (error: unknown): void => {
      clock.after(0, () => {
        throw error;
      });
    };
    const informers = informersOf(
      { client, transport, clock, random, namespaces: [], trouble: nothing, report },
      { hasExtensions: true, areLabelsRequired: false },
    );
    const context: ControllerContext = { informers, client, clock, random, concurrency: 10, emit: nothing, passed: nothing, report };
    const allocator = new Allocator();
    feed(allocator, informers);
    const loops = [
      ...(hasSandboxes ? [sandboxController(context, SANDBOX_SETTINGS, { traceContext: () => undefined, isUrgent: () => false })] : []),
      // Without labels, whose writing would wake the pools too.
      ...(hasTemplates ? [templateController(context, false)] : []),
      warmPoolController({ ...context, allocator, protections: new PolicyWaits(extensionsOf(informers).policies.cache) }, SETTINGS),
    ];
    isOfLow = (sandbox) => isOfLowStock(sandbox, { informers, allocator }, SETTINGS);
    held = () => {
      const [{ metadata } = { metadata: { uid: '' } }] = Array.from(extensionsOf(informers).pools.cache.entries(), ([, pool]) => pool);
      return heldIn({ uid: metadata.uid, namespace: NAMESPACE, name: 'p' }, { informers, allocator, clock }, SETTINGS);
    };
    const all = allOf(informers);
    all.forEach((informer) => informer.start());
    void Promise.all(all.map(({ cache }) => cache.synced)).then(() => loops.forEach((loop) => loop.start()));
  };

/** A cluster in memory with the template `t` and the pool `p` of two members. */
class Cluster {
  public readonly world = new World(7);
  /** Such as `create Sandbox`, in the order in which the server carried them out. */
  public readonly writes: string[] = [];

  public constructor(crew: Crew = {}) {
    const { world } = this;
    world.weather.isCalm = true;
    world.network.onLanded = ({ sent: { request }, answer }) => {
      if (request.verb !== 'get' && request.verb !== 'list' && answer.status < 300) this.writes.push(`${request.verb} ${request.resource.kind}`);
    };
    this.create(TEMPLATES, 't', { podTemplate: { spec: { containers: [{ name: 'main', image: 'a:1' }] } } });
    this.create(POOLS, 'p', { replicas: 2, sandboxTemplateRef: { name: 't' }, updateStrategy: { type: 'Recreate' } });
    world.start('controller', programOf(crew));
  }

  public create({ apiVersion, kind, ...type }: ResourceType, name: string, spec: object, metadata: object = {}): void {
    const resource = { apiVersion, kind, ...type };
    const body = { apiVersion, kind, metadata: { ...metadata, name }, spec };
    const { status, body: answer } = this.world.model.handle({ verb: 'create', resource, namespace: NAMESPACE, body }, 'user');
    if (status !== 201) throw new Error(JSON.stringify(answer));
  }

  public patch(resource: ResourceType, name: string, body: object): void {
    this.world.model.handle({ verb: 'patch', resource, namespace: NAMESPACE, name, body }, 'user');
  }

  public get members(): readonly Stored[] {
    return this.world.model.store.list(SANDBOXES).filter(({ metadata }) => metadata.ownerReferences?.some(({ kind }) => kind === 'SandboxWarmPool'));
  }

  public get ready(): unknown {
    const pool = this.world.model.store.find(POOLS, { namespace: NAMESPACE, name: 'p' });
    return pool && partOf(pool, 'status').readyReplicas;
  }

  /** That becomes true within two seconds, which no timer of a pool does. */
  public async soon(isTrue: () => boolean): Promise<boolean> {
    return this.world.until(isTrue, 2000);
  }
}

/** A pool that has filled before the wait for its policy would have ended, and rests. */
async function fullPool(): Promise<Cluster> {
  const cluster = new Cluster();
  await cluster.world.until(() => cluster.ready === 2, 4500);
  if (cluster.ready !== 2) throw new Error('the pool does not fill in time');
  await cluster.world.until(() => false, 3_600_000);
  return cluster;
}

test('a new pool fills, not before its template has its policy, and then rests', async () => {
  const cluster = await fullPool();
  expect([cluster.ready, cluster.writes.filter((write) => write === 'create Sandbox').length]).toEqual([2, 2]);
  expect(cluster.writes.indexOf('create NetworkPolicy')).toBeLessThan(cluster.writes.indexOf('create Sandbox'));
  const before = cluster.writes.length;
  await cluster.world.until(() => false, 3_600_000);
  expect(cluster.writes.slice(before)).toEqual([]);
});

test.each<[string, (cluster: Cluster, name: string) => void]>([
  ['is deleted', ({ world }, name) => void world.model.handle({ verb: 'delete', resource: SANDBOXES, namespace: NAMESPACE, name, body: {} }, 'user')],
  [
    'is claimed',
    (cluster, name) => {
      cluster.create(CLAIMS, 'c', { warmPoolRef: { name: 'p' } });
      const claim = cluster.world.model.store.find(CLAIMS, { namespace: NAMESPACE, name: 'c' });
      const owner = { apiVersion: CLAIMS.apiVersion, kind: 'SandboxClaim', name: 'c', uid: claim?.metadata.uid, controller: true };
      cluster.patch(SANDBOXES, name, { metadata: { ownerReferences: [owner], labels: { [LABELS.warmPool]: null } } });
    },
  ],
])('a pool is filled up when a member %s', async (_, lose) => {
  const cluster = await fullPool();
  const [name = ''] = cluster.members.map(({ metadata }) => metadata.name);
  lose(cluster, name);
  expect(await cluster.soon(() => cluster.ready === 1)).toBe(true);
  expect(await cluster.soon(() => cluster.members.length === 2)).toBe(true);
  expect(await cluster.world.until(() => cluster.ready === 2, 10_000)).toBe(true);
});

test('a pool takes a stray that matches its template as soon as it is there', async () => {
  const cluster = await fullPool();
  const [member] = cluster.members;
  cluster.patch(POOLS, 'p', { spec: { replicas: 3 } });
  cluster.world.model.handle(
    { verb: 'patch', resource: SANDBOXES, namespace: NAMESPACE, name: member?.metadata.name ?? '', body: { metadata: { ownerReferences: null } } },
    'user',
  );
  expect(await cluster.soon(() => cluster.members.some(({ metadata }) => metadata.uid === member?.metadata.uid))).toBe(true);
  expect(await cluster.soon(() => cluster.members.length === 3)).toBe(true);
});

test('a stray of another template is deleted at once', async () => {
  const cluster = await fullPool();
  const labels = { [LABELS.warmPool]: nameHash('p'), [LABELS.templateRefHash]: nameHash('t') };
  cluster.create(SANDBOXES, 'stray', { podTemplate: { spec: { containers: [{ name: 'main', image: 'b:1' }] } } }, { labels });
  expect(await cluster.soon(() => cluster.world.model.store.find(SANDBOXES, { namespace: NAMESPACE, name: 'stray' }) === undefined)).toBe(true);
});

test('a member whose Pod cannot be scheduled any more is looked at when it is so, and its successor when the template is corrected', async () => {
  const cluster = await fullPool();
  cluster.world.nodes.lives = ['unschedulable'];
  cluster.patch(POOLS, 'p', { spec: { replicas: 3, readinessGracePeriodSeconds: 30, updateStrategy: { type: 'OnReplenish' } } });
  await cluster.world.until(() => cluster.members.length === 3, 2000);
  expect(held()).toBe(0);
  await cluster.world.until(() => false, 600_000);
  const before = cluster.members.map(({ metadata }) => metadata.uid);
  expect([cluster.ready, before.length, held()]).toEqual([2, 3, 1]);
  const holding = cluster.members.find((member) => partOf(member, 'status').podIPs === undefined)?.metadata.uid;
  cluster.world.nodes.lives = ['ready'];
  cluster.patch(TEMPLATES, 't', { spec: { podTemplate: { spec: { containers: [{ name: 'main', image: 'a:2' }] } } } });
  expect(await cluster.soon(() => cluster.members.every(({ metadata }) => metadata.uid !== holding))).toBe(true);
  expect(await cluster.world.until(() => cluster.ready === 3, 10_000)).toBe(true);
  expect(held()).toBe(0);
});

test('a member that was held is replaced as soon as its Pod has a place and still does not get on', async () => {
  const cluster = new Cluster({ hasSandboxes: false });
  cluster.world.nodes.lives = ['unschedulable'];
  await cluster.world.until(() => cluster.members.length === 2, 10_000);
  cluster.patch(POOLS, 'p', { spec: { replicas: 1, readinessGracePeriodSeconds: 30 } });
  await cluster.world.until(() => cluster.members.length === 1, 10_000);
  const [{ metadata: { name, uid } } = { metadata: { name: '', uid: '' } }] = cluster.members;
  const owner = { apiVersion: SANDBOXES.apiVersion, kind: 'Sandbox', name, uid, controller: true };
  cluster.create(PODS, name, { containers: [{ name: 'main', image: 'a:1' }] }, { ownerReferences: [owner] });
  const schedule = (status: string, reason: string): void => {
    const body = { status: { conditions: [{ type: 'PodScheduled', status, reason }] } };
    cluster.world.model.handle({ verb: 'patch', resource: PODS, namespace: NAMESPACE, name, subresource: 'status', body }, 'user');
  };
  schedule('False', 'Unschedulable');
  await cluster.world.until(() => false, 125_000);
  expect(cluster.members.map(({ metadata }) => metadata.uid)).toEqual([uid]);
  schedule('True', 'Scheduled');
  expect(await cluster.soon(() => cluster.members.every(({ metadata }) => metadata.uid !== uid))).toBe(true);
});

test('a pool that waits for the policy of its template fills as soon as that is there', async () => {
  const cluster = new Cluster({ hasTemplates: false });
  expect(await cluster.soon(() => cluster.members.length > 0)).toBe(false);
  cluster.create(NETWORK_POLICIES, networkPolicyName('t'), { podSelector: {} });
  expect(await cluster.soon(() => cluster.members.length === 2)).toBe(true);
});

test('10: only the pool of the template that was edited rolls', async () => {
  const cluster = await fullPool();
  cluster.create(TEMPLATES, 't2', { podTemplate: { spec: { containers: [{ name: 'main', image: 'a:1' }] } } });
  cluster.create(POOLS, 'p2', { replicas: 2, sandboxTemplateRef: { name: 't2' }, updateStrategy: { type: 'Recreate' } });
  const uidsOf = (pool: string) => cluster.members.filter(({ metadata }) => metadata.ownerReferences?.[0]?.name === pool).map(({ metadata }) => metadata.uid);
  await cluster.world.until(() => uidsOf('p2').length === 2, 10_000);
  await cluster.world.until(() => false, 60_000);
  const [one, other] = [uidsOf('p'), uidsOf('p2')];
  cluster.patch(TEMPLATES, 't', { spec: { podTemplate: { spec: { containers: [{ name: 'main', image: 'a:2' }] } } } });
  expect(await cluster.world.until(() => uidsOf('p').every((uid) => !one.includes(uid)), 60_000)).toBe(true);
  await cluster.world.until(() => false, 60_000);
  expect([uidsOf('p').length, uidsOf('p2')]).toEqual([2, other]);
});

test('a Sandbox is of low stock while hardly a member of its pool is left to claim, and one of no pool never is', async () => {
  const cluster = await fullPool();
  const [sandbox] = cluster.members;
  if (!sandbox) throw new Error('the pool is empty');
  // What the model stores under the kind is of the kind.
  const of = (metadata: object = {}): Sandbox => ({ ...sandbox, metadata: { ...sandbox.metadata, ...metadata } }) as unknown as Sandbox;
  expect([isOfLow(of()), isOfLow(of({ ownerReferences: [] }))]).toEqual([false, false]);
  cluster.world.nodes.lives = ['unschedulable'];
  cluster.patch(POOLS, 'p', { spec: { replicas: 30 } });
  await cluster.world.until(() => cluster.members.length === 30, 10_000);
  const stranger = sandbox.metadata.ownerReferences?.map((owner) => ({ ...owner, uid: 'other' }));
  expect([isOfLow(of()), isOfLow(of({ ownerReferences: stranger }))]).toEqual([true, false]);
});

test('a change of the pool is answered', async () => {
  const cluster = await fullPool();
  cluster.patch(POOLS, 'p', { spec: { replicas: 0 } });
  expect(await cluster.soon(() => cluster.members.length === 0)).toBe(true);
});

test('an edit of the template reaches the members of a Recreate pool', async () => {
  const cluster = await fullPool();
  const before = cluster.members.map(({ metadata }) => metadata.uid);
  cluster.patch(TEMPLATES, 't', { spec: { podTemplate: { spec: { containers: [{ name: 'main', image: 'a:2' }] } } } });
  const old = (): number => cluster.members.filter(({ metadata }) => before.includes(metadata.uid)).length;
  expect(await cluster.soon(() => old() === 1)).toBe(true);
  expect(await cluster.world.until(() => old() === 0 && cluster.ready === 2, 20_000)).toBe(true);
});
