import { Chart, Lazy, Testing } from 'cdk8s';
import { KubeSandbox, KubeSandboxWarmPool, OperatingMode } from '../../src';

const chart = () => new Chart(Testing.app(), 'test');

test('a Sandbox is rendered as the API stores it', () => {
  const scope = chart();
  new KubeSandbox(scope, 'agent', {
    metadata: { name: 'agent' },
    spec: {
      operatingMode: OperatingMode.SUSPENDED,
      podTemplate: { spec: { hostIpc: false, containers: [{ name: 'main', image: 'busybox', ports: [{ containerPort: 80 }] }] } },
    },
  });
  expect(Testing.synth(scope)).toEqual([
    {
      apiVersion: 'agents.x-k8s.io/v1beta1',
      kind: 'Sandbox',
      metadata: { name: 'agent' },
      spec: {
        operatingMode: 'Suspended',
        podTemplate: { spec: { hostIPC: false, containers: [{ name: 'main', image: 'busybox', ports: [{ containerPort: 80, protocol: 'TCP' }] }] } },
      },
    },
  ]);
});

test('an error names the construct and the field', () => {
  const scope = chart();
  new KubeSandboxWarmPool(scope, 'pool', { spec: { sandboxTemplateRef: { name: 't' }, replicas: -1 } });
  expect(() => void Testing.synth(scope)).toThrow('SandboxWarmPool test/pool: spec.replicas: -1 is too small; the least is 0');
});

test('late values are resolved', () => {
  const scope = chart();
  const replicas = Lazy.any({ produce: () => 7 }) as unknown as number;
  new KubeSandboxWarmPool(scope, 'pool', { spec: { sandboxTemplateRef: { name: 't' }, replicas } });
  expect(Testing.synth(scope)).toEqual([expect.objectContaining({ spec: { sandboxTemplateRef: { name: 't' }, replicas: 7 } })]);
});
