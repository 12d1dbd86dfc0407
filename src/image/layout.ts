import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { descriptorOf, type Blob } from './blob';
import type { Image } from './image';

/** Every piece of an image, those first that others name. Layers that platforms share are there once. */
export function blobsOf({ index, platforms }: Image): Blob[] {
  const blobs = [...platforms.flatMap(({ layers, config, manifest }) => [...layers.map(({ blob }) => blob), config, manifest]), index];
  return [...new Map(blobs.map((blob) => [blob.digest, blob])).values()];
}

/** Writes an image as a folder in the OCI image layout (image-layout.md). `name` is what containerd calls it when it is imported. */
export function writeLayout(folder: string, image: Image, name: string): void {
  const blobs = join(folder, 'blobs', 'sha256');
  mkdirSync(blobs, { recursive: true });
  for (const { digest, content } of blobsOf(image)) writeFileSync(join(blobs, digest.slice('sha256:'.length)), content);
  writeFileSync(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  const annotations = { 'org.opencontainers.image.ref.name': name.slice(name.lastIndexOf(':') + 1), 'io.containerd.image.name': name };
  const manifests = [{ ...descriptorOf(image.index), annotations }];
  writeFileSync(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, mediaType: image.index.mediaType, manifests }));
}
