import { readdirSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { renderedObjects, type RenderedObject } from './rendered-object';

/** Where a baseline is, and what must not be in it. */
export interface BaselineFolder {
  /** Its path, relative to the working folder. */
  readonly path: string;
  /** The files or folders that synthesis writes. */
  readonly outputs: readonly string[];
  /** Reads the YAML documents of a file. */
  readonly parse: (file: string) => readonly unknown[];
}

/** All objects in the YAML files of a folder and its subfolders. Throws when there are none, because a check against nothing would pass. */
export function readBaseline({ path, outputs, parse }: BaselineFolder): RenderedObject[] {
  if (outputs.some((output) => `${resolve(output)}${sep}`.startsWith(`${resolve(path)}${sep}`))) {
    throw new Error(`baseline ${path}: synthesis writes into this folder, so it would be compared with itself; ${REMEDY}`);
  }
  const files = manifestsIn(path);
  if (files.length === 0) throw new Error(`baseline ${path}: expected rendered manifests (*.yaml or *.yml), found none; ${REMEDY}`);
  return files.flatMap((file) => renderedObjects(parse(file), file));
}

const REMEDY = 'check out what was deployed last into another folder, such as `git worktree add --detach .baseline origin/main`';

function manifestsIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.ya?ml$/.test(file))
      .sort()
      .map((file) => join(folder, file));
  } catch (error) {
    // What readdirSync throws is an Error.
    throw new Error(`baseline ${folder}: cannot be read (${(error as Error).message}); ${REMEDY}`);
  }
}
