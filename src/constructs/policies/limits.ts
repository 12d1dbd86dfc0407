import type { Json } from '../../api/render';
import { shown, type Policy } from './policy';
import { LimitedResource } from './policy-options';
import { valueAt } from './rendered-object';
import { containersOf, sandboxPods } from './sandbox-pods';

/** Zero in any unit. Kubernetes takes a limit of zero for no limit. */
const ZERO = /^[+-]?(?:0+\.?0*|\.0+)(?:[A-Za-z].*)?$/;
const isLimit = (value: Json | undefined): boolean => (typeof value === 'string' || typeof value === 'number') && !ZERO.test(String(value));

export const REQUIRED_LIMITS: Policy = {
  name: 'requiredLimits',
  reason: 'A container without a limit can take its whole node from the other Sandboxes there.',
  remedy: 'Set the limit on the container or on the Pod; a default of a LimitRange is not seen here.',
  find: ({ objects }, { requiredLimits = [LimitedResource.MEMORY] }) =>
    sandboxPods(objects).flatMap((pod) =>
      requiredLimits
        .filter((resource) => !isLimit(valueAt(pod.spec.value, 'resources', 'limits', resource)))
        .flatMap((resource) =>
          // An ephemeral container can have no limits.
          containersOf(pod, ['initContainers', 'containers']).flatMap(({ path, value }) => {
            const found = valueAt(value, 'resources', 'limits', resource);
            return isLimit(found)
              ? []
              : [{ object: pod.object, path: `${path}.resources.limits.${resource}`, found: shown(found), expected: 'a limit greater than zero' }];
          }),
        ),
    ),
};
