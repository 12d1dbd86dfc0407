import { SANDBOX, SANDBOX_CLAIM, SANDBOX_TEMPLATE, SANDBOX_WARM_POOL, VERSION, type Kind } from '../../../src/api/kinds';
import type { Resource } from '../../../src/runtime/object';
import { customRules } from './custom-rules';
import { networkPolicyRules } from './network-policy-rules';
import { podRules } from './pod-rules';
import type { Rules } from './rules';
import { serviceRules } from './service-rules';
import { configMapRules, eventRules, leaseRules, namespaceRules } from './small-rules';
import type { Stored } from './stored';
import { volumeClaimRules } from './volume-claim-rules';

/** A resource that the model serves. */
export interface ResourceType extends Resource {
  readonly rules: Rules;
  readonly isNamespaced: boolean;
  /** Defined by a CRD. The server treats such objects differently in small things. */
  readonly isCustom: boolean;
  readonly hasStatus: boolean;
  readonly hasGeneration: boolean;
  /** DELETE answers with the object that is gone, not with a Status. */
  readonly answersDeleted: boolean;
  readonly apiVersion: string;
  /** `plural.group`, as messages name it. */
  readonly pluralText: string;
  /** `Kind.group`, as messages name it. */
  readonly kindText: string;
}

type Traits = Partial<Pick<ResourceType, 'isNamespaced' | 'hasStatus' | 'hasGeneration' | 'answersDeleted'>>;

function builtIn(group: string, kind: string, plural: string, rules: Rules, traits: Traits = {}): ResourceType {
  return {
    ...named(group, 'v1', kind, plural),
    ...{ rules, isCustom: false, isNamespaced: true, hasStatus: false, hasGeneration: false, answersDeleted: false },
    ...traits,
  };
}

const custom = (kind: Kind): ResourceType => ({
  ...named(kind.group, VERSION, kind.kind, kind.plural),
  ...{ rules: customRules(kind), isCustom: true, isNamespaced: true, hasStatus: kind.status !== undefined, hasGeneration: true, answersDeleted: false },
});

const named = (group: string, version: string, kind: string, plural: string) => ({
  ...{ group, version, kind, plural },
  apiVersion: group === '' ? version : `${group}/${version}`,
  pluralText: group === '' ? plural : `${plural}.${group}`,
  kindText: group === '' ? kind : `${kind}.${group}`,
});

export const PODS = builtIn('', 'Pod', 'pods', podRules, { hasStatus: true, hasGeneration: true, answersDeleted: true });
export const SERVICES = builtIn('', 'Service', 'services', serviceRules, { hasStatus: true, answersDeleted: true });
export const VOLUME_CLAIMS = builtIn('', 'PersistentVolumeClaim', 'persistentvolumeclaims', volumeClaimRules, { hasStatus: true, answersDeleted: true });
export const NAMESPACES = builtIn('', 'Namespace', 'namespaces', namespaceRules, { isNamespaced: false, hasStatus: true, answersDeleted: true });
export const CONFIG_MAPS = builtIn('', 'ConfigMap', 'configmaps', configMapRules);
// Events of both groups are the same objects; the server names them by the older one.
export const EVENTS = { ...builtIn('events.k8s.io', 'Event', 'events', eventRules), kindText: 'Event' };
export const LEASES = builtIn('coordination.k8s.io', 'Lease', 'leases', leaseRules);
export const NETWORK_POLICIES = builtIn('networking.k8s.io', 'NetworkPolicy', 'networkpolicies', networkPolicyRules, { hasGeneration: true });
export const SANDBOXES = custom(SANDBOX);
export const TEMPLATES = custom(SANDBOX_TEMPLATE);
export const POOLS = custom(SANDBOX_WARM_POOL);
export const CLAIMS = custom(SANDBOX_CLAIM);

/** Everything that is served. */
export const RESOURCE_TYPES: readonly ResourceType[] = [
  ...[PODS, SERVICES, VOLUME_CLAIMS, NAMESPACES, CONFIG_MAPS, EVENTS, LEASES, NETWORK_POLICIES],
  ...[SANDBOXES, TEMPLATES, POOLS, CLAIMS],
];

// No two of them share a plural.
const byPlural = new Map(RESOURCE_TYPES.map((type) => [type.plural, type]));

/** The type that serves a resource, if one does. */
export function findType({ group, version, plural }: Resource): ResourceType | undefined {
  const type = byPlural.get(plural);
  return type?.group === group && type.version === version ? type : undefined;
}

/** The type of an object by what it says itself, or of an owner by its reference. */
export const findTypeOf = ({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): ResourceType | undefined =>
  RESOURCE_TYPES.find((type) => type.apiVersion === apiVersion && type.kind === kind);

/** The type of a stored object; throws if it is of none, which cannot be. */
export function typeOf(object: Stored): ResourceType {
  const type = findTypeOf(object);
  if (!type) throw new Error(`${object.apiVersion} ${object.kind} is not modelled; see test/simulation/api/resource-types.ts`);
  return type;
}

/** How a Status names an object by its resource. */
export const detailsOf = ({ group, plural }: Resource, name: string): object => ({ name, ...(group !== '' && { group }), kind: plural });
