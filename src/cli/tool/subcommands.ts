import { IMAGE } from './image/index';
import { PREFLIGHT } from './preflight/index';
import type { Subcommand } from './subcommand';
import { TOP } from './top/index';

/** The commands of `cdk8s-agent-sandbox`, in the order of its help. */
export const SUBCOMMANDS: readonly Subcommand[] = [PREFLIGHT, TOP, IMAGE];
