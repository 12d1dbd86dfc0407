import { HostAccess, LimitedResource } from '../../../src';
import { checkedOptions } from '../../../src/constructs/policies/option-checks';

const problemsOf = (options: unknown): string => {
  try {
    checkedOptions(options, 'options');
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};

test.each<[unknown, string]>([
  [{ requiredLimit: ['memory'] }, 'options.requiredLimit: unknown policy; did you mean requiredLimits?'],
  [
    { policies: {} },
    'options.policies: unknown policy; known are requiredLimits, allowedRuntimeClasses, allowedRegistries, requireDigest, allowedHostAccess, uniqueObjects, baseline',
  ],
  [{ toString: true }, 'options.toString: unknown policy; known are'],
  [{ requiredLimits: ['memroy'] }, 'options.requiredLimits: expected one of cpu, memory, ephemeral-storage, found "memroy"; did you mean memory?'],
  [{ requiredLimits: 'memory' }, 'options.requiredLimits: expected a list, found "memory"'],
  [{ allowedHostAccess: ['hostNetwrok'] }, 'found "hostNetwrok"; did you mean hostNetwork?'],
  [{ allowedRuntimeClasses: [] }, 'options.allowedRuntimeClasses: expected at least one; remove the option to allow everything'],
  [{ allowedRuntimeClasses: ['gvisor', 7] }, 'options.allowedRuntimeClasses: expected the name of a RuntimeClass, found 7'],
  [{ allowedRegistries: ['acme'] }, 'options.allowedRegistries: expected a registry such as ghcr.io, ghcr.io/acme or docker.io/library'],
  [{ allowedRegistries: [] }, 'options.allowedRegistries: expected at least one'],
  [{ requireDigest: 'yes' }, 'options.requireDigest: expected true or false, found "yes"'],
  [{ uniqueObjects: null }, 'options.uniqueObjects: expected true or false, found nothing'],
  [{ baseline: ' ' }, 'options.baseline: expected the path of a folder, found " "'],
  [['requiredLimits'], 'options: expected a map of options, found ["requiredLimits"]'],
  [null, 'options: expected a map of options, found nothing'],
])('%j is refused', (options, problem) => {
  expect(problemsOf(options)).toContain(problem);
});

test('all problems are told at once', () => {
  expect(problemsOf({ requireDigest: 1, baselin: 'x' }).split('\n')).toEqual([
    'options.requireDigest: expected true or false, found 1',
    'options.baselin: unknown policy; did you mean baseline?',
  ]);
});

test.each([
  {},
  { requiredLimits: [] },
  { requiredLimits: Object.values(LimitedResource), allowedHostAccess: Object.values(HostAccess) },
  { allowedRuntimeClasses: ['gvisor'], allowedRegistries: ['ghcr.io/acme'], requireDigest: true, uniqueObjects: false, baseline: '.baseline' },
  { baseline: undefined },
])('%j is accepted', (options) => {
  expect(checkedOptions(options, 'options')).toBe(options);
});
