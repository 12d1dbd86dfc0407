import { ANNOTATIONS, LABELS } from '../../../src/api/keys';
import { nameHash, networkPolicyName } from '../../../src/api/names';
import { claimController } from '../../../src/controllers/claim';
import type { ClaimObserver } from '../../../src/controllers/claim/observer';
import { Allocator } from '../../../src/controllers/members/allocator';
import { feed } from '../../../src/controllers/members/feed';
import { allOf, extensionsOf, informersOf } from '../../../src/controllers/shared/informers';
import { CLAIMS, NETWORK_POLICIES, PODS, SANDBOXES, TEMPLATES, WARM_POOLS, type SandboxClaim } from '../../../src/controllers/shared/objects';
import { controllerReference } from '../../../src/controllers/shared/ownership';
import { PolicyWaits } from '../../../src/controllers/shared/protection';
import { Client } from '../../../src/runtime/client';
import { typeMetaOf, type KubeObject, type Resource } from '../../../src/runtime/object';
import type { Ports } from '../../simulation/network/process';
import { NAMESPACE, World } from '../../simulation/world';
import { settings } from './scene';

const UNMANAGED = { podTemplate: { spec: { containers: [{ name: 'main', image: 'i' }] } }, networkPolicyManagement: 'Unmanaged' };

/** The real controller on the real kernel and a model of the API server, with members that a person makes. */
class Stage {
  public readonly world = new World(1);
  public readonly told: string[] = [];
  public readonly passes: string[] = [];

  constructor() {
    this.world.weather.isCalm = true;
    this.create(TEMPLATES, 'python', UNMANAGED);
  }

  public start(): this {
    this.world.start('controller', (ports) => this.run(ports));
    return this;
  }

  public create<T extends KubeObject>(resource: Resource<T>, name: string, spec: object, metadata: object = {}): T {
    const body = { apiVersion: typeMetaOf(resource).apiVersion, kind: resource.kind, metadata: { ...metadata, name }, spec };
    return this.user({ verb: 'create', resource, body }) as T; // The answer to a creation is the object.
  }

  public status(resource: Resource, name: string, status: object): void {
    this.user({ verb: 'patch', resource, name, subresource: 'status', body: { status } });
  }

  public claim(name = 'alice', spec: object = {}): SandboxClaim {
    return this.create(CLAIMS, name, { warmPoolRef: { name: 'pool' }, ...spec });
  }

  /** A pool with one member, whose Pod is starting. */
  public member(name: string): void {
    const pool = this.create(WARM_POOLS, 'pool', { sandboxTemplateRef: { name: 'python' } });
    const owner = { apiVersion: 'extensions.agents.x-k8s.io/v1beta1', kind: 'SandboxWarmPool', name: 'pool', uid: pool.metadata.uid, controller: true };
    const labels = { [LABELS.warmPool]: 'x', [LABELS.templateRefHash]: nameHash('python'), [LABELS.launchType]: 'warm' };
    const annotations = { [ANNOTATIONS.templateRef]: 'python' };
    const containers = [{ name: 'main', image: 'i' }];
    const sandbox = this.create(SANDBOXES, name, { podTemplate: { spec: { containers } } }, { ownerReferences: [owner], labels, annotations });
    const ofSandbox = { apiVersion: 'agents.x-k8s.io/v1beta1', kind: 'Sandbox', name, uid: sandbox.metadata.uid, controller: true };
    this.create(PODS, name, { containers }, { ownerReferences: [ofSandbox] });
  }

  public ready(name: string): void {
    const ready = { type: 'Ready', status: 'True', reason: 'DependenciesReady', message: 'Pod is Ready', lastTransitionTime: '2026-01-01T00:00:00Z' };
    this.status(SANDBOXES, name, { conditions: [ready], podIPs: ['10.0.0.7'] });
  }

  public find(name = 'alice'): SandboxClaim | undefined {
    const { status, body } = this.world.model.handle({ verb: 'get', resource: CLAIMS, namespace: NAMESPACE, name }, 'user');
    return status === 200 ? (body as SandboxClaim) : undefined; // A claim was asked for.
  }

