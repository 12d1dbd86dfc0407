import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import type { SandboxPod, SandboxPodProps } from '../../src';
import { blueprintOf, POD_KINDS, podSpecOf } from './manifests';

const IMAGE = 'agent:1.4';
const MAIN: SandboxPodProps = { containers: [{ image: IMAGE }] };

describe.each(POD_KINDS)('addWorkspace of a $kind', (podKind) => {
  const problem = (props: SandboxPodProps, change: (pod: SandboxPod) => void) => () => void blueprintOf(podKind, props, change);
  const disk = Size.gibibytes(1);

  test('makes a volume claim template and mounts it into the first container, which may come later', () => {
    const { volumeClaimTemplates, podTemplate } = blueprintOf(podKind, {}, (pod) => {
      pod.addWorkspace(Size.gibibytes(10), '/work', { storageClassName: 'fast' });
      pod.addContainer({ image: IMAGE });
    });
    expect(volumeClaimTemplates).toEqual([
      { metadata: { name: 'workspace' }, spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'fast', resources: { requests: { storage: '10Gi' } } } },
    ]);
    expect(podTemplate.spec.containers[0]?.volumeMounts).toEqual([{ name: 'workspace', mountPath: '/work' }]);
    expect(podTemplate.spec.volumes).toBeUndefined();
  });

  test('names further ones by their path, and gives them to the container that is named', () => {
    const { volumeClaimTemplates, podTemplate } = blueprintOf(podKind, { ...MAIN, initContainers: [{ name: 'prepare', image: IMAGE }] }, (pod) => {
      pod.addWorkspace(disk, '/work');
      pod.addWorkspace(disk, '/var/Cache', { containerName: 'prepare' });
    });
    expect(volumeClaimTemplates).toMatchObject([{ metadata: { name: 'workspace' } }, { metadata: { name: 'var-cache' } }]);
    expect(podTemplate.spec.initContainers).toMatchObject([{ volumeMounts: [{ name: 'var-cache', mountPath: '/var/Cache' }] }]);
  });

  test('returns a volume that other containers can mount', () => {
    const { podTemplate } = blueprintOf(podKind, MAIN, (pod) => {
      const work = pod.addWorkspace(disk, '/work');
      pod.addContainer({ name: 'sidecar', image: IMAGE }).mount('/data', work, { readOnly: true });
    });
    expect(podTemplate.spec.containers[1]?.volumeMounts).toEqual([{ name: 'workspace', mountPath: '/data', readOnly: true }]);
    expect(podTemplate.spec.volumes).toBeUndefined();
  });

  test.each<[string, kplus.PodSecurityContextProps, number | undefined]>([
    ['the user', { user: 1000 }, 1000],
    ['the group of the user', { user: 1000, group: 2000 }, 2000],
    ['the group that was chosen for it', { user: 1000, fsGroup: 3000 }, 3000],
    ['whoever the image names, of whom nothing is known', {}, undefined],
  ])('gives the disk to %s', (_, securityContext, fsGroup) => {
    const spec = podSpecOf(podKind, { ...MAIN, securityContext }, (pod) => pod.addWorkspace(disk, '/work'));
    expect(spec.securityContext?.fsGroup).toBe(fsGroup);
    expect(podSpecOf(podKind, { ...MAIN, securityContext: { user: 1000 } }).securityContext).not.toHaveProperty('fsGroup');
  });

  test('leaves ordinary volumes where they are', () => {
    const { volumes, containers } = podSpecOf(podKind, MAIN, (pod) => {
      pod.addWorkspace(disk, '/work');
      pod.containers[0]?.mount('/tmp', kplus.Volume.fromEmptyDir(pod, 'tmp', 'tmp'));
    });
    expect([volumes, containers]).toMatchObject([[{ name: 'tmp', emptyDir: {} }], [{ volumeMounts: [{ name: 'tmp' }, { name: 'workspace' }] }]]);
  });

  test('counts a raw device as mounted, and lets a name have 63 characters', () => {
    const name = 'a'.repeat(63);
    const { volumeClaimTemplates } = blueprintOf(podKind, {
      ...MAIN,
      volumeClaimTemplates: [{ metadata: { name }, spec: { volumeMode: 'Block' } }],
      podSpec: { containers: [{ name: 'main', volumeDevices: [{ name, devicePath: '/dev/data' }] }] },
    });
    expect(volumeClaimTemplates).toMatchObject([{ metadata: { name } }]);
  });

  const data = { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'] } };
  const shadowed = { volumes: [{ name: 'workspace', emptyDir: {} }] };
  test.each<[string, SandboxPodProps, (pod: SandboxPod) => unknown, string]>([
    [
      'a volume claim template that nobody mounts',
      { ...MAIN, volumeClaimTemplates: [data] },
      () => undefined,
      '[test/agent] volumeClaimTemplates[0] "data": no container mounts it; mount it (container.mount, or addWorkspace), or remove it',
    ],
    [
      'a volume claim template without name',
      MAIN,
      (pod) => pod.addVolumeClaimTemplate({ spec: {} }),
      'test/agent: volumeClaimTemplates: metadata.name is missing; it names the volume, such as workspace',
    ],
    [
      'two of one name',
      { ...MAIN, volumeClaimTemplates: [data, data] },
      () => undefined,
      'test/agent: volumeClaimTemplates: there are two of the name data; give one of them another name',
    ],
    [
      'a name that is no volume name',
      MAIN,
      (pod) => pod.addWorkspace(disk, '/work', { name: 'My.Data' }),
      '[test/agent] volumeClaimTemplates[0] "My.Data": is not a volume name; expected at most 63 of a-z, 0-9 and -, such as workspace',
    ],
    [
      'a name of 64 characters',
      MAIN,
      (pod) => pod.addWorkspace(disk, '/work', { name: 'a'.repeat(64) }),
      'is not a volume name; expected at most 63 of a-z, 0-9 and -, such as workspace',
    ],
    [
      'a path that gives no name',
      { volumeClaimTemplates: [data] },
      (pod) => pod.addWorkspace(disk, '/'),
      'test/agent: addWorkspace: no name can be derived from the path "/"; give the workspace a name',
    ],
    [
      'a container that is not there',
      MAIN,
      (pod) => pod.addWorkspace(disk, '/work', { containerName: 'mian' }),
      '[test/agent] workspace workspace: containerName: there is no container "mian"; there are main',
    ],
    [
      'two mounts at one path',
      MAIN,
      (pod) => [pod.addWorkspace(disk, '/work'), pod.addWorkspace(disk, '/work')],
      '[test/agent] spec.podTemplate.spec.containers[0].volumeMounts[1]: repeats mountPath "/work" of item 0',
    ],
    [
      'a volume of the same name',
      { ...MAIN, podSpec: shadowed },
      (pod) => pod.addWorkspace(disk, '/work'),
      '[test/agent] volumeClaimTemplates[0] "workspace": a volume of the Pod has the same name and would be replaced by it; rename one of the two',
    ],
  ])('refuses %s', (_, props, change, message) => {
    expect(problem(props, change)).toThrow(message);
  });
});
