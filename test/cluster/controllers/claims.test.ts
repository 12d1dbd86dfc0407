import { LABELS } from '../../../src/api/keys';
import { nameHash } from '../../../src/api/names';
import { CLAIMS, NETWORK_POLICIES, PODS, SANDBOXES, TEMPLATES, VOLUME_CLAIMS, type SandboxClaim } from '../../../src/controllers/shared/objects';
import { FaultProxy } from '../../support/fault-proxy';
import { LeapingClock } from '../../support/leaping-clock';
import { cluster } from '../connection';
import { until } from '../until';
import type { ControllerProcess } from './controller-process';
import { Fleet, isReady } from './fleet';
import { conditionOf, Scene } from './scene';

/** What claims go through in their lives (spec 08 §14, scenarios 10, 12, 13, 15, 16, 28). */

jest.setTimeout(60_000);

// The timers that look again are longer than any wait here: nothing comes right because of them.
const clock = new LeapingClock();
let scene: Scene;
let fleet: Fleet;
let proxy: FaultProxy;
let controllers: ControllerProcess;
beforeAll(async () => {
  scene = await Scene.open(cluster(), 'claims');
  proxy = await FaultProxy.start(cluster().connection);
  controllers = await scene.start({ clock, proxy });
  fleet = new Fleet(scene);
  await fleet.template('python');
  await fleet.pool('warm', 2);
  await fleet.pool('cold', 0);
  await fleet.full('warm', 2);
});
afterAll(async () => {
  await scene.close();
  await proxy.stop();
});

// Shorter than the silence after which watches are opened anew, longer than what is tried again in seconds.
const WHILE_MS = 20_000;
const STORAGE = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
const DATA = [{ metadata: { name: 'data' }, spec: STORAGE }];
const CONTAINER = { name: 'main', image: 'i' };
const sandboxOf = (claim: SandboxClaim): string => claim.status?.sandbox?.name ?? '';
const inSeconds = (ms: number): string => new Date(Math.ceil((clock.nowMs() + ms) / 1000) * 1000).toISOString().replace('.000', '');

/** A claim that is Ready, with the name of its Sandbox. */
async function ready(name: string, pool: string, spec: object = {}, metadata: object = {}): Promise<string> {
  await fleet.claim(name, pool, spec, metadata);
  const claim = await fleet.ready(name);
  await scene.settled(controllers);
  return sandboxOf(claim);
}

describe('who set which field of an adopted Sandbox and its Pod', () => {
  const pathOf = (sandbox: string): string => `/apis/agents.x-k8s.io/v1beta1/namespaces/${scene.namespace}/sandboxes/${sandbox}`;
  const podPathOf = (pod: string): string => `/api/v1/namespaces/${scene.namespace}/pods/${pod}`;
  const managersAt = async (path: string): Promise<readonly string[]> => {
    const { metadata } = await cluster().object('GET', path);
    // As the API server keeps it.
    return ((metadata.managedFields ?? []) as ReadonlyArray<{ readonly manager: string }>).map(({ manager }) => manager).sort();
  };
  const managersOf = (sandbox: string) => managersAt(pathOf(sandbox));
  const apply = (sandbox: string, spec: object, force = false): Promise<unknown> => {
    const manifest = { apiVersion: 'agents.x-k8s.io/v1beta1', kind: 'Sandbox', metadata: { name: sandbox }, spec };
    return cluster().object('PATCH', `${pathOf(sandbox)}?fieldManager=sdk&force=${force}`, manifest, { 'content-type': 'application/apply-patch+yaml' });
  };

  it('is not kept by the API server before somebody applies it, who has to insist only on what is there already', async () => {
    const members = await fleet.members('warm');
    expect(await Promise.all(members.map(managersOf))).toEqual(members.map(() => ['agent-sandbox-controller', 'agent-sandbox-controller']));
    expect(await managersAt(podPathOf(members[0] ?? ''))).toContain('sandbox-controller');
    const sandbox = await ready('unmanaged', 'warm');
    expect(await managersOf(sandbox)).toEqual([]);
    expect(await managersAt(podPathOf(sandbox))).toEqual([]);
    await scene.patch(SANDBOXES, sandbox, { spec: { operatingMode: 'Suspended' } });
    await scene.until(SANDBOXES, sandbox, 'to be suspended', ({ status }) => status?.podIPs === undefined);
    await scene.settled(controllers);
    expect(await managersOf(sandbox)).toEqual([]);
    await apply(sandbox, { shutdownTime: inSeconds(3_600_000) });
    expect(await managersOf(sandbox)).toEqual(['before-first-apply', 'sdk']);
    await expect(apply(sandbox, { operatingMode: 'Running' })).rejects.toThrow('conflict with "before-first-apply"');
    await apply(sandbox, { operatingMode: 'Running' }, true);
    await scene.until(SANDBOXES, sandbox, 'to run again', ({ status }) => status?.podIPs !== undefined);
  });

  it('is kept where no member was adopted', async () => {
    const sandbox = await ready('managed', 'cold');
    expect(await managersOf(sandbox)).toContain('agent-sandbox-controller');
    expect(await managersAt(podPathOf(sandbox))).toContain('sandbox-controller');
  });
});

