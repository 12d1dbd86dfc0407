import { ApiObject, Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { Construct, type IConstruct } from 'constructs';
import { apiVersionOf, type Kind } from '../api/kinds';
import { nameHash } from '../api/names';
import type { SandboxClaim, SandboxClaimOptions } from './sandbox-claim';
import type { SandboxWarmPool, SandboxWarmPoolOptions } from './sandbox-warm-pool';

/** A Sandbox of this app, or one that is in the cluster already. Services, NetworkPolicies and connections can select its Pod. */
export interface ISandbox extends kplus.IResource, kplus.IPodSelector, kplus.INetworkPolicyPeer {}

/** A SandboxTemplate of this app, or one that is in the cluster already. It selects the Pods of all Sandboxes made from it. */
export interface ISandboxTemplate extends kplus.IResource, kplus.IPodSelector, kplus.INetworkPolicyPeer {
  /** Keeps started Sandboxes of this template in stock. */
  pool(id: string, options?: SandboxWarmPoolOptions): SandboxWarmPool;
}

/** A SandboxWarmPool of this app, or one that is in the cluster already. */
export interface ISandboxWarmPool extends kplus.IResource {
  /** The template of the members; undefined for a pool that is only known by name. */
  readonly template?: ISandboxTemplate;
  /** Takes one Sandbox out of this pool. */
  claim(id: string, options?: SandboxClaimOptions): SandboxClaim;
}

/** An object that is in the cluster already and known by its name. It is in the namespace of the chart that mentions it. */
export abstract class Imported extends Construct implements kplus.IResource {
  public readonly apiVersion: string;
  public readonly apiGroup: string;
  public readonly kind: string;
  public readonly resourceType: string;
  public readonly resourceName: string;

  public constructor(
    scope: Construct,
    id: string,
    kind: Kind,
    public readonly name: string,
  ) {
    super(scope, id);
    this.apiVersion = apiVersionOf(kind);
    this.apiGroup = kind.group;
    this.kind = kind.kind;
    this.resourceType = kind.plural;
    this.resourceName = name;
  }
}

/** An imported object whose Pods carry a system label with the hash of its name. */
export abstract class ImportedPods extends Imported implements kplus.IPodSelector, kplus.INetworkPolicyPeer {
  protected abstract readonly label: string;

  public toPodSelectorConfig(): kplus.PodSelectorConfig {
    return podsOf(this, this.label);
  }

  public toNetworkPolicyPeerConfig(): kplus.NetworkPolicyPeerConfig {
    return { podSelector: this.toPodSelectorConfig() };
  }

  public toPodSelector(): kplus.IPodSelector | undefined {
    return this;
  }
}

/** The Pods that carry a system label with the hash of the object's name: nothing of the construct tree is in it. */
export function podsOf(resource: kplus.IResource, label: string): kplus.PodSelectorConfig {
  const namespace = namespaceOf(resource);
  return {
    labelSelector: kplus.LabelSelector.of({ labels: { [label]: nameHash(resource.name) } }),
    ...(namespace !== undefined && { namespaces: { names: [namespace] } }),
  };
}

/** The namespace of a resource; undefined where nothing names one and the tool that applies the manifests decides. */
export function namespaceOf(resource: IConstruct): string | undefined {
  const object = resource.node.defaultChild;
  return ApiObject.isApiObject(object) ? object.metadata.namespace : Chart.of(resource).namespace;
}
