import { CORE_GROUP, EXTENSIONS_GROUP, SANDBOX, SANDBOX_TEMPLATE } from '../../api/kinds';
import { groupOf, isObject, placesAt, textAt, valueAt, type Place, type RenderedObject } from './rendered-object';

/** The PodSpec of a Sandbox or SandboxTemplate. */
export interface SandboxPod {
  readonly object: RenderedObject;
  readonly spec: Place;
}

const PATH = ['spec', 'podTemplate', 'spec'] as const;

/** The PodSpecs of all Sandboxes and SandboxTemplates. */
export function sandboxPods(objects: readonly RenderedObject[]): SandboxPod[] {
  return objects.flatMap((object) => {
    const value = valueAt(object.manifest, ...PATH);
    return hasPod(object) && isObject(value) ? [{ object, spec: { path: PATH.join('.'), value } }] : [];
  });
}

/** The containers of a Pod, of these lists. */
export const containersOf = ({ spec }: SandboxPod, lists: readonly string[] = ['initContainers', 'containers', 'ephemeralContainers']): Place[] =>
  lists.flatMap((list) => placesAt(spec, list));

function hasPod({ manifest }: RenderedObject): boolean {
  const kind = textAt(manifest, 'kind');
  const group = groupOf(manifest);
  return (group === CORE_GROUP && kind === SANDBOX.kind) || (group === EXTENSIONS_GROUP && kind === SANDBOX_TEMPLATE.kind);
}