describe('scenario 10: expiry', () => {
  const rows = ['warm', 'cold'].flatMap((pool) => (['Retain', 'Delete', 'DeleteForeground'] as const).map((policy) => [pool, policy] as const));

  it.each(rows)('of a %s claim with policy %s comes at its second, and not before', async (pool, shutdownPolicy) => {
    const name = `expiring-${pool}-${shutdownPolicy.toLowerCase()}`;
    const shutdownTime = inSeconds(WHILE_MS);
    const sandbox = await ready(name, pool, { lifecycle: { shutdownTime, shutdownPolicy } });
    const before = scene.writes(name).length;
    clock.leap(Date.parse(shutdownTime) - clock.nowMs() - 5000);
    await scene.settled(controllers);
    expect(scene.writes(name)).toHaveLength(before);
    clock.leap(5000);
    await scene.gone(SANDBOXES, sandbox);
    await scene.gone(PODS, sandbox);
    if (shutdownPolicy !== 'Retain') return void (await scene.gone(CLAIMS, name));
    const claim = await scene.until(CLAIMS, name, 'to have no Sandbox', ({ status }) => status?.sandbox === undefined);
    expect(conditionOf(claim, 'Ready')).toMatchObject({ status: 'False', reason: 'ClaimExpired' });
    await fleet.delete(name);
  });

  it.each(['warm', 'cold'])('with a TTL of 0 comes with the end of the Pod of a %s claim, is told with Finished, and stays told', async (pool) => {
    const name = `finishing-${pool}`;
    const sandbox = await ready(name, pool, { lifecycle: { ttlSecondsAfterFinished: 0 } });
    await scene.patch(SANDBOXES, sandbox, { metadata: { finalizers: ['test/held'] } });
    await scene.kubelet.report(sandbox, { phase: 'Succeeded', finishedAt: '2026-01-01T00:00:00Z' });
    const isTold = (claim: SandboxClaim) => conditionOf(claim, 'Ready')?.reason === 'ClaimExpired' && conditionOf(claim, 'Finished')?.status === 'True';
    await scene.until(SANDBOXES, sandbox, 'to terminate', ({ metadata }) => metadata.deletionTimestamp !== undefined);
    expect(isTold(await scene.until(CLAIMS, name, 'to be told', isTold))).toBe(true);
    await scene.patch(SANDBOXES, sandbox, { metadata: { finalizers: null } });
    await scene.gone(SANDBOXES, sandbox);
    expect(isTold(await scene.until(CLAIMS, name, 'to have no Sandbox', ({ status }) => status?.sandbox === undefined))).toBe(true);
    await fleet.delete(name);
  });

  it.each([500, 503, 429])('during a storm of errors %i is told and carried out when the storm is over', async (status) => {
    const name = `stormy-${status}`;
    const shutdownTime = inSeconds(WHILE_MS);
    const sandbox = await ready(name, 'warm', { lifecycle: { shutdownTime, shutdownPolicy: 'Retain' } });
    const storms = (['patch', 'delete'] as const).map((verb) => proxy.inject({ verb }, { do: 'answer', status }));
    clock.leap(Date.parse(shutdownTime) - clock.nowMs());
    await until('five refused requests', () => (storms.reduce((sum, { hits }) => sum + hits, 0) >= 5 ? true : undefined));
    expect(await scene.find(SANDBOXES, sandbox)).toBeDefined();
    for (const storm of storms) storm.remove();
    await scene.gone(SANDBOXES, sandbox);
    const claim = await scene.until(CLAIMS, name, 'to have no Sandbox', (each) => each.status?.sandbox === undefined);
    expect(conditionOf(claim, 'Ready')).toMatchObject({ status: 'False', reason: 'ClaimExpired' });
    await fleet.delete(name);
  });

  it('with a TTL in the future waits for it', async () => {
    const sandbox = await ready('lingering', 'warm', { lifecycle: { ttlSecondsAfterFinished: WHILE_MS / 1000, shutdownPolicy: 'Delete' } });
    await scene.kubelet.report(sandbox, { phase: 'Succeeded', finishedAt: inSeconds(0) });
    await scene.until(CLAIMS, 'lingering', 'to be finished', (claim) => conditionOf(claim, 'Finished') !== undefined);
    await scene.settled(controllers);
    clock.leap(WHILE_MS - 5000);
    await scene.settled(controllers);
    expect(await scene.find(CLAIMS, 'lingering')).toBeDefined();
    clock.leap(10_000);
    await scene.gone(CLAIMS, 'lingering');
  });
});

