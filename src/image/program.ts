import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Entry } from './archive';

/** What `npm run bundle` says of the programs that it made. */
export interface BundleInfo {
  readonly version: string;
  /** The commit of the sources, and its date. */
  readonly commit: string;
  readonly date: string;
  /** Packages of npm that are part of the programs. */
  readonly packages: readonly NpmPackage[];
}

export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  /** In the form of SPDX. */
  readonly license: string;
}

/** The programs of the controller, and what they are made of. */
export interface Program {
  readonly info: BundleInfo;
  readonly entries: readonly Entry[];
}

/** Where the programs are in an image. */
export const PROGRAM_FOLDER = 'app';
const FILES = ['controller.cjs', 'tracing.cjs', 'licenses.txt'];

/** Programs are missing, or something else is in their place. */
export class ProgramError extends Error {}

/** Reads what `npm run bundle` has written into lib/ of this package. Throws a ProgramError when it is not there. */
export function readProgram(): Program {
  const lib = join(packageFolder(__dirname), 'lib');
  try {
    const entries = FILES.map((file) => ({ path: `${PROGRAM_FOLDER}/${file}`, mode: 0o644, content: readFileSync(join(lib, file)) }));
    // The file is written by .ci/bundle.ts in this shape.
    const info = JSON.parse(readFileSync(join(lib, 'bundle.json'), 'utf8')) as BundleInfo;
    return { info, entries };
  } catch (error) {
    throw new ProgramError(`${lib}: cannot read the program of the controller (${error instanceof Error ? error.message : String(error)}); run npm run bundle`);
  }
}

/** The next folder upwards with a package.json: the sources and what is bundled lie at different depths. */
function packageFolder(folder: string): string {
  try {
    readFileSync(join(folder, 'package.json'));
    return folder;
  } catch {
    if (dirname(folder) === folder) throw new ProgramError('found no package.json above the program; install the package again');
    return packageFolder(dirname(folder));
  }
}
