import { LABELS } from '../../../src/api/keys';
import { nameHash } from '../../../src/api/names';
import { PODS, SANDBOXES } from '../../../src/controllers/shared/objects';
import type { KubeObject } from '../../../src/runtime/object';
import { cluster } from '../connection';
import type { ControllerProcess } from './controller-process';
import { ADOPTABLE, CONFIG_MAPS, controlledBy, isOwnedBy, lacksPermission, ownedBySandbox, trackedAs } from './owners';
import { Scene } from './scene';

/** What becomes of Pods on a real API server; the numbers are the rows of spec 03 §14. */

jest.setTimeout(240_000);

let scene: Scene;
let controllers: ControllerProcess;
let stranger: KubeObject;
beforeAll(async () => {
  scene = await Scene.open(cluster(), 'children');
  stranger = await scene.make(CONFIG_MAPS, 'stranger');
  controllers = await scene.start();
});
afterAll(() => scene.close());

const strangers = () => ({ ownerReferences: [controlledBy(stranger)] });
const CLAIM = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
const template = (name: string, metadata: object = {}) => ({ metadata: { name, ...metadata }, spec: CLAIM });
const adoptions = (name: string) =>
  controllers.events.filter(({ reason, regarding }) => reason === 'ChildAdopted' && regarding.metadata.name === name).map(({ note }) => note);

