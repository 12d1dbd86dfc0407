import { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { SANDBOX, SANDBOX_WARM_POOL } from '../../api/kinds';
import { addSyncOption, retainOnPrune } from './retention';
import { isCustom, waveOf } from './sync-waves';

const SYNC_WAVE = 'argocd.argoproj.io/sync-wave';

/** One item of `spec.ignoreDifferences` of an Argo CD Application. */
export interface ArgoIgnoreDifference {
  /** API group of the objects. */
  readonly group: string;
  /** Kind of the objects. */
  readonly kind: string;
  /** RFC 6901 pointers of the fields that Argo CD leaves alone. */
  readonly jsonPointers: string[];
}

/** What GitOps tools need to know about the objects of an app. Nothing here happens unless it is called. */
export class GitOps {
  /**
   * Annotates the ApiObjects below `scope` with Argo CD sync waves: -2 Namespaces, CRDs and classes, -1 RBAC and controller, 0 templates and
   * all that is complete once it exists, 1 pools of a fixed size, 2 claims, Sandboxes, other pools and all that waits for others (workloads,
   * Services, Ingresses, PersistentVolumeClaims, autoscalers). Argo CD waits in every wave but the last until all of it is healthy.
   *
   * Objects of custom kinds also get `SkipDryRunOnMissingResource=true`, because on the first sync their CRD is not there yet. A wave that
   * an object already has stays. Call it last: objects and replicas that come later are not seen.
   */
  public static syncWaves(scope: IConstruct): void {
    for (const object of objectsOf(scope)) {
      if (!hasWave(object)) object.metadata.addAnnotation(SYNC_WAVE, String(waveOf(object)));
      if (isCustom(object)) addSyncOption(object, 'SkipDryRunOnMissingResource=true');
    }
  }

  /**
   * Keeps the ApiObjects of `construct` in the cluster when they disappear from Git (Argo CD, Flux and Helm).
   * Use it on everything with volumes: the PersistentVolumeClaims of a Sandbox die with the Sandbox.
   *
   * Throws when the construct has no ApiObject.
   */
  public static retainOnPrune(construct: IConstruct): void {
    const objects = objectsOf(construct);
    if (objects.length === 0)
      throw new Error(`${construct.node.path}: retainOnPrune found no ApiObject in this construct; give it one that renders something, and call it after that`);
    objects.forEach(retainOnPrune);
  }

  /**
   * The fields that something other than Git owns: `spec.replicas` of pools (autoscaler) and `spec.operatingMode` of Sandboxes (suspend and
   * resume). Argo CD still rewrites them unless the Application also has the sync options of `argoSyncOptions`.
   */
  public static argoIgnoreDifferences(): ArgoIgnoreDifference[] {
    return [
      { group: SANDBOX_WARM_POOL.group, kind: SANDBOX_WARM_POOL.kind, jsonPointers: ['/spec/replicas'] },
      { group: SANDBOX.group, kind: SANDBOX.kind, jsonPointers: ['/spec/operatingMode'] },
    ];
  }

  /** `spec.syncPolicy.syncOptions` of an Argo CD Application that uses `argoIgnoreDifferences`. Never add `Replace=true`. */
  public static argoSyncOptions(): string[] {
    return ['ServerSideApply=true', 'RespectIgnoreDifferences=true'];
  }

  private constructor() {}
}

const objectsOf = (scope: IConstruct): ApiObject[] => scope.node.findAll().filter((construct) => ApiObject.isApiObject(construct));

function hasWave(object: ApiObject): boolean {
  // The manifest of any object; cdk8s types it `any`.
  const { annotations } = object.metadata.toJson() as { readonly annotations?: unknown };
  return typeof annotations === 'object' && annotations !== null && SYNC_WAVE in annotations;
}
