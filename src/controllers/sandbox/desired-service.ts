import type { Container, Sandbox, ServicePort } from '../shared/objects';

/** The ports of the headless Service, from those of the containers (spec 03 §6.1): sorted by port and protocol, every one named. */
export function servicePorts({ spec }: Sandbox): readonly Required<ServicePort>[] {
  const groups = portGroups([
    ...spec.podTemplate.spec.containers,
    // Of the init containers only native sidecars go on listening.
    ...(spec.podTemplate.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always'),
  ]);
  const sorted = [...groups].sort((a, b) => a.port - b.port || (a.protocol < b.protocol ? -1 : 1));
  const taken = new Set(sorted.flatMap(({ name }) => name ?? []));
  return sorted.map(({ name, protocol, port }) => ({ name: name ?? freeName(port, protocol, taken), protocol, port, targetPort: port }));
}

interface PortGroup {
  readonly port: number;
  readonly protocol: string;
  /** The first name seen for it that no earlier group has. */
  name?: string;
}

function portGroups(containers: readonly Container[]): readonly PortGroup[] {
  const groups = new Map<string, PortGroup>();
  const names = new Set<string>();
  for (const { containerPort: port, protocol = 'TCP', name } of containers.flatMap(({ ports }) => ports ?? [])) {
    if (port === 0) continue;
    const id = `${port}/${protocol}`;
    const group = groups.get(id) ?? { port, protocol };
    groups.set(id, group);
    if (!group.name && name && !names.has(name)) {
      group.name = name;
      names.add(name);
    }
  }
  return [...groups.values()];
}

/** `p-<port>-<protocol>`, on clash followed by `-2`, `-3`, … (spec 02 §6). */
function freeName(port: number, protocol: string, taken: Set<string>): string {
  const base = `p-${port}-${protocol.toLowerCase()}`;
  let name = base;
  for (let n = 2; taken.has(name); n++) name = `${base}-${n}`;
  taken.add(name);
  return name;
}
