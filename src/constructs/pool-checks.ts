import type * as kplus from 'cdk8s-plus-28';
import { isServiceName } from '../api/names';
import { nameProblems } from './blueprint-checks';
import { SCALER_SUFFIX } from './pool-schedule';
import { namespaceOf, type ISandboxTemplate } from './references';
import type { RenderedBlueprint } from './rendered';

/** What a pool says about itself. */
export interface CheckedPool {
  readonly template: ISandboxTemplate;
  readonly replicas?: number;
  readonly initialReplicas?: number;
  readonly hasSchedule: boolean;
}

/** What is wrong with a pool. */
export function poolProblems(pool: kplus.IResource & kplus.IScalable, checked: CheckedPool): string[] {
  return [
    ...namespaceProblems(pool, 'template', checked.template),
    ...nameProblems(pool.name, { suffix: checked.hasSchedule ? SCALER_SUFFIX : undefined }),
    ...memberNameProblems(pool.name, findRendered(checked.template)?.service),
    ...sizeProblems(pool.hasAutoscaler, checked),
  ];
}

/** One owner per number. */
function sizeProblems(hasAutoscaler: boolean, { replicas, initialReplicas, hasSchedule }: CheckedPool): string[] {
  const owners = [...(hasAutoscaler ? ['an autoscaler'] : []), ...(hasSchedule ? ['a schedule (scaleOn)'] : [])];
  const [owner, other] = owners;
  return [
    ...(owner && other ? [`${owner} and ${other} both decide how many members there are, against each other; remove one of the two`] : []),
    ...(owner && replicas !== undefined
      ? [`replicas: ${owner} decides how many members there are, and ${replicas} would come back with each apply; leave it out, or see initialReplicas`]
      : []),
    ...(initialReplicas !== undefined && !owner ? [`initialReplicas: nothing changes the number later; use replicas instead`] : []),
    ...(initialReplicas !== undefined && replicas !== undefined ? [`initialReplicas: replicas is given too; remove one of the two`] : []),
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
function memberNameProblems(name: string, service: boolean | undefined): string[] {
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
