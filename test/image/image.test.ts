import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { readTar, writeTar } from '../../src/image/archive';
import { BASE_PACKAGES } from '../../src/image/base-packages';
import { digestOf, type Descriptor } from '../../src/image/blob';
import { makeImage, type Image } from '../../src/image/image';
import { COMPRESSOR } from '../../src/image/layer';
import { writeLayout } from '../../src/image/layout';
import { ARCHITECTURES, type Architecture } from '../../src/image/pins';
import { PINS } from '../../src/image/pins-lock';
import { sbomOf } from '../../src/image/sbom';
import { TOY_PROGRAM, ToyMachines } from '../support/toy-image';

const ROOT = join(__dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'image-'));
afterAll(() => rmSync(folder, { recursive: true }));

let toy: ToyMachines;
beforeAll(async () => {
  toy = await ToyMachines.make(folder);
});
const make = async (architectures: readonly Architecture[] = ARCHITECTURES): Promise<Image> => makeImage(architectures, await toy.ingredients());

test('an image has the same bytes wherever it is made, and from layers that were kept', async () => {
  const first = await toy.ingredients();
  const image = await makeImage(ARCHITECTURES, first);
  expect((await make()).index.digest).toBe(image.index.digest);
  expect(readdirSync(first.layerFolder)).toHaveLength(4);
  // A file that was kept and is damaged is made again.
  for (const file of readdirSync(first.layerFolder)) writeFileSync(join(first.layerFolder, file), 'damaged');
  expect((await makeImage(ARCHITECTURES, first)).index.digest).toBe(image.index.digest);
});

test('each layer holds what is taken from the packages, and nothing else', async () => {
  const { platforms } = await make(['arm64']);
  const layers = platforms[0]?.layers ?? [];
  const paths = await Promise.all(
    layers.map(async ({ blob }) => (await readTar(gunzipSync(blob.content))).filter(({ content }) => content).map(({ path }) => path)),
  );
  expect(paths).toEqual([
    [
      'etc/group',
      'etc/nsswitch.conf',
      'etc/passwd',
      'usr/lib/any/libc.so.6',
      'usr/lib/any/libgcc_s.so.1',
      'usr/lib/os-release',
      ...Object.keys(BASE_PACKAGES).map((name) => `usr/share/doc/${name}/copyright`),
      ...Object.keys(BASE_PACKAGES).map((name) => `var/lib/dpkg/status.d/${name}`),
    ],
    ['usr/local/bin/node', 'usr/share/doc/node/copyright'],
    ['app/controller.cjs'],
  ]);
});

interface Config {
  readonly config: object;
  readonly rootfs: { readonly diff_ids: readonly string[] };
  readonly history: readonly { readonly created: string }[];
  readonly architecture: string;
}

test('a container runs the program as a user that is not root, and the labels say what it is', async () => {
  const { platforms } = await make();
  // What the function writes.
  const configs = platforms.map(({ config }) => JSON.parse(config.content.toString()) as Config);
  expect(configs.map(({ architecture }) => architecture)).toEqual(['amd64', 'arm64']);
  expect(configs[0]).toMatchObject({
    created: '1970-01-01T00:00:00Z',
    config: {
      User: '65532:65532',
      Entrypoint: ['/usr/local/bin/node', '/app/controller.cjs'],
      Labels: {
        'org.opencontainers.image.version': '0.1.0',
        'org.opencontainers.image.revision': 'c0ffee',
        'org.opencontainers.image.licenses': 'Apache-2.0',
      },
    },
  });
  configs.forEach(({ rootfs, history }, index) => {
    expect(rootfs.diff_ids).toEqual(platforms[index]?.layers.map(({ blob }) => digestOf(gunzipSync(blob.content))));
    expect(history.map(({ created }) => created)).toEqual(rootfs.diff_ids.map(() => '1970-01-01T00:00:00Z'));
  });
});

interface Node {
  readonly manifests?: readonly Descriptor[];
  readonly layers?: readonly Descriptor[];
  readonly config?: Descriptor;
}

test('every descriptor of the layout leads to a file of that digest and size, and no file is left over', async () => {
  const layout = join(folder, 'layout');
  writeLayout(layout, await make(), 'example/controller:0.1.0');
  const seen = new Set<string>();
  const walk = (content: Buffer): void => {
    // What the layout holds.
    const { manifests = [], layers = [], config } = JSON.parse(content.toString()) as Node;
    for (const { digest, size, mediaType } of [...manifests, ...layers, ...(config ? [config] : [])]) {
      const blob = readFileSync(join(layout, 'blobs', digest.replace(':', '/')));
      expect([digestOf(blob), blob.byteLength]).toEqual([digest, size]);
      seen.add(digest);
      if (/index|manifest/.test(mediaType)) walk(blob);
    }
  };
  walk(readFileSync(join(layout, 'index.json')));
  expect([...seen].map((digest) => digest.slice(7)).sort()).toEqual(readdirSync(join(layout, 'blobs/sha256')).sort());
  expect(readFileSync(join(layout, 'oci-layout'), 'utf8')).toBe('{"imageLayoutVersion":"1.0.0"}');
});

test('the bill of materials lists each package of Debian, Node.js, the program and what is part of it, in the words of scanners', async () => {
  const { platforms } = await make();
  const [, arm] = platforms;
  if (!arm) throw new Error('expected two platforms');
  // What the function writes.
  const { packages, relationships } = sbomOf(arm, toy.pins, TOY_PROGRAM) as Record<
    'packages' | 'relationships',
    { SPDXID: string; externalRefs?: [{ referenceLocator: string }] }[]
  >;
  expect(packages.flatMap(({ externalRefs = [] }) => externalRefs.map(({ referenceLocator }) => referenceLocator))).toEqual([
    ...Object.keys(BASE_PACKAGES).map((name) => `pkg:deb/debian/${name.replaceAll('+', '%2B')}@1-1?arch=arm64&distro=debian-13`),
    'pkg:generic/node@1.2.3',
    'pkg:npm/cdk8s-agent-sandbox@0.1.0',
    'pkg:npm/%40scope/lib@2.0.0',
  ]);
  expect(new Set(packages.map(({ SPDXID }) => SPDXID)).size).toBe(packages.length);
  expect(relationships).toHaveLength(packages.length);
  expect(sbomOf(arm, toy.pins, TOY_PROGRAM)).toEqual(sbomOf(arm, toy.pins, TOY_PROGRAM));
});

test('a file that is missing in a package is an error that names both', async () => {
  const empty = gzipSync(await writeTar([]));
  const { node } = toy.pins;
  const { amd64, arm64 } = node.packages;
  const broken = { ...toy.pins, node: { ...node, packages: { amd64: { ...amd64, integrity: toy.keep(empty) }, arm64 } } };
  await expect(makeImage(['amd64'], { ...(await toy.ingredients()), pins: broken })).rejects.toThrow('found no package/bin/node in node-x 1.2.3');
});

test('the pins are of the Node.js that the tests run with, for both architectures alike, and the compressor is the one that is installed', () => {
  // npm has checked the shape of what it installed.
  const versionOf = (name: string) => (JSON.parse(readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8')) as { version: string }).version;
  expect(PINS.node.version).toBe(versionOf('node'));
  expect(COMPRESSOR).toBe(`fflate-${versionOf('fflate')}`);
  const { amd64, arm64 } = PINS.debian.packages;
  const titles = (debs: typeof amd64) => debs.map(({ name, version }) => `${name} ${version}`);
  expect(titles(arm64)).toEqual(titles(amd64));
  expect(amd64.map(({ name }) => name)).toEqual(Object.keys(BASE_PACKAGES));
});
