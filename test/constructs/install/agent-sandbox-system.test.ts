import { Chart, Duration, JsonPatch, Size, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { loadPublishedImage } from '../../../src/api/published-image';
import { CORE_RULES, EVENTS_RULE, EXTENSIONS_RULES, OWN_NAMESPACE_RULES } from '../../../src/api/rbac';
import { PACKAGE_VERSION } from '../../../src/api/version';
import { AgentSandboxCrds } from '../../../src/constructs/install/agent-sandbox-crds';
import { AgentSandboxSystem } from '../../../src/constructs/install/agent-sandbox-system';
import { LateFindingsPolicy } from '../../../src/constructs/install/late-findings-policy';
import { CrdInstallation, type AgentSandboxSystemProps } from '../../../src/constructs/install/system-props';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly annotations?: object };
  readonly [field: string]: unknown;
}

function synth(build: (chart: Chart) => unknown, namespace?: string): Manifest[] {
  const chart = new Chart(Testing.app(), 'test', { namespace });
  build(chart);
  return Testing.synth(chart) as Manifest[];
}
const system = (props?: AgentSandboxSystemProps): Manifest[] => synth((chart) => new AgentSandboxSystem(chart, 'system', props));
/** Without the CRDs, which most tests do not look at. */
const lean = (props: AgentSandboxSystemProps): Manifest[] => system({ crds: CrdInstallation.LEFT_OUT, ...props });

const title = ({ kind, metadata: { namespace, name } }: Manifest): string => [kind, namespace, name].filter(Boolean).join(' ');
const find = (objects: Manifest[], kind: string, name = 'agent-sandbox-controller'): Manifest | undefined =>
  objects.find((object) => object.kind === kind && object.metadata.name === name);
const NAME = 'agent-sandbox-controller';
const SYSTEM = `agent-sandbox-system ${NAME}`;
const CRDS = [
  'CustomResourceDefinition sandboxes.agents.x-k8s.io',
  'CustomResourceDefinition sandboxtemplates.extensions.agents.x-k8s.io',
  'CustomResourceDefinition sandboxwarmpools.extensions.agents.x-k8s.io',
  'CustomResourceDefinition sandboxclaims.extensions.agents.x-k8s.io',
];

interface Deployment extends Manifest {
  readonly spec: {
    readonly replicas: number;
    readonly template: {
      readonly metadata: object;
      readonly spec: { readonly containers: ReadonlyArray<{ readonly args: string[]; readonly image: string; readonly [field: string]: unknown }> };
    };
  };
}
// What the construct renders under this kind.
const deploymentOf = (objects: Manifest[]): Deployment => find(objects, 'Deployment') as Deployment;
const containerOf = (props: AgentSandboxSystemProps) => deploymentOf(lean(props)).spec.template.spec.containers[0];
const argsOf = (props: AgentSandboxSystemProps): string[] | undefined => containerOf(props)?.args;

describe('the objects', () => {
  test('without props the whole installation is rendered, each object once', () => {
    expect(system().map(title)).toEqual([
      'Namespace agent-sandbox-system',
      ...CRDS,
      `ServiceAccount ${SYSTEM}`,
      `ClusterRole ${NAME}`,
      `ClusterRoleBinding ${NAME}`,
      `ClusterRole ${NAME}-extensions`,
      `ClusterRoleBinding ${NAME}-extensions`,
      `Role ${SYSTEM}`,
      `RoleBinding ${SYSTEM}`,
      `Deployment ${SYSTEM}`,
      `Service ${SYSTEM}`,
    ]);
  });

  test('the core alone has one CRD, no Role of the extensions and no flag for them', () => {
    const objects = system({ extensions: false });
    expect(objects.map(title).filter((name) => /Definition|extensions/.test(name))).toEqual(CRDS.slice(0, 1));
    expect(deploymentOf(objects).spec.template.spec.containers[0]?.args).toEqual(['--leader-elect=true']);
  });

  test('with everything switched on each object is there once too', () => {
    const titles = system({
      replicas: 2,
      tuning: { kubeApiQps: 100 },
      monitoring: {},
      networkPolicy: {},
      lateFindings: {},
      watchNamespaces: ['agent-sandbox-system', 'red'],
    }).map(title);
    expect(titles).toEqual(expect.arrayContaining([`PodDisruptionBudget ${SYSTEM}`, 'ConfigMap agent-sandbox-system agent-sandbox-config']));
    expect(new Set(titles).size).toBe(titles.length);
  });

  test('a namespace of the chart changes nothing', () => {
    const all: AgentSandboxSystemProps = { replicas: 2, tuning: { kubeApiQps: 1 }, monitoring: {}, networkPolicy: {}, lateFindings: {} };
    expect(synth((chart) => new AgentSandboxSystem(chart, 'system', all), 'elsewhere')).toEqual(system(all));
  });

  test('CRDs can be kept on delete, left out, and stand in a file of their own', () => {
    const kept = { 'argocd.argoproj.io/sync-options': 'Prune=false', 'helm.sh/resource-policy': 'keep', 'kustomize.toolkit.fluxcd.io/prune': 'disabled' };
    const annotated = (objects: Manifest[]) =>
      objects.filter(({ metadata }) => metadata.annotations).map((object) => [title(object), object.metadata.annotations]);
    expect(annotated(system({ crds: CrdInstallation.KEPT_ON_DELETE }))).toEqual(CRDS.map((name) => [name, kept]));
    expect(annotated(system())).toEqual([]);
    expect(lean({}).filter(({ kind }) => kind === 'CustomResourceDefinition')).toEqual([]);

    const crds = synth((chart) => new AgentSandboxCrds(chart, 'crds'), 'elsewhere');
    expect(crds.map(title)).toEqual(CRDS);
    expect(crds).toEqual(system().filter(({ kind }) => kind === 'CustomResourceDefinition'));
    expect(synth((chart) => new AgentSandboxCrds(chart, 'crds', { extensions: false, keepOnDelete: true })).map((object) => object.metadata)).toEqual([
      { name: 'sandboxes.agents.x-k8s.io', annotations: kept },
    ]);
  });
});