  public async until(isTrue: () => boolean): Promise<boolean> {
    return this.world.until(isTrue, 30_000);
  }

  /** Goes on until nothing happens any more in so many milliseconds. */
  public async rest(ms = 1000): Promise<void> {
    await this.world.until(() => false, ms);
    if (this.world.errors.length > 0) throw new Error(String(this.world.errors[0]));
  }

  public user(request: {
    readonly verb: 'create' | 'patch' | 'delete';
    readonly resource: Resource;
    readonly name?: string;
    readonly subresource?: 'status';
    readonly body?: object;
  }): unknown {
    const { status, body } = this.world.model.handle({ ...request, namespace: NAMESPACE }, 'user');
    if (status >= 300) throw new Error(JSON.stringify(body));
    return body;
  }

  private run({ clock, transport, random }: Ports): void {
    const client = new Client({ transport, clock, random, fieldManager: 'test' });
    const report = (error: unknown): void => void this.world.errors.push(error);
    const informers = informersOf(
      { client, transport, clock, random, namespaces: [], trouble: () => undefined, report },
      { hasExtensions: true, areLabelsRequired: false },
    );
    const observer: ClaimObserver = {
      bound: ({ claim }) => void this.told.push(`bound ${claim.metadata.name}`),
      becameReady: ({ claim, sight }) => void this.told.push(`ready ${claim.metadata.name}${sight ? ', seen' : ''}`),
      startedCold: (reason) => void this.told.push(`cold ${reason}`),
      passed: () => undefined,
      surplusDeleted: (count) => void this.told.push(`surplus ${count}`),
    };
    const members = new Allocator();
    feed(members, informers);
    const loop = claimController(
      {
        ...{ informers, client, clock, random, concurrency: 10, report, emit: () => undefined, observer, members },
        passed: ({ writes }) => void this.passes.push(writes.join(', ')),
        protections: new PolicyWaits(extensionsOf(informers).policies.cache),
      },
      settings,
    );
    const all = allOf(informers);
    all.forEach((informer) => informer.start());
    void Promise.all(all.map(({ cache }) => cache.synced)).then(() => loop.start());
  }
}

const readyOf = (stage: Stage, name?: string) => stage.find(name)?.status?.conditions?.find(({ type }) => type === 'Ready');

test('a warm claim takes one pass of three writes, is counted once, and rests', async () => {
  const stage = new Stage();
  stage.member('pool-b4kx7');
  stage.ready('pool-b4kx7');
  stage.start();
  await stage.rest();
  stage.claim();
  await stage.until(() => readyOf(stage)?.status === 'True');
  await stage.rest(60_000);
  const writes = `PATCH Sandbox ${NAMESPACE}/pool-b4kx7, PATCH SandboxClaim ${NAMESPACE}/alice, PATCH SandboxClaim ${NAMESPACE}/alice`;
  expect([stage.passes, stage.told]).toEqual([[writes], ['bound alice', 'ready alice, seen']]);
});

test('a claim that waits is woken by the address of a member, and no pass runs before', async () => {
  const stage = new Stage();
  stage.member('pool-b4kx7');
  stage.start();
  await stage.rest();
  stage.claim();
  await stage.rest(1500);
  expect([stage.passes, stage.find()?.status]).toEqual([[''], undefined]);
  const startMs = stage.world.scheduler.nowMs;
  stage.ready('pool-b4kx7');
  expect(await stage.until(() => readyOf(stage)?.status === 'True')).toBe(true);
  // Its deadline, which would look too, is half a second away.
  expect(stage.world.scheduler.nowMs - startMs).toBeLessThan(400);
  await stage.rest();
  // The timer of the deadline may still look once, and find nothing to do.
  expect([stage.find()?.status?.sandbox?.name, stage.passes.filter((writes) => writes !== '').length]).toEqual(['pool-b4kx7', 1]);
});

