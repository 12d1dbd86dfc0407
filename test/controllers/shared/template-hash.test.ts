import { nameHash } from '../../../src/api/names';
import { canonicalQuantity } from '../../../src/api/quantity';
import { blueprintOf } from '../../../src/controllers/shared/blueprint';
import { canonicalJson } from '../../../src/controllers/shared/canonical-blueprint';
import type { Blueprint, SandboxTemplate } from '../../../src/controllers/shared/objects';
import { templateHashes } from '../../../src/controllers/shared/template-hash';

const template = (spec: object): SandboxTemplate => ({
  metadata: { name: 'python', namespace: 'team', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-11-24T11:00:00Z' },
  // Written as it is on the wire.
  spec: spec as Blueprint,
});

const small = { podTemplate: { spec: { containers: [{ image: 'busybox:1.36', name: 'main' }] } } };
const rich = {
  networkPolicyManagement: 'Managed',
  service: true,
  volumeClaimTemplates: [{ spec: { resources: { requests: { storage: '1024Mi' } }, accessModes: ['ReadWriteOnce'] }, metadata: { name: 'data' } }],
  podTemplate: {
    metadata: { labels: { b: '2', a: '1' }, annotations: {} },
    spec: {
      restartPolicy: 'Never',
      hostNetwork: false,
      volumes: [],
      containers: [
        {
          name: 'main',
          image: 'busybox:1.36',
          command: ['sleep', '1d'],
          volumeMounts: [{ mountPath: '/data', name: 'data' }],
          resources: { requests: { cpu: '0.5' }, limits: { memory: '1024Mi' } },
          env: [
            { value: 'a<b&c>d', name: 'Q' },
            { name: 'EMPTY', value: '' },
          ],
          ports: [{ protocol: 'TCP', containerPort: 8080, name: 'http' }],
        },
      ],
    },
  },
};

// The vectors of spec 02 §5.2.
const SMALL_POD = '{"spec":{"containers":[{"name":"main","image":"busybox:1.36","resources":{}}]},"metadata":{}}';
const RICH_POD =
  '{"spec":{"containers":[{"name":"main","image":"busybox:1.36","command":["sleep","1d"],"ports":[{"name":"http","containerPort":8080,"protocol":"TCP"}],"env":[{"name":"Q","value":"a\\u003cb\\u0026c\\u003ed"},{"name":"EMPTY"}],"resources":{"limits":{"memory":"1Gi"},"requests":{"cpu":"500m"}},"volumeMounts":[{"name":"data","mountPath":"/data"}]}],"restartPolicy":"Never"},"metadata":{"labels":{"a":"1","b":"2"}}}';
const RICH_CLAIMS = '[{"metadata":{"name":"data"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}]';

test.each([
  ['a small one', small, SMALL_POD, '7172fd3b', `{"podTemplate":${SMALL_POD}}`, '81a6e75e'],
  ['a rich one', rich, RICH_POD, 'fe78b0bb', `{"podTemplate":${RICH_POD},"volumeClaimTemplates":${RICH_CLAIMS},"service":true}`, '5d37139e'],
])('the hashes of a template are those of the reference: %s', (_, spec, podText, podHash, text, hash) => {
  const given = template(spec);
  expect(canonicalJson(given.spec.podTemplate, 'podTemplate', canonicalQuantity)).toBe(podText);
  expect(canonicalJson(blueprintOf(given), 'blueprint', canonicalQuantity)).toBe(text);
  expect(templateHashes(given)).toEqual({ podTemplate: podHash, blueprint: hash });
  expect(nameHash(text)).toBe(hash);
});

test.each<[string, object, string]>([
  ['an explicit false of a pointer stays', { automountServiceAccountToken: false }, '"automountServiceAccountToken":false'],
  [
    'a member that nobody here knows comes last',
    { zebra: { b: 1, a: [''] }, aardvark: 0, schedulingGroup: {} },
    '"schedulingGroup":{},"aardvark":0,"zebra":{"a":[""],"b":1}',
  ],
  ['an empty struct stays', { volumes: [{ name: 'x', emptyDir: {} }] }, '"volumes":[{"emptyDir":{},"name":"x"}]'],
  ['an empty label stays', { nodeSelector: { hostname: '' } }, '"nodeSelector":{"hostname":""}'],
  ['keys are sorted by bytes', { nodeSelector: { 2: 'b', 10: 'a' } }, '"nodeSelector":{"10":"a","2":"b"}'],
  ['separators of JavaScript are hidden', { hostname: '\u2028\u2029' }, '"hostname":"\\u2028\\u2029"'],
  ['null is absent', { nodeName: null }, ''],
])('%s', (_, spec, text) => {
  expect(canonicalJson({ spec }, 'podTemplate', canonicalQuantity)).toBe(`{"spec":{${text}},"metadata":{}}`);
});
