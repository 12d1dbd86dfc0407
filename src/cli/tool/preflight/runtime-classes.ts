import type { KubeObject, Resource } from '../../../runtime/object';
import { ok, warning, type Finding } from './finding';

export interface RuntimeClass extends KubeObject {
  readonly handler: string;
}

export const RUNTIME_CLASSES: Resource<RuntimeClass> = { group: 'node.k8s.io', version: 'v1', kind: 'RuntimeClass', plural: 'runtimeclasses' };

/** Runtimes that isolate, by their handlers. */
const RUNTIMES: ReadonlyArray<readonly [string, RegExp]> = [
  ['gVisor', /runsc|gvisor/],
  ['Kata Containers', /kata/],
];

/** Which isolating runtimes Sandboxes can name. Whether the nodes have them shows only when a Pod starts. */
export function judgeRuntimeClasses(classes: readonly RuntimeClass[]): readonly Finding[] {
  const isolating = classes.flatMap(({ metadata, handler }) => {
    const runtime = RUNTIMES.find(([, pattern]) => pattern.test(handler))?.[0];
    return runtime === undefined ? [] : [ok(`${metadata.name}: handler ${handler}, ${runtime}`)];
  });
  const others = classes.length - isolating.length;
  if (isolating.length > 0) return isolating;
  return [
    warning(
      `no RuntimeClass of gVisor or Kata Containers${others > 0 ? `, ${others} of other runtimes` : ''}: Sandboxes share the kernel of their node`,
      'install a runtime on the nodes and let Isolation.GVISOR.createRuntimeClass() write its RuntimeClass; Pods that name one that is missing are refused',
    ),
  ];
}
