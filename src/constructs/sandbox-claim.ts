import type { ApiObject, ApiObjectMetadata, Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { SANDBOX_CLAIM } from '../api/kinds';
import type { ClaimShutdownPolicy, SandboxAdditionalPodMetadata, SandboxClaimEnvVar, SandboxVolumeClaimTemplate } from '../api/types.generated';
import { claimProblems } from './claim-checks';
import type { Expiry } from './expiry';
import { warnOfGeneratedName } from './generated-name';
import { KubeSandboxClaim } from './kube';
import { findRendered, namespaceProblems } from './pool-checks';
import type { ISandboxWarmPool } from './references';
import { addChecks, late } from './rendered';

/** Options of `pool.claim`. */
export interface SandboxClaimOptions {
  /**
   * Name, namespace, labels and annotations.
   * @default - a generated name
   */
  readonly metadata?: ApiObjectMetadata;
  /**
   * When the claim expires.
   * @default - never
   */
  readonly expiry?: Expiry;
  /**
   * How long the claim outlives the end of its Pod. Whichever of this and `expiry` comes first counts.
   * @default - for ever
   */
  readonly ttlAfterFinished?: Duration;
  /**
   * What becomes of the claim at expiry. Its Sandbox is deleted in any case, with its volumes.
   * @default ClaimShutdownPolicy.RETAIN
   */
  readonly shutdownPolicy?: ClaimShutdownPolicy;
  /**
   * Environment variables of the first regular container. A claim that has any is started cold, and the template must allow them.
   * @default - none
   */
  readonly env?: { readonly [name: string]: string };
  /**
   * Environment variables of any container, for what `env` cannot say.
   * @default - none
   */
  readonly containerEnv?: SandboxClaimEnvVar[];
  /**
   * Volumes beside those of the template. A claim that has any is started cold, and the template must allow them.
   * @default - none
   */
  readonly volumeClaimTemplates?: SandboxVolumeClaimTemplate[];
  /**
   * Labels and annotations for the Pod, beside those of the template. Labels need a domain that the controller allows.
   * @default - none
   */
  readonly podMetadata?: SandboxAdditionalPodMetadata;
  /**
   * The domains of labels that the controller is configured to allow.
   * @default ['sandbox.users.io'] - what it allows unless configured
   */
  readonly allowedLabelDomains?: string[];
  /**
   * Silences the warning that a claim with volumes has a generated name.
   * @default false - the name follows from the place in the construct tree: moving the construct replaces the Sandbox, and its volumes die with it
   */
  readonly allowGeneratedName?: boolean;
}

/** Props of `SandboxClaim`. */
export interface SandboxClaimProps extends SandboxClaimOptions {
  /** The pool to take the Sandbox from, in the namespace of the claim. */
  readonly pool: ISandboxWarmPool;
}

/**
 * Takes one Sandbox out of a pool.
 *
 * @example
 * new SandboxClaim(chart, 'alice', { pool: SandboxWarmPool.fromSandboxWarmPoolName(chart, 'pool', 'python'), ttlAfterFinished: Duration.hours(1) });
 */
export class SandboxClaim extends kplus.Resource {
  /** Plural of the kind. */
  public readonly resourceType = SANDBOX_CLAIM.plural;
  protected readonly apiObject: ApiObject;

  public constructor(
    scope: Construct,
    id: string,
    private readonly props: SandboxClaimProps,
  ) {
    super(scope, id);
    this.apiObject = new KubeSandboxClaim(this, 'Resource', { metadata: props.metadata, spec: late(() => this.spec()) });
    addChecks(this, () => this.problems());
  }

  private spec(): object {
    const { pool, expiry, ttlAfterFinished, shutdownPolicy, podMetadata, volumeClaimTemplates } = this.props;
    const hasLifecycle = (expiry ?? ttlAfterFinished ?? shutdownPolicy) !== undefined;
    return {
      warmPoolRef: { name: pool.name },
      lifecycle: hasLifecycle ? { shutdownTime: expiry?.toIsoString(), ttlSecondsAfterFinished: ttlAfterFinished?.toSeconds(), shutdownPolicy } : undefined,
      additionalPodMetadata: podMetadata,
      env: this.variables(),
      volumeClaimTemplates,
    };
  }

  private variables(): SandboxClaimEnvVar[] {
    const { env = {}, containerEnv = [] } = this.props;
    return [...Object.entries(env).map(([name, value]) => ({ name, value })), ...containerEnv];
  }

  private problems(): string[] {
    const { pool, metadata, allowGeneratedName = false, ...rest } = this.props;
    const template = findRendered(pool.template);
    const volumes = [...(template?.volumeClaimTemplates ?? []), ...(rest.volumeClaimTemplates ?? [])];
    if (volumes.length > 0 && !metadata?.name && !allowGeneratedName) warnOfGeneratedName(this, this.name);
    return [...namespaceProblems(this, 'pool', pool), ...claimProblems({ ...rest, name: this.name, variables: this.variables() }, template)];
  }
}
