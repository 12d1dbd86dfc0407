import { LABELS } from '../../../src/api/keys';
import { nameHash } from '../../../src/api/names';
import { PODS, SANDBOXES, SERVICES, VOLUME_CLAIMS } from '../../../src/controllers/shared/objects';
import type { KubeObject } from '../../../src/runtime/object';
import { cluster } from '../connection';
import type { ControllerProcess } from './controller-process';
import { ADOPTABLE, CONFIG_MAPS, controlledBy, isOwnedBy, lacksPermission, ownedBySandbox, trackedAs } from './owners';
import { Scene } from './scene';

/** What becomes of Services and claims for volumes on a real API server; the numbers are the rows of spec 03 §14. */

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
const HEADLESS = { clusterIP: 'None' };
const CLAIM = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
const template = (name: string, metadata: object = {}) => ({ metadata: { name, ...metadata }, spec: CLAIM });
const adoptions = (name: string) =>
  controllers.events.filter(({ reason, regarding }) => reason === 'ChildAdopted' && regarding.metadata.name === name).map(({ note }) => note);

describe('the Service (15)', () => {
  it('is headless, labelled, selects by the hash, and has the ports of the containers (16)', async () => {
    const containers = [
      {
        name: 'main',
        image: 'i',
        ports: [
          { containerPort: 80, name: 'http' },
          { containerPort: 53, protocol: 'UDP' },
        ],
      },
    ];
    const initContainers = [
      { name: 'sidecar', image: 'i', restartPolicy: 'Always', ports: [{ containerPort: 9000 }] },
      { name: 'once', image: 'i', ports: [{ containerPort: 1 }] },
    ];
    const sandbox = await scene.sandbox('served', { service: true, podTemplate: { spec: { containers, initContainers } } });
    const { metadata, spec } = await scene.until(SERVICES, 'served', 'to exist');
    expect(metadata.labels).toEqual(trackedAs('served').labels);
    expect(metadata.ownerReferences).toEqual([ownedBySandbox(sandbox)]);
    expect(spec).toMatchObject({ clusterIP: 'None', selector: trackedAs('served').labels });
    const port = (name: string, protocol: string, number: number) => ({ name, protocol, port: number, targetPort: number });
    expect(spec.ports).toEqual([port('p-53-udp', 'UDP', 53), port('http', 'TCP', 80), port('p-9000-tcp', 'TCP', 9000)]);
    await scene.patch(SANDBOXES, 'served', { spec: { podTemplate: { spec: { containers: [{ name: 'main', image: 'i' }], initContainers: null } } } });
    await scene.until(SERVICES, 'served', 'to have no port', (service) => service.spec.ports === undefined);
  });

  it('that somebody changes is mended with one write', async () => {
    await scene.sandbox('mended', { service: true });
    await scene.ready('mended');
    await scene.patch(SERVICES, 'mended', {
      metadata: { labels: { [LABELS.sandboxNameHash]: 'x', mine: 'y' } },
      spec: { selector: { app: 'x' }, ports: [{ port: 1 }] },
    });
    const service = await scene.until(SERVICES, 'mended', 'to be mended', ({ spec }) => spec.ports === undefined);
    expect(service.spec.selector).toEqual(trackedAs('mended').labels);
    expect(service.metadata.labels).toEqual({ ...trackedAs('mended').labels, mine: 'y' });
    expect(scene.writes('mended').filter((write) => write.startsWith('patch services'))).toHaveLength(1);
    await scene.delete(SERVICES, 'mended');
    await scene.until(SERVICES, 'mended', 'to be there again', ({ metadata }) => metadata.uid !== service.metadata.uid);
  });

  it.each([
    ['given', () => ADOPTABLE],
    ['labelled', trackedAs],
  ])('that nobody owns and that is %s is taken over in one write, without its ports', async (how, metadata) => {
    const name = `service-${how}`;
    await scene.make(SERVICES, name, { metadata: metadata(name), spec: { ...HEADLESS, selector: { app: 'x' }, ports: [{ port: 1 }] } });
    const sandbox = await scene.sandbox(name, { service: true });
    await scene.ready(name);
    const service = await scene.until(SERVICES, name, 'to exist');
    expect(service.metadata).toMatchObject({ labels: { ...metadata(name).labels, ...trackedAs(name).labels }, ownerReferences: [ownedBySandbox(sandbox)] });
    expect([service.spec.selector, service.spec.ports]).toEqual([trackedAs(name).labels, undefined]);
    // The controllers may not have heard of it yet; then they are told by the refusal.
    expect(scene.writes(name).filter((write) => / services .*(?<!409)$/.test(write))).toEqual([`patch services ${name} 200`]);
    expect(adoptions(name)).toEqual([`Adopted Service "${name}"`]);
  });

  it.each<[string, boolean | undefined, () => object, object, ((name: string, service: { spec: { clusterIP?: string } }) => string) | undefined]>([
    ['wanted, without permission', true, () => ({}), HEADLESS, (name) => lacksPermission('service', name)],
    [
      'wanted, with an address',
      true,
      () => ADOPTABLE,
      { ports: [{ port: 1 }] },
      (name, { spec }) => `Error seen: cannot adopt service "${name}": ClusterIP is "${spec.clusterIP}" (expected "None", field is immutable)`,
    ],
    ['wanted, of a stranger', true, strangers, HEADLESS, (name) => isOwnedBy(`service "${name}"`, stranger, name)],
    ['not asked for, of a stranger', undefined, strangers, HEADLESS, (name) => isOwnedBy(`service "${name}"`, stranger, name)],
    ['not asked for, of nobody', undefined, () => ADOPTABLE, HEADLESS, undefined],
    ['unwanted, of nobody', false, () => ADOPTABLE, HEADLESS, undefined],
    ['unwanted, of a stranger', false, strangers, HEADLESS, undefined],
  ])('that is %s is never touched', async (title, service, metadata, spec, message) => {
    const name = `service-${nameHash(title)}`;
    const before = await scene.make(SERVICES, name, { metadata: metadata(), spec });
    await scene.sandbox(name, service === undefined ? {} : { service });
    if (message) await scene.expectProblem(name, 'ReconcilerError', message(name, before));
    else await scene.ready(name);
    await scene.settled(controllers);
    await scene.expectUntouched(SERVICES, before);
  });
});

