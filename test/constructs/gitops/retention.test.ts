import { ApiObject, App, Chart } from 'cdk8s';
import { addSyncOption, retainOnPrune } from '../../../src/constructs/gitops/retention';

const OPTIONS = 'argocd.argoproj.io/sync-options';

function object(annotations: Record<string, string> = {}): ApiObject {
  return new ApiObject(new Chart(new App(), 'chart'), 'object', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { annotations } });
}
const annotationsOf = (of: ApiObject): unknown => (of.toJson() as { metadata: { annotations?: unknown } }).metadata.annotations;

describe('retainOnPrune', () => {
  test('tells Argo CD, Flux and Helm to keep the object', () => {
    const kept = object();
    retainOnPrune(kept);
    expect(annotationsOf(kept)).toEqual({ [OPTIONS]: 'Prune=false', 'kustomize.toolkit.fluxcd.io/prune': 'disabled', 'helm.sh/resource-policy': 'keep' });
  });

  test('keeps the sync options that are there and can be called twice', () => {
    const kept = object({ [OPTIONS]: 'ServerSideApply=true, Validate=false', team: 'a' });
    retainOnPrune(kept);
    retainOnPrune(kept);
    expect(annotationsOf(kept)).toMatchObject({ [OPTIONS]: 'ServerSideApply=true,Validate=false,Prune=false', team: 'a' });
  });

  test('replaces an option of the same name, because Argo CD would see two answers', () => {
    const kept = object({ [OPTIONS]: 'Prune=confirm' });
    retainOnPrune(kept);
    addSyncOption(kept, 'SkipDryRunOnMissingResource=true');
    expect(annotationsOf(kept)).toMatchObject({ [OPTIONS]: 'Prune=false,SkipDryRunOnMissingResource=true' });
  });
});
