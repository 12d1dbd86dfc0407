import { CORE_GROUP, EXTENSIONS_GROUP, VERSION } from '../../api/kinds';
import type { KubeObject, Resource } from '../../runtime/object';

/** The objects that controllers read and write, as they are on the wire: only the members that some rule looks at. */

export type Texts = Readonly<Record<string, string>>;

/** An item of `status.conditions`. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
  readonly observedGeneration?: number;
}

export interface PodTemplate {
  readonly metadata?: { readonly labels?: Texts; readonly annotations?: Texts };
  readonly spec: PodSpec;
}

/** The rest of a PodSpec passes through unread. */
export interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: ReadonlyArray<{ readonly name: string }>;
  readonly automountServiceAccountToken?: boolean;
  readonly dnsPolicy?: string;
  readonly dnsConfig?: object;
}

export interface Container {
  readonly name: string;
  readonly env?: ReadonlyArray<{ readonly name: string; readonly value?: string; readonly valueFrom?: object }>;
  readonly envFrom?: readonly object[];
  readonly restartPolicy?: string;
  readonly ports?: ReadonlyArray<{ readonly name?: string; readonly containerPort: number; readonly protocol?: string }>;
}

export interface VolumeClaimTemplate {
  readonly metadata?: { readonly name?: string; readonly labels?: Texts; readonly annotations?: Texts };
  readonly spec: object;
}

/** What Sandbox and SandboxTemplate have in common. */
export interface Blueprint {
  readonly podTemplate: PodTemplate;
  readonly volumeClaimTemplates?: readonly VolumeClaimTemplate[];
  readonly service?: boolean;
}

export interface SandboxStatus {
  readonly conditions?: readonly Condition[];
  readonly service?: string;
  readonly serviceFQDN?: string;
  readonly selector?: string;
  readonly podIPs?: readonly string[];
  readonly nodeName?: string;
}

export interface Sandbox extends KubeObject {
  readonly spec: Blueprint & {
    readonly shutdownTime?: string;
    readonly shutdownPolicy?: 'Delete' | 'Retain';
    readonly operatingMode?: 'Running' | 'Suspended';
  };
  readonly status?: SandboxStatus;
}

export interface NetworkPolicyRules {
  readonly ingress?: readonly NetworkPolicyRule[];
  readonly egress?: readonly NetworkPolicyRule[];
}

export interface NetworkPolicyRule {
  readonly from?: readonly object[];
  readonly to?: readonly object[];
  readonly ports?: ReadonlyArray<{ readonly port?: number | string; readonly endPort?: number; readonly protocol?: string }>;
}

export interface SandboxTemplate extends KubeObject {
  readonly spec: Blueprint & {
    readonly networkPolicy?: NetworkPolicyRules;
    readonly networkPolicyManagement?: 'Managed' | 'Unmanaged' | '';
    readonly envVarsInjectionPolicy?: InjectionPolicy;
    readonly volumeClaimTemplatesPolicy?: InjectionPolicy;
  };
}

/** Whether claims may add to a template, or replace parts of it. Absent and empty mean no. */
export type InjectionPolicy = 'Allowed' | 'Overrides' | 'Disallowed' | '';

export interface SandboxWarmPool extends KubeObject {
  readonly spec: {
    readonly replicas?: number;
    readonly sandboxTemplateRef: { readonly name: string };
    readonly updateStrategy?: { readonly type?: string };
    readonly readinessGracePeriodSeconds?: number;
  };
  readonly status?: SandboxWarmPoolStatus;
}

/** Zero values are absent. */
export interface SandboxWarmPoolStatus {
  readonly replicas?: number;
  readonly readyReplicas?: number;
  readonly selector?: string;
  readonly observedGeneration?: number;
}

export interface SandboxClaim extends KubeObject {
  readonly spec: {
    readonly warmPoolRef: { readonly name: string };
    readonly lifecycle?: {
      readonly shutdownTime?: string;
      readonly ttlSecondsAfterFinished?: number;
      readonly shutdownPolicy?: 'Delete' | 'DeleteForeground' | 'Retain';
    };
    readonly additionalPodMetadata?: { readonly labels?: Texts; readonly annotations?: Texts };
    readonly env?: readonly ClaimVariable[];
    readonly volumeClaimTemplates?: readonly VolumeClaimTemplate[];
  };
  readonly status?: SandboxClaimStatus;
}

export interface ClaimVariable {
  readonly name: string;
  readonly value: string;
  /** Absent and empty mean the first regular container. */
  readonly containerName?: string;
}

export interface SandboxClaimStatus {
  readonly conditions?: readonly Condition[];
  readonly sandbox?: { readonly name?: string; readonly podIPs?: readonly string[]; readonly serviceFQDN?: string };
}

export interface NetworkPolicy extends KubeObject {
  readonly spec: NetworkPolicyRules & { readonly podSelector: object; readonly policyTypes?: readonly string[] };
}

/** A Pod as the cache keeps it: never the base of a full update. */
export interface Pod extends KubeObject {
  readonly spec: { readonly nodeName?: string };
  readonly status?: {
    readonly phase?: string;
    readonly podIPs?: ReadonlyArray<{ readonly ip?: string }>;
    readonly conditions?: ReadonlyArray<{
      readonly type: string;
      readonly status: 'True' | 'False' | 'Unknown';
      readonly reason?: string;
      readonly message?: string;
    }>;
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

export interface ContainerStatus {
  readonly name: string;
  readonly restartCount?: number;
  readonly state?: { readonly terminated?: { readonly finishedAt?: string } };
}

export interface ServicePort {
  readonly name?: string;
  readonly protocol?: string;
  readonly port: number;
  readonly targetPort?: number | string;
}

export interface Service extends KubeObject {
  readonly spec: { readonly clusterIP?: string; readonly selector?: Texts; readonly ports?: readonly ServicePort[] };
}

/** A PersistentVolumeClaim of which only the metadata is cached. */
export type VolumeClaim = KubeObject;

const core = <T extends KubeObject>(kind: string, plural: string): Resource<T> => ({ group: '', version: 'v1', kind, plural });

export const SANDBOXES: Resource<Sandbox> = { group: CORE_GROUP, version: VERSION, kind: 'Sandbox', plural: 'sandboxes' };
export const TEMPLATES: Resource<SandboxTemplate> = { group: EXTENSIONS_GROUP, version: VERSION, kind: 'SandboxTemplate', plural: 'sandboxtemplates' };
export const WARM_POOLS: Resource<SandboxWarmPool> = { group: EXTENSIONS_GROUP, version: VERSION, kind: 'SandboxWarmPool', plural: 'sandboxwarmpools' };
export const CLAIMS: Resource<SandboxClaim> = { group: EXTENSIONS_GROUP, version: VERSION, kind: 'SandboxClaim', plural: 'sandboxclaims' };
export const PODS = core<Pod>('Pod', 'pods');
export const SERVICES = core<Service>('Service', 'services');
export const VOLUME_CLAIMS = core<VolumeClaim>('PersistentVolumeClaim', 'persistentvolumeclaims');
export const NETWORK_POLICIES: Resource<NetworkPolicy> = { group: 'networking.k8s.io', version: 'v1', kind: 'NetworkPolicy', plural: 'networkpolicies' };
