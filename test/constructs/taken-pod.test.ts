import { Size, type Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import * as kplus32 from 'cdk8s-plus-32';
import * as kplus34 from 'cdk8s-plus-34';
import { Sandbox, type SandboxPodProps } from '../../src';
import { chartIn, manifestOf, manifests, POD_KINDS, type BlueprintSpec } from './manifests';

const IMAGE = 'agent:1.4';

// Other versions have other classes of the same shape.
const VERSIONS: Array<[string, typeof kplus]> = [
  ['28', kplus],
  ['32', kplus32 as unknown as typeof kplus],
  ['34', kplus34 as unknown as typeof kplus],
];

describe.each(POD_KINDS)('a $kind', ({ kind, make }) => {
  describe.each(VERSIONS)('with objects of cdk8s-plus-%s', (_, other) => {
    test('takes over everything of a Pod, whose own object is gone', () => {
      const chart = chartIn();
      const taken = new other.Pod(chart, 'pod', { metadata: { labels: { team: 'red' } }, containers: [{ image: IMAGE, portNumber: 80 }], hostNetwork: true });
      const pod = make(chart, { pod: taken, priorityClassName: 'batch', podMetadata: { labels: { tier: 'a' }, annotations: { note: 'x' } } });
      taken.scheduling.tolerate(other.Node.tainted(other.NodeTaintQuery.exists('a')));
      taken.addContainer({ name: 'late', image: IMAGE });
      pod.addContainer({ name: 'later', image: IMAGE });
      pod.addInitContainer({ name: 'init', image: IMAGE });
      pod.addVolume(kplus.Volume.fromEmptyDir(pod, 'tmp', 'tmp'));
      pod.addHostAlias({ ip: '10.0.0.1', hostnames: ['db'] });
      pod.addWorkspace(Size.gibibytes(1), '/work');
      expect([pod.initContainers, pod.volumes, pod.hostAliases].map((list) => list.length)).toEqual([1, 1, 1]);
      expect(manifests(chart).map((manifest) => manifest.kind)).not.toContain('Pod');
      const { podTemplate } = manifestOf<BlueprintSpec>(chart, kind).spec;
      expect(Object.keys(podTemplate.spec).filter((name) => ['shareProcessNamespace', 'restartPolicy'].includes(name))).toEqual([]);
      expect(podTemplate).toMatchObject({
        metadata: { annotations: { note: 'x' }, labels: { team: 'red', tier: 'a', ...taken.toPodSelectorConfig().labelSelector._toKube().matchLabels } },
        spec: {
          hostNetwork: true,
          priorityClassName: 'batch',
          tolerations: [{ key: 'a', operator: 'Exists' }],
          containers: [
            { name: 'main', imagePullPolicy: 'Always', volumeMounts: [{ name: 'workspace', mountPath: '/work' }] },
            { name: 'late', imagePullPolicy: 'Always' },
            { name: 'later', imagePullPolicy: 'IfNotPresent' },
          ],
          initContainers: [{ name: 'init' }],
          hostAliases: [{ ip: '10.0.0.1' }],
          volumes: [{ name: 'tmp' }],
        },
      });
    });

    test('takes over the Pod of a Deployment', () => {
      const chart = chartIn();
      make(chart, { pod: new other.Deployment(chart, 'web', { containers: [{ image: IMAGE }], podMetadata: { annotations: { a: 'b' } } }) });
      expect(manifests(chart).map((manifest) => manifest.kind)).not.toContain('Deployment');
      expect(manifestOf<BlueprintSpec>(chart, kind).spec.podTemplate.metadata?.annotations).toEqual({ a: 'b' });
    });

    test('takes containers, volumes, probes and variables one by one', () => {
      const chart = chartIn();
      const config = other.ConfigMap.fromConfigMapName(chart, 'config', 'settings');
      make(chart, {
        containers: [
          {
            image: IMAGE,
            resources: { cpu: { request: other.Cpu.millis(100) } },
            readiness: other.Probe.fromCommand(['true']),
            envVariables: { A: other.EnvValue.fromConfigMap(config, 'a') },
            volumeMounts: [{ path: '/etc/settings', volume: other.Volume.fromConfigMap(chart, 'volume', config, { name: 'settings' }) }],
          },
        ],
      });
      expect(manifestOf<BlueprintSpec>(chart, kind).spec.podTemplate.spec).toMatchObject({
        volumes: [{ name: 'settings', configMap: { name: 'settings' } }],
        containers: [
          {
            resources: { requests: { cpu: '100m' } },
            readinessProbe: { exec: { command: ['true'] } },
            env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'settings', key: 'a' } } }],
          },
        ],
      });
    });
  });

  test('keeps what a Pod says that cdk8s-plus-28 does not know', () => {
    const chart = chartIn();
    make(chart, { pod: new kplus34.Pod(chart, 'pod', { containers: [{ image: IMAGE }], shareProcessNamespace: true, enableServiceLinks: false }) });
    expect(manifestOf<BlueprintSpec>(chart, kind).spec.podTemplate.spec).toMatchObject({ shareProcessNamespace: true, enableServiceLinks: false });
  });

  function takenPod(chart: Chart): kplus.Pod {
    const pod = new kplus.Pod(chart, 'pod', { containers: [{ image: IMAGE }] });
    new Sandbox(chart, 'first', { pod });
    return pod;
  }

  test.each<[string, (chart: Chart) => SandboxPodProps, string]>([
    [
      'something without a Pod',
      (chart) => ({ pod: new kplus.ConfigMap(chart, 'config') }),
      'test/agent: pod: test/config has no Pod; give it a Pod, Deployment or the like of cdk8s-plus',
    ],
    [
      'a Pod beside another description',
      (chart) => ({ pod: new kplus.Pod(chart, 'pod'), containers: [{ image: IMAGE }] }),
      'test/agent: containers: the Pod is described by pod (test/pod) already; set it there, or leave pod out',
    ],
    [
      'a Pod that was taken already',
      (chart) => ({ pod: takenPod(chart) }),
      'test/agent: pod: test/pod has no object of its own to take over; was it taken by another construct?',
    ],
    [
      'another Sandbox',
      (chart) => ({ pod: new Sandbox(chart, 'other', { containers: [{ image: IMAGE }] }) }),
      'test/agent: pod: test/other is a Sandbox itself; give its properties to this one',
    ],
    [
      'a workload that spreads',
      (chart) => ({ pod: new kplus.Deployment(chart, 'web', { containers: [{ image: IMAGE }], spread: true }) }),
      'test/agent: pod: test/web has spread: true, which counts on its own object; leave it out and set topologySpreadConstraints',
    ],
  ])('does not take over %s', (_, props, message) => {
    const chart = chartIn();
    expect(() => make(chart, props(chart))).toThrow(message);
  });
});
