import { noOrphans, nothingForeignIsTouched } from '../invariants/ownership';
import { looksHaveACause } from '../invariants/passes';
import { templatesHaveConverged } from '../invariants/template-at-rest';
import { specsAreLeftAlone, unknownOutcomesAreRead } from '../invariants/writes';
import { quarrelOf } from '../judge';
import type { Program } from '../network/process';
import { performOnSandboxes, type SandboxAction } from '../sandboxes/actions';
import type { Setup } from '../simulate';

/** A controller of templates under test, alone or as two leaders. */
export const templateSetup = (program: Program, processes: readonly string[] = ['controller']): Setup<SandboxAction> => ({
  ...{ program, processes },
  invariants: [noOrphans, nothingForeignIsTouched, unknownOutcomesAreRead, specsAreLeftAlone, templatesHaveConverged, looksHaveACause],
  quarrelMs: quarrelOf(processes),
  perform: performOnSandboxes,
});