test('a cold claim follows its Sandbox, and what does not concern it wakes nobody', async () => {
  const stage = new Stage();
  stage.create(WARM_POOLS, 'pool', { sandboxTemplateRef: { name: 'python' } });
  stage.start();
  stage.claim();
  await stage.until(() => readyOf(stage)?.reason === 'SandboxNotReady');
  stage.ready('alice');
  await stage.until(() => readyOf(stage)?.status === 'True');
  await stage.rest();
  expect(stage.told).toEqual(['cold empty_pool', 'bound alice', 'ready alice, seen']);
  const before = stage.passes.length;
  stage.user({ verb: 'patch', resource: SANDBOXES, name: 'alice', body: { metadata: { labels: { a: 'b' } } } });
  stage.status(SANDBOXES, 'alice', { nodeName: 'n' });
  stage.status(WARM_POOLS, 'pool', { replicas: 1 });
  await stage.rest();
  expect(stage.passes).toHaveLength(before);
});

test.each<[string, (stage: Stage) => void, string, (stage: Stage) => void]>([
  ['its pool comes', () => undefined, 'WarmPoolNotFound', (stage) => stage.create(WARM_POOLS, 'pool', { sandboxTemplateRef: { name: 'python' } })],
  [
    'its template comes',
    (stage) => stage.create(WARM_POOLS, 'pool', { sandboxTemplateRef: { name: 'other' } }),
    'TemplateNotFound',
    (stage) => stage.create(TEMPLATES, 'other', UNMANAGED),
  ],
  [
    'its pool changes',
    (stage) => stage.create(WARM_POOLS, 'pool', { sandboxTemplateRef: { name: 'other' } }),
    'TemplateNotFound',
    (stage) => stage.user({ verb: 'patch', resource: WARM_POOLS, name: 'pool', body: { spec: { sandboxTemplateRef: { name: 'python' } } } }),
  ],
  [
    'the Sandbox in its way goes',
    (stage) => {
      stage.create(WARM_POOLS, 'pool', { sandboxTemplateRef: { name: 'python' } });
      stage.create(SANDBOXES, 'alice', { podTemplate: { spec: { containers: [{ name: 'main', image: 'i' }] } } });
    },
    'ReconcilerError',
    (stage) => stage.user({ verb: 'delete', resource: SANDBOXES, name: 'alice' }),
  ],
])('a claim that got nothing is woken when %s', async (_, prepare, reason, mend) => {
  const stage = new Stage();
  prepare(stage);
  stage.start();
  stage.claim();
  expect(await stage.until(() => readyOf(stage)?.reason === reason)).toBe(true);
  await stage.rest();
  const startMs = stage.world.scheduler.nowMs;
  mend(stage);
  await stage.until(() => readyOf(stage)?.reason === 'SandboxNotReady');
  // Spec 08 §14, 15.
  expect(stage.world.scheduler.nowMs - startMs).toBeLessThan(2000);
});

test('a claim that waits for the policy of its template gets its Sandbox as soon as that is there', async () => {
  const stage = new Stage();
  stage.create(TEMPLATES, 'managed', { podTemplate: { spec: { containers: [{ name: 'main', image: 'i' }] } } });
  stage.create(WARM_POOLS, 'pool', { sandboxTemplateRef: { name: 'managed' } });
  stage.start();
  stage.claim();
  await stage.rest(2000);
  expect(stage.find()?.status?.sandbox).toBeUndefined();
  const template = stage.world.model.handle({ verb: 'get', resource: TEMPLATES, namespace: NAMESPACE, name: 'managed' }, 'user').body as KubeObject; // It was made just now.
  stage.create(NETWORK_POLICIES, networkPolicyName('managed'), { podSelector: {} }, { ownerReferences: [controllerReference(TEMPLATES, template)] });
  await stage.rest(1000);
  expect(stage.find()?.status?.sandbox?.name).toBe('alice');
});