it('scenario 12: reserved labels that a template forges reach no Pod, and the policy of the template selects all of its Pods', async () => {
  const forged = { [LABELS.sandboxNameHash]: nameHash('victim'), [LABELS.templateRefHash]: nameHash('other'), [LABELS.claimUid]: 'x', app: 'python' };
  await fleet.template('forged', { podTemplate: { metadata: { labels: forged }, spec: { containers: [CONTAINER] } } });
  await fleet.pool('forged', 1, { sandboxTemplateRef: { name: 'forged' } });
  await fleet.full('forged', 1);
  const [member = ''] = await fleet.members('forged');
  const policy = await scene.find(NETWORK_POLICIES, 'forged-network-policy');
  const selected = { [LABELS.templateRefHash]: nameHash('forged') };
  expect(policy?.spec.podSelector).toEqual({ matchLabels: selected });
  const truth = { ...selected, [LABELS.sandboxNameHash]: nameHash(member), app: 'python' };
  const labels = (name: string) => scene.find(PODS, name).then((pod) => pod?.metadata.labels);
  expect(await labels(member)).toMatchObject(truth);
  expect(await labels(member)).not.toHaveProperty([LABELS.claimUid]);
  const claim = await fleet.claim('honest', 'forged', { additionalPodMetadata: { labels: { 'sandbox.users.io/team': 'a' } } });
  expect(sandboxOf(await fleet.ready('honest'))).toBe(member);
  await scene.settled(controllers);
  expect(await labels(member)).toMatchObject({ ...truth, [LABELS.claimUid]: claim.metadata.uid, 'sandbox.users.io/team': 'a' });
  expect(await labels(member)).not.toHaveProperty([LABELS.warmPool]);
  for (const [name, label] of [
    ['router', { app: 'sandbox-router' }],
    ['foreign', { 'kubernetes.io/x': 'y' }],
    ['reserved', { [LABELS.claimUid]: 'y' }],
  ] as const) {
    await fleet.claim(name, 'forged', { additionalPodMetadata: { labels: label } });
    const refused = await fleet.says(name, 'InvalidMetadata');
    expect(await fleet.sandboxesOf(refused)).toEqual([]);
    await fleet.delete(name);
  }
});

