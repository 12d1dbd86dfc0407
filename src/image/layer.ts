import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { gzipSync } from 'fflate';
import { writeTar, type Entry } from './archive';
import { blobOf, digestOf, type Blob } from './blob';

/** A layer of an image. */
export interface Layer {
  /** What is in it, for people. */
  readonly title: string;
  /** Digest of the tar archive that is not compressed. */
  readonly diffId: string;
  readonly blob: Blob;
}

const MEDIA_TYPE = 'application/vnd.oci.image.layer.v1.tar+gzip';
/** Level 9 takes twice the time for 0.1 % of the bytes (node of Node.js 24: 45.36 and 45.31 MB). */
const LEVEL = 6;
/** Name of what wrote the compressed bytes: another version may write others. A test compares it with what is installed. */
export const COMPRESSOR = 'fflate-0.8.3';

/** Makes a layer. Compressed bytes are kept in a folder, because Node.js takes half a minute. */
export async function makeLayer(title: string, entries: readonly Entry[], folder: string): Promise<Layer> {
  const tar = await writeTar(entries);
  const diffId = digestOf(tar);
  return { title, diffId, blob: blobOf(MEDIA_TYPE, findKept(folder, diffId) ?? keep(folder, diffId, compress(tar))) };
}

/** In JavaScript, not zlib: that of Node.js writes other bytes on another processor. */
const compress = (tar: Buffer): Buffer => Buffer.from(gzipSync(tar, { level: LEVEL, mtime: 0 }));

const fileOf = (folder: string, diffId: string): string => join(folder, `${diffId.replace(':', '-')}.${COMPRESSOR}-${LEVEL}.gz`);

function findKept(folder: string, diffId: string): Buffer | undefined {
  try {
    const kept = readFileSync(fileOf(folder, diffId));
    return digestOf(gunzipSync(kept)) === diffId ? kept : undefined;
  } catch {
    return undefined;
  }
}

/** Under its name only when it is whole: another process may look at the same time. */
function keep(folder: string, diffId: string, content: Buffer): Buffer {
  mkdirSync(folder, { recursive: true });
  const file = fileOf(folder, diffId);
  writeFileSync(`${file}.${process.pid}`, content);
  renameSync(`${file}.${process.pid}`, file);
  return content;
}
