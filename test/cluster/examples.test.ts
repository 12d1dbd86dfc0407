import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';

import { cluster } from './connection';
import { driftOf, type Manifest } from './drift';

jest.setTimeout(180_000);

const ROOT = join(__dirname, '..', '..');
const EXAMPLES = readdirSync(join(ROOT, 'examples')).filter((file) => file.endsWith('.ts'));

/** Runs a program as `cdk8s synth` does and reads what it wrote. */
async function synthesize(example: string): Promise<readonly Manifest[]> {
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

// kubectl reads YAML 1.1 too. What cdk8s writes are objects; the API server refuses everything else.
const manifestsIn = (text: string) => parseAllDocuments(text, { version: '1.1' }).map((document) => document.toJS() as Manifest);

describe.each(EXAMPLES)('examples/%s', (example) => {
  it('has at most 80 lines', () => {
    expect(
      readFileSync(join(ROOT, 'examples', example), 'utf8')
        .trimEnd()
        .split('\n').length,
    ).toBeLessThanOrEqual(80);
  });

  it('is applied without drift by server-side and by client-side apply, and leaves nothing behind when deleted', async () => {
    const manifests = await synthesize(example);
    expect(manifests.length).toBeGreaterThan(0);
    expect(await driftOf(cluster(), manifests)).toEqual([]);
  });
});