describe('RBAC', () => {
  const SUBJECTS = [{ kind: 'ServiceAccount', name: NAME, namespace: 'agent-sandbox-system' }];
  const rulesOf = (objects: Manifest[]) => Object.fromEntries(objects.filter(({ rules }) => rules).map((object) => [title(object), object.rules]));

  test('the rules are those of the table, and each Role is bound to the controller', () => {
    const objects = lean({});
    expect(rulesOf(objects)).toEqual({
      [`ClusterRole ${NAME}`]: CORE_RULES,
      [`ClusterRole ${NAME}-extensions`]: EXTENSIONS_RULES,
      [`Role ${SYSTEM}`]: OWN_NAMESPACE_RULES,
    });
    const bindings = objects.filter(({ kind }) => kind.endsWith('Binding'));
    expect(bindings.map((binding) => [title(binding), binding.roleRef, binding.subjects])).toEqual([
      [`ClusterRoleBinding ${NAME}`, { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: NAME }, SUBJECTS],
      [`ClusterRoleBinding ${NAME}-extensions`, { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: `${NAME}-extensions` }, SUBJECTS],
      [`RoleBinding ${SYSTEM}`, { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: NAME }, SUBJECTS],
    ]);
  });

  test('with watched namespaces nothing is allowed outside of them', () => {
    const objects = lean({ watchNamespaces: ['red', 'blue'] });
    expect(objects.filter(({ kind }) => kind.startsWith('ClusterRole'))).toEqual([]);
    expect(rulesOf(objects)).toEqual({
      [`Role red ${NAME}`]: CORE_RULES,
      [`Role red ${NAME}-extensions`]: EXTENSIONS_RULES,
      [`Role blue ${NAME}`]: CORE_RULES,
      [`Role blue ${NAME}-extensions`]: EXTENSIONS_RULES,
      // Events of the election go there.
      [`Role ${SYSTEM}`]: [EVENTS_RULE, ...OWN_NAMESPACE_RULES],
    });
    expect(objects.filter(({ kind }) => kind === 'RoleBinding')).toHaveLength(5);
    expect(argsOf({ watchNamespaces: ['red', 'blue'] })).toContain('--watch-namespaces=red,blue');
  });

  test('a controller that watches its own namespace has one Role of its name there, with both sets of rules', () => {
    expect(rulesOf(lean({ extensions: false, watchNamespaces: ['agent-sandbox-system'] }))).toEqual({
      [`Role ${SYSTEM}`]: [...CORE_RULES, ...OWN_NAMESPACE_RULES],
    });
  });
});

