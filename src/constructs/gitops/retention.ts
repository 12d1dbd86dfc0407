import type { ApiObject } from 'cdk8s';

/** Options of Argo CD for one object: a list, separated by commas. */
const ARGO_SYNC_OPTIONS = 'argocd.argoproj.io/sync-options';

/**
 * Keeps the object in the cluster when it disappears from Git: Argo CD and Flux do not prune it, Helm does not uninstall it.
 * Other sync options of the object stay.
 */
export function retainOnPrune(object: ApiObject): void {
  addSyncOption(object, 'Prune=false');
  object.metadata.addAnnotation('kustomize.toolkit.fluxcd.io/prune', 'disabled');
  object.metadata.addAnnotation('helm.sh/resource-policy', 'keep');
}

/** Adds an option such as `Prune=false` to those that the object has; an option of the same name is replaced. */
export function addSyncOption(object: ApiObject, option: string): void {
  const present = syncOptionsOf(object);
  const name = option.split('=')[0];
  const merged = [...present.filter((other) => other.split('=')[0] !== name), option];
  object.metadata.addAnnotation(ARGO_SYNC_OPTIONS, merged.join(','));
}

function syncOptionsOf(object: ApiObject): string[] {
  // The manifest of any object; cdk8s types it `any`.
  const { annotations } = object.metadata.toJson() as { readonly annotations?: unknown };
  const value = typeof annotations === 'object' && annotations !== null && ARGO_SYNC_OPTIONS in annotations ? annotations[ARGO_SYNC_OPTIONS] : undefined;
  return typeof value === 'string'
    ? value
        .split(',')
        .map((option) => option.trim())
        .filter((option) => option !== '')
    : [];
}
