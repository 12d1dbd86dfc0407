import { gunzipSync } from 'node:zlib';
import { readTar, type Entry } from './archive';
import { BASE_PACKAGES, COPYRIGHT } from './base-packages';
import { descriptorOf, jsonBlob, type Blob, type Descriptor, type Platform } from './blob';
import { readDebianPackage } from './debian-package';
import { fromDebian, fromNpm, type Downloads } from './downloads';
import { makeLayer, type Layer } from './layer';
import type { Architecture, Pins } from './pins';
import { PROGRAM_FOLDER, type Program } from './program';

/** What an image is made from. */
export interface Ingredients {
  readonly pins: Pins;
  readonly program: Program;
  readonly downloads: Downloads;
  /** Where compressed layers are kept. */
  readonly layerFolder: string;
}

/** The image of one platform. */
export interface PlatformImage {
  readonly architecture: Architecture;
  readonly platform: Platform;
  readonly manifest: Blob;
  readonly config: Blob;
  readonly layers: readonly Layer[];
}

/** An image for several platforms. */
export interface Image {
  readonly index: Blob;
  readonly platforms: readonly PlatformImage[];
}

/** Registries, nodes and people wait for every byte. */
const MOST_BYTES = 60_000_000;
/** No time: bytes that depend on when they were made are not reproducible. */
const CREATED = '1970-01-01T00:00:00Z';
/** The user that distroless images call nonroot. */
export const USER = 65532;
const NODE = 'usr/local/bin/node';

/** Makes the image: the libraries of Debian that Node.js needs, Node.js, and the programs of the controller. */
export async function makeImage(architectures: readonly Architecture[], ingredients: Ingredients): Promise<Image> {
  const platforms: PlatformImage[] = [];
  for (const architecture of architectures) platforms.push(await platformImage(architecture, ingredients));
  const manifests = platforms.map(({ manifest, platform }): Descriptor => ({ ...descriptorOf(manifest), platform }));
  const index = { schemaVersion: 2, mediaType: INDEX, manifests, annotations: labelsOf(ingredients.program) };
  return { index: jsonBlob(INDEX, index), platforms };
}

const INDEX = 'application/vnd.oci.image.index.v1+json';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';

async function platformImage(architecture: Architecture, ingredients: Ingredients): Promise<PlatformImage> {
  const { pins, program, layerFolder } = ingredients;
  const layers = [
    await makeLayer(`Debian ${pins.debian.release}: ${Object.keys(BASE_PACKAGES).join(', ')}`, await baseEntries(architecture, ingredients), layerFolder),
    await makeLayer(`Node.js ${pins.node.version}`, await nodeEntries(architecture, ingredients), layerFolder),
    await makeLayer(`agent-sandbox-controller ${program.info.version}`, program.entries, layerFolder),
  ];
  const bytes = layers.reduce((sum, { blob }) => sum + blob.content.byteLength, 0);
  if (bytes > MOST_BYTES) throw new Error(`the image for ${architecture} has ${bytes} bytes, more than ${MOST_BYTES}; see what came in with its layers`);
  const platform = { architecture, os: 'linux' };
  const config = jsonBlob(CONFIG, configOf(platform, layers, program));
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: descriptorOf(config),
    layers: layers.map(({ blob }) => descriptorOf(blob)),
    annotations: labelsOf(program),
  };
  return { architecture, platform, manifest: jsonBlob(MANIFEST, manifest), config, layers };
}

/** The configuration of containers (OCI image specification, config.md). umoci needs `created` in the history too. */
const configOf = (platform: Platform, layers: readonly Layer[], program: Program): object => ({
  created: CREATED,
  ...platform,
  config: {
    User: `${USER}:${USER}`,
    ExposedPorts: { '8080/tcp': {}, '8081/tcp': {} },
    Env: ['PATH=/usr/local/bin:/usr/bin:/bin'],
    Entrypoint: [`/${NODE}`, `/${PROGRAM_FOLDER}/controller.cjs`],
    WorkingDir: '/',
    Labels: labelsOf(program),
  },
  rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
  history: layers.map(({ title }) => ({ created: CREATED, created_by: title })),
});

/** OCI image specification, annotations.md. */
const labelsOf = ({ info }: Program): Readonly<Record<string, string>> => ({
  'org.opencontainers.image.title': 'agent-sandbox-controller',
  'org.opencontainers.image.description': 'The controller of Kubernetes agent sandboxes',
  'org.opencontainers.image.version': info.version,
  'org.opencontainers.image.revision': info.commit,
  'org.opencontainers.image.licenses': 'Apache-2.0',
  'org.opencontainers.image.source': 'https://github.com/cdk8s-agent-sandbox/cdk8s-agent-sandbox',
});

async function nodeEntries(architecture: Architecture, { pins, downloads }: Ingredients): Promise<Entry[]> {
  const { version, packages } = pins.node;
  const { name, integrity } = packages[architecture];
  const tarball = await downloads.get({ title: `${name} ${version}`, integrity, sources: () => [fromNpm(name, version)] });
  const entries = new Map((await readTar(gunzipSync(tarball))).map((entry) => [entry.path, entry]));
  return [['package/bin/node', NODE, 0o755] as const, ['package/LICENSE', 'usr/share/doc/node/copyright', 0o644] as const].map(([from, path, mode]) => {
    const content = entries.get(from)?.content;
    if (!content) throw new Error(`found no ${from} in ${name} ${version}`);
    return { path, mode, content };
  });
}

async function baseEntries(architecture: Architecture, { pins, downloads }: Ingredients): Promise<Entry[]> {
  const taken = pins.debian.packages[architecture].map(async ({ name, version, path, integrity }) => {
    const sources = () => fromDebian(path, pins.debian.snapshot);
    const { control, entries } = await readDebianPackage(await downloads.get({ title: `${name} ${version} for ${architecture}`, integrity, sources }));
    // Scanners look for packages here where there is no dpkg, as in distroless images.
    const status = { path: `var/lib/dpkg/status.d/${name}`, mode: 0o644, content: Buffer.from(control) };
    return [status, ...entries.filter((entry) => BASE_PACKAGES[name]?.test(entry.path) || COPYRIGHT.test(entry.path))];
  });
  return [...OWN_FILES, ...(await Promise.all(taken)).flat()];
}

const text = (path: string, lines: readonly string[]): Entry => ({ path, mode: 0o644, content: Buffer.from(lines.map((line) => `${line}\n`).join('')) });

/**
 * What belongs to no package. No certificates: that of the API server comes with the service account or the kubeconfig, and Node.js has those
 * of the public authorities in itself.
 */
const OWN_FILES: readonly Entry[] = [
  text('etc/passwd', ['root:x:0:0:root:/root:/sbin/nologin', `nonroot:x:${USER}:${USER}:nonroot:/:/sbin/nologin`]),
  text('etc/group', ['root:x:0:', `nonroot:x:${USER}:`]),
  // Whatever the default of glibc is.
  text('etc/nsswitch.conf', ['passwd: files', 'group: files', 'hosts: files dns']),
  { path: 'tmp', mode: 0o1777 },
];
