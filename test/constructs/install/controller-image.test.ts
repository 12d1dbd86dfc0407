import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { Chart, Testing } from 'cdk8s';
import fc from 'fast-check';
import { AgentSandboxSystem } from '../../../src/constructs/install/agent-sandbox-system';
import { readBundle } from '../../../src/constructs/install/bundle-file';
import { ControllerImage } from '../../../src/constructs/install/controller-image';
import { bundleConfigMaps } from '../../../src/constructs/install/inline-bundle';
import type { Manifest } from '../../../src/constructs/install/manifest';
import { CrdInstallation } from '../../../src/constructs/install/system-props';

const DIGEST = `sha256:${'0'.repeat(64)}`;

test.each<[string, () => unknown, string]>([
  ['an empty name', () => ControllerImage.fromRegistry(''), 'name: found "", expected a reference such as example/agent-sandbox-controller:1.0.0'],
  ['a name with a space', () => ControllerImage.fromRegistry('a b'), 'name: found "a b", expected a reference'],
  ['half a digest', () => ControllerImage.fromRegistry('a@sha256:00'), 'name: found "a@sha256:00", expected a reference'],
  ['a digest of another kind', () => ControllerImage.fromRegistry('a', { digest: 'sha1:00' }), 'digest: found "sha1:00", expected sha256: and 64 digits'],
  [
    'two digests',
    () => ControllerImage.fromRegistry(`a@${DIGEST}`, { digest: DIGEST }),
    `digest: found "${DIGEST}" and one in the name too; remove one of the two`,
  ],
  ['a Node.js of no name', () => ControllerImage.inline({ nodeImage: '' }), 'name: found "", expected a reference'],
])('%s is an error that names the field', (_, make, message) => {
  expect(make).toThrow(`ControllerImage: ${message}`);
});

test('an image is the one that was given, and without any it is the published one', () => {
  const imageOf = (image?: ControllerImage): unknown => {
    const chart = new Chart(Testing.app(), 'test');
    const { deployment } = new AgentSandboxSystem(chart, 'system', { crds: CrdInstallation.LEFT_OUT, image });
    // What the construct renders.
    return (deployment.toJson() as { spec: { template: { spec: { containers: [{ image: string }] } } } }).spec.template.spec.containers[0].image;
  };
  expect(imageOf(ControllerImage.fromRegistry('mirror.example/controller:1', { digest: DIGEST }))).toBe(`mirror.example/controller:1@${DIGEST}`);
  expect(imageOf(ControllerImage.fromRegistry(`mirror.example/controller@${DIGEST}`))).toBe(`mirror.example/controller@${DIGEST}`);
  expect(imageOf(ControllerImage.fromRegistry('mirror.example/controller:1'))).toBe('mirror.example/controller:1');
  expect(imageOf()).toBe(imageOf(ControllerImage.published()));
});

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'inline-bundle-'))));
afterEach(() => rmSync(folder, { recursive: true }));

test('a bundle that is not there is an error that says how to make it', () => {
  expect(() => readBundle('controller.cjs', folder)).toThrow(/controller\.cjs\.br: cannot be read \(ENOENT.*\); in a checkout, run npm run bundle$/);
});

interface ConfigMap extends Manifest {
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData: Readonly<Record<string, string>>;
}
// What the function renders under this kind.
const configMaps = (file: string, bundle: Buffer) => bundleConfigMaps(file, bundle) as ConfigMap[];

/** Writes what a projected volume of these ConfigMaps would hold. */
function mount(maps: readonly ConfigMap[]): void {
  for (const { data, binaryData } of maps) {
    for (const [key, text] of Object.entries(data ?? {})) writeFileSync(join(folder, key), text);
    for (const [key, base64] of Object.entries(binaryData)) writeFileSync(join(folder, key), Buffer.from(base64, 'base64'));
  }
}

test('the parts of any bundle are the bundle, each small enough for the annotation of kubectl apply, under keys of their own', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 900_000 }), (size) => {
      const bundle = Buffer.alloc(size, 'abc');
      const maps = configMaps('program.cjs', bundle);
      expect(Buffer.concat(maps.flatMap(({ binaryData }) => Object.values(binaryData).map((part) => Buffer.from(part, 'base64')))).equals(bundle)).toBe(true);
      expect(maps.filter((map) => JSON.stringify(map).length > 250_000)).toEqual([]);
      const keys = maps.flatMap(({ data, binaryData }) => [...Object.keys(data ?? {}), ...Object.keys(binaryData)]);
      expect(keys).toEqual(['program.cjs', ...maps.map((_, index) => `program.cjs.${index + 1}`)]);
    }),
    { numRuns: 20 },
  );
});

test('an object of other content has another name, and the same content has the same', () => {
  const names = (bundle: Buffer) => configMaps('program.cjs', bundle).map(({ metadata }) => metadata.name);
  const one = Buffer.alloc(400_000, 'abc');
  const other = Buffer.from(one).fill('x', 399_999);
  expect(names(one)).toEqual(names(Buffer.from(one)));
  // Only the last part differs.
  expect(names(one).map((name, index) => name === names(other)[index])).toEqual([true, true, false]);
  expect(names(one)[0]).toMatch(/^agent-sandbox-controller-program-cjs-1-[0-9a-f]{10}$/);
  expect(configMaps('program.cjs', one).map(({ immutable }) => immutable)).toEqual([true, true, true]);
});

test('what is mounted runs like the program itself: with its arguments, its exit code and the program beside it', () => {
  const program = `#!/usr/bin/env node
    import('./other.cjs').then(({ default: other }) => { console.log(other, process.argv.slice(2).join()); process.exit(3); });
    /* ${Array.from({ length: 60_000 }, (_, index) => (index * 7919).toString(36)).join()} */`;
  mount(configMaps('program.cjs', brotliCompressSync(program)));
  mount(configMaps('other.cjs', brotliCompressSync("module.exports = 'the other';")));
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'program.cjs'), '--a', '-b'], { encoding: 'utf8' });
  expect({ status, stdout, stderr }).toEqual({ status: 3, stdout: 'the other --a,-b\n', stderr: '' });
});
