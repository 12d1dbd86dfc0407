import type { Action } from '../../runtime/plan';
import { SANDBOXES, TEMPLATES, type SandboxTemplate } from '../shared/objects';
import { UNPROTECTED_RULE } from '../shared/protection';
import { missing } from './aim';
import { templateNotFound } from './bound';
import { keyIn, looking, recording, remembering, stepOf, type Decision } from './decision';
import { desiredSandbox } from './desired-sandbox';
import type { Observed } from './observe';
import { refusedBy } from './refusal';
import { transferPatch } from './transfer';

/** The Sandbox and the claim's record of it at the same time, each on the version seen: whichever is stored alone leads to the other (spec 08 §3, §7.4). */
export function reservedMemberBecomesTheClaims(observed: Observed): Decision | undefined {
  const { offer, claim, template, settings, traceContext } = observed;
  if (offer?.result !== 'member') return undefined;
  const member = offer.sandbox;
  const { name, uid, resourceVersion: ifVersion } = member.metadata;
  const patch = transferPatch({ ...{ claim, member, template, traceContext }, isLean: settings.isAdoptionLean, isPodNameWritten: settings.isPodNameWritten });
  if (!patch) return undefined;
  const transfer: Action = { do: 'patch', resource: SANDBOXES, key: keyIn(observed, name), uid, ifVersion, patch, ...stepOf('transfer') };
  return {
    actions: [[transfer, ...(recording(observed, name)?.actions.flat() ?? [])]],
    memory: remembering(observed, { adopting: name }),
  };
}

/** Its status is not touched, and nothing looks again before the allocator wakes it, or its time is over. */
export function waitingClaimIsLeftAlone({ offer, waitedMs, settings }: Observed): Decision | undefined {
  if (offer?.result !== 'wait') return undefined;
  const { emptyPoolWaitMs, warmCandidateGraceMs } = settings;
  return { actions: [], againMs: (waitedMs < emptyPoolWaitMs ? emptyPoolWaitMs : warmCandidateGraceMs) - waitedMs };
}

export function missingTemplateIsReadOnceAndTold(observed: Observed): Decision | undefined {
  const { template, pool } = observed;
  if (template) return undefined;
  const name = pool?.spec.sandboxTemplateRef.name ?? '';
  const aim = missing(observed, TEMPLATES, name, templateNotFound(name));
  if (aim.is === 'unread') return looking(observed, aim);
  return refusedBy({ ...observed, aim });
}

export function sandboxThatCannotBeMadeIsTold(observed: Observed): Decision | undefined {
  const { template, claim, traceContext } = observed;
  const problem = template && desiredSandbox(claim, template, { traceContext }).problem;
  return problem && refusedBy({ ...observed, aim: { is: 'refused', problem } });
}

export function unprotectedSandboxIsNotMadeYet({ protection }: Observed): Decision | undefined {
  return protection?.is === 'awaited' ? { actions: [], againMs: protection.againMs } : undefined;
}

export function coldSandboxIsMade(observed: Observed): Decision | undefined {
  const { template, claim, memory, protection } = observed;
  if (!template) return undefined;
  return {
    actions: [[...(recording(observed, undefined)?.actions.flat() ?? []), ...creation(observed, template)]],
    memory: { uid: claim.metadata.uid, ...(memory?.looked && { looked: memory.looked }) },
    ...(protection?.is === 'overdue' && { by: UNPROTECTED_RULE }),
  };
}

function creation(observed: Observed, template: SandboxTemplate): readonly Action[] {
  const { claim, settings, traceContext } = observed;
  const { name } = claim.metadata;
  const { value: object } = desiredSandbox(claim, template, { traceContext });
  if (!object) return [];
  const event = { regarding: claim, type: 'Normal', reason: 'SandboxProvisioned', action: 'Provisioning', note: `Created Sandbox "${name}"` } as const;
  const made = { do: 'create', resource: SANDBOXES, key: keyIn(observed, name), object, failure: 'sandbox create error: ', ...stepOf('sandbox') } as const;
  return [{ ...made, ...(!settings.areEventsDisabled && { events: [event] }) }];
}
