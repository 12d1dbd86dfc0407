import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PublishedImage } from '../src/api/published-image';
import type { Descriptor } from '../src/image/blob';

interface Index {
  readonly manifests: readonly Descriptor[];
}

/** The digests of an image in the OCI layout. */
export function digestsIn(layout: string, version: string): PublishedImage {
  const [index] = indexIn(join(layout, 'index.json')).manifests;
  if (!index) throw new Error(`${layout}/index.json: found no image`);
  const { manifests } = indexIn(join(layout, 'blobs', index.digest.replace(':', '/')));
  const platforms = manifests.map(({ digest, platform }) => [`${platform?.os}/${platform?.architecture}`, digest] as const);
  return { version, digest: index.digest, platforms: Object.fromEntries(platforms) };
}

// What writeLayout writes.
const indexIn = (file: string): Index => JSON.parse(readFileSync(file, 'utf8')) as Index;

/** What another image is than the recorded one, in a sentence. */
export function differenceOf(recorded: PublishedImage, made: PublishedImage): string | undefined {
  if (recorded.version !== made.version) return `found version ${recorded.version}, expected ${made.version}`;
  const { digest, platforms } = made;
  const other = Object.keys(platforms).filter((platform) => platforms[platform] !== recorded.platforms[platform]);
  if (recorded.digest === digest && other.length === 0) return undefined;
  return `found digest ${recorded.digest}, expected ${digest}, because ${other.length === 0 ? 'the index differs' : `the image differs for ${other.join(' and ')}`}`;
}
