import { XzReadableStream } from 'xz-decompress';
import { readTar, type Entry } from './archive';

/** What is in a .deb. */
export interface DebianPackage {
  /** The file `control`: name, version, architecture and so on. */
  readonly control: string;
  readonly entries: readonly Entry[];
}

/** Reads a .deb whose members are compressed with xz, as all of Debian are. Throws an Error when it is not one. */
export async function readDebianPackage(file: Buffer): Promise<DebianPackage> {
  const members = readAr(file);
  const [control, data] = await Promise.all([tarOf(members, 'control.tar.xz'), tarOf(members, 'data.tar.xz')]);
  const text = control.find(({ path }) => path === 'control')?.content?.toString('utf8');
  if (text === undefined) throw new Error('control.tar.xz: found no file control in it');
  return { control: text, entries: data };
}

/** The value of a field of a control file. Throws an Error when it is not there. */
export function getField(control: string, name: string): string {
  const value = new RegExp(`^${name}: (.*)$`, 'm').exec(control)?.[1];
  if (value === undefined) throw new Error(`found no field ${name} in a control file`);
  return value;
}

/** Decompresses an .xz file. */
export async function unxz(file: Buffer): Promise<Buffer> {
  const stream = new XzReadableStream(new Blob([new Uint8Array(file)]).stream());
  return Buffer.from(await new Response(stream).arrayBuffer());
}

async function tarOf(members: ReadonlyMap<string, Buffer>, name: string): Promise<Entry[]> {
  const member = members.get(name);
  if (!member) throw new Error(`found ${[...members.keys()].join(', ') || 'nothing'} in a Debian package, expected ${name}`);
  return readTar(await unxz(member));
}

const AR_MAGIC = '!<arch>\n';
const AR_HEADER_BYTES = 60;

/** Members of an ar archive: a header of fixed width with the name at 0 and the size at 48, then the content, padded to even length. */
function readAr(file: Buffer): Map<string, Buffer> {
  if (file.toString('latin1', 0, AR_MAGIC.length) !== AR_MAGIC) throw new Error('found no ar archive, expected a Debian package');
  const members = new Map<string, Buffer>();
  for (let at = AR_MAGIC.length; at + AR_HEADER_BYTES <= file.byteLength;) {
    const name = file
      .toString('latin1', at, at + 16)
      .trim()
      .replace(/\/$/, '');
    const bytes = Number(file.toString('latin1', at + 48, at + 58));
    const start = at + AR_HEADER_BYTES;
    if (!Number.isSafeInteger(bytes) || start + bytes > file.byteLength) throw new Error(`the ar archive ends within its member ${name}`);
    members.set(name, file.subarray(start, start + bytes));
    at = start + bytes + (bytes % 2);
  }
  return members;
}
