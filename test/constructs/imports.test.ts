import { App, Chart } from 'cdk8s';
import * as core from '../../imports/agents.x-k8s.io';
import * as extensions from '../../imports/extensions.agents.x-k8s.io';
import {
  ClaimShutdownPolicy,
  KubeSandbox,
  KubeSandboxClaim,
  KubeSandboxTemplate,
  KubeSandboxWarmPool,
  NetworkPolicyManagement,
  OperatingMode,
  SandboxShutdownPolicy,
  UpdateStrategy,
} from '../../src';

const metadata = { name: 'alice', labels: { team: 'a' } };

/** The part of a Pod that both spell alike. */
const pod = {
  runtimeClassName: 'gvisor',
  hostIpc: false,
  setHostnameAsFqdn: false,
  terminationGracePeriodSeconds: 0,
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  tolerations: [{ key: 'sandbox', operator: 'Exists' }],
  securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
  volumes: [
    { name: 'config', configMap: { name: 'agent', items: [{ key: 'a', path: 'a.txt' }] } },
    { name: 'api', downwardApi: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
  ],
};
const container = {
  name: 'main',
  image: 'python:3.13-slim',
  command: ['sleep', 'infinity'],
  env: [
    { name: 'EMPTY', value: '' },
    { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'agent', key: 'token' } } },
  ],
  ports: [{ containerPort: 8080, protocol: 'TCP' }],
  volumeMounts: [{ name: 'workspace', mountPath: '/work' }],
};

type Build = (chart: Chart) => void;

function yamlOf(build: Build): string {
  const app = new App();
  build(new Chart(app, 'test', { namespace: 'team-a' }));
  return app.synthYaml();
}

// Times are left out: cdk8s import declares them as Date, which cdk8s then refuses to render.
it.each<[string, Build, Build]>([
  [
    'Sandbox',
    (chart) =>
      new KubeSandbox(chart, 'alice', {
        metadata,
        spec: {
          operatingMode: OperatingMode.SUSPENDED,
          shutdownPolicy: SandboxShutdownPolicy.DELETE,
          service: false,
          podTemplate: {
            metadata: { annotations: { a: 'b' } },
            spec: {
              ...pod,
              containers: [
                { ...container, resources: { limits: { memory: '1Gi' }, requests: { cpu: 1 } }, readinessProbe: { httpGet: { port: 'http', path: '/ready' } } },
              ],
            },
          },
          volumeClaimTemplates: [{ metadata: { name: 'workspace' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Gi' } } } }],
        },
      }),
    (chart) =>
      new core.KubeSandbox(chart, 'alice', {
        metadata,
        spec: {
          operatingMode: core.SandboxSpecOperatingMode.SUSPENDED,
          shutdownPolicy: core.SandboxSpecShutdownPolicy.DELETE,
          service: false,
          podTemplate: {
            metadata: { annotations: { a: 'b' } },
            spec: {
              ...pod,
              containers: [
                {
                  ...container,
                  resources: {
                    limits: { memory: core.SandboxSpecPodTemplateSpecContainersResourcesLimits.fromString('1Gi') },
                    requests: { cpu: core.SandboxSpecPodTemplateSpecContainersResourcesRequests.fromNumber(1) },
                  },
                  readinessProbe: { httpGet: { port: core.SandboxSpecPodTemplateSpecContainersReadinessProbeHttpGetPort.fromString('http'), path: '/ready' } },
                },
              ],
            },
          },
          volumeClaimTemplates: [
            {
              metadata: { name: 'workspace' },
              spec: {
                accessModes: ['ReadWriteOnce'],
                resources: { requests: { storage: core.SandboxSpecVolumeClaimTemplatesSpecResourcesRequests.fromString('10Gi') } },
              },
            },
          ],
        },
      }),
  ],
  [
    'SandboxTemplate',
    (chart) =>
      new KubeSandboxTemplate(chart, 'python', {
        metadata,
        spec: {
          podTemplate: { spec: { ...pod, containers: [container] } },
          networkPolicyManagement: NetworkPolicyManagement.UNMANAGED,
          networkPolicy: { egress: [{ ports: [{ port: 53, protocol: 'UDP' }], to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.0.0/16'] } }] }] },
        },
      }),
    (chart) =>
      new extensions.KubeSandboxTemplate(chart, 'python', {
        metadata,
        spec: {
          podTemplate: { spec: { ...pod, containers: [container] } },
          networkPolicyManagement: extensions.SandboxTemplateSpecNetworkPolicyManagement.UNMANAGED,
          networkPolicy: {
            egress: [
              {
                ports: [{ port: extensions.SandboxTemplateSpecNetworkPolicyEgressPortsPort.fromNumber(53), protocol: 'UDP' }],
                to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.0.0/16'] } }],
              },
            ],
          },
        },
      }),
  ],
  [
    'SandboxWarmPool',
    (chart) =>
      new KubeSandboxWarmPool(chart, 'pool', {
        metadata,
        spec: { replicas: 0, sandboxTemplateRef: { name: 'python' }, updateStrategy: { type: UpdateStrategy.RECREATE } },
      }),
    (chart) =>
      new extensions.KubeSandboxWarmPool(chart, 'pool', {
        metadata,
        spec: {
          replicas: 0,
          sandboxTemplateRef: { name: 'python' },
          updateStrategy: { type: extensions.SandboxWarmPoolSpecUpdateStrategyType.RECREATE },
        },
      }),
  ],
  [
    'SandboxClaim',
    (chart) =>
      new KubeSandboxClaim(chart, 'claim', {
        metadata,
        spec: {
          warmPoolRef: { name: 'pool' },
          env: [{ name: 'A', value: '' }],
          lifecycle: { ttlSecondsAfterFinished: 0, shutdownPolicy: ClaimShutdownPolicy.DELETE_FOREGROUND },
        },
      }),
    (chart) =>
      new extensions.KubeSandboxClaim(chart, 'claim', {
        metadata,
        spec: {
          warmPoolRef: { name: 'pool' },
          env: [{ name: 'A', value: '' }],
          lifecycle: { ttlSecondsAfterFinished: 0, shutdownPolicy: extensions.SandboxClaimSpecLifecycleShutdownPolicy.DELETE_FOREGROUND },
        },
      }),
  ],
])('a %s of ours is rendered as one of cdk8s import', (kind, ours, imported) => {
  expect(yamlOf(ours)).toContain(`kind: ${kind}\n`);
  expect(yamlOf(ours)).toBe(yamlOf(imported));
});
