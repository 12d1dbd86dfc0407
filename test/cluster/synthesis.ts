import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { manifestsIn, type Manifest } from '../support/example-output';

const ROOT = join(__dirname, '..', '..');

/** Runs a program of examples/ as `cdk8s synth` does and reads what it wrote. */
export async function synthesize(example: string): Promise<readonly Manifest[]> {
  const outdir = mkdtempSync(join(tmpdir(), 'agent-sandbox-example-'));
  try {
    const args = ['--import', 'tsx', join('examples', example)];
    await promisify(execFile)(process.execPath, args, { cwd: ROOT, env: { ...process.env, CDK8S_OUTDIR: outdir, TSX_TSCONFIG_PATH: 'tsconfig.dev.json' } });
    const files = readdirSync(outdir, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yaml'));
    return files.sort().flatMap((file) => manifestsIn(readFileSync(join(outdir, file), 'utf8')));
  } finally {
    rmSync(outdir, { recursive: true });
  }
}
