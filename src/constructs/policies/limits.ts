import type { Json } from '../../api/render';
import { shown, type Finding, type Policy } from './policy';
import { LimitedResource } from './policy-options';
import { placesAt, valueAt } from './rendered-object';
import type { SandboxPod } from './sandbox-pods';

/** Zero in any unit. Kubernetes takes a limit of zero for no limit. */
const ZERO = /^[+-]?(?:0+\.?0*|\.0+)(?:[A-Za-z].*)?$/;
const isLimit = (value: Json | undefined): boolean => (typeof value === 'string' || typeof value === 'number') && !ZERO.test(String(value));

export const REQUIRED_LIMITS: Policy = {
  name: 'requiredLimits',
  reason: 'A container without a limit can take its whole node from the other Sandboxes there.',
  remedy: 'Set the limit on the container or on the Pod; a default of a LimitRange is not seen here.',
  find: ({ pods }, { requiredLimits = [LimitedResource.MEMORY] }) =>
    pods.flatMap((pod) => requiredLimits.flatMap((resource) => (isLimit(limitOf(pod.spec.value, resource)) ? [] : unlimited(pod, resource)))),
};

const limitOf = (value: Json, resource: LimitedResource): Json | undefined => valueAt(value, 'resources', 'limits', resource);

/** An ephemeral container can have no limits. */
const unlimited = ({ object, spec }: SandboxPod, resource: LimitedResource): Finding[] =>
  [...placesAt(spec, 'initContainers'), ...placesAt(spec, 'containers')]
    .map(({ path, value }) => ({ path: `${path}.resources.limits.${resource}`, limit: limitOf(value, resource) }))
    .filter(({ limit }) => !isLimit(limit))
    .map(({ path, limit }) => ({ object, path, found: shown(limit), expected: 'a limit greater than zero' }));
