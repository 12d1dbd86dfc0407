import { CLAIM_REASON } from '../../api/conditions';
import type { InjectionPolicy, VolumeClaimTemplate } from '../shared/objects';
import { errorSeen, type Checked, type Problem } from './problem';

type Templates = readonly VolumeClaimTemplate[];

interface Lists {
  readonly ofTemplate: Templates;
  readonly ofClaim: Templates;
  readonly policy: InjectionPolicy | undefined;
}

/** The volume claim templates of a Sandbox: those of its template and those of the claim, as far as the template allows them (spec 05 §11). */
export function mergedVolumeClaims(lists: Lists): Checked<Templates> {
  const { ofTemplate, ofClaim, policy = '' } = lists;
  const flaw = flawOf(ofTemplate);
  if (ofClaim.length === 0) return flaw ? { problem: refused(`invalid volume claim templates in template: ${flaw}`) } : { value: ofTemplate };
  const flaws = [...(flaw ? [`template: ${flaw}`] : []), ...prefixed('claim: ', flawOf(ofClaim)), ...prefixed('', denial(lists))];
  if (flaws[0] !== undefined) return { problem: refused(PREFIX + flaws[0]) };
  if (policy === 'Allowed') return { value: [...ofTemplate, ...ofClaim] };
  if (policy === 'Overrides') return { value: overridden(ofTemplate, ofClaim) };
  return { problem: errorSeen(`${PREFIX}unknown volume claim templates policy "${policy}"`, 'minute') };
}

const PREFIX = 'failed to merge volume claim templates: ';

const nameOf = ({ metadata }: VolumeClaimTemplate): string => metadata?.name ?? '';

/** What is wrong with one list, whoever wrote it. */
function flawOf(templates: Templates): string | undefined {
  const names = templates.map(nameOf);
  for (const [index, name] of names.entries()) {
    if (name === '') return `invalid volume claim templates: name at index ${index} is empty`;
    if (names.indexOf(name) < index) return `invalid volume claim templates: duplicate name "${name}"`;
  }
  return undefined;
}

/** Why the template does not take the list of the claim. */
function denial({ ofTemplate, ofClaim, policy = '' }: Lists): string | undefined {
  if (policy === '' || policy === 'Disallowed') return 'volume claim templates are disallowed by the template';
  if (policy !== 'Allowed') return undefined;
  const twice = ofClaim.map(nameOf).find((name) => ofTemplate.some((template) => nameOf(template) === name));
  return twice === undefined ? undefined : `overriding volume claim templates is forbidden by the template: cannot override template volume "${twice}"`;
}

/** Those of the template in their order, each replaced by one of the same name; then the rest of the claim's in theirs. */
function overridden(ofTemplate: Templates, ofClaim: Templates): Templates {
  const names = ofTemplate.map(nameOf);
  const replaced = ofTemplate.map((template) => ofClaim.find((other) => nameOf(other) === nameOf(template)) ?? template);
  return [...replaced, ...ofClaim.filter((template) => !names.includes(nameOf(template)))];
}

const prefixed = (prefix: string, text: string | undefined): readonly string[] => (text === undefined ? [] : [prefix + text]);

const refused = (message: string): Problem => ({ reason: CLAIM_REASON.volumeClaimTemplatesError, message, retry: 'change' });
