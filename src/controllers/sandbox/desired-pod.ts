import { volumeClaimName } from '../../api/names';
import { PODS, SANDBOXES, type PodSpec, type Sandbox } from '../shared/objects';
import { controllerReference } from '../shared/ownership';
import type { Settings } from './observe';
import { podMetadata } from './pod-metadata';

/** The Pod of a Sandbox that has none (spec 03 §5.4): the template's spec and the volumes of its claims, and nothing else put in. */
export function desiredPod(sandbox: Sandbox, settings: Settings): object {
  const { name, namespace } = sandbox.metadata;
  return {
    apiVersion: 'v1',
    kind: PODS.kind,
    metadata: { name, namespace, ...podMetadata(sandbox, settings), ownerReferences: [controllerReference(SANDBOXES, sandbox)] },
    spec: specWithVolumes(sandbox),
  };
}

/** A claim's volume takes the place of a volume of the same name; the others keep their order, the claims follow in theirs. */
function specWithVolumes({ metadata, spec }: Sandbox): PodSpec {
  const names = (spec.volumeClaimTemplates ?? []).map((template) => template.metadata?.name ?? '');
  if (names.length === 0) return spec.podTemplate.spec;
  const others = (spec.podTemplate.spec.volumes ?? []).filter(({ name }) => !names.includes(name));
  const claims = names.map((name) => ({ name, persistentVolumeClaim: { claimName: volumeClaimName(name, metadata.name) } }));
  return { ...spec.podTemplate.spec, volumes: [...others, ...claims] };
}
