import { CORE_GROUP, EXTENSIONS_GROUP, SANDBOX, SANDBOX_TEMPLATE } from '../../api/kinds';
import { groupOf, isObject, placesAt, textAt, valueAt, type Place, type RenderedObject } from './rendered-object';

/** The PodSpec of a Sandbox or SandboxTemplate. */
export interface SandboxPod {
  readonly object: RenderedObject;
  readonly spec: Place;
  /** Regular, init and ephemeral containers. */
  readonly containers: readonly Place[];
}

const PATH = ['spec', 'podTemplate', 'spec'] as const;

/** The PodSpecs of all Sandboxes and SandboxTemplates. */
export function sandboxPods(objects: readonly RenderedObject[]): SandboxPod[] {
  return objects.flatMap((object) => {
    const value = valueAt(object.manifest, ...PATH);
    if (!hasPod(object) || !isObject(value)) return [];
    const spec = { path: PATH.join('.'), value };
    return [{ object, spec, containers: ['initContainers', 'containers', 'ephemeralContainers'].flatMap((list) => placesAt(spec, list)) }];
  });
}

function hasPod({ manifest }: RenderedObject): boolean {
  const kind = textAt(manifest, 'kind');
  const group = groupOf(manifest);
  return (group === CORE_GROUP && kind === SANDBOX.kind) || (group === EXTENSIONS_GROUP && kind === SANDBOX_TEMPLATE.kind);
}
