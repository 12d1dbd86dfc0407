import { ApiObject, type ApiObjectMetadata, type ApiObjectProps, Lazy } from 'cdk8s';
import { type Construct } from 'constructs';
import { apiVersionOf, SANDBOX, SANDBOX_CLAIM, SANDBOX_TEMPLATE, SANDBOX_WARM_POOL, type Kind } from '../api/kinds';
import type { SandboxClaimSpec, SandboxSpec, SandboxTemplateSpec, SandboxWarmPoolSpec } from '../api/types.generated';
import { renderSpec } from './manifest';

// `self` is a function because `this` does not exist before super() has returned.
function strict(kind: Kind, self: () => Construct, metadata: ApiObjectMetadata | undefined, spec: unknown): ApiObjectProps {
  const rendered: unknown = Lazy.any({ produce: () => renderSpec(kind, self(), spec) });
  return { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata, ...{ spec: rendered } };
}

/** Props of `KubeSandbox`. */
export interface KubeSandboxProps {
  /**
   * Name, namespace, labels and annotations.
   * @default - a generated name
   */
  readonly metadata?: ApiObjectMetadata;
  /** What is wanted, field by field as in the API. */
  readonly spec: SandboxSpec;
}

/** One stateful, isolated Pod with a stable name. Mirrors the API exactly; a field that the API does not know is an error. */
export class KubeSandbox extends ApiObject {
  public constructor(scope: Construct, id: string, props: KubeSandboxProps) {
    super(
      scope,
      id,
      strict(SANDBOX, () => this, props.metadata, props.spec),
    );
  }
}

/** Props of `KubeSandboxTemplate`. */
export interface KubeSandboxTemplateProps {
  /**
   * Name, namespace, labels and annotations.
   * @default - a generated name
   */
  readonly metadata?: ApiObjectMetadata;
  /** What is wanted, field by field as in the API. */
  readonly spec: SandboxTemplateSpec;
}

/** A blueprint of Sandboxes. Mirrors the API exactly; a field that the API does not know is an error. */
export class KubeSandboxTemplate extends ApiObject {
  public constructor(scope: Construct, id: string, props: KubeSandboxTemplateProps) {
    super(
      scope,
      id,
      strict(SANDBOX_TEMPLATE, () => this, props.metadata, props.spec),
    );
  }
}

/** Props of `KubeSandboxWarmPool`. */
export interface KubeSandboxWarmPoolProps {
  /**
   * Name, namespace, labels and annotations.
   * @default - a generated name
   */
  readonly metadata?: ApiObjectMetadata;
  /** What is wanted, field by field as in the API. */
  readonly spec: SandboxWarmPoolSpec;
}

/** A stock of started Sandboxes. Mirrors the API exactly; a field that the API does not know is an error. */
export class KubeSandboxWarmPool extends ApiObject {
  public constructor(scope: Construct, id: string, props: KubeSandboxWarmPoolProps) {
    super(
      scope,
      id,
      strict(SANDBOX_WARM_POOL, () => this, props.metadata, props.spec),
    );
  }
}

/** Props of `KubeSandboxClaim`. */
export interface KubeSandboxClaimProps {
  /**
   * Name, namespace, labels and annotations.
   * @default - a generated name
   */
  readonly metadata?: ApiObjectMetadata;
  /** What is wanted, field by field as in the API. */
  readonly spec: SandboxClaimSpec;
}

/** Takes one Sandbox out of a pool. Mirrors the API exactly; a field that the API does not know is an error. */
export class KubeSandboxClaim extends ApiObject {
  public constructor(scope: Construct, id: string, props: KubeSandboxClaimProps) {
    super(
      scope,
      id,
      strict(SANDBOX_CLAIM, () => this, props.metadata, props.spec),
    );
  }
}
