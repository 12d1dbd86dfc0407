import { Chart, Testing } from 'cdk8s';
import { Isolation } from '../../src';
import { gvisorProblems } from '../../src/constructs/isolation';

test.each([
  ['host network', { hostNetwork: true }, 'spec.podTemplate.spec.hostNetwork cannot be honoured by gVisor; remove it or choose another Isolation'],
  ['host processes', { hostPID: true }, 'spec.podTemplate.spec.hostPID cannot be honoured by gVisor; remove it or choose another Isolation'],
  [
    'a privileged container',
    { containers: [{ name: 'main', securityContext: { privileged: true } }] },
    'container main: securityContext.privileged cannot be honoured by gVisor; remove it or choose another Isolation',
  ],
  [
    'a raw device',
    { initContainers: [{ name: 'init', volumeDevices: [{ name: 'raw' }] }] },
    'container init: volumeDevices cannot be honoured by gVisor; remove it or choose another Isolation',
  ],
])('gVisor and %s do not go together', (_, podSpec, problem) => {
  expect(gvisorProblems(podSpec)).toEqual([problem]);
});

test('an ordinary Pod is fine under gVisor', () => {
  expect(gvisorProblems({ containers: [{ name: 'main', securityContext: { privileged: false } }] })).toEqual([]);
});

test('the RuntimeClass of GKE carries the label and the taint of its nodes, and belongs to no namespace', () => {
  const chart = new Chart(Testing.app(), 'test', { namespace: 'team-red' });
  Isolation.GVISOR_ON_GKE.createRuntimeClass(chart);
  expect(Testing.synth(chart)).toEqual([
    {
      apiVersion: 'node.k8s.io/v1',
      kind: 'RuntimeClass',
      metadata: { name: 'gvisor' },
      handler: 'gvisor',
      scheduling: {
        nodeSelector: { 'sandbox.gke.io/runtime': 'gvisor' },
        tolerations: [{ effect: 'NoSchedule', key: 'sandbox.gke.io/runtime', operator: 'Equal', value: 'gvisor' }],
      },
    },
  ]);
});
