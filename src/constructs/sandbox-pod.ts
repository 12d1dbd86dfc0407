import { ApiObjectMetadataDefinition, type Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { specSchema } from '../api/crds';
import { SANDBOX } from '../api/kinds';
import type { SandboxVolumeClaimTemplate } from '../api/types.generated';
import { initContainer, regularContainer } from './container-defaults';
import { DnsAccess, NetworkAccess } from './network-access';
import { dnsOf, furtherFields, mountedContainers, ordinaryVolumes, quietPodSpec, withWritableDisks } from './pod-spec';
import { overlay } from './pod-spec-overlay';
import { podsOf } from './references';
import type { SandboxPodProps } from './sandbox-pod-props';
import { SandboxVolume, workspaceName, workspaceTemplate, type PendingMount, type WorkspaceOptions } from './sandbox-volume';
import { schedulingOf, takePod } from './taken-pod';

/** What a Sandbox and a template have in common: a Pod, and volumes that are made anew for each Sandbox. */
export abstract class SandboxPod extends kplus.AbstractPod {
  /** Where the Pod is to run. */
  public readonly scheduling: kplus.PodScheduling;
  /**
   * Opens connections between this Pod and others by NetworkPolicies of their own. They add up with the policy of `network`, which the
   * connections do not change: what either opens is open.
   */
  public readonly connections: kplus.PodConnections;
  /** What may reach the Pod and what it may reach. */
  public readonly network: NetworkAccess;
  private readonly podProps: SandboxPodProps;
  private readonly taken?: kplus.AbstractPod;
  private readonly claimTemplates: SandboxVolumeClaimTemplate[] = [];
  private readonly ownVolumes: SandboxVolume[] = [];
  private readonly mounts: PendingMount[] = [];
  private ownPodMetadata?: ApiObjectMetadataDefinition;

  protected constructor(
    scope: Construct,
    id: string,
    props: SandboxPodProps,
    /** The label by which the controller marks the Pods. */
    private readonly label: string,
  ) {
    super(scope, id, props);
    this.podProps = props;
    if (props.isolate && props.network) throw new Error(`${this.node.path}: isolate: network is given too; write network: NetworkAccess.none() alone`);
    this.network = props.network ?? (props.isolate ? NetworkAccess.none() : NetworkAccess.secureDefault());
    if (props.pod instanceof SandboxPod)
      throw new Error(`${this.node.path}: pod: ${props.pod.node.path} is a ${props.pod.kind} itself; give its properties to this one`);
    if (props.pod) this.taken = takePod(this.node.path, props.pod, props);
    this.scheduling = this.taken ? schedulingOf(this.taken) : new kplus.PodScheduling(this);
    this.connections = new kplus.PodConnections(this);
    props.volumeClaimTemplates?.forEach((template) => this.addVolumeClaimTemplate(template));
  }

  /** Labels and annotations of the Pod. */
  public get podMetadata(): ApiObjectMetadataDefinition {
    if (this.taken) return this.taken.podMetadata;
    this.ownPodMetadata ??= new ApiObjectMetadataDefinition({ ...this.podProps.podMetadata, apiObject: this.apiObject });
    return this.ownPodMetadata;
  }

  /** The regular containers. */
  public override get containers(): kplus.Container[] {
    return this.taken?.containers ?? super.containers;
  }

  /** The init containers. */
  public override get initContainers(): kplus.Container[] {
    return this.taken?.initContainers ?? super.initContainers;
  }

  /** The volumes that were added; those that a container mounts need not be. */
  public override get volumes(): kplus.Volume[] {
    return this.taken?.volumes ?? super.volumes;
  }

  /** Lines of `/etc/hosts`. */
  public override get hostAliases(): kplus.HostAlias[] {
    return this.taken?.hostAliases ?? super.hostAliases;
  }

  /** Adds a container. Unlike in cdk8s-plus its image is pulled only if it is not there, and it has no startup probe and no CPU or memory figures unless given. */
  public override addContainer(container: kplus.ContainerProps): kplus.Container {
    return this.taken ? this.taken.addContainer(regularContainer(container)) : super.addContainer(regularContainer(container));
  }

  /** Attaches a container as it is, with the defaults of cdk8s-plus. */
  public override attachContainer(container: kplus.Container): void {
    if (this.taken) this.taken.attachContainer(container);
    else super.attachContainer(container);
  }

  /** Adds an init container, with the defaults of `addContainer`. */
  public override addInitContainer(container: kplus.ContainerProps): kplus.Container {
    return this.taken ? this.taken.addInitContainer(initContainer(container)) : super.addInitContainer(initContainer(container));
  }

  /** Adds a volume that all Pods of this object share, such as a ConfigMap. For one per Sandbox use `addWorkspace`. */
  public override addVolume(volume: kplus.Volume): void {
    if (this.taken) this.taken.addVolume(volume);
    else super.addVolume(volume);
  }

  /** Adds a line to `/etc/hosts`. */
  public override addHostAlias(hostAlias: kplus.HostAlias): void {
    if (this.taken) this.taken.addHostAlias(hostAlias);
    else super.addHostAlias(hostAlias);
  }

  /**
   * Gives each Sandbox a disk of its own and mounts it. The disk survives suspension and restarts, and is deleted together with the Sandbox.
   * Containers can write to it if the Pod's `securityContext` has a `user` or `group`, which then is its `fsGroup` too, or an `fsGroup` of its own.
   */
  public addWorkspace(size: Size, path: string, options: WorkspaceOptions = {}): SandboxVolume {
    const name = options.name ?? workspaceName(this.node.path, path, this.claimTemplates.length === 0);
    const volume = this.addVolumeClaimTemplate(workspaceTemplate(name, size, options));
    this.mounts.push({ volume, path, containerName: options.containerName });
    return volume;
  }

  /** Adds a volume claim template as the API has it. The volume that is returned must be mounted by some container. */
  public addVolumeClaimTemplate(template: SandboxVolumeClaimTemplate): SandboxVolume {
    const name = template.metadata?.name;
    if (!name) throw new Error(`${this.node.path}: volumeClaimTemplates: metadata.name is missing; it names the volume, such as workspace`);
    if (this.claimTemplates.some((other) => other.metadata?.name === name))
      throw new Error(`${this.node.path}: volumeClaimTemplates: there are two of the name ${name}; give one of them another name`);
    this.claimTemplates.push(template);
    const volume = new SandboxVolume(this, name);
    this.ownVolumes.push(volume);
    return volume;
  }

  /** The Pods of this object, found by the label that the controller gives them. */
  public override toPodSelectorConfig(): kplus.PodSelectorConfig {
    return podsOf(this, this.label);
  }

  /** The service account of the Pod. */
  public override toSubjectConfiguration(): kplus.SubjectConfiguration {
    const subject = this.taken ? this.taken.toSubjectConfiguration() : super.toSubjectConfiguration();
    // A RoleBinding must name the namespace of a service account; a Pod uses one of its own.
    return { ...subject, namespace: this.metadata.namespace };
  }

  /**
   * The members that Sandbox and template share, before the strict walk.
   * @internal
   */
  protected _blueprint(): object {
    return {
      podTemplate: { metadata: this.renderedPodMetadata(), spec: this.podSpec() },
      volumeClaimTemplates: this.claimTemplates,
      service: this.podProps.service,
    };
  }

  /**
   * Where names are resolved if the `dns` of the Pod does not say so. The controller writes the DNS of the secure default itself, but
   * drops search domains and options with it, so that they are only kept beside an explicit policy.
   * @internal
   */
  protected _dnsAccess(): DnsAccess | undefined {
    const { dns } = this.taken ?? this;
    const isSecureDefault = this.network.isManaged && this.network.toNetworkPolicy() === undefined;
    return isSecureDefault && dns.searches.length + dns.options.length > 0 ? DnsAccess.PUBLIC : this.network.dns;
  }

  private renderedPodMetadata(): object | undefined {
    // cdk8s types it `any`; it is undefined when there is nothing in it.
    const metadata = this.podMetadata.toJson() as { readonly labels?: object; readonly annotations?: object } | undefined;
    return metadata?.labels || metadata?.annotations ? { labels: metadata.labels, annotations: metadata.annotations } : undefined;
  }

  private podSpec(): unknown {
    const pod = this.taken ?? this;
    if (pod.containers.length === 0) throw new Error(`there is no container; pass containers, or call addContainer`);
    const scheduled = { ...quietPodSpec(pod), ...this.scheduling._toKube() };
    const quiet = this.claimTemplates.length > 0 ? withWritableDisks(scheduled) : scheduled;
    const spec = {
      ...quiet,
      ...furtherFields(quiet, this.podProps),
      ...dnsOf(pod.dns, this.podProps.dns?.policy !== undefined, this._dnsAccess()),
      ...mountedContainers(quiet, this.mounts),
      volumes: ordinaryVolumes(quiet, pod, this.ownVolumes),
    };
    return overlay(podSpecSchema(), spec, this.podProps.podSpec);
  }
}

const podSpecSchema = () => specSchema(SANDBOX).properties?.podTemplate?.properties?.spec;
