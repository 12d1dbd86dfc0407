import { LABELS } from '../../../src/api/keys';
import type { Settings } from '../../../src/controllers/sandbox/observe';
import { PODS, SANDBOXES } from '../../../src/controllers/shared/objects';
import type { Clock } from '../../../src/runtime/clock';
import { LeapingClock } from '../../support/leaping-clock';
import { cluster } from '../connection';
import type { ControllerProcess } from './controller-process';
import { Scene } from './scene';

/** What flags change, on a real API server; the numbers are the rows of spec 03 §14. */

jest.setTimeout(60_000);

let scene: Scene;
let controllers: ControllerProcess;
beforeAll(async () => (scene = await Scene.open(cluster(), 'flags')));
afterEach(() => controllers.kill());
afterAll(() => scene.close());

async function startWith(settings: Partial<Settings>, clock?: Clock): Promise<void> {
  controllers = await scene.start({ settings, ...(clock && { clock }) });
}

it('--cluster-domain is the end of the name of the Service (19)', async () => {
  await startWith({ clusterDomain: 'example.internal' });
  await scene.sandbox('named', { service: true });
  const { status } = await scene.ready('named');
  expect(status?.serviceFQDN).toBe(`named.${scene.namespace}.svc.example.internal`);
});

it('--sandbox-write-behind-window gathers changes of the metadata of the Pod into one write of the last content (20)', async () => {
  const clock = new LeapingClock(true);
  await startWith({ writeBehindWindowMs: 500 }, clock);
  await scene.sandbox('behind');
  await scene.ready('behind');
  const label = async (value: string) => {
    const { metadata } = await scene.patch(SANDBOXES, 'behind', { spec: { podTemplate: { metadata: { labels: { version: value } } } } });
    const isSeen = (generation?: number) => generation === metadata.generation;
    await scene.until(SANDBOXES, 'behind', 'to be seen', ({ status }) => status?.conditions?.every((one) => isSeen(one.observedGeneration)) === true);
  };
  for (const value of ['1', '2', '3']) await label(value);
  await scene.settled(controllers);
  const patches = () => scene.writes('behind').filter((write) => write.startsWith('patch pods'));
  expect(patches()).toEqual([]);
  clock.leap(500);
  await scene.until(PODS, 'behind', 'to have the last label', ({ metadata }) => metadata.labels?.version === '3');
  await scene.settled(controllers);
  expect(patches()).toEqual(['patch pods behind 200']);
});

it('--pod-sandbox-uid-label puts the UID of the Sandbox on the Pod, and back when somebody takes it away', async () => {
  await startWith({ isPodSandboxUidLabelled: true });
  const { uid } = (await scene.sandbox('known')).metadata;
  await scene.ready('known');
  const labelled = () => scene.until(PODS, 'known', 'to have the label', ({ metadata }) => metadata.labels?.[LABELS.sandboxUid] === uid);
  expect((await labelled()).metadata.annotations ?? {}).toEqual({});
  await scene.patch(PODS, 'known', { metadata: { labels: { [LABELS.sandboxUid]: null } } });
  await labelled();
  expect(scene.writes('known').filter((write) => write.includes(' pods '))).toEqual(['create pods known 201', 'patch pods known 200']);
});

it('--created-by-values lets more creators keep their names', async () => {
  await startWith({ createdByValues: ['robot'] });
  for (const creator of ['robot', 'stranger']) await scene.sandbox(creator, {}, { labels: { [LABELS.createdBy]: creator } });
  const labelOf = async (name: string) => (await scene.until(PODS, name, 'to exist')).metadata.labels?.[LABELS.createdBy];
  expect([await labelOf('robot'), await labelOf('stranger')]).toEqual(['robot', 'unknown']);
});