describe('the Pod', () => {
  it('is the template, volumes of claims in their places, and nothing else (4, 6, 18)', async () => {
    const containers = [{ name: 'main', image: 'i', volumeMounts: [{ name: 'data', mountPath: '/data' }] }];
    const podTemplate = {
      metadata: { labels: { app: 'a', [LABELS.claimUid]: 'forged' }, annotations: { note: 'x', 'opentelemetry.io/trace-context': 'forged' } },
      spec: {
        containers,
        volumes: [
          { name: 'a', emptyDir: {} },
          { name: 'data', emptyDir: {} },
          { name: 'b', emptyDir: {} },
        ],
        automountServiceAccountToken: false,
      },
    };
    const labels = { [LABELS.warmPool]: 'forged', [LABELS.templateRefHash]: 'forged', [LABELS.createdBy]: 'somebody' };
    const sandbox = await scene.sandbox('whole', { podTemplate, volumeClaimTemplates: [template('data')] }, { labels });
    const pod = await scene.until(PODS, 'whole', 'to exist');
    expect(pod.metadata).toMatchObject({
      labels: { app: 'a', [LABELS.sandboxNameHash]: nameHash('whole'), [LABELS.createdBy]: 'unknown' },
      annotations: { note: 'x', 'agents.x-k8s.io/propagated-labels': 'app', 'agents.x-k8s.io/propagated-annotations': 'note' },
      ownerReferences: [ownedBySandbox(sandbox)],
    });
    expect([Object.keys(pod.metadata.labels ?? {}), Object.keys(pod.metadata.annotations ?? {})].map(({ length }) => length)).toEqual([3, 3]);
    expect(pod.spec).toMatchObject({ volumes: [{ name: 'a' }, { name: 'b' }, { name: 'data', persistentVolumeClaim: { claimName: 'data-whole' } }] });
    expect(pod.spec).not.toHaveProperty('hostname');
  });

  it('of a Sandbox without claims has the volumes of the template and no other (18)', async () => {
    const volumes = [
      { name: 'b', emptyDir: {} },
      { name: 'a', emptyDir: {} },
    ];
    await scene.sandbox('plain', { podTemplate: { spec: { containers: [{ name: 'main', image: 'i' }], volumes, automountServiceAccountToken: false } } });
    expect(await scene.until(PODS, 'plain', 'to exist')).toMatchObject({ spec: { volumes } });
  });

  it.each([
    ['adoptable', () => ADOPTABLE],
    ['tracked', trackedAs],
  ])('that nobody owns and that is %s is taken over with owner and labels in one write, and serves (1, 2)', async (how, metadata) => {
    await scene.pod(how, { ...metadata(how), annotations: { mine: 'x' } });
    await scene.until(PODS, how, 'to run', ({ status }) => status?.phase === 'Running');
    const sandbox = await scene.sandbox(how, { podTemplate: { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'main', image: 'i' }] } } });
    const { status } = await scene.ready(how);
    const pod = await scene.until(PODS, how, 'to exist');
    expect(pod.metadata.ownerReferences).toEqual([ownedBySandbox(sandbox)]);
    expect(pod.metadata.labels).toEqual({ ...metadata(how).labels, app: 'a', [LABELS.sandboxNameHash]: nameHash(how) });
    expect(pod.metadata.annotations).toMatchObject({ mine: 'x' });
    expect(status?.podIPs).toEqual(pod.status?.podIPs?.map(({ ip }) => ip));
    expect(scene.writes(how).filter((write) => write.includes(' pods '))).toEqual([`patch pods ${how} 200`]);
    expect(adoptions(how)).toEqual([`Adopted Pod "${how}"`]);
  });

  it.each<[string, () => object, (name: string) => string]>([
    ['without permission', () => ({}), (name) => lacksPermission('pod', name)],
    ['with the hash of another', () => trackedAs('another'), (name) => lacksPermission('pod', name)],
    ['of a stranger', strangers, (name) => isOwnedBy(`pod "${name}"`, stranger, name)],
  ])('%s is refused, never touched, and made when it has gone (3)', async (title, metadata, message) => {
    const name = `pod-${nameHash(title)}`;
    await scene.pod(name, metadata());
    const before = await scene.until(PODS, name, 'to run', ({ status }) => status?.phase === 'Running');
    await scene.sandbox(name);
    await scene.expectProblem(name, 'ReconcilerError', message(name));
    await scene.expectUntouched(PODS, before);
    await scene.delete(PODS, name);
    await scene.ready(name);
  });

  it('of an earlier Sandbox of this name is never trusted and never touched (14)', async () => {
    const earlier = await scene.sandbox('reborn', { operatingMode: 'Suspended' });
    await scene.delete(SANDBOXES, 'reborn');
    scene.kubelet.byHand.add('reborn');
    // The finalizer keeps it from the garbage collector.
    await scene.pod('reborn', { ...trackedAs('reborn'), ownerReferences: [ownedBySandbox(earlier)], finalizers: ['e.com/held'] });
    await scene.sandbox('reborn');
    await scene.expectProblem('reborn', 'ReconcilerError', isOwnedBy('pod "reborn"', earlier, 'reborn'));
    expect(scene.writes('reborn').filter((write) => /(patch|delete) pods /.test(write))).toEqual([]);
    scene.kubelet.byHand.delete('reborn');
    await scene.patch(PODS, 'reborn', { metadata: { finalizers: null } });
    await scene.ready('reborn');
  });

  it('that is adoptable and has ended, or is on its way, is refused', async () => {
    for (const name of ['ended', 'leaving']) scene.kubelet.byHand.add(name);
    await scene.pod('ended', ADOPTABLE);
    await scene.kubelet.bind('ended');
    await scene.kubelet.report('ended', { phase: 'Failed', isReady: false });
    await scene.pod('leaving', ADOPTABLE);
    await scene.kubelet.bind('leaving');
    await scene.delete(PODS, 'leaving');
    for (const name of ['ended', 'leaving']) await scene.sandbox(name);
    await scene.expectProblem('ended', 'ReconcilerError', 'Error seen: cannot adopt unowned pod "ended": it has ended');
    await scene.expectProblem('leaving', 'ReconcilerError', 'Error seen: cannot adopt unowned pod "leaving": it is terminating');
    scene.kubelet.byHand.delete('leaving');
    await scene.kubelet.remove('leaving');
    await scene.ready('leaving');
  });

  it('follows labels and annotations of the template, keeps those of others, and is never restarted by an edit (10, 11)', async () => {
    const podTemplate = (metadata: object, image = 'i') => ({ podTemplate: { metadata, spec: { containers: [{ name: 'main', image }] } } });
    await scene.sandbox('edited', podTemplate({ labels: { a: '1', b: '1' }, annotations: { x: '1' } }), { labels: { [LABELS.createdBy]: 'go-client' } });
    await scene.ready('edited');
    const { uid } = (await scene.patch(PODS, 'edited', { metadata: { labels: { others: 'o', a: 'changed', [LABELS.sandboxNameHash]: null } } })).metadata;
    await scene.until(PODS, 'edited', 'to be mended', ({ metadata: { labels } }) => labels?.a === '1' && labels[LABELS.sandboxNameHash] === nameHash('edited'));
    await scene.patch(SANDBOXES, 'edited', {
      metadata: { labels: { [LABELS.createdBy]: null } },
      spec: {
        podTemplate: { metadata: { labels: { b: null, c: '1' }, annotations: { x: null } }, spec: { containers: [{ name: 'main', image: 'another' }] } },
      },
    });
    const { metadata, spec } = await scene.until(PODS, 'edited', 'to follow', ({ metadata: { labels } }) => labels?.c === '1');
    expect(metadata.uid).toBe(uid);
    expect(metadata.labels).toEqual({ a: '1', c: '1', others: 'o', [LABELS.sandboxNameHash]: nameHash('edited') });
    expect(metadata.annotations).toEqual({ 'agents.x-k8s.io/propagated-labels': 'a,c', 'agents.x-k8s.io/propagated-annotations': '' });
    expect(spec).toMatchObject({ containers: [{ image: 'i' }] });
  });

  it('that the legacy annotation names is looked at, and found by its owner when the annotation is wrong (12, 13)', async () => {
    const annotated = (podName: string) => ({ annotations: { 'agents.x-k8s.io/pod-name': podName } });
    await scene.pod('old-name', ADOPTABLE);
    await scene.sandbox('renamed', {}, annotated('old-name'));
    const { metadata } = await scene.ready('renamed');
    expect(metadata.annotations).toEqual(annotated('old-name').annotations);
    expect(await scene.find(PODS, 'renamed')).toBeUndefined();
    const decoy = await scene.pod('decoy', ADOPTABLE);
    for (const name of ['nobody', 'decoy']) {
      await scene.patch(SANDBOXES, 'renamed', { metadata: annotated(name) });
      await scene.until(SANDBOXES, 'renamed', 'to lose the annotation', (sandbox) => sandbox.metadata.annotations === undefined);
    }
    expect((await scene.find(PODS, 'decoy'))?.metadata.ownerReferences).toEqual(decoy.metadata.ownerReferences);
    expect(await scene.find(PODS, 'renamed')).toBeUndefined();
    const victim = await scene.pod('victim');
    await scene.sandbox('greedy', { operatingMode: 'Suspended' }, annotated('victim'));
    await scene.until(SANDBOXES, 'greedy', 'to lose the annotation', (sandbox) => sandbox.metadata.annotations === undefined);
    expect((await scene.find(PODS, 'victim'))?.metadata.deletionTimestamp).toBe(victim.metadata.deletionTimestamp);
  });
});
