import { ANNOTATIONS, LABELS } from '../../api/keys';
import { nameHash } from '../../api/names';
import type { WrittenThrough } from '../../runtime/apply';
import { Informer, type InformerContext } from '../../runtime/informer';
import { findControllerOf, type KubeObject, type ObjectMeta, type Resource } from '../../runtime/object';
import {
  CLAIMS,
  NETWORK_POLICIES,
  PODS,
  SANDBOXES,
  SERVICES,
  TEMPLATES,
  VOLUME_CLAIMS,
  WARM_POOLS,
  type ContainerStatus,
  type NetworkPolicy,
  type Pod,
  type Sandbox,
  type SandboxClaim,
  type SandboxTemplate,
  type SandboxWarmPool,
  type Service,
  type VolumeClaim,
} from './objects';
import { findExtensionOwnerKind } from './ownership';

/** What a process watches. One informer per kind; controllers share them. */
export interface Informers {
  /**
   * `owner` is the UID of the controller owner; `orphan` is `namespace/value` of the label `warm-pool-sandbox` of one without such an owner; `claimed` is
   * `namespace/name` of the template that the Sandbox of a claim was made of.
   */
  readonly sandboxes: Informer<Sandbox, 'nameHash' | 'owner' | 'orphan' | 'claimed'>;
  readonly pods: Informer<Pod, 'owner'>;
  readonly services: Informer<Service>;
  readonly volumeClaims: Informer<VolumeClaim>;
  /** Only with `--extensions`. */
  readonly extensions?: ExtensionInformers;
}

/** The informers of the kinds of the extensions. */
export interface ExtensionInformers {
  readonly templates: Informer<SandboxTemplate>;
  readonly policies: Informer<NetworkPolicy>;
  /** `template` is `namespace/name` of the template that a pool refers to. */
  readonly pools: Informer<SandboxWarmPool, 'nameHash' | 'template'>;
  /** `pool` is `namespace/name` of the pool that a claim refers to. */
  readonly claims: Informer<SandboxClaim, 'pool'>;
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
    sandboxes: new Informer(
      { resource: SANDBOXES, indexes: { nameHash: nameHashIndex, owner: ownerIndex, orphan: orphanIndex, claimed: claimedIndex } },
      context,
    ),
    pods: new Informer({ resource: PODS, indexes: { owner: ownerIndex }, reduce: reducedPod, ...labelled }, context),
    services: new Informer({ resource: SERVICES, indexes: {}, reduce: reducedService, ...labelled }, context),
    // Claims of others are none of our business; one of ours that lost its label is found by trying to create it (spec 03 §4).
    volumeClaims: new Informer({ resource: VOLUME_CLAIMS, indexes: {}, reduce: onlyMetadata, labelSelector: LABELS.sandboxNameHash }, context),
    ...(hasExtensions && {
      extensions: {
        templates: new Informer({ resource: TEMPLATES, indexes: {} }, context),
        policies: new Informer({ resource: NETWORK_POLICIES, indexes: {} }, context),
        pools: new Informer({ resource: WARM_POOLS, indexes: { nameHash: nameHashIndex, template: templateIndex } }, context),
        claims: new Informer({ resource: CLAIMS, indexes: { pool: poolIndex } }, context),
      },
    }),
  };
}

/** The informers that there are. */
export function allOf({ extensions, ...core }: Informers): readonly AnyInformer[] {
  return [...Object.values<AnyInformer>({ ...core }), ...Object.values<AnyInformer>({ ...extensions })];
}

/** The informers of the extensions. Throws when they are switched off. */
export function extensionsOf({ extensions }: Informers): ExtensionInformers {
  if (!extensions) throw new Error('controllers of the extensions need the informers of the extensions; switch them on');
  return extensions;
}

/** An informer, whatever it watches. */
export type AnyInformer = Pick<Informer<KubeObject>, 'resource' | 'start' | 'stop' | 'reread' | 'findProblem' | 'relists' | 'heardAtMs'> & {
  readonly cache: { readonly synced: Promise<void>; readonly size: number };
};

/** The cache through which a resource is written. Throws for a resource that nobody watches. */
export function cacheOf(informers: Informers): (resource: Resource) => WrittenThrough {
  const caches = new Map<string, unknown>(allOf(informers).map(({ resource, cache }) => [resource, cache]));
  return ({ plural }) => {
    const cache = caches.get(plural);
    if (!cache) throw new Error(`${plural} are written but not watched; give them an informer`);
    // A cache takes objects of its own resource, and of that the answers to its writes are.
    return cache as WrittenThrough;
  };
}

/** Value of the index `nameHash`: names of one namespace that have the same hash. */
const nameHashIndex = ({ metadata }: KubeObject): readonly string[] => [inNamespaceOf(metadata, nameHash(metadata.name))];

const orphanIndex = (sandbox: Sandbox): readonly string[] => {
  const label = sandbox.metadata.labels?.[LABELS.warmPool];
  return label !== undefined && !findControllerOf(sandbox) ? [inNamespaceOf(sandbox.metadata, label)] : [];
};

const claimedIndex = (sandbox: Sandbox): readonly string[] => {
  const template = sandbox.metadata.annotations?.[ANNOTATIONS.templateRef];
  return template && findExtensionOwnerKind(sandbox) === CLAIMS.kind ? [inNamespaceOf(sandbox.metadata, template)] : [];
};

const templateIndex = ({ metadata, spec }: SandboxWarmPool): readonly string[] => [inNamespaceOf(metadata, spec.sandboxTemplateRef.name)];

const poolIndex = ({ metadata, spec }: SandboxClaim): readonly string[] => [inNamespaceOf(metadata, spec.warmPoolRef.name)];

const inNamespaceOf = ({ namespace = '' }: ObjectMeta, value: string): string => `${namespace}/${value}`;

const ownerIndex = (object: KubeObject): readonly string[] => {
  const owner = findControllerOf(object);
  return owner ? [owner.uid] : [];
};

const onlyMetadata = ({ apiVersion, kind, metadata }: VolumeClaim): VolumeClaim => ({ apiVersion, kind, metadata });

/** A Service without what the API server adds to it: a third of the memory of a cached one. */
const reducedService = ({ apiVersion, kind, metadata, spec: { clusterIP, selector, ports } }: Service): Service => ({
  ...{ apiVersion, kind, metadata },
  spec: { clusterIP, selector, ports },
});

/** A Pod without what no rule looks at: most of the memory of a cached Pod is its spec. */
function reducedPod({ apiVersion, kind, metadata, spec, status = {} }: Pod): Pod {
  const { phase, podIPs, conditions, containerStatuses } = status;
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
    },
  };
}

const reducedContainer = ({ name, restartCount, state }: ContainerStatus): ContainerStatus => ({
  name,
  restartCount,
  ...(state?.terminated && { state: { terminated: { finishedAt: state.terminated.finishedAt } } }),
});
