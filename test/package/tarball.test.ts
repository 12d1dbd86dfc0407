import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, run, TARBALL } from './consumer';

// npm reads and compresses megabytes.
jest.setTimeout(60_000);

/** What `npm pack --json` says of a package, as far as it is read here. */
interface Packed {
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

const MEGABYTE = 1_000_000;
/** What users load, run, read or feed to other tools; LICENSE, README and package.json are added by npm. Of the programs it is the bundles. */
const CONTENT = [
  /^lib\/(index|(api|constructs)\/.+)\.(js|d\.ts)$/,
  /^lib\/(controller|tool|tracing)\.cjs$/,
  /^lib\/(controller|tracing)\.cjs\.br$/,
  /^lib\/(bundle\.json|licenses\.txt)$/,
  /^imports\/(crds\.(json|yaml)|image\.json)$/,
  /^(\.jsii|API\.md|LICENSE|README\.md|package\.json)$/,
];

// npm is slow to start.
jest.setTimeout(60_000);

let packed: Packed;
beforeAll(async () => {
  // npm documents this shape: one member per package that was packed.
  [packed] = JSON.parse(await run(ROOT, 'npm', 'pack', '--dry-run', '--json')) as [Packed];
});

test('the tarball is smaller than 2 MB, with the programs in it twice: as they run, and as they go into manifests', () => {
  expect(packed.size).toBeGreaterThan(0);
  expect(packed.size).toBeLessThan(2 * MEGABYTE);
  expect(readFileSync(TARBALL).byteLength).toBeLessThan(2 * MEGABYTE);
});

test('the tarball holds the compiled library with its types, the bundles of the controller and the tool with their licences, the CRDs, the digests of the image, the jsii assembly and the documents, and nothing else', () => {
  const paths = packed.files.map((file) => file.path);
  expect(paths).toEqual(
    expect.arrayContaining([
      'lib/index.js',
      'lib/index.d.ts',
      'lib/controller.cjs',
      'lib/tool.cjs',
      'lib/tracing.cjs',
      'lib/controller.cjs.br',
      'lib/tracing.cjs.br',
      'lib/bundle.json',
      'lib/licenses.txt',
      'imports/crds.json',
      'imports/image.json',
      'imports/crds.yaml',
      '.jsii',
      'API.md',
      'LICENSE',
      'README.md',
    ]),
  );
  expect(paths.filter((path) => !CONTENT.some((pattern) => pattern.test(path)))).toEqual([]);
});

test('no file of the tarball names the folder in which it was built', () => {
  expect(packed.files.filter(({ path }) => readFileSync(join(ROOT, path), 'utf8').includes(ROOT))).toEqual([]);
});
