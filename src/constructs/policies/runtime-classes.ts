import { shown, type Policy } from './policy';
import { valueAt } from './rendered-object';

export const ALLOWED_RUNTIME_CLASSES: Policy = {
  name: 'allowedRuntimeClasses',
  reason: 'The RuntimeClass is what stands between the code of an agent and the kernel of its node.',
  remedy: 'Choose an allowed RuntimeClass (Isolation), or add this one to allowedRuntimeClasses.',
  find: ({ pods }, { allowedRuntimeClasses }) =>
    pods.flatMap(({ object, spec }) => {
      const found = valueAt(spec.value, 'runtimeClassName');
      if (!allowedRuntimeClasses || (typeof found === 'string' && allowedRuntimeClasses.includes(found))) return [];
      return [{ object, path: `${spec.path}.runtimeClassName`, found: shown(found), expected: allowedRuntimeClasses.join(' or ') }];
    }),
};