it('scenario 13: a claim follows its Sandbox through suspension, keeps its data and gets a new address each time', async () => {
  await scene.patch(TEMPLATES, 'python', { spec: { volumeClaimTemplatesPolicy: 'Allowed' } });
  const sandbox = await ready('sleeper', 'cold', { volumeClaimTemplates: DATA, lifecycle: { ttlSecondsAfterFinished: 0, shutdownPolicy: 'Delete' } });
  const data = await scene.find(VOLUME_CLAIMS, `data-${sandbox}`);
  const addresses = new Set<string>();
  for (let round = 0; round < 10; round++) {
    addresses.add((await fleet.ready('sleeper')).status?.sandbox?.podIPs?.[0] ?? 'none');
    await scene.patch(SANDBOXES, sandbox, { spec: { operatingMode: 'Suspended' } });
    const asleep = await scene.until(
      CLAIMS,
      'sleeper',
      'to sleep',
      (claim) => conditionOf(claim, 'Ready')?.reason === 'SandboxSuspended' && claim.status?.sandbox?.podIPs === undefined,
    );
    expect([sandboxOf(asleep), conditionOf(asleep, 'Finished')]).toEqual([sandbox, undefined]);
    await scene.patch(SANDBOXES, sandbox, { spec: { operatingMode: 'Running' } });
    await fleet.ready('sleeper');
  }
  expect(addresses.size).toBe(10);
  expect((await scene.find(VOLUME_CLAIMS, `data-${sandbox}`))?.metadata.uid).toBe(data?.metadata.uid);
  await fleet.delete('sleeper');
  await scene.gone(SANDBOXES, sandbox);
  await scene.gone(VOLUME_CLAIMS, `data-${sandbox}`);
});

describe('scenario 15: a claim that waits for somebody to mend something goes on without being touched, and without a timer', () => {
  const pooled = async (name: string, template: object = {}): Promise<void> => {
    await fleet.template(name, template);
    await fleet.pool(name, 0, { sandboxTemplateRef: { name } });
  };
  const labelled = (value: string | null) => ({ podTemplate: { metadata: { labels: { 'sandbox.users.io/a': value } } } });
  const ENV = { env: [{ name: 'A', value: '1' }] };
  const ROWS: ReadonlyArray<readonly [string, string, object, (name: string) => Promise<unknown>, (name: string) => Promise<unknown>]> = [
    ['env policy', 'EnvVarsInjectionRejected', ENV, pooled, (name) => scene.patch(TEMPLATES, name, { spec: { envVarsInjectionPolicy: 'Allowed' } })],
    [
      ...(['volume policy', 'VolumeClaimTemplatesError', { volumeClaimTemplates: DATA }, pooled] as const),
      (name) => scene.patch(TEMPLATES, name, { spec: { volumeClaimTemplatesPolicy: 'Allowed' } }),
    ],
    [
      ...(['metadata conflict', 'ReconcilerError', { additionalPodMetadata: { labels: { 'sandbox.users.io/a': '2' } } }] as const),
      (name) => pooled(name, { podTemplate: { ...labelled('1').podTemplate, spec: { containers: [CONTAINER] } } }),
      (name) => scene.patch(TEMPLATES, name, { spec: labelled(null) }),
    ],
    [
      ...(['missing template', 'TemplateNotFound', {}, (name: string) => fleet.pool(name, 0, { sandboxTemplateRef: { name } })] as const),
      (name) => fleet.template(name),
    ],
    ['missing pool', 'WarmPoolNotFound', {}, (name) => fleet.template(name), (name) => fleet.pool(name, 0, { sandboxTemplateRef: { name } })],
    [
      ...(['clashing Sandbox', 'ReconcilerError', {}] as const),
      (name) => pooled(name).then(() => scene.sandbox(name)),
      (name) => scene.delete(SANDBOXES, name),
    ],
  ];

  it.each(ROWS)('%s', async (what, reason, spec, spoil, mend) => {
    const name = what.toLowerCase().replaceAll(' ', '-');
    await spoil(name);
    await fleet.claim(name, name, spec);
    await fleet.says(name, reason);
    await scene.settled(controllers);
    await mend(name);
    expect(isReady(await fleet.ready(name))).toBe(true);
  });
});

