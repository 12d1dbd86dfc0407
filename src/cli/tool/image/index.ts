import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { IMAGE_REPOSITORY } from '../../../api/published-image';
import { CredentialsError, findCredentials } from '../../../image/docker-config';
import { DownloadError, Downloads } from '../../../image/downloads';
import { makeImage, type Image, type Ingredients } from '../../../image/image';
import { blobsOf, writeLayout } from '../../../image/layout';
import { ARCHITECTURES, type Architecture } from '../../../image/pins';
import { PINS } from '../../../image/pins-lock';
import { ProgramError, readProgram } from '../../../image/program';
import { parseReference, ReferenceError, type Reference } from '../../../image/reference';
import { push, RegistryError, Repository } from '../../../image/registry';
import { sbomOf } from '../../../image/sbom';
import { ToolError, UsageError, type Given, type Subcommand, type Surroundings } from '../subcommand';

const OUTPUT = 'agent-sandbox-image';

/** `image`: makes the image of the controller, the same bytes for everybody, and pushes it. */
export const IMAGE: Subcommand = {
  name: 'image',
  summary: 'Makes the image of the controller without a container engine, the same bytes for everybody, and pushes it to a registry.',
  options: [
    { name: 'output', short: 'o', value: 'folder', doc: `Where the image goes, in the OCI layout and with its bills of materials. Default: ${OUTPUT}` },
    { name: 'platform', value: 'list', doc: `What it is for: ${ARCHITECTURES.map((one) => `linux/${one}`).join(',')} or one of them. Default: all` },
    { name: 'push', value: 'registry/name:tag', doc: 'Pushes it there too, as whoever has logged in with docker login.' },
    { name: 'plain-http', doc: 'Pushes without encryption, as it is done to localhost anyway.' },
  ],
  run,
};

async function run(given: Given, { environment, home, output }: Surroundings): Promise<number> {
  const architectures = architecturesOf(given.find('platform'));
  const folder = given.find('output') ?? OUTPUT;
  const target = targetOf(given);
  const say = (text: string): void => void output.write(`${text}\n`);
  const cache = join(environment.XDG_CACHE_HOME ?? join(home, '.cache'), 'cdk8s-agent-sandbox');
  const ingredients: Ingredients = {
    pins: PINS,
    program: orToolError(readProgram),
    downloads: new Downloads(join(cache, 'downloads'), say),
    layerFolder: join(cache, 'layers'),
  };
  say('making the image; the first time this takes a minute or two');
  const image = await makeImage(architectures, ingredients).catch(asToolError);
  write(folder, image, ingredients);
  image.platforms.forEach(({ architecture, manifest, layers }) =>
    say(`linux/${architecture}  ${manifest.digest}  ${megabytes(layers.reduce((sum, { blob }) => sum + blob.content.byteLength, 0))}`),
  );
  say(`all          ${image.index.digest}  ${folder}`);
  if (target) {
    const credentials = orToolError(() => findCredentials(target.registry, { folder: environment.DOCKER_CONFIG ?? join(home, '.docker'), environment }));
    await push(new Repository(target, credentials), { blobs: blobsOf(image), tag: target.tag, say }).catch(asToolError);
    say(`pushed ${given.find('push')}@${image.index.digest}`);
  }
  return 0;
}

function targetOf(given: Given): Reference | undefined {
  const text = given.find('push');
  try {
    return text === undefined ? undefined : parseReference(text, given.isSet('plain-http'));
  } catch (error) {
    throw error instanceof ReferenceError ? new UsageError(`--push: ${error.message}`) : error;
  }
}

function architecturesOf(list: string | undefined): readonly Architecture[] {
  const wanted = list?.split(',') ?? ARCHITECTURES.map((architecture) => `linux/${architecture}`);
  const unknown = wanted.find((platform) => !ARCHITECTURES.some((architecture) => platform === `linux/${architecture}`));
  if (unknown !== undefined) throw new UsageError(`--platform: found ${JSON.stringify(unknown)}, expected linux/amd64, linux/arm64 or both with a comma`);
  return ARCHITECTURES.filter((architecture) => wanted.includes(`linux/${architecture}`));
}

function write(folder: string, image: Image, { pins, program }: Ingredients): void {
  const layout = join(folder, 'layout');
  rmSync(layout, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeLayout(layout, image, `${IMAGE_REPOSITORY}:${program.info.version}`);
  for (const one of image.platforms)
    writeFileSync(join(folder, `sbom-linux-${one.architecture}.spdx.json`), `${JSON.stringify(sbomOf(one, pins, program), null, 2)}\n`);
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

function orToolError<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    return asToolError(error);
  }
}

const MENDABLE = [CredentialsError, DownloadError, ProgramError, RegistryError];

/** What a person can mend is told in a sentence, without a stack. */
function asToolError(error: unknown): never {
  throw MENDABLE.some((one) => error instanceof one) && error instanceof Error ? new ToolError(error.message) : error;
}