describe('the Deployment', () => {
  test('is hardened and holds every default of a list item', () => {
    const probe = { scheme: 'HTTP', port: 'healthz' };
    const times = { timeoutSeconds: 1, successThreshold: 1, failureThreshold: 3 };
    expect(deploymentOf(lean({}))).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: NAME, namespace: 'agent-sandbox-system', labels: { app: NAME } },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: NAME } },
        template: {
          metadata: { labels: { app: NAME } },
          spec: {
            serviceAccountName: NAME,
            securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
            containers: [
              {
                name: NAME,
                image: `docker.io/cdk8sagentsandbox/agent-sandbox-controller:${PACKAGE_VERSION}@${loadPublishedImage().digest}`,
                imagePullPolicy: 'IfNotPresent',
                args: ['--leader-elect=true', '--extensions'],
                env: [
                  { name: 'NODE_OPTIONS', value: '--max-semi-space-size=2' },
                  { name: 'MALLOC_MMAP_THRESHOLD_', value: '32768' },
                ],
                ports: [
                  { name: 'metrics', containerPort: 8080, protocol: 'TCP' },
                  { name: 'healthz', containerPort: 8081, protocol: 'TCP' },
                ],
                livenessProbe: { httpGet: { path: '/healthz', ...probe }, initialDelaySeconds: 15, periodSeconds: 20, ...times },
                readinessProbe: { httpGet: { path: '/readyz', ...probe }, initialDelaySeconds: 5, periodSeconds: 10, ...times },
                resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '512Mi' } },
                securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: true },
                terminationMessagePath: '/dev/termination-log',
                terminationMessagePolicy: 'FallbackToLogsOnError',
                volumeMounts: [{ name: 'config-volume', mountPath: '/etc/sandbox-config', readOnly: true }],
              },
            ],
            volumes: [{ name: 'config-volume', configMap: { name: 'agent-sandbox-config', optional: true, defaultMode: 420 } }],
          },
        },
      },
    });
  });

  test('more than one Pod is spread over nodes and evicted one at a time', () => {
    const objects = lean({ replicas: 2, priorityClassName: 'important' });
    expect(find(objects, 'PodDisruptionBudget')).toMatchObject({
      spec: { maxUnavailable: 1, selector: { matchLabels: { app: NAME } }, unhealthyPodEvictionPolicy: 'AlwaysAllow' },
    });
    expect(deploymentOf(objects)).toMatchObject({
      spec: {
        replicas: 2,
        template: { spec: { priorityClassName: 'important', topologySpreadConstraints: [{ topologyKey: 'kubernetes.io/hostname', maxSkew: 1 }] } },
      },
    });
    expect(find(lean({ replicas: 1 }), 'PodDisruptionBudget')).toBeUndefined();
    expect(find(lean({ replicas: 0 }), 'Deployment')).toMatchObject({ spec: { replicas: 0 } });
  });

  test('resources are those that were given', () => {
    const resources = {
      cpu: { request: kplus.Cpu.millis(2000), limit: kplus.Cpu.units(2.5) },
      memory: { limit: Size.mebibytes(2048) },
      ephemeralStorage: { request: Size.gibibytes(1) },
    };
    expect(containerOf({ resources })?.resources).toEqual({ requests: { cpu: '2', 'ephemeral-storage': '1Gi' }, limits: { cpu: '2500m', memory: '2Gi' } });
    expect(containerOf({ resources: {} })?.resources).toEqual({});
  });

  test('what has no prop is patched', () => {
    const [deployment] = synth((chart) => {
      const { deployment: object, namespaceName } = new AgentSandboxSystem(chart, 'system');
      object.addJsonPatch(JsonPatch.add('/spec/template/spec/tolerations', [{ operator: 'Exists' }]));
      expect(namespaceName).toBe('agent-sandbox-system');
    }).filter(({ kind }) => kind === 'Deployment');
    expect(deployment).toMatchObject({ spec: { template: { spec: { tolerations: [{ operator: 'Exists' }] } } } });
  });
});

