import { Options } from '../../src/cli/options';
import { settingsOf } from '../../src/cli/settings';

/** What the controllers are told when no flag is given. */
export const DEFAULT_SETTINGS = settingsOf(new Options(new Map()), ['sandbox.users.io']);
