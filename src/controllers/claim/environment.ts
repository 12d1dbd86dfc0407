import { CLAIM_REASON } from '../../api/conditions';
import type { ClaimVariable, Container, InjectionPolicy, PodSpec } from '../shared/objects';
import { errorSeen, type Checked, type Problem } from './problem';

/** The Pod spec with the variables of a claim in it, as far as the template allows them (spec 05 §10). */
export function withEnvironment(spec: PodSpec, variables: readonly ClaimVariable[], policy: InjectionPolicy | undefined): Checked<PodSpec> {
  if (variables.length === 0) return { value: spec };
  if (policy !== 'Allowed' && policy !== 'Overrides') return { problem: rejected('environment variable injection is not allowed by the template policy') };
  const { initContainers = [], containers } = spec;
  const stray = variables.find(({ containerName: name }) => !(name ? [...initContainers, ...containers].some((each) => each.name === name) : containers[0]));
  if (stray) {
    const message = `target container "${stray.containerName ?? ''}" not found in template for environment variable "${stray.name}"`;
    return { problem: errorSeen(message, 'minute') };
  }
  const isOf = (name: string) => (variable: ClaimVariable) => (variable.containerName ?? '') === name;
  const fill = (container: Container, isFirst: boolean): Checked<Container> =>
    filled(container, [...variables.filter(isOf(container.name)), ...(isFirst ? variables.filter(isOf('')) : [])], policy);
  const filledInit = all(initContainers.map((container) => fill(container, false)));
  if (filledInit.problem) return filledInit;
  const filledRegular = all(containers.map((container, index) => fill(container, index === 0)));
  if (filledRegular.problem) return filledRegular;
  return { value: { ...spec, ...(spec.initContainers && { initContainers: filledInit.value }), containers: filledRegular.value } };
}

function filled(container: Container, variables: readonly ClaimVariable[], policy: 'Allowed' | 'Overrides'): Checked<Container> {
  if (variables.length === 0) return { value: container };
  if (policy === 'Allowed' && container.envFrom && container.envFrom.length > 0) {
    const why = `container "${container.name}" uses EnvFrom sources; Allowed policy cannot safely prevent overriding EnvFrom-provided variables`;
    return { problem: rejected(why) };
  }
  const env = [...(container.env ?? [])];
  for (const { name, value } of variables) {
    const place = env.findIndex((entry) => entry.name === name);
    if (place >= 0 && policy === 'Allowed') {
      return { problem: errorSeen(`environment variable override is not allowed by the template policy for variable "${name}"`, 'minute') };
    }
    env.splice(place >= 0 ? place : env.length, place >= 0 ? 1 : 0, { name, value });
  }
  return { value: { ...container, env } };
}

/** The values of all, or the first problem. */
function all<T>(checked: ReadonlyArray<Checked<T>>): Checked<readonly T[]> {
  const problem = checked.find((each) => each.problem)?.problem;
  return problem ? { problem } : { value: checked.flatMap((each) => (each.problem ? [] : [each.value])) };
}

const rejected = (why: string): Problem => ({
  reason: CLAIM_REASON.envVarsInjectionRejected,
  message: `environment variable injection rejected: ${why}`,
  retry: 'change',
});
