import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { LABELS } from '../api/keys';
import { SANDBOX } from '../api/kinds';
import { type SandboxShutdownPolicy, OperatingMode } from '../api/types.generated';
import { blueprintProblems, nameProblems } from './blueprint-checks';
import { expiryProblems, type Expiry } from './expiry';
import { warnOfGeneratedName } from './generated-name';
import { KubeSandbox } from './kube';
import type { DnsAccess } from './network-access';
import { addSandboxNetworkPolicy, NETWORK_POLICY_SUFFIX } from './network-policy';
import { ImportedPods, type ISandbox } from './references';
import { addChecks, late, renderBlueprint } from './rendered';
import { SandboxPod } from './sandbox-pod';
import type { SandboxPodProps } from './sandbox-pod-props';

/** Props of `Sandbox`. */
export interface SandboxProps extends SandboxPodProps {
  /**
   * When the Sandbox expires.
   * @default - never
   */
  readonly expiry?: Expiry;
  /**
   * What becomes of the object at expiry. Its Pod and Service are removed in either case; its volumes die with the object.
   * @default SandboxShutdownPolicy.RETAIN
   */
  readonly shutdownPolicy?: SandboxShutdownPolicy;
  /**
   * Whether the Pod is removed while name, Service and volumes stay.
   * @default false
   */
  readonly suspended?: boolean;
  /**
   * Silences the warning that a Sandbox with volumes has a generated name.
   * @default false - the name follows from the place in the construct tree: moving the construct replaces the Sandbox, and its volumes die with it
   */
  readonly allowGeneratedName?: boolean;
}

/**
 * One stateful, isolated Pod with a stable name, that can be suspended and resumed.
 *
 * With it comes a NetworkPolicy `<name>-network-access`, because the controller makes policies for templates only.
 *
 * @example
 * const agent = new Sandbox(chart, 'agent', { metadata: { name: 'agent' }, isolation: Isolation.GVISOR, containers: [{ image: 'agent:1.4' }] });
 * agent.addWorkspace(Size.gibibytes(10), '/work');
 */
export class Sandbox extends SandboxPod implements ISandbox {
  /** A Sandbox that is in the cluster already, in the namespace of the chart of `scope`. */
  public static fromSandboxName(scope: Construct, id: string, name: string): ISandbox {
    return new ImportedSandbox(scope, id, SANDBOX, name);
  }

  /** Plural of the kind. */
  public readonly resourceType = SANDBOX.plural;
  protected readonly apiObject: ApiObject;

  public constructor(
    scope: Construct,
    id: string,
    private readonly props: SandboxProps = {},
  ) {
    super(scope, id, props, LABELS.sandboxNameHash);
    this.apiObject = new KubeSandbox(this, 'Resource', { metadata: props.metadata, spec: late(() => this.spec()) });
    if (this.network.isManaged) addSandboxNetworkPolicy(this, this.apiObject, this.network);
    addChecks(this, () => this.problems());
  }

  /** @internal */
  protected override _dnsAccess(): DnsAccess | undefined {
    // The DNS of the secure default is the controller's business only where there is a template.
    return this.network.isManaged ? this.network.explicit().dns : undefined;
  }

  private spec(): object {
    const { expiry, shutdownPolicy, suspended } = this.props;
    return {
      ...this._blueprint(),
      shutdownTime: expiry?.toIsoString(),
      shutdownPolicy,
      operatingMode: suspended ? OperatingMode.SUSPENDED : undefined,
    };
  }

  private problems(): string[] {
    const { expiry, isolation, metadata, allowGeneratedName = false } = this.props;
    const blueprint = renderBlueprint(SANDBOX, this.spec());
    if (blueprint.volumeClaimTemplates && !metadata?.name && !allowGeneratedName) warnOfGeneratedName(this, this.name);
    return [
      ...blueprintProblems(blueprint, isolation),
      ...nameProblems(this.name, { ...blueprint, suffix: this.network.isManaged ? NETWORK_POLICY_SUFFIX : undefined }),
      ...expiryProblems(expiry),
    ];
  }
}

class ImportedSandbox extends ImportedPods implements ISandbox {
  protected readonly label = LABELS.sandboxNameHash;
}
