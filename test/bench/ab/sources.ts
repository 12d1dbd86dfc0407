import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { applyPatch } from '../../cluster/build';
import { BUNDLE } from '../../cluster/program';
import type { Contestant } from './contestant';

const ROOT = join(__dirname, '..', '..', '..');
/** What the bundle is made from. */
const SOURCES = ['.ci', 'imports', 'src', 'package.json', 'package-lock.json', 'tsconfig.json'];

/** A bundle, and in words what it was made from. */
export interface Built {
  readonly bundle: string;
  readonly from: string;
}

/** Bundles of other sources than those of this checkout, in folders of their own that last until `remove`. */
export class Sources {
  private readonly folder = mkdtempSync(join(tmpdir(), 'ab-'));
  private copies = 0;

  /** The bundle of a contestant. That of this checkout must be there. */
  public build({ name, bundle, checkout, edits }: Contestant): Built {
    if (bundle !== undefined) return { bundle, from: basename(bundle) };
    if (checkout === undefined && edits.length === 0) return { bundle: BUNDLE, from: 'this checkout' };
    const copy = join(this.folder, `${this.copies++}`);
    mkdirSync(copy);
    const from = checkout === undefined ? this.copyThis(copy) : this.copyCommit(copy, checkout, name);
    for (const edit of edits) applyPatch(copy, edit);
    execFileSync(process.execPath, ['--import', 'tsx', '.ci/bundle.ts'], { cwd: copy, stdio: ['ignore', 'ignore', 'inherit'] });
    return { bundle: join(copy, 'lib', 'controller.cjs'), from: edits.length === 0 ? from : `${from}, edited` };
  }

  public remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private copyThis(copy: string): string {
    for (const source of SOURCES) cpSync(join(ROOT, source), join(copy, source), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    return 'this checkout';
  }

  /** Its files alone: nothing of it stays behind in .git. */
  private copyCommit(copy: string, ref: string, name: string): string {
    const commit = commitOf(ref, name);
    const tar = `${copy}.tar`;
    execFileSync('git', ['archive', '--output', tar, commit], { cwd: ROOT });
    execFileSync('tar', ['-xf', tar, '-C', copy]);
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    const hasOtherPackages = !readFileSync(join(copy, 'package-lock.json')).equals(readFileSync(join(ROOT, 'package-lock.json')));
    return `${commit.slice(0, 7)}${hasOtherPackages ? ' with the packages of this checkout' : ''}`;
  }
}

function commitOf(ref: string, name: string): string {
  try {
    return execFileSync('git', ['rev-parse', '--verify', '--end-of-options', `${ref}^{commit}`], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    throw new Error(`contestant ${name}: checkout ${JSON.stringify(ref)} is no commit of this repository; see git log --oneline`);
  }
}
