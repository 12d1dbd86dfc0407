import { extract, pack } from 'tar-stream';

/** A file, folder or symbolic link in a tar archive. Paths are relative, without a slash at either end. */
export interface Entry {
  readonly path: string;
  readonly mode: number;
  /** What a file holds; absent for the others. */
  readonly content?: Buffer;
  /** Where a symbolic link points to; absent for the others. */
  readonly target?: string;
}

/** Reads a tar archive that is not compressed. Links that are not symbolic, devices and the like are left out: nothing that is read here has them. */
export async function readTar(archive: Buffer): Promise<Entry[]> {
  const entries: Entry[] = [];
  const reader = extract();
  reader.end(archive);
  for await (const entry of reader) {
    const { name, type, mode = 0o644, linkname } = entry.header;
    const content = await collect(entry);
    const path = name.replace(/^\.?\/+/, '').replace(/\/+$/, '');
    if (path === '') continue;
    if (type === 'file') entries.push({ path, mode, content });
    if (type === 'symlink') entries.push({ path, mode: 0o777, target: linkname ?? '' });
    if (type === 'directory') entries.push({ path, mode });
  }
  return entries;
}

/** The same bytes for the same entries in any order: sorted by path, all of root, all of 1970. Folders on the way are added. */
export async function writeTar(entries: readonly Entry[]): Promise<Buffer> {
  const writer = pack();
  const written = collect(writer);
  for (const { path, mode, content, target } of withFolders(entries)) {
    const shared = { mode, mtime: new Date(0), uid: 0, gid: 0 };
    if (content) writer.entry({ ...shared, name: path, type: 'file', size: content.byteLength }, content);
    else if (target !== undefined) writer.entry({ ...shared, name: path, type: 'symlink', linkname: target });
    else writer.entry({ ...shared, name: `${path}/`, type: 'directory' });
  }
  writer.finalize();
  return written;
}

async function collect(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  // Streams of bytes yield bytes, whatever their type says.
  for await (const chunk of stream) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

function withFolders(entries: readonly Entry[]): Entry[] {
  const all = new Map<string, Entry>();
  for (const entry of entries) {
    const parts = entry.path.split('/').slice(0, -1);
    parts.forEach((_, index) => {
      const path = parts.slice(0, index + 1).join('/');
      if (!all.has(path)) all.set(path, { path, mode: 0o755 });
    });
    all.set(entry.path, entry);
  }
  return [...all.values()].sort((one, other) => (one.path < other.path ? -1 : 1));
}