describe('a claim for a volume (17)', () => {
  it('is made once with the labels of its template, is never changed, also not for a suspended Sandbox, and goes with it', async () => {
    const metadata = {
      labels: { app: 'a', [LABELS.sandboxNameHash]: 'forged', 'extensions.agents.x-k8s.io/x': 'y' },
      annotations: { note: 'x', 'agents.x-k8s.io/x': 'y' },
    };
    const sandbox = await scene.sandbox('stored', { operatingMode: 'Suspended', volumeClaimTemplates: [template('data', metadata), template('logs')] });
    const claim = await scene.until(VOLUME_CLAIMS, 'data-stored', 'to exist');
    expect(claim.metadata).toMatchObject({
      labels: { app: 'a', ...trackedAs('stored').labels },
      annotations: { note: 'x' },
      ownerReferences: [ownedBySandbox(sandbox)],
    });
    expect(Object.keys(claim.metadata.labels ?? {})).toHaveLength(2);
    expect(claim).toMatchObject({ spec: CLAIM });
    await scene.until(VOLUME_CLAIMS, 'logs-stored', 'to exist');
    await scene.patch(VOLUME_CLAIMS, 'data-stored', { metadata: { labels: { app: 'changed', [LABELS.sandboxNameHash]: null } } });
    controllers.wakeSandbox({ namespace: scene.namespace, name: 'stored' });
    await scene.settled(controllers);
    expect(scene.writes('-stored').filter((write) => !/ (201|409)$/.test(write))).toEqual([]);
    await scene.delete(SANDBOXES, 'stored');
    await scene.gone(VOLUME_CLAIMS, 'data-stored');
  });

  it.each([
    ['adoptable', () => ADOPTABLE],
    ['tracked', trackedAs],
  ])('that nobody owns and that is %s gets an owner and keeps everything else', async (how, metadata) => {
    const name = `claim-${how}`;
    const before = await scene.make(VOLUME_CLAIMS, `data-${name}`, { metadata: metadata(name), spec: CLAIM });
    const sandbox = await scene.sandbox(name, { volumeClaimTemplates: [template('data')] });
    await scene.ready(name);
    const { metadata: after } = await scene.until(VOLUME_CLAIMS, `data-${name}`, 'to exist');
    expect([after.uid, after.labels, after.ownerReferences]).toEqual([before.metadata.uid, before.metadata.labels, [ownedBySandbox(sandbox)]]);
    expect(adoptions(name)).toEqual([`Adopted PersistentVolumeClaim "data-${name}"`]);
  });

  it.each<[string, () => object, (name: string) => string]>([
    ['of nobody, without permission', () => ({}), (name) => lacksPermission('PVC', `data-${name}`)],
    ['of a stranger', () => ({ ...strangers(), ...ADOPTABLE }), (name) => isOwnedBy(`PVC "data-${name}"`, stranger, name)],
  ])('%s ends the step, and is never touched', async (title, metadata, message) => {
    const name = `claim-${nameHash(title)}`;
    await scene.make(VOLUME_CLAIMS, `data-${name}`, { metadata: metadata(), spec: CLAIM });
    const before = await scene.until(VOLUME_CLAIMS, `data-${name}`, 'to be looked at', ({ metadata: { finalizers } }) => finalizers !== undefined);
    await scene.sandbox(name, { volumeClaimTemplates: [template('data'), template('logs')] });
    await scene.expectProblem(name, 'ReconcilerError', message(name));
    await scene.until(PODS, name, 'to run all the same', ({ status }) => status?.phase === 'Running');
    await scene.expectUntouched(VOLUME_CLAIMS, before);
    expect(await scene.find(VOLUME_CLAIMS, `logs-${name}`)).toBeUndefined();
  });
});
