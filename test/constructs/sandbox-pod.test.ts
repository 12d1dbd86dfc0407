import { ApiObject, JsonPatch, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import * as kplus34 from 'cdk8s-plus-34';
import { DnsAccess, Isolation, NetworkAccess, type SandboxPodProps } from '../../src';
import { chartIn, manifestOf, manifests, POD_KINDS, podSpecOf, type BlueprintSpec } from './manifests';

const IMAGE = 'agent:1.4';
const MAIN: SandboxPodProps = { containers: [{ image: IMAGE }] };

describe.each(POD_KINDS)('the Pod of a $kind', (podKind) => {
  const { kind, make } = podKind;

  test('keeps the security defaults of cdk8s-plus and adds nothing that only repeats Kubernetes', () => {
    const network = NetworkAccess.unmanaged();
    expect(podSpecOf(podKind, { network, containers: [{ image: IMAGE, portNumber: 8080 }] })).toEqual({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true },
      containers: [
        {
          name: 'main',
          image: IMAGE,
          imagePullPolicy: 'IfNotPresent',
          ports: [{ containerPort: 8080, protocol: 'TCP' }],
          securityContext: { allowPrivilegeEscalation: false, privileged: false, readOnlyRootFilesystem: true, runAsNonRoot: true },
        },
      ],
    });
  });

  test.each<[string, kplus.ContainerProps, object]>([
    ['pull policy', { image: IMAGE, imagePullPolicy: kplus.ImagePullPolicy.ALWAYS }, { imagePullPolicy: 'Always' }],
    ['startup probe', { image: IMAGE, startup: kplus.Probe.fromHttpGet('/up', { port: 80 }) }, { startupProbe: { httpGet: { path: '/up', port: 80 } } }],
    [
      'readiness probe, on its port',
      { image: IMAGE, portNumber: 81, readiness: kplus.Probe.fromHttpGet('/up') },
      { readinessProbe: { httpGet: { path: '/up', port: 81 } } },
    ],
    [
      'CPU and memory',
      { image: IMAGE, resources: { cpu: { limit: kplus.Cpu.units(2) }, memory: { request: Size.gibibytes(1) } } },
      { resources: { limits: { cpu: '2' }, requests: { memory: '1Gi' } } },
    ],
    [
      'capabilities',
      { image: IMAGE, securityContext: { capabilities: { drop: [kplus.Capability.ALL] } } },
      { securityContext: { capabilities: { drop: ['ALL'] } } },
    ],
  ])('takes the %s that a container asks for', (_, container, expected) => {
    expect(podSpecOf(podKind, { containers: [container] }).containers).toMatchObject([expected]);
  });

  test('has no startup probe on an init container with a port, which the API server would refuse', () => {
    const { initContainers } = podSpecOf(podKind, { ...MAIN, initContainers: [{ image: IMAGE, portNumber: 80 }] });
    expect(initContainers?.map((container) => [container.ports?.[0]?.containerPort, container.startupProbe])).toEqual([[80, undefined]]);
  });

  test('writes of a probe what differs from the defaults of Kubernetes', () => {
    const probes = (options: kplus.HttpGetProbeOptions) => ({ readiness: kplus.Probe.fromHttpGet('/up', { port: 80, ...options }) });
    const spec = podSpecOf(podKind, {
      containers: [
        { name: 'quiet', image: IMAGE, ...probes({ failureThreshold: 3, scheme: kplus.ConnectionScheme.HTTP }) },
        { name: 'other', image: IMAGE, ...probes({ failureThreshold: 5, scheme: kplus.ConnectionScheme.HTTPS }) },
      ],
    });
    expect(spec.containers.map(({ readinessProbe }) => readinessProbe)).toEqual([
      { httpGet: { path: '/up', port: 80 } },
      { httpGet: { path: '/up', port: 80, scheme: 'HTTPS' }, failureThreshold: 5 },
    ]);
  });

  test('leaves an attached container its own defaults', () => {
    const spec = podSpecOf(podKind, {}, (pod) => pod.attachContainer(new kplus.Container({ image: IMAGE })));
    expect(spec.containers).toMatchObject([{ imagePullPolicy: 'Always' }]);
  });

  test.each<[string, SandboxPodProps, object]>([
    ['isolation', { isolation: Isolation.KATA }, { runtimeClassName: 'kata-qemu' }],
    ['tolerations', { tolerations: [{ key: 'gpu', operator: 'Exists' }] }, { tolerations: [{ key: 'gpu', operator: 'Exists' }] }],
    ['nodeSelector', { nodeSelector: { disk: 'ssd' } }, { nodeSelector: { disk: 'ssd' } }],
    ['priorityClassName', { priorityClassName: 'batch' }, { priorityClassName: 'batch' }],
    ['hostUsers', { hostUsers: false }, { hostUsers: false }],
    ['seccompProfile', { seccompProfile: { type: 'RuntimeDefault' } }, { securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } } }],
    ['schedulerName', { schedulerName: 'volcano' }, { schedulerName: 'volcano' }],
    ['shareProcessNamespace', { shareProcessNamespace: true }, { shareProcessNamespace: true }],
    ['enableServiceLinks', { enableServiceLinks: false }, { enableServiceLinks: false }],
    [
      'topologySpreadConstraints',
      { topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }] },
      { topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }] },
    ],
    ['restartPolicy', { restartPolicy: kplus.RestartPolicy.NEVER }, { restartPolicy: 'Never' }],
    ['securityContext', { securityContext: { fsGroup: 1000, ensureNonRoot: false } }, { securityContext: { fsGroup: 1000, runAsNonRoot: false } }],
    ['hostNetwork', { hostNetwork: true }, { hostNetwork: true }],
    ['dns.hostname', { dns: { hostname: 'box' } }, { hostname: 'box' }],
  ])('takes %s', (_, props, expected) => {
    expect(podSpecOf(podKind, { ...MAIN, ...props })).toMatchObject(expected);
  });

  test('uses image secrets of either kind', () => {
    const chart = chartIn();
    make(chart, {
      ...MAIN,
      dockerRegistryAuth: kplus.Secret.fromSecretName(chart, 'a', 'first'),
      imagePullSecrets: [kplus34.Secret.fromSecretName(chart, 'b', 'second')],
    });
    expect(manifestOf<BlueprintSpec>(chart, kind).spec.podTemplate.spec.imagePullSecrets).toEqual([{ name: 'first' }, { name: 'second' }]);
  });

  test('has labels and annotations of its own, not those of the object', () => {
    const chart = chartIn();
    const pod = make(chart, { ...MAIN, podMetadata: { labels: { team: 'red' } } });
    pod.podMetadata.addAnnotation('note', 'x');
    pod.metadata.addLabel('object', 'y');
    const { metadata, spec } = manifestOf<BlueprintSpec>(chart, kind);
    expect([metadata.labels, spec.podTemplate.metadata]).toEqual([{ object: 'y' }, { labels: { team: 'red' }, annotations: { note: 'x' } }]);
  });

  test('can be scheduled like a Pod of cdk8s-plus', () => {
    const spec = podSpecOf(podKind, { ...MAIN, tolerations: [{ key: 'b', operator: 'Exists' }] }, (pod) => {
      pod.scheduling.attract(kplus.Node.labeled(kplus.NodeLabelQuery.is('disk', 'ssd')));
      pod.scheduling.tolerate(kplus.Node.tainted(kplus.NodeTaintQuery.exists('a')));
      pod.scheduling.separate(pod);
    });
    expect(spec).toMatchObject({
      tolerations: [
        { key: 'a', operator: 'Exists' },
        { key: 'b', operator: 'Exists' },
      ],
      affinity: { nodeAffinity: {}, podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ namespaces: ['agents'] }] } },
    });
  });

  test('takes podSpec over the rest: containers and variables by name, other lists replaced', () => {
    const spec = podSpecOf(podKind, {
      containers: [{ image: IMAGE, envVariables: { A: kplus.EnvValue.fromValue('1') }, args: ['a', 'b'] }],
      podSpec: {
        hostIpc: false,
        containers: [
          { name: 'main', tty: true, args: ['c'], env: [{ name: 'B', value: '2' }] },
          { name: 'proxy', image: 'proxy:1' },
        ],
      },
    });
    expect(spec).toMatchObject({
      hostIPC: false,
      containers: [
        {
          name: 'main',
          image: IMAGE,
          tty: true,
          args: ['c'],
          env: [
            { name: 'A', value: '1' },
            { name: 'B', value: '2' },
          ],
          securityContext: { privileged: false },
        },
        { name: 'proxy', image: 'proxy:1' },
      ],
    });
  });

  test('is not touched again after a JSON patch', () => {
    const spec = podSpecOf(podKind, MAIN, (pod) => ApiObject.of(pod).addJsonPatch(JsonPatch.add('/spec/podTemplate/spec/unheardOf', 1)));
    expect(spec).toMatchObject({ unheardOf: 1 });
  });

  const typo = { prioritty: 5 } as unknown as SandboxPodProps['podSpec'];
  const doubled = {
    containers: [
      {
        name: 'main',
        env: [
          { name: 'A', value: '1' },
          { name: 'A', value: '2' },
        ],
      },
    ],
  };
  test.each<[string, SandboxPodProps, string]>([
    ['no container', {}, '[test/agent] there is no container; pass containers, or call addContainer'],
    [
      'an unknown field',
      { ...MAIN, podSpec: typo },
      '[test/agent] spec.podTemplate.spec.prioritty: unknown field; the API server would drop it; did you mean priority?',
    ],
    ['two variables of one name', { ...MAIN, podSpec: doubled }, '[test/agent] spec.podTemplate.spec.containers[0].env[1]: repeats name "A" of item 0'],
    [
      'a label of the system',
      { ...MAIN, podMetadata: { labels: { 'agents.x-k8s.io/claim-uid': 'x' } } },
      '[test/agent] podMetadata.labels: agents.x-k8s.io/claim-uid belongs to the system and would be ignored; use a key of your own domain',
    ],
    [
      'gVisor and the network of the node',
      { ...MAIN, isolation: Isolation.GVISOR, hostNetwork: true },
      '[test/agent] spec.podTemplate.spec.hostNetwork cannot be honoured by gVisor; remove it or choose another Isolation',
    ],
    [
      'gVisor by another way, and a privileged container',
      { containers: [{ image: IMAGE, securityContext: { privileged: true, allowPrivilegeEscalation: true } }], podSpec: { runtimeClassName: 'gvisor-debug' } },
      '[test/agent] container main: securityContext.privileged cannot be honoured by gVisor',
    ],
    [
      'an unknown field of a volume claim template',
      { ...MAIN, volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { storageClas: 'fast' } as object }] },
      '[test/agent] spec.volumeClaimTemplates[0].spec.storageClas: unknown field; the API server would drop it',
    ],
    [
      'isolate and network together',
      { isolate: true, network: NetworkAccess.none() },
      'test/agent: isolate: network is given too; write network: NetworkAccess.none() alone',
    ],
  ])('refuses %s', (_, props, message) => {
    expect(() => podSpecOf(podKind, props)).toThrow(message);
  });

  test('can be connected to others, and they to it', () => {
    const chart = chartIn('agents');
    const database = new kplus.Pod(chart, 'database', { containers: [{ image: 'db', portNumber: 5432 }] });
    const pod = make(chart, { ...MAIN, network: NetworkAccess.unmanaged() });
    pod.connections.allowTo(database);
    const [own, other] = [pod, database].map((selected) => ({ matchLabels: selected.toPodSelectorConfig().labelSelector._toKube().matchLabels }));
    const policies = manifests(chart).filter((manifest) => manifest.kind === 'NetworkPolicy');
    expect(policies.map(({ spec }) => spec)).toMatchObject([
      { podSelector: own, egress: [{ to: [{ podSelector: other }] }] },
      { podSelector: other, ingress: [{ from: [{ podSelector: own }] }] },
    ]);
  });

  test('is selected by a label with nothing of the construct tree in it', () => {
    const chart = chartIn();
    new kplus.Service(chart, 'service', { selector: make(chart, MAIN), ports: [{ port: 80 }] });
    const label = kind === 'Sandbox' ? 'agents.x-k8s.io/sandbox-name-hash' : 'agents.x-k8s.io/sandbox-template-ref-hash';
    expect(manifestOf(chart, 'Service').spec).toMatchObject({ selector: { [label]: '4fe7f1a6' } });
  });

  test('is a subject by its service account, with the namespace that a RoleBinding needs', () => {
    const chart = chartIn('agents');
    const pod = make(chart, { ...MAIN, serviceAccount: kplus34.ServiceAccount.fromServiceAccountName(chart, 'account', 'runner') });
    expect(pod.toSubjectConfiguration()).toMatchObject({ kind: 'ServiceAccount', name: 'runner', namespace: 'agents' });
  });

  test('lets permissions on its object be granted', () => {
    const chart = chartIn('agents');
    make(chart, MAIN).permissions.grantRead(kplus.User.fromName(chart, 'alice', 'alice'));
    const resources = [kind === 'Sandbox' ? 'sandboxes' : 'sandboxtemplates'];
    expect(manifestOf(chart, 'Role')).toMatchObject({ rules: [{ resources, resourceNames: ['agent'], verbs: ['get', 'list', 'watch'] }] });
  });

  const open = { nameservers: ['8.8.8.8', '1.1.1.1'] };
  test.each<[string, SandboxPodProps, object]>([
    ['as the access says', { network: NetworkAccess.internet(DnsAccess.CLUSTER) }, { dnsPolicy: 'ClusterFirst', dnsConfig: undefined }],
    [
      'by the resolvers of the access',
      { network: NetworkAccess.internet(DnsAccess.resolvers('10.0.0.53')) },
      { dnsPolicy: 'None', dnsConfig: { nameservers: ['10.0.0.53'] } },
    ],
    ['as the cluster does it if the access does not say', { network: NetworkAccess.unmanaged() }, { dnsPolicy: undefined, dnsConfig: undefined }],
    ['as the policy of the props says, which wins', { dns: { policy: kplus.DnsPolicy.CLUSTER_FIRST } }, { dnsPolicy: 'ClusterFirst', dnsConfig: undefined }],
    [
      'by nameservers of the props, which win',
      { dns: { policy: kplus.DnsPolicy.NONE, nameservers: ['9.9.9.9'] } },
      { dnsPolicy: 'None', dnsConfig: { nameservers: ['9.9.9.9'] } },
    ],
    [
      'by nameservers of the props beside those of the cluster',
      { dns: { nameservers: ['9.9.9.9'] } },
      { dnsPolicy: 'ClusterFirst', dnsConfig: { nameservers: ['9.9.9.9'] } },
    ],
    [
      'by public resolvers beside the searches of the props',
      { dns: { searches: ['corp'] } },
      { dnsPolicy: 'None', dnsConfig: { ...open, searches: ['corp'] } },
    ],
    [
      'as the access says beside the searches of the props',
      { network: NetworkAccess.internet(DnsAccess.CLUSTER), dns: { searches: ['corp'] } },
      { dnsPolicy: 'ClusterFirst', dnsConfig: { searches: ['corp'] } },
    ],
    [
      'by public resolvers in the secure default, which the controller sets for templates itself',
      {},
      kind === 'Sandbox' ? { dnsPolicy: 'None', dnsConfig: open } : { dnsPolicy: undefined, dnsConfig: undefined },
    ],
  ])('resolves names %s', (_, props, expected) => {
    const { dnsPolicy, dnsConfig } = podSpecOf(podKind, { ...MAIN, ...props });
    expect({ dnsPolicy, dnsConfig }).toEqual(expected);
  });
});
