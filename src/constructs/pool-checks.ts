import type * as kplus from 'cdk8s-plus-28';
import { isDnsSubdomain, isServiceName } from '../api/names';
import { namespaceOf, type ISandboxTemplate } from './references';
import type { RenderedBlueprint } from './rendered';

/** What a pool says about itself. */
export interface CheckedPool {
  readonly template: ISandboxTemplate;
  readonly replicas?: number;
}

/** What is wrong with a pool. */
export function poolProblems(pool: kplus.IResource & kplus.IScalable, { template, replicas }: CheckedPool): string[] {
  return [
    ...namespaceProblems(pool, 'template', template),
    ...poolNameProblems(pool.name, findRendered(template)?.service),
    ...(pool.hasAutoscaler && replicas !== undefined
      ? [`replicas: an autoscaler decides how many members there are, but ${replicas} is given too and would be reset with each apply; leave replicas out`]
      : []),
  ];
}

/** A reference reaches objects of its own namespace only. */
export function namespaceProblems(from: kplus.IResource, role: string, to: kplus.IResource): string[] {
  const [here, there] = [namespaceOf(from), namespaceOf(to)];
  return here === there
    ? []
    : [`${role}: ${to.kind} ${to.name} is in ${spoken(there)}, this ${from.kind} in ${spoken(here)}; a reference has no namespace, so put both into one`];
}

const spoken = (namespace: string | undefined): string => (namespace === undefined ? 'no named namespace' : `namespace ${namespace}`);

/** A member is named like its pool, cut to 58 characters, with five more: only the first character and dots can make a bad Service name. */
function poolNameProblems(name: string, service: boolean | undefined): string[] {
  if (!isDnsSubdomain(name))
    return [`metadata.name: found ${JSON.stringify(name)}, expected at most 253 of a-z, 0-9, - and ., such as warm; set metadata.name`];
  return service && !isServiceName(`${name.slice(0, 58)}x`)
    ? [
        `metadata.name: found ${JSON.stringify(name)}, but the template has a Service for each member, so it must start with a letter and have no dots; set such a metadata.name`,
      ]
    : [];
}

/** The template as it will be rendered; undefined for one of which only the name is known, and for one that is an error itself. */
export function findRendered(template: ISandboxTemplate | undefined): RenderedBlueprint | undefined {
  if (!template || !hasRendered(template)) return undefined;
  try {
    return template._rendered();
  } catch {
    // The template says what is wrong with it, once.
    return undefined;
  }
}

const hasRendered = (template: ISandboxTemplate): template is ISandboxTemplate & { _rendered(): RenderedBlueprint } => '_rendered' in template;
