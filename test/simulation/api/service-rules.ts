import { same, textOf, withMembers, type JsonObject } from './json';
import { duplicate, invalid, required, type Cause } from './refusal';
import { labelFaults, missing, portsWithProtocol, textsOf, withoutEmptyLists, withSpec, type Circumstances, type Rules } from './rules';
import { listOf, partOf, type Stored } from './stored';

const SPEC_DEFAULTS = { type: 'ClusterIP', sessionAffinity: 'None', internalTrafficPolicy: 'Cluster' };

/** Services, of type ClusterIP. Node ports, load balancers and a second address family are not modelled. */
export const serviceRules: Rules = {
  complete(service, circumstances) {
    const spec = withoutEmptyLists(partOf(service, 'spec'), ['ports']);
    const selector = textsOf(spec.selector);
    const completed = withSpec(withMembers(service, { spec }), {
      ...missing(spec, SPEC_DEFAULTS),
      ...addresses(spec, circumstances),
      ports: portsWithTarget(portsWithProtocol(spec.ports)),
      selector: Object.keys(partOf(spec, 'selector')).length === 0 ? undefined : selector,
    });
    return circumstances.old ? completed : withMembers(completed, { status: { loadBalancer: {} } });
  },
  faults(service, old) {
    const spec = partOf(service, 'spec');
    return [...addressFaults(spec, old), ...portFaults(spec)];
  },
  nameFaults: (name) => (name === '' ? [required('metadata.name', 'name or generateName is required')] : labelFaults('metadata.name', name)),
};

/** The cluster address, if the Service asks for one or already has it; a headless one without selector may speak both families. */
function addresses(spec: JsonObject, { old, random }: Circumstances): JsonObject {
  const clusterIP = spec.clusterIP ?? (old ? partOf(old, 'spec').clusterIP : `10.0.${random.below(256)}.${random.between(1, 254)}`);
  const both = clusterIP === 'None' && Object.keys(partOf(spec, 'selector')).length === 0;
  const families = both ? { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' } : { ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' };
  return { clusterIP, clusterIPs: [clusterIP], ...missing(spec, families) };
}

const portsWithTarget = (ports: unknown): unknown =>
  Array.isArray(ports) ? ports.map((port: JsonObject) => withMembers(port, missing(port, { targetPort: port.port }))) : ports;

function addressFaults(spec: JsonObject, old: Stored | undefined): readonly Cause[] {
  if (!old || same(partOf(old, 'spec').clusterIPs, spec.clusterIPs)) return [];
  return [invalid('spec.clusterIPs[0]', spec.clusterIPs, 'may not change once set')];
}

function portFaults(spec: JsonObject): readonly Cause[] {
  const ports = listOf(spec, 'ports');
  if (ports.length === 0) return spec.clusterIP === 'None' ? [] : [required('spec.ports')];
  const ofPort = ports.flatMap((port, index) => {
    const path = `spec.ports[${index}]`;
    const again = ports.findIndex((other) => other.name === port.name) < index;
    return [
      ...(port.name === undefined && ports.length > 1 ? [required(`${path}.name`)] : []),
      ...(port.name === undefined ? [] : again ? [duplicate(`${path}.name`, port.name)] : labelFaults(`${path}.name`, textOf(port.name))),
      ...rangeFaults(`${path}.port`, port.port),
      ...(typeof port.targetPort === 'number' ? rangeFaults(`${path}.targetPort`, port.targetPort) : []),
    ];
  });
  const numbers = ports.map(({ port, protocol }) => ({ Name: '', Protocol: protocol, AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 }));
  const again = numbers.flatMap((number, index) =>
    numbers.findIndex((other) => same(number, other)) < index ? [duplicate(`spec.ports[${index}]`, number)] : [],
  );
  return [...ofPort, ...again];
}

const rangeFaults = (field: string, port: unknown): readonly Cause[] =>
  Number(port) >= 1 && Number(port) <= 65535 ? [] : [invalid(field, port, 'must be between 1 and 65535, inclusive')];
