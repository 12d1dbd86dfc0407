import { failed, ok, warning, type Finding } from './finding';

/** What `/version` answers, as far as it matters. */
export interface ServerVersion {
  /** `1`. */
  readonly major: string;
  /** `37`, and with some providers `37+`. */
  readonly minor: string;
  /** `v1.37.2-gke.1`. */
  readonly gitVersion: string;
}

/** CEL rules of CRDs, which keep volumeClaimTemplates immutable, are generally available since 1.29. */
const OLDEST_MINOR = 29;
/** The policies of this package are ValidatingAdmissionPolicies, generally available since 1.30. */
const POLICIES_MINOR = 30;
/** The API server on which the tests of this release run; a test compares it with test/cluster/modules. */
export const TESTED_MINOR = 37;

/** Whether the controller and its CRDs run on this API server. */
export function judgeServerVersion({ major, minor, gitVersion }: ServerVersion): Finding {
  const number = Number.parseInt(minor, 10);
  const range = `1.${OLDEST_MINOR} (CEL rules in CRDs) to 1.${TESTED_MINOR} (tested)`;
  if (major !== '1' || Number.isNaN(number))
    return warning(`${gitVersion}, expected ${range}`, 'nothing is known of this version: try it on a cluster of no value first');
  if (number < OLDEST_MINOR) return failed(`${gitVersion}, expected ${range}`, `upgrade the cluster to 1.${OLDEST_MINOR} or newer`);
  if (number < POLICIES_MINOR)
    return warning(
      `${gitVersion}, expected ${range}`,
      `leave out AgentSandboxPolicies, AgentSandboxValidation and the policy for late findings, which need 1.${POLICIES_MINOR}`,
    );
  if (number > TESTED_MINOR)
    return warning(`${gitVersion}, expected ${range}`, 'newer than what this release was tested with: look for a newer release of this package');
  return ok(`${gitVersion}, within ${range}`);
}