it('scenario 16: what a claim asks for that is refused for ever is asked for once, and comes right with the Sandbox', async () => {
  await fleet.template('wrong', { podTemplate: { spec: { restartPolicy: 'Sometimes', containers: [CONTAINER] } } });
  await fleet.pool('wrong', 0, { sandboxTemplateRef: { name: 'wrong' } });
  await fleet.claim('refused', 'wrong');
  await fleet.says('refused', 'InvalidConfiguration');
  await scene.settled(controllers);
  const before = scene.writes('refused');
  expect(before.filter((write) => write.startsWith('create pods'))).toEqual(['create pods refused 422']);
  for (let times = 0; times < 3; times++) {
    clock.leap(WHILE_MS);
    await scene.settled(controllers);
  }
  expect(scene.writes('refused')).toEqual(before);
  await scene.patch(SANDBOXES, 'refused', { spec: { podTemplate: { spec: { restartPolicy: 'Always' } } } });
  await fleet.ready('refused');
});

describe('scenario 28: what SDKs do', () => {
  const LONGEST = `${'a'.repeat(61)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(63)}`;

  it.each([
    ['of a pool with members', 'warm', 'sdk.with.dots'],
    ['of an empty pool', 'cold', 'sdk.with.dots.cold'],
    ['with the longest name, of a pool with members', 'warm', `w${LONGEST.slice(1)}`],
    ['with the longest name, of an empty pool', 'cold', LONGEST],
  ])('a claim %s is created, watched until it is Ready, used and deleted', async (_, pool, name) => {
    const told: SandboxClaim[] = [];
    const stop = scene.watch(CLAIMS, (type, claim) => void (claim.metadata.name === name && type !== 'DELETED' && told.push(claim)));
    const labels = { [LABELS.createdBy]: 'python-sdk' };
    await fleet.claim(name, pool, { additionalPodMetadata: { annotations: { 'podsnapshot.gke.io/ps-name': 'one' } } }, { labels });
    const first = await until('the event that says Ready', () => told.find(isReady));
    const [sandboxName, ip] = [sandboxOf(first), first.status?.sandbox?.podIPs?.[0]];
    expect(conditionOf(first, 'Ready')?.observedGeneration).toBe(first.metadata.generation);
    const sandbox = await scene.find(SANDBOXES, sandboxName);
    expect([sandbox?.status?.podIPs?.[0], conditionOf(sandbox ?? first, 'Ready')?.status]).toEqual([ip, 'True']);
    const isMine = (pod: { readonly metadata: { readonly labels?: Readonly<Record<string, string>> } }) =>
      pod.metadata.labels?.[LABELS.claimUid] === first.metadata.uid;
    await scene.until(PODS, sandboxName, 'to be the claim’s', isMine);
    await scene.patch(CLAIMS, name, { spec: { additionalPodMetadata: { annotations: { 'podsnapshot.gke.io/ps-name': 'two' } } } });
    await scene.until(PODS, sandboxName, 'to be annotated', ({ metadata }) => metadata.annotations?.['podsnapshot.gke.io/ps-name'] === 'two');
    const uid = sandbox?.metadata.uid;
    await fleet.delete(name);
    await scene.gone(SANDBOXES, sandboxName, uid);
    await scene.gone(PODS, sandboxName);
    expect((await scene.send('DELETE', CLAIMS, name)).status).toBe(404);
    stop();
  });

  it('a claim may bring environment and volumes, and generate its name', async () => {
    await scene.patch(TEMPLATES, 'python', { spec: { volumeClaimTemplatesPolicy: 'Allowed', envVarsInjectionPolicy: 'Allowed' } });
    await scene.settled(controllers);
    const spec = { warmPoolRef: { name: 'warm' }, env: [{ name: 'TOKEN', value: 'x' }], volumeClaimTemplates: DATA };
    const answer = await scene.send('POST', CLAIMS, undefined, {
      apiVersion: 'extensions.agents.x-k8s.io/v1beta1',
      kind: 'SandboxClaim',
      metadata: { generateName: 'sandbox-claim-' },
      spec,
    });
    // A claim was created.
    const { name } = (answer.body as SandboxClaim).metadata;
    expect(sandboxOf(await fleet.ready(name))).toBe(name);
    const pod = await scene.find(PODS, name);
    expect(pod?.spec).toMatchObject({ containers: [{ env: [{ name: 'TOKEN', value: 'x' }] }] });
    expect(await scene.find(VOLUME_CLAIMS, `data-${name}`)).toBeDefined();
  });
});
