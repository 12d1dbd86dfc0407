import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PublishedImage } from '../src/api/published-image';
import { ARCHITECTURES } from '../src/image/pins';
import type { BundleInfo } from '../src/image/program';
import { differenceOf, digestsIn } from './image-digests';

const RECORD = 'imports/image.json';

/**
 * `npm run image -- [options of cdk8s-agent-sandbox image]`: makes the image of what is committed here and records its digests, which
 * ControllerImage.published() names. `npm run image -- --check` makes it again and fails when the record is of something else.
 */
function main(args: readonly string[]): void {
  if (args.includes('--help')) return run('tsx', 'src/cli/tool.ts', 'image', '--help');
  run('tsx', '.ci/bundle.ts');
  if (args.includes('--check')) return check();
  const folder = args.find((_, index) => ['--output', '-o'].includes(args[index - 1] ?? '')) ?? 'agent-sandbox-image';
  run('tsx', 'src/cli/tool.ts', 'image', ...args);
  record(digestsIn(join(folder, 'layout'), committed().version));
}

function record(image: PublishedImage): void {
  const { commit } = committed();
  const isWhole = Object.keys(image.platforms).length === ARCHITECTURES.length;
  if (!isWhole || !/^[0-9a-f]{40}$/.test(commit)) {
    console.log(`${RECORD} is left as it is: ${isWhole ? `the sources are those of ${commit}; commit first` : 'this image is not for all platforms'}`);
    return;
  }
  writeFileSync(RECORD, `${JSON.stringify(image, null, 2)}\n`);
  console.log(`${RECORD} has the digests; commit it`);
}

function check(): void {
  if (isShallow())
    return console.log(`${RECORD} is not checked: a shallow clone does not know the commit that the image names; git fetch --unshallow brings it`);
  const folder = mkdtempSync(join(tmpdir(), 'agent-sandbox-image-'));
  try {
    run('tsx', 'src/cli/tool.ts', 'image', '--output', folder);
    // The file is written by this program.
    const recorded = JSON.parse(readFileSync(RECORD, 'utf8')) as PublishedImage;
    const difference = differenceOf(recorded, digestsIn(join(folder, 'layout'), committed().version));
    if (difference === undefined) return;
    throw new Error(`${RECORD}: ${difference}; sources are of commit ${committed().commit}. Commit everything else, run npm run image, and commit ${RECORD}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const isShallow = (): boolean => spawnSync('git', ['rev-parse', '--is-shallow-repository'], { encoding: 'utf8' }).stdout.trim() === 'true';

/** What .ci/bundle.ts has just written. */
const committed = (): BundleInfo => JSON.parse(readFileSync('lib/bundle.json', 'utf8')) as BundleInfo;

function run(command: string, ...args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed${error === undefined ? '' : `: ${error.message}`}`);
}

try {
  main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
