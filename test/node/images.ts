import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { ControllerImage } from '../../src/constructs/install/controller-image';
import { run } from './command';
import { CONTAINERD_SOCKET, DATA } from './layout';

/** Writes the files of a layer. */
type Fill = (root: string) => Promise<void>;

/** An image that is made here, because no registry can be asked. */
interface LocalImage {
  /** As Pods name it; an image that a digest pins goes under that digest. */
  readonly name: string;
  /** `config` of the image, as the OCI image specification has it. */
  readonly config: object;
  readonly layers: readonly Fill[];
}

export const PAUSE_IMAGE = 'localhost/pause:1';
export const BUSYBOX_IMAGE = 'localhost/busybox:1';

const ROOT = join(__dirname, '..', '..');
/** As images call it. */
const ARCHITECTURE = process.arch === 'x64' ? 'amd64' : process.arch;
const PATH = 'PATH=/usr/local/bin:/usr/bin:/bin';

const imagesToMake = (): readonly LocalImage[] => [
  // Nobody asks PID 1 of a Pod to end politely.
  { name: PAUSE_IMAGE, config: { Entrypoint: ['/bin/busybox', 'sleep', '2147483647'] }, layers: [fillBusybox] },
  { name: BUSYBOX_IMAGE, config: { Env: [PATH], Cmd: ['sh'] }, layers: [fillBusybox] },
  // Under the names that the constructs render, so that their output runs as it is.
  { name: nameIn(ControllerImage.inline()), config: { Env: [PATH], Cmd: ['node'] }, layers: [fillNode] },
];

/** As containerd looks for it: a tag beside a digest does not count. */
const nameIn = (image: ControllerImage): string => image._program({ tracing: false }).image.replace(/:[^/@]+@/, '@');

/** Makes the images and gives them to containerd. The bundle must have been written. */
export async function importImages(): Promise<void> {
  const folder = mkdtempSync(join(DATA, 'images-'));
  try {
    const layout = new Layout(join(folder, 'layout'));
    for (const image of imagesToMake()) await layout.add(image);
    layout.finish();
    await importLayout(layout.folder);
    await importControllerImage(join(folder, 'controller'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The image that `npm run image` makes of these sources. It goes by the digest of the published one, which is that of the last commit that made one. */
async function importControllerImage(folder: string): Promise<void> {
  const tool = ['--import', 'tsx', join(ROOT, 'src', 'cli', 'tool.ts')];
  await run(process.execPath, ...tool, 'image', '--output', folder, '--platform', `linux/${ARCHITECTURE}`);
  const [made = ''] = await importLayout(join(folder, 'layout'));
  await ctr('images', 'tag', made, nameIn(ControllerImage.published()));
}

/** Resolves to the names of the images of a layout. */
async function importLayout(layout: string): Promise<readonly string[]> {
  await tar(layout, `${layout}.tar`);
  await ctr('images', 'import', `${layout}.tar`);
  // An OCI image layout has it, and both that come here name their images.
  const { manifests } = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as { readonly manifests: ReadonlyArray<{ readonly annotations: Names }> };
  return manifests.map(({ annotations }) => annotations['io.containerd.image.name']);
}

interface Names {
  readonly 'io.containerd.image.name': string;
}

const ctr = (...args: readonly string[]): Promise<string> => run('ctr', '--address', CONTAINERD_SOCKET, '--namespace', 'k8s.io', ...args);

/** What the OCI image specification calls a descriptor. */
interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** An OCI image layout; images share their layers. */
class Layout {
  private readonly layers = new Map<Fill, Promise<Descriptor>>();
  private readonly manifests: object[] = [];

  constructor(public readonly folder: string) {
    mkdirSync(join(folder, 'blobs', 'sha256'), { recursive: true });
  }

  public async add({ name, config, layers }: LocalImage): Promise<void> {
    const descriptors = await Promise.all(layers.map((fill) => this.layer(fill)));
    const rootfs = { type: 'layers', diff_ids: descriptors.map(({ digest }) => digest) };
    const configuration = this.json('config', { architecture: ARCHITECTURE, os: 'linux', config, rootfs });
    const manifest = this.json('manifest', { schemaVersion: 2, config: configuration, layers: descriptors });
    this.manifests.push({ ...manifest, annotations: { 'io.containerd.image.name': name } });
  }

  public finish(): void {
    writeFileSync(join(this.folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: this.manifests }));
    writeFileSync(join(this.folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  }

  private layer(fill: Fill): Promise<Descriptor> {
    const known = this.layers.get(fill) ?? this.makeLayer(fill);
    this.layers.set(fill, known);
    return known;
  }

  private async makeLayer(fill: Fill): Promise<Descriptor> {
    const root = mkdtempSync(`${this.folder}-layer-`);
    await fill(root);
    await tar(root, `${root}.tar`);
    return this.blob('application/vnd.oci.image.layer.v1.tar', readFileSync(`${root}.tar`));
  }

  private json(kind: string, content: object): Descriptor {
    return this.blob(`application/vnd.oci.image.${kind}.v1+json`, Buffer.from(JSON.stringify(content)));
  }

  private blob(mediaType: string, content: Buffer): Descriptor {
    const digest = createHash('sha256').update(content).digest('hex');
    writeFileSync(join(this.folder, 'blobs', 'sha256', digest), content);
    return { mediaType, digest: `sha256:${digest}`, size: content.byteLength };
  }
}

async function tar(folder: string, file: string): Promise<void> {
  await run('tar', '--create', '--file', file, '--directory', folder, '--owner=0', '--group=0', '--numeric-owner', '.');
}

async function fillBusybox(root: string): Promise<void> {
  const bin = join(root, 'bin');
  mkdirSync(bin);
  copyFileSync((await run('sh', '-c', 'command -v busybox')).trim(), join(bin, 'busybox'));
  const applets = (await run('busybox', '--list')).trim().split('\n');
  for (const applet of applets) if (applet !== 'busybox') symlinkSync('busybox', join(bin, applet));
  makeTmp(root);
}

/** Node.js as npm has it, with the libraries that it names, where it looks for them. */
async function fillNode(root: string): Promise<void> {
  const node = process.execPath;
  const libraries = (await run('ldd', node)).match(/\/\S+/g) ?? [];
  for (const [from, to] of [[node, '/usr/local/bin/node'], ...libraries.map((library) => [library, library])] as const) {
    if (from === undefined || to === undefined) continue;
    mkdirSync(dirname(join(root, to)), { recursive: true });
    copyFileSync(from, join(root, to));
  }
  makeTmp(root);
}

/** The root folder is everybody's; the mask of this process does not count for chmod. */
function makeTmp(root: string): void {
  chmodSync(root, 0o755);
  mkdirSync(join(root, 'tmp'));
  chmodSync(join(root, 'tmp'), 0o1777);
}
