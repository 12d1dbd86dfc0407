import type { Observed } from '../../../src/controllers/sandbox/observe';
import { plan } from '../../../src/controllers/sandbox/plan';
import type { Action } from '../../../src/runtime/plan';

/** The writes to children that the plan asks for; a status write says that nothing is to be done with them. */
export const writesOf = (observed: Observed): readonly Action[] =>
  plan(observed).actions.flatMap((action) => ('do' in action && !('subresource' in action) ? [action] : []));

/** What the status says is wrong. */
export const problemOf = (observed: Observed): string => {
  const [action] = plan(observed).actions;
  const status = action && 'do' in action && action.do === 'patch' ? JSON.stringify(action.patch) : '';
  return /"message":"Error seen: ((?:[^"\\]|\\.)*)"/.exec(status)?.[1]?.replaceAll('\\"', '"') ?? 'none';
};