test('an edit of a template reaches the Pod of a bound claim that names another pool by now', async () => {
  const stage = new Stage();
  stage.member('pool-b4kx7');
  stage.ready('pool-b4kx7');
  stage.start();
  await stage.rest();
  stage.claim();
  await stage.until(() => readyOf(stage)?.status === 'True');
  stage.create(TEMPLATES, 'other', UNMANAGED);
  stage.create(WARM_POOLS, 'others', { sandboxTemplateRef: { name: 'other' } });
  stage.user({ verb: 'patch', resource: CLAIMS, name: 'alice', body: { spec: { warmPoolRef: { name: 'others' } } } });
  await stage.rest();
  stage.user({ verb: 'patch', resource: TEMPLATES, name: 'python', body: { spec: { podTemplate: { metadata: { labels: { a: 'b' } } } } } });
  const labels = () => stage.world.model.handle({ verb: 'get', resource: SANDBOXES, namespace: NAMESPACE, name: 'pool-b4kx7' }, 'user').body;
  expect(await stage.until(() => JSON.stringify(labels()).includes('"a":"b"'))).toBe(true);
});

test.each<[string, object, string]>([
  ['names none, follows it', { [ANNOTATIONS.templateRef]: null }, 'r'],
  ['names its own, does not', {}, 'python'],
])('a bound claim whose pool takes another template and whose Sandbox %s', async (_, annotations, template) => {
  const stage = new Stage();
  stage.create(TEMPLATES, 'r', UNMANAGED);
  stage.member('pool-b4kx7');
  stage.ready('pool-b4kx7');
  stage.start();
  stage.claim();
  await stage.until(() => readyOf(stage)?.status === 'True');
  stage.user({ verb: 'patch', resource: SANDBOXES, name: 'pool-b4kx7', body: { metadata: { annotations } } });
  await stage.rest();
  stage.user({ verb: 'patch', resource: WARM_POOLS, name: 'pool', body: { spec: { sandboxTemplateRef: { name: 'r' } } } });
  await stage.rest();
  const { body } = stage.world.model.handle({ verb: 'get', resource: SANDBOXES, namespace: NAMESPACE, name: 'pool-b4kx7' }, 'user');
  expect(body).toMatchObject({ metadata: { labels: { [LABELS.templateRefHash]: nameHash(template) } } });
});

test('a claim that loses its Sandbox gets another one at once, and is counted Ready only once', async () => {
  const stage = new Stage();
  stage.create(WARM_POOLS, 'pool', { sandboxTemplateRef: { name: 'python' } });
  stage.start();
  stage.claim();
  await stage.until(() => readyOf(stage)?.reason === 'SandboxNotReady');
  stage.ready('alice');
  await stage.until(() => readyOf(stage)?.status === 'True');
  stage.user({ verb: 'delete', resource: SANDBOXES, name: 'alice' });
  await stage.until(() => readyOf(stage)?.reason === 'SandboxNotReady');
  stage.ready('alice');
  await stage.until(() => readyOf(stage)?.status === 'True');
  await stage.rest();
  expect(stage.told.filter((text) => text.startsWith('ready'))).toEqual(['ready alice, seen']);
});

test('a claim that was bound before this process is no sample when it turns Ready', async () => {
  const stage = new Stage();
  stage.create(WARM_POOLS, 'pool', { sandboxTemplateRef: { name: 'python' } });
  const { metadata } = stage.claim();
  const owner = { apiVersion: 'extensions.agents.x-k8s.io/v1beta1', kind: 'SandboxClaim', name: 'alice', uid: metadata.uid, controller: true };
  stage.create(SANDBOXES, 'alice', { podTemplate: { spec: { containers: [{ name: 'main', image: 'i' }] } } }, { ownerReferences: [owner] });
  stage.status(CLAIMS, 'alice', { sandbox: { name: 'alice' } });
  stage.start();
  await stage.rest();
  stage.ready('alice');
  expect(await stage.until(() => readyOf(stage)?.status === 'True')).toBe(true);
  await stage.rest();
  expect(stage.told).toEqual([]);
});

test('an expired claim goes with the second it is due', async () => {
  const stage = new Stage().start();
  await stage.rest();
  stage.claim('alice', {
    lifecycle: { ttlSecondsAfterFinished: 1, shutdownTime: new Date(stage.world.wallClockMs + 5000).toISOString(), shutdownPolicy: 'Delete' },
  });
  expect(await stage.until(() => stage.find() === undefined)).toBe(true);
});
