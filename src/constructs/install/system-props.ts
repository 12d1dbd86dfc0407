import type * as kplus from 'cdk8s-plus-28';
import type { MonitoringOptions } from '../monitoring/monitoring-options';
import type { ControllerFlags, TunableFlags } from './controller-flags.generated';
import type { ControllerImage } from './controller-image';
import type { LateFindingsPolicyProps } from './late-findings-policy';

/** What `AgentSandboxSystem` does with the CRDs. */
export enum CrdInstallation {
  /** They are part of the installation and go with it, and with them every Sandbox. */
  INCLUDED = 'Included',
  /** They are part of the installation; Argo CD, Flux and Helm leave them in the cluster when it disappears from Git. */
  KEPT_ON_DELETE = 'KeptOnDelete',
  /** Something else installs them, such as `AgentSandboxCrds`. */
  LEFT_OUT = 'LeftOut',
}

/** What the ConfigMap `agent-sandbox-config` tells the controller: flags that may change without a change of the command line, and label domains. */
export interface ControllerTuning extends TunableFlags {
  /**
   * Domains of the labels and annotations that claims may put on Pods, at least one.
   * @default - sandbox.users.io
   */
  readonly allowedLabelDomains?: string[];
}

/** What the NetworkPolicy of the controller opens. */
export interface ControllerNetworkPolicyOptions {
  /**
   * Addresses of the API server as CIDRs, such as `10.0.0.1/32`.
   * @default - any: a policy cannot select the API server, and its address behind the Service `kubernetes` differs between clusters
   */
  readonly apiServerCidrs?: string[];
  /**
   * TCP ports of the API server behind the Service `kubernetes`.
   * @default [443, 6443] - those of most distributions; MicroK8s has 16443
   */
  readonly apiServerPorts?: number[];
}

/** Props of `AgentSandboxSystem`. */
export interface AgentSandboxSystemProps {
  /**
   * Whether templates, pools and claims are installed beside Sandboxes.
   * @default true
   */
  readonly extensions?: boolean;
  /**
   * What becomes of the CRDs.
   * @default CrdInstallation.INCLUDED - one file is the whole installation; annotations of tools are added on request only
   */
  readonly crds?: CrdInstallation;
  /**
   * Where the program of the controller comes from.
   * @default ControllerImage.published()
   */
  readonly image?: ControllerImage;
  /**
   * Pods of the controller. One works, the others stand by; from 2 on they are spread over nodes and get a PodDisruptionBudget.
   * @default 1
   */
  readonly replicas?: number;
  /**
   * CPU and memory of the controller. Without a CPU limit claims are not throttled.
   * @default - requests of 100m CPU and 128Mi, limit of 512Mi: about 60 MB are used at rest and 5 KB per cached object, so that 10,000
   * Sandboxes with Pod, Service and claim take 200 MB
   */
  readonly resources?: kplus.ContainerResources;
  /**
   * Flags on the command line of the controller. `extensions` and `watchNamespaces` are props of their own, because RBAC follows them.
   * @default - `--leader-elect=true`, and `--extensions` with extensions
   */
  readonly flags?: ControllerFlags;
  /**
   * Content of the ConfigMap `agent-sandbox-config`. A change of it restarts the controller, which reads it at start.
   * @default - no ConfigMap; the controller reads one that something else writes
   */
  readonly tuning?: ControllerTuning;
  /**
   * The only namespaces that the controller looks after. Its ClusterRoles become Roles in them, so they must exist.
   * @default - all
   */
  readonly watchNamespaces?: string[];
  /**
   * Renders a monitor and alerts for the Prometheus Operator, whose CRDs must be there, and a dashboard for Grafana.
   * `AgentSandboxMonitoring` has alerts and dashboard as plain text.
   * @default - none
   */
  readonly monitoring?: MonitoringOptions;
  /**
   * PriorityClass of the controller.
   * @default - that of the cluster
   */
  readonly priorityClassName?: string;
  /**
   * Renders a NetworkPolicy: in to metrics and health from anywhere, so that Prometheus and the kubelet get in; out to the API server, nothing
   * else. Policies add up, so another one can open the way to a collector of traces.
   * @default - none: behind a port or an address of the API server that is not known here the controller would be cut off without a word
   */
  readonly networkPolicy?: ControllerNetworkPolicyOptions;
  /**
   * Renders a `LateFindingsPolicy`, which tells people at once what the controller would find out late.
   * @default - none
   */
  readonly lateFindings?: LateFindingsPolicyProps;
}
