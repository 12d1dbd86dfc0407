import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The image that belongs to this version of the package. */
export interface PublishedImage {
  readonly version: string;
  /** Of the index with all platforms: `sha256:` and 64 hexadecimal digits. */
  readonly digest: string;
  /** Digest of the image of each platform, such as `linux/amd64`. */
  readonly platforms: { readonly [platform: string]: string };
}

/** Where images of the controller are published. */
export const IMAGE_REPOSITORY = 'docker.io/cdk8sagentsandbox/agent-sandbox-controller';

/** The committed digests of the image. */
export function loadPublishedImage(): PublishedImage {
  // The file is written by `npm run image` in this shape; a step of `npm test` makes the image again and compares.
  return JSON.parse(readFileSync(join(__dirname, '..', '..', 'imports', 'image.json'), 'utf8')) as PublishedImage;
}
