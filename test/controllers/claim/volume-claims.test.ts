import { mergedVolumeClaims } from '../../../src/controllers/claim/volume-claims';
import type { InjectionPolicy, VolumeClaimTemplate } from '../../../src/controllers/shared/objects';

const volume = (name: string | undefined, size = '1Gi'): VolumeClaimTemplate => ({
  ...(name !== undefined && { metadata: { name } }),
  spec: { resources: { requests: { storage: size } } },
});
const [A, B] = [volume('a'), volume('b')];
const merged = (ofTemplate: readonly VolumeClaimTemplate[], ofClaim: readonly VolumeClaimTemplate[], policy?: InjectionPolicy) =>
  mergedVolumeClaims({ ofTemplate, ofClaim, policy });

// Spec 05 §11 and case 22.
test.each([
  ['no list at all', merged([], []), []],
  ["a template's list alone, whatever the policy", merged([A, B], [], 'Disallowed'), [A, B]],
  ['Allowed: the claim adds after the template', merged([B], [A, volume('c')], 'Allowed'), [B, A, volume('c')]],
  ['Allowed: to a template without a list too', merged([], [A], 'Allowed'), [A]],
  [
    'Overrides: in place, the rest after it',
    merged([A, B], [volume('c'), volume('b', '9Gi'), volume('d')], 'Overrides'),
    [A, volume('b', '9Gi'), volume('c'), volume('d')],
  ],
])('%s', (_, { value }, expected) => {
  expect(value).toEqual(expected);
});

const CLAIM = 'failed to merge volume claim templates: ';
test.each([
  [
    'an unnamed entry of the template',
    merged([A, volume(undefined)], []),
    'invalid volume claim templates in template: invalid volume claim templates: name at index 1 is empty',
  ],
  ['a name given twice by the template', merged([A, A], []), 'invalid volume claim templates in template: invalid volume claim templates: duplicate name "a"'],
  [
    'an empty name of the template, beside a list of the claim',
    merged([volume('')], [A], 'Allowed'),
    `${CLAIM}template: invalid volume claim templates: name at index 0 is empty`,
  ],
  ['an empty name of the claim', merged([A], [volume('')], 'Allowed'), `${CLAIM}claim: invalid volume claim templates: name at index 0 is empty`],
  [
    'a name given twice by the claim, before the policy is asked',
    merged([], [B, B], 'Disallowed'),
    `${CLAIM}claim: invalid volume claim templates: duplicate name "b"`,
  ],
  ['no policy', merged([A], [B]), `${CLAIM}volume claim templates are disallowed by the template`],
  ['an empty policy', merged([A], [B], ''), `${CLAIM}volume claim templates are disallowed by the template`],
  ['the policy Disallowed', merged([A], [B], 'Disallowed'), `${CLAIM}volume claim templates are disallowed by the template`],
  [
    'a name of the template under Allowed',
    merged([A, B], [volume('c'), B, A], 'Allowed'),
    `${CLAIM}overriding volume claim templates is forbidden by the template: cannot override template volume "b"`,
  ],
])('refused: %s', (_, { problem }, message) => {
  expect(problem).toMatchObject({ reason: 'VolumeClaimTemplatesError', message });
});

test('a policy of a later API is an error of ours and no fault of the claim', () => {
  // No schema lets such a value pass today.
  const policy = 'Sometimes' as InjectionPolicy;
  expect(merged([A], [B], policy).problem).toMatchObject({
    reason: 'ReconcilerError',
    message: `Error seen: ${CLAIM}unknown volume claim templates policy "Sometimes"`,
  });
});
