import { networkPolicyName } from '../../api/names';
import { BoundedMap } from '../../runtime/bounded-map';
import { keyOf, type Key } from '../../runtime/object';
import type { NetworkPolicy, SandboxTemplate } from './objects';
import { isOwnedBy } from './ownership';

/**
 * Whether Sandboxes of a template may be created, as far as its NetworkPolicy goes (spec 04 §3). `settled`: it is in place, or there will be none.
 * `overdue`: it was waited for long enough; Sandboxes run without it until it comes.
 */
export type Protection = { readonly is: 'settled' | 'overdue' } | { readonly is: 'awaited'; readonly againMs: number };

/** The rule that decides where Sandboxes are created though the NetworkPolicy of their template did not come in time. */
export const UNPROTECTED_RULE = 'sandboxesAreMadeWithoutThePolicyThatDidNotCome';

// Spec 04 §3.
const LONGEST_WAIT_MS = 5000;
// More templates than that are not waited for at the same time.
const REMEMBERED = 1000;

/** Judges what is known of a template and its policy, which has been waited for so long. */
export function protectionOf(template: SandboxTemplate, policy: NetworkPolicy | undefined, waitedMs: number): Protection {
  if (isSettled(template, policy)) return { is: 'settled' };
  return waitedMs >= LONGEST_WAIT_MS ? { is: 'overdue' } : { is: 'awaited', againMs: LONGEST_WAIT_MS - waitedMs };
}

/** A policy of somebody else under the name is an error that waiting does not mend. One that is on its way out protects nobody. */
function isSettled(template: SandboxTemplate, policy: NetworkPolicy | undefined): boolean {
  if (template.spec.networkPolicyManagement === 'Unmanaged') return true;
  return policy !== undefined && (!policy.metadata.deletionTimestamp || !isOwnedBy(policy, template));
}

/** Remembers since when the policies of templates are waited for: once for each template, whoever waits. */
export class PolicyWaits {
  private readonly sinceMs = new BoundedMap<number>(REMEMBERED);

  constructor(private readonly policies: { find(key: Key): NetworkPolicy | undefined }) {}

  /** `monotonicMs` is now. */
  public protectionOf(template: SandboxTemplate, monotonicMs: number): Protection {
    const { uid, name } = template.metadata;
    const policy = this.policies.find({ ...keyOf(template), name: networkPolicyName(name) });
    const sinceMs = this.sinceMs.find(uid) ?? monotonicMs;
    const protection = protectionOf(template, policy, monotonicMs - sinceMs);
    if (protection.is === 'settled') this.sinceMs.delete(uid);
    else this.sinceMs.set(uid, sinceMs);
    return protection;
  }
}
