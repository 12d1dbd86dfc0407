import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import type { NpmPackage } from '../src/image/program';

/** A package of npm that is part of a bundle. */
export interface BundledPackage extends NpmPackage {
  /** The text of its licence, with the names of those who gave it. */
  readonly text: string;
}

/** The packages of which something is in the output of esbuild, sorted by name and version. Throws when one has no licence. */
export function packagesOf(metafiles: readonly Metafile[]): BundledPackage[] {
  const inputs = metafiles.flatMap(({ outputs }) => Object.values(outputs)).flatMap((output) => Object.entries(output.inputs));
  const folders = new Set(inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).flatMap(([file]) => FOLDER.exec(file)?.[1] ?? []));
  return [...folders].map(packageIn).sort((one, other) => (titleOf(one) < titleOf(other) ? -1 : 1));
}

/** Up to the innermost node_modules, because a package may have its own copy of another one. */
const FOLDER = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//;

export const titleOf = ({ name, version }: NpmPackage): string => `${name}@${version}`;

function packageIn(folder: string): BundledPackage {
  // npm has checked the shape of what it installed.
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Partial<NpmPackage>;
  if (name === undefined || version === undefined || license === undefined) throw new Error(`${folder}/package.json: found no name, version or license`);
  const file = readdirSync(folder).find((candidate) => /^(licen[cs]e|copying)/i.test(candidate));
  return { name, version, license, text: file === undefined ? `${license}\n` : readFileSync(join(folder, file), 'utf8') };
}
