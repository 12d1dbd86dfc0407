import { LABELS } from '../../api/keys';
import { nameHash } from '../../api/names';
import type { WrittenThrough } from '../../runtime/apply';
import { Informer, type InformerContext } from '../../runtime/informer';
import { findControllerOf, type KubeObject, type Resource } from '../../runtime/object';
import {
  NETWORK_POLICIES,
  PODS,
  SANDBOXES,
  SERVICES,
  TEMPLATES,
  VOLUME_CLAIMS,
  type ContainerStatus,
  type NetworkPolicy,
  type Pod,
  type Sandbox,
  type SandboxTemplate,
  type Service,
  type VolumeClaim,
} from './objects';

/** What a process watches. One informer per kind; controllers share them. */
export interface Informers {
  readonly sandboxes: Informer<Sandbox, 'nameHash'>;
  readonly pods: Informer<Pod, 'owner'>;
  readonly services: Informer<Service>;
  readonly volumeClaims: Informer<VolumeClaim>;
  /** Only with the extensions. */
  readonly templates?: Informer<SandboxTemplate>;
  /** Only with the extensions. */
  readonly policies?: Informer<NetworkPolicy>;
}

export interface InformersOptions {
  /** Whether the kinds of the extensions are watched too. */
  readonly hasExtensions: boolean;
  /** Whether only Pods and Services with the label `sandbox-name-hash` are watched (`--cache-label-selectors`). */
  readonly areLabelsRequired: boolean;
}

/** The informers of a process; nothing is watched before they are started. */
export function informersOf(context: InformerContext, { hasExtensions, areLabelsRequired }: InformersOptions): Informers {
  const labelled = areLabelsRequired ? { labelSelector: LABELS.sandboxNameHash } : {};
  return {
    sandboxes: new Informer({ resource: SANDBOXES, indexes: { nameHash: (sandbox: Sandbox) => [nameHashIndex(sandbox)] } }, context),
    pods: new Informer({ resource: PODS, indexes: { owner: ownerIndex }, reduce: reducedPod, ...labelled }, context),
    services: new Informer({ resource: SERVICES, indexes: {}, ...labelled }, context),
    // Claims of others are none of our business; one of ours that lost its label is found by trying to create it (spec 03 §4).
    volumeClaims: new Informer({ resource: VOLUME_CLAIMS, indexes: {}, reduce: onlyMetadata, labelSelector: LABELS.sandboxNameHash }, context),
    ...(hasExtensions && {
      templates: new Informer({ resource: TEMPLATES, indexes: {} }, context),
      policies: new Informer({ resource: NETWORK_POLICIES, indexes: {} }, context),
    }),
  };
}

/** The informers that there are. */
export function allOf({ sandboxes, pods, services, volumeClaims, templates, policies }: Informers): readonly AnyInformer[] {
  return [sandboxes, pods, services, volumeClaims, ...(templates ? [templates] : []), ...(policies ? [policies] : [])];
}

/** An informer, whatever it watches. */
export type AnyInformer = Pick<Informer<KubeObject>, 'resource' | 'start' | 'stop' | 'findProblem' | 'relists' | 'heardAtMs'> & {
  readonly cache: { readonly synced: Promise<void>; readonly size: number };
};

/** The cache through which a resource is written. Throws for a resource that nobody watches. */
export function cacheOf(informers: Informers): (resource: Resource) => WrittenThrough {
  const { sandboxes, pods, services, volumeClaims, templates, policies } = informers;
  const caches = new Map<string, unknown>([
    [SANDBOXES.plural, sandboxes.cache],
    [PODS.plural, pods.cache],
    [SERVICES.plural, services.cache],
    [VOLUME_CLAIMS.plural, volumeClaims.cache],
    ...(templates ? [[TEMPLATES.plural, templates.cache] as const] : []),
    ...(policies ? [[NETWORK_POLICIES.plural, policies.cache] as const] : []),
  ]);
  return ({ plural }) => {
    const cache = caches.get(plural);
    if (!cache) throw new Error(`${plural} are written but not watched; give them an informer`);
    // A cache takes objects of its own resource, and of that the answers to its writes are.
    return cache as WrittenThrough;
  };
}

/** Value of the index `nameHash`: names of one namespace that have the same hash. */
const nameHashIndex = ({ metadata }: Sandbox): string => `${metadata.namespace ?? ''}/${nameHash(metadata.name)}`;

const ownerIndex = (object: KubeObject): readonly string[] => {
  const owner = findControllerOf(object);
  return owner ? [owner.uid] : [];
};

const onlyMetadata = ({ apiVersion, kind, metadata }: VolumeClaim): VolumeClaim => ({ apiVersion, kind, metadata });

/** A Pod without what no rule looks at: most of the memory of a cached Pod is its spec. */
function reducedPod({ apiVersion, kind, metadata, spec, status = {} }: Pod): Pod {
  const { phase, podIPs, conditions, containerStatuses, initContainerStatuses } = status;
  return {
    apiVersion,
    kind,
    metadata,
    spec: { nodeName: spec.nodeName },
    status: {
      phase,
      podIPs,
      conditions: conditions?.map(({ type, status: value, reason, message }) => ({ type, status: value, reason, message })),
      containerStatuses: containerStatuses?.map(reducedContainer),
      initContainerStatuses: initContainerStatuses?.map(reducedContainer),
    },
  };
}

const reducedContainer = ({ name, restartCount, state }: ContainerStatus): ContainerStatus => ({
  name,
  restartCount,
  ...(state?.terminated && { state: { terminated: { finishedAt: state.terminated.finishedAt } } }),
});
