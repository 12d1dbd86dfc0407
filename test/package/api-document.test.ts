import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, run } from './consumer';

// jsii-docgen reads the assemblies of all peers.
jest.setTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), 'agent-sandbox-api-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('API.md is what `npm run docs` writes for this public API', async () => {
  const file = join(folder, 'API.md');
  await run(ROOT, join(ROOT, 'node_modules', '.bin', 'jsii-docgen'), '--submodule', 'root', '--output', file);
  // Half a megabyte is too much for Jest to show: the first line that differs is enough.
  expect(findDifference(readFileSync(join(ROOT, 'API.md'), 'utf8'), readFileSync(file, 'utf8'))).toBeUndefined();
});

function findDifference(committed: string, generated: string): string | undefined {
  const [old, fresh] = [committed.split('\n'), generated.split('\n')];
  const line = Array.from({ length: Math.max(old.length, fresh.length) }, (_, index) => index).find((index) => old[index] !== fresh[index]);
  return line === undefined
    ? undefined
    : `API.md is stale, run npm run docs: line ${line + 1}: found ${old[line] ?? 'the end'}, expected ${fresh[line] ?? 'the end'}`;
}
