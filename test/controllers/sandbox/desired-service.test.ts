import { servicePorts } from '../../../src/controllers/sandbox/desired-service';
import type { Container } from '../../../src/controllers/shared/objects';
import { sandbox } from './world';

const portsOf = (containers: readonly Container[], initContainers: readonly Container[] = []): string[] =>
  servicePorts(sandbox({ podTemplate: { spec: { containers, initContainers } } })).map(
    ({ name, port, protocol, targetPort }) => `${name} ${port}/${protocol} > ${targetPort}`,
  );

const container = (...ports: NonNullable<Container['ports']>): Container => ({ name: 'main', ports });
const sidecar: Container = { ...container({ name: 'metrics', containerPort: 9090 }), restartPolicy: 'Always' };

// Spec 03 §6.1 and §14 row 16.
test.each<[string, string[], string[]]>([
  ['no ports', portsOf([{ name: 'main' }, container()]), []],
  [
    'ports are sorted by number, then protocol',
    portsOf([container({ name: 'b', containerPort: 80, protocol: 'UDP' }, { name: 'a', containerPort: 80 }, { name: 'c', containerPort: 22 })]),
    ['c 22/TCP > 22', 'a 80/TCP > 80', 'b 80/UDP > 80'],
  ],
  [
    'a native sidecar listens too, an ordinary init container does not',
    portsOf([container()], [sidecar, { ...sidecar, restartPolicy: undefined, ports: [{ containerPort: 1 }] }]),
    ['metrics 9090/TCP > 9090'],
  ],
  [
    'the same port twice is one, with the first name',
    portsOf([container({ containerPort: 80 }), container({ name: 'http', containerPort: 80 }), container({ name: 'web', containerPort: 80 })]),
    ['http 80/TCP > 80'],
  ],
  [
    'a name that an earlier port has is not taken again',
    portsOf([container({ name: 'http', containerPort: 80 }), container({ name: 'http', containerPort: 81 })]),
    ['http 80/TCP > 80', 'p-81-tcp 81/TCP > 81'],
  ],
  [
    'such a port takes its next name',
    portsOf([container({ name: 'http', containerPort: 80 }), container({ name: 'http', containerPort: 81 }), container({ name: 'alt', containerPort: 81 })]),
    ['http 80/TCP > 80', 'alt 81/TCP > 81'],
  ],
  [
    'a generated name gives way to an explicit one',
    portsOf([container({ containerPort: 80 }, { name: 'p-80-tcp', containerPort: 81 })]),
    ['p-80-tcp-2 80/TCP > 80', 'p-80-tcp 81/TCP > 81'],
  ],
  [
    'and once more',
    portsOf([container({ containerPort: 80 }, { name: 'p-80-tcp', containerPort: 81 }, { name: 'p-80-tcp-2', containerPort: 82 })]),
    ['p-80-tcp-3 80/TCP > 80', 'p-80-tcp 81/TCP > 81', 'p-80-tcp-2 82/TCP > 82'],
  ],
  ['port 0 is none', portsOf([container({ containerPort: 0 })]), []],
])('%s', (_, ports, expected) => {
  expect(ports).toEqual(expected);
});