describe('flags and tuning', () => {
  test('flags follow the two that every installation has, in the order of the table', () => {
    const flags = { apiRequestTimeout: Duration.seconds(10), kubeApiQps: -1, leaderElect: false, zapDevel: true, createdByValues: ['a', 'b'] };
    expect(argsOf({ flags })).toEqual([
      '--leader-elect=false',
      '--extensions',
      '--kube-api-qps=-1',
      '--zap-devel=true',
      '--created-by-values=a,b',
      '--api-request-timeout=10s',
    ]);
  });

  test('ports, Service and probes follow the addresses', () => {
    const flags = { metricsBindAddress: '127.0.0.1:9090', healthProbeBindAddress: '[::]:9091' };
    expect(containerOf({ flags })?.ports).toEqual([
      { name: 'metrics', containerPort: 9090, protocol: 'TCP' },
      { name: 'healthz', containerPort: 9091, protocol: 'TCP' },
    ]);
    expect(find(lean({ flags }), 'Service')).toMatchObject({ spec: { ports: [{ name: 'metrics', port: 8080, protocol: 'TCP', targetPort: 'metrics' }] } });
  });

  test('without metrics there is neither port nor Service', () => {
    const flags = { metricsBindAddress: '0' };
    expect(containerOf({ flags })?.ports).toEqual([{ name: 'healthz', containerPort: 8081, protocol: 'TCP' }]);
    expect(find(lean({ flags }), 'Service')).toBeUndefined();
  });

  test('tuning is a ConfigMap whose change restarts the controller', () => {
    const tuned = (kubeApiQps: number) => lean({ tuning: { kubeApiQps, leanAdoption: false, allowedLabelDomains: ['example.com', 'b.example'] } });
    expect(find(tuned(100), 'ConfigMap', 'agent-sandbox-config')).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'agent-sandbox-config', namespace: 'agent-sandbox-system' },
      data: { 'allowed-label-domains': 'example.com,b.example', 'kube-api-qps': '100', 'lean-adoption': 'false' },
    });
    const annotationsOf = (objects: Manifest[]) => deploymentOf(objects).spec.template.metadata;
    expect(annotationsOf(tuned(100))).toMatchObject({ annotations: { 'checksum/config': expect.stringMatching(/^[0-9a-f]{8}$/) as unknown } });
    expect(annotationsOf(tuned(100))).toEqual(annotationsOf(tuned(100)));
    expect(annotationsOf(tuned(100))).not.toEqual(annotationsOf(tuned(101)));
    expect(find(lean({ tuning: {} }), 'ConfigMap', 'agent-sandbox-config')).toBeUndefined();
  });
});

describe('the network', () => {
  test('the NetworkPolicy opens metrics and health, and the way to the API server', () => {
    const tcp = (port: number) => ({ port, protocol: 'TCP' });
    expect(find(lean({}), 'NetworkPolicy')).toBeUndefined();
    expect(find(lean({ networkPolicy: {} }), 'NetworkPolicy')).toMatchObject({
      metadata: { name: NAME, namespace: 'agent-sandbox-system' },
      spec: {
        podSelector: { matchLabels: { app: NAME } },
        policyTypes: ['Ingress', 'Egress'],
        ingress: [{ ports: [tcp(8080), tcp(8081)] }],
        egress: [{ ports: [tcp(443), tcp(6443)] }],
      },
    });
    const narrow = { networkPolicy: { apiServerCidrs: ['10.0.0.1/32', 'fd00::/64'], apiServerPorts: [16443] }, flags: { metricsBindAddress: '0' } };
    expect(find(lean(narrow), 'NetworkPolicy')).toMatchObject({
      spec: {
        ingress: [{ ports: [tcp(8081)] }],
        egress: [{ ports: [tcp(16443)], to: [{ ipBlock: { cidr: '10.0.0.1/32' } }, { ipBlock: { cidr: 'fd00::/64' } }] }],
      },
    });
  });
});

describe('the policy for late findings', () => {
  const policy = (props?: ConstructorParameters<typeof LateFindingsPolicy>[2]) => synth((chart) => new LateFindingsPolicy(chart, 'late', props), 'elsewhere');

  test('warns everywhere unless told otherwise, and never refuses because of a rule that fails', () => {
    const [rules, binding] = policy();
    expect(rules).toMatchObject({ kind: 'ValidatingAdmissionPolicy', spec: { failurePolicy: 'Ignore' } });
    expect(binding).toEqual({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name: 'agent-sandbox-late-findings' },
      spec: { policyName: 'agent-sandbox-late-findings', validationActions: ['Warn'] },
    });
  });

  test('denies on request, in the namespaces that were named', () => {
    const [rules, binding] = policy({ deny: true, name: 'strict', namespaceLabels: { team: 'red' } });
    expect(rules).toMatchObject({ metadata: { name: 'strict' }, spec: { failurePolicy: 'Fail' } });
    expect(binding).toMatchObject({
      metadata: { name: 'strict' },
      spec: {
        policyName: 'strict',
        validationActions: ['Deny'],
        matchResources: { matchPolicy: 'Equivalent', namespaceSelector: { matchLabels: { team: 'red' } }, objectSelector: {} },
      },
    });
  });

  test('has a name that the API server takes', () => {
    expect(() => policy({ name: 'Strict' })).toThrow('test/late: name: found "Strict", expected a DNS subdomain such as agent-sandbox-strict');
  });
});
