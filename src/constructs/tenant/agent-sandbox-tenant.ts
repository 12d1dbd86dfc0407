import { ApiObject, Lazy } from 'cdk8s';
import type * as kplus from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { LABEL_LENGTH } from '../../api/names';
import { clusterObject } from '../cluster-object';
import { limitRangeItem, quotaHard, type TenantLimits, type TenantQuota } from './tenant-limits';
import { CLAIMER, OPERATOR, POOL_MANAGER, type TenantRole } from './tenant-roles';

/** Levels of the Pod Security Standards. */
export enum PodSecurityLevel {
  /** Nothing is refused. */
  PRIVILEGED = 'privileged',
  /** Known privilege escalations are refused. */
  BASELINE = 'baseline',
  /** Only hardened Pods are let in. */
  RESTRICTED = 'restricted',
}

/** Props of `AgentSandboxTenant`. */
export interface AgentSandboxTenantProps {
  /** Name of the namespace, a DNS label of at most 63 characters. */
  readonly name: string;
  /**
   * Further labels of the namespace.
   * @default - none
   */
  readonly labels?: { readonly [key: string]: string };
  /**
   * The Pod Security level that is enforced. Violations of `restricted` are always audited and warned about.
   * @default PodSecurityLevel.BASELINE - what most images can keep; agents that need to be root inside gVisor or Kata still start
   */
  readonly podSecurity?: PodSecurityLevel;
  /**
   * What the tenant may use in sum.
   * @default - no ResourceQuota
   */
  readonly quota?: TenantQuota;
  /**
   * What one container may use.
   * @default - no LimitRange
   */
  readonly limits?: TenantLimits;
  /**
   * Whether Pods that no other policy speaks for have no network. NetworkPolicies add up: what the policy of a template
   * opens stays open for the Pods of that template.
   * @default true
   */
  readonly defaultDeny?: boolean;
}

/**
 * A namespace for one team: Pod Security labels, quota, limits, no network by default, and Roles for people who may only claim,
 * only suspend and resume, or manage pools.
 *
 * @example
 * const tenant = new AgentSandboxTenant(chart, 'red', { name: 'team-red', quota: { sandboxes: 50, memory: Size.gibibytes(64) } });
 * tenant.grantClaim(kplus.Group.fromName(chart, 'red-people', 'team-red'));
 */
export class AgentSandboxTenant extends Construct {
  /** Name of the tenant's namespace. Give it to charts and objects that belong to the tenant. */
  public readonly namespaceName: string;
  private readonly subjects = new Map<string, Subject[]>();

  public constructor(scope: Construct, id: string, props: AgentSandboxTenantProps) {
    super(scope, id);
    if (props.name.length > LABEL_LENGTH || !DNS_LABEL.test(props.name))
      throw new Error(`${this.node.path}: name: found ${JSON.stringify(props.name)}, expected a DNS label: at most 63 of a-z, 0-9 and -, such as team-red`);
    this.namespaceName = props.name;
    this.addNamespace(props);
    this.addLimits(props);
    if (props.defaultDeny ?? true) {
      this.add('NetworkPolicy', 'networking.k8s.io/v1', 'default-deny', { spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] } });
    }
    for (const role of [CLAIMER, OPERATOR, POOL_MANAGER]) this.add('Role', RBAC, role.name, { rules: role.rules });
  }

  /** Lets subjects make, read, change and delete claims and read Sandboxes (Role `agent-sandbox-claimer`). */
  public grantClaim(...subjects: kplus.ISubject[]): void {
    this.grant(CLAIMER, subjects);
  }

  /** Lets subjects suspend and resume Sandboxes (Role `agent-sandbox-operator`). RBAC knows no fields: they can patch the whole Sandbox. */
  public grantSuspend(...subjects: kplus.ISubject[]): void {
    this.grant(OPERATOR, subjects);
  }

  /** Lets subjects manage templates and pools and scale pools (Role `agent-sandbox-pool-manager`). */
  public grantManagePools(...subjects: kplus.ISubject[]): void {
    this.grant(POOL_MANAGER, subjects);
  }

  private addNamespace(props: AgentSandboxTenantProps): void {
    clusterObject(this, 'Namespace', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name: props.name,
        labels: {
          ...props.labels,
          'pod-security.kubernetes.io/enforce': props.podSecurity ?? PodSecurityLevel.BASELINE,
          'pod-security.kubernetes.io/audit': PodSecurityLevel.RESTRICTED,
          'pod-security.kubernetes.io/warn': PodSecurityLevel.RESTRICTED,
        },
      },
    });
  }

  private addLimits(props: AgentSandboxTenantProps): void {
    const hard = quotaHard(props.quota ?? {}, this.node.path);
    if (hard) this.add('ResourceQuota', 'v1', 'agent-sandbox', { spec: { hard } });
    const item = limitRangeItem(props.limits ?? {}, this.node.path);
    if (item) this.add('LimitRange', 'v1', 'agent-sandbox', { spec: { limits: [item] } });
  }

  private grant(role: TenantRole, subjects: readonly kplus.ISubject[]): void {
    if (subjects.length === 0)
      throw new Error(`${this.node.path}: no subject was given for Role ${role.name}; name at least one user, group or service account`);
    const granted = this.subjects.get(role.name) ?? [];
    if (!this.subjects.has(role.name)) this.addBinding(role, granted);
    for (const subject of subjects.map((given) => this.subjectOf(given))) {
      if (!granted.some((other) => JSON.stringify(other) === JSON.stringify(subject))) granted.push(subject);
    }
  }

  private addBinding(role: TenantRole, granted: Subject[]): void {
    this.subjects.set(role.name, granted);
    this.add('RoleBinding', RBAC, role.name, {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: role.name },
      // Lazy is typed `any` by cdk8s.
      subjects: Lazy.any({ produce: () => granted }) as unknown,
    });
  }

  private subjectOf(given: kplus.ISubject): Subject {
    const { kind, name, apiGroup, namespace } = given.toSubjectConfiguration();
    if (kind !== 'ServiceAccount') return { kind, name, apiGroup: apiGroup || 'rbac.authorization.k8s.io' };
    if (!namespace)
      throw new Error(
        `${this.node.path}: ServiceAccount ${given.node.path} has no namespace, and a RoleBinding must name one; set metadata.namespace on it or namespace on its chart`,
      );
    // The API server leaves the empty group of service accounts out.
    return { kind, name, namespace };
  }

  private add(kind: string, apiVersion: string, name: string, content: Readonly<Record<string, unknown>>): void {
    new ApiObject(this, `${kind}-${name}`, { apiVersion, kind, metadata: { name, namespace: this.namespaceName }, ...content });
  }
}

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const RBAC = 'rbac.authorization.k8s.io/v1';

interface Subject {
  readonly kind: string;
  readonly name: string;
  readonly apiGroup?: string;
  readonly namespace?: string;
}
