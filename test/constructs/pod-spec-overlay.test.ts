import fc from 'fast-check';
import { specSchema } from '../../src/api/crds';
import { SANDBOX } from '../../src/api/kinds';
import { overlay } from '../../src/constructs/pod-spec-overlay';

const SCHEMA = specSchema(SANDBOX).properties?.podTemplate?.properties?.spec;
class Wrapped {
  public constructor(public readonly value: string) {}
}

test.each<[string, object, object, object]>([
  ['a value replaces a value', { priority: 1 }, { priority: 2 }, { priority: 2 }],
  ['a member that is not named stays', { priority: 1, hostNetwork: true }, { priority: 2 }, { priority: 2, hostNetwork: true }],
  ['undefined says nothing', { priority: 1 }, { priority: undefined }, { priority: 1 }],
  [
    'objects are merged',
    { securityContext: { fsGroup: 1, runAsUser: 2 } },
    { securityContext: { fsGroup: 3 } },
    { securityContext: { fsGroup: 3, runAsUser: 2 } },
  ],
  ['the spelling of jsii and that of Kubernetes name one member', { setHostnameAsFqdn: false }, { setHostnameAsFQDN: true }, { setHostnameAsFqdn: true }],
  ['keys of a map that differ in case are two', { nodeSelector: { Disk: 'a' } }, { nodeSelector: { disk: 'b' } }, { nodeSelector: { Disk: 'a', disk: 'b' } }],
  [
    'containers are found by name',
    { containers: [{ name: 'a', image: 'x' }, { name: 'b' }] },
    { containers: [{ name: 'b', image: 'y' }] },
    {
      containers: [
        { name: 'a', image: 'x' },
        { name: 'b', image: 'y' },
      ],
    },
  ],
  [
    'ports are found by number and protocol, which is TCP unless said',
    { containers: [{ name: 'a', ports: [{ containerPort: 53, protocol: 'UDP' }, { containerPort: 53 }] }] },
    { containers: [{ name: 'a', ports: [{ containerPort: 53, protocol: 'TCP', name: 'dns' }] }] },
    {
      containers: [
        {
          name: 'a',
          ports: [
            { containerPort: 53, protocol: 'UDP' },
            { containerPort: 53, protocol: 'TCP', name: 'dns' },
          ],
        },
      ],
    },
  ],
  ['a list without keys is replaced', { tolerations: [{ key: 'a' }] }, { tolerations: [{ key: 'b' }] }, { tolerations: [{ key: 'b' }] }],
  [
    'an item that is named twice stays twice, for the renderer to refuse',
    { containers: [{ name: 'a' }] },
    { containers: [{ name: 'a' }, { name: 'a' }] },
    { containers: [{ name: 'a' }, { name: 'a' }] },
  ],
  ['a wrapped quantity is a value', { overhead: { cpu: new Wrapped('1') } }, { overhead: { cpu: new Wrapped('2') } }, { overhead: { cpu: new Wrapped('2') } }],
])('%s', (_, base, over, expected) => {
  expect(overlay(SCHEMA, base, over)).toEqual(expected);
});

const specs = fc.record(
  {
    priority: fc.integer(),
    nodeSelector: fc.dictionary(fc.constantFrom('a', 'A', 'b'), fc.string()),
    containers: fc.uniqueArray(fc.record({ name: fc.constantFrom('a', 'b', 'c'), image: fc.string(), tty: fc.boolean() }, { requiredKeys: ['name'] }), {
      selector: (container) => container.name,
    }),
    tolerations: fc.array(fc.record({ key: fc.string() })),
  },
  { requiredKeys: [] },
);

test('what is laid over once changes nothing the second time', () => {
  fc.assert(
    fc.property(specs, specs, (base, over) => {
      const once = overlay(SCHEMA, base, over);
      expect(overlay(SCHEMA, once, over)).toEqual(once);
    }),
  );
});

test('neither side is changed', () => {
  fc.assert(
    fc.property(specs, specs, (base, over) => {
      const before = JSON.stringify([base, over]);
      overlay(SCHEMA, base, over);
      expect(JSON.stringify([base, over])).toBe(before);
    }),
  );
});
