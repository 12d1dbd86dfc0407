import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { HEALTH_LUA } from './health-lua';

/** Props of `ArgoHealthChecks`. */
export interface ArgoHealthChecksProps {
  /**
   * Namespace of Argo CD.
   * @default argocd
   */
  readonly namespace?: string;
  /**
   * Name of the ConfigMap that Argo CD reads.
   * @default argocd-cm
   */
  readonly configMapName?: string;
}

/**
 * Teaches Argo CD the health of Sandboxes, claims, pools and templates, as the ConfigMap that it reads (`argocd-cm`).
 *
 * Argo CD's own installation has a ConfigMap of this name: apply this one server-side, so that both own their keys, or put
 * `ArgoHealthChecks.data()` where the installation is configured (`configs.cm` of its Helm chart).
 */
export class ArgoHealthChecks extends Construct {
  /** The keys and Lua scripts that go into `argocd-cm`. */
  public static data(): { [key: string]: string } {
    return Object.fromEntries(HEALTH_LUA.map(({ kind, lua }) => [`resource.customizations.health.${kind.group}_${kind.kind}`, lua]));
  }

  public constructor(scope: Construct, id: string, props: ArgoHealthChecksProps = {}) {
    super(scope, id);
    const name = props.configMapName ?? 'argocd-cm';
    new ApiObject(this, 'Resource', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name,
        namespace: props.namespace ?? 'argocd',
        // Argo CD ignores a ConfigMap without the second label.
        labels: { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': 'argocd' },
      },
      data: ArgoHealthChecks.data(),
    });
  }
}
