import { createHash } from 'node:crypto';

/** A piece of an image, known by its digest. */
export interface Blob {
  readonly mediaType: string;
  readonly digest: string;
  readonly content: Buffer;
}

/** How another piece names one (OCI image specification, descriptor.md). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: Platform;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** In the words of OCI. */
export interface Platform {
  readonly architecture: string;
  readonly os: string;
}

export const digestOf = (content: Buffer): string => `sha256:${createHash('sha256').update(content).digest('hex')}`;

export const blobOf = (mediaType: string, content: Buffer): Blob => ({ mediaType, digest: digestOf(content), content });

export const jsonBlob = (mediaType: string, value: unknown): Blob => blobOf(mediaType, Buffer.from(JSON.stringify(value)));

export const descriptorOf = ({ mediaType, digest, content }: Blob): Descriptor => ({ mediaType, digest, size: content.byteLength });
