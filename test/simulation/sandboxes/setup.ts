import type { InvariantOf } from '../invariants/invariant';
import { noOrphans, nothingForeignIsTouched } from '../invariants/ownership';
import { looksHaveACause } from '../invariants/passes';
import { sandboxesHaveConverged } from '../invariants/sandbox-at-rest';
import { onlyOwnPodsArePublished } from '../invariants/sandbox-status';
import { specsAreLeftAlone, unknownOutcomesAreRead } from '../invariants/writes';
import { quarrelOf } from '../judge';
import type { Program } from '../network/process';
import type { Setup } from '../simulate';
import { performOnSandboxes, type SandboxAction } from './actions';

const INVARIANTS: readonly InvariantOf[] = [
  ...[noOrphans, nothingForeignIsTouched, onlyOwnPodsArePublished, unknownOutcomesAreRead, specsAreLeftAlone],
  ...[sandboxesHaveConverged, looksHaveACause],
];

/** A controller of Sandboxes under test, alone or as two leaders. */
export const sandboxSetup = (program: Program, processes: readonly string[] = ['controller']): Setup<SandboxAction> => ({
  ...{ program, processes },
  invariants: INVARIANTS,
  quarrelMs: quarrelOf(processes),
  perform: performOnSandboxes,
});
