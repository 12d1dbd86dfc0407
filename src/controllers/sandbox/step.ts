import type { KubeObject } from '../../runtime/object';
import { findFailure, type Action, type Patch } from '../../runtime/plan';
import { findExtensionOwnerKind } from '../shared/ownership';
import type { Observed } from './observe';

/** Names of the parts of a pass; they are collected in this order. */
export type StepName = 'volumeClaims' | 'pod' | 'service';

/** Why a part of the Sandbox is not as it should be. */
export interface Problem {
  readonly message: string;
  readonly kind: 'multiplePods' | 'permanent' | 'transient';
}

/** What one part of the pass wants to write, and what keeps it from being right. */
export interface Step {
  readonly actions: readonly Action[];
  readonly problem?: Problem;
}

export const NOTHING: Step = { actions: [] };
export const refuse = (message: string): Step => ({ actions: [], problem: { message, kind: 'transient' } });
export const act = (...actions: readonly Action[]): Step => ({ actions });

/** The problem that a failed write of this pass left, which ends the step. */
export function failureOf(observed: Observed, name: StepName): Problem | undefined {
  const failure = findFailure(observed, name);
  return failure && { message: failure.message, kind: failure.isPermanent ? 'permanent' : 'transient' };
}

/** Work for members in stock yields to work that somebody waits for, unless hardly any are left (spec 08 §9). */
export const errandOf = ({ sandbox, isUrgent }: Observed): Pick<Patch, 'purpose' | 'isUrgent'> =>
  findExtensionOwnerKind(sandbox) === 'SandboxWarmPool' ? { purpose: 'refill', ...(isUrgent && { isUrgent }) } : { purpose: 'sandbox' };

/** Which permission an unowned child lacks. */
export const lacksPermission = (what: string, name: string): string =>
  `cannot adopt unowned ${what} "${name}": missing required pool authorization label ("agents.x-k8s.io/adoptable") or sandbox tracking label ("agents.x-k8s.io/sandbox-name-hash")`;

/** The event that a child was taken over. */
export const adoptionEvent = (sandbox: KubeObject, kind: string, name: string) =>
  ({ regarding: sandbox, type: 'Normal', reason: 'ChildAdopted', action: 'Adoption', note: `Adopted ${kind} "${name}"` }) as const;
