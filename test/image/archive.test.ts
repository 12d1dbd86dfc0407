import { execFileSync } from 'node:child_process';
import { lstatSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { readTar, writeTar, type Entry } from '../../src/image/archive';

const segment = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,20}$/);
/** Files lie in folders whose names no file has. */
const path = fc.tuple(fc.array(segment, { maxLength: 6 }), segment).map(([folders, file]) => [...folders.map((folder) => `${folder}.d`), file].join('/'));
const entry: fc.Arbitrary<Entry> = fc.oneof(
  fc.record({ path, mode: fc.constantFrom(0o644, 0o755, 0o600), content: fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)) }),
  fc.record({ path, mode: fc.constant(0o777), target: segment }),
);
const entries = fc.uniqueArray(entry, { selector: (one) => one.path, maxLength: 12 });
const isFolder = ({ content, target }: Entry): boolean => content === undefined && target === undefined;

test('what is written is read again, and does not depend on the order', async () => {
  await fc.assert(
    fc.asyncProperty(entries, async (some) => {
      const archive = await writeTar(some);
      expect((await writeTar([...some].reverse())).equals(archive)).toBe(true);
      const read = (await readTar(archive)).filter((one) => !isFolder(one));
      expect(read).toEqual([...some].sort((one, other) => (one.path < other.path ? -1 : 1)));
    }),
  );
});

test('tar reads what is written: content, links, modes, and the folders on the way', async () => {
  const long = `${'a-folder-of-a-long-name/'.repeat(8)}file`;
  const some: Entry[] = [
    { path: long, mode: 0o600, content: Buffer.from('deep') },
    { path: 'bin/run', mode: 0o755, content: Buffer.alloc(70_000, 'x') },
    { path: 'link', mode: 0o777, target: 'bin/run' },
    { path: 'tmp', mode: 0o1777 },
  ];
  const folder = mkdtempSync(join(tmpdir(), 'archive-'));
  try {
    execFileSync('tar', ['--extract', '--preserve-permissions', '--directory', folder], { input: await writeTar(some) });
    expect(readFileSync(join(folder, long), 'utf8')).toBe('deep');
    expect(readFileSync(join(folder, 'link')).byteLength).toBe(70_000);
    expect(readlinkSync(join(folder, 'link'))).toBe('bin/run');
    const modes = ['bin', 'bin/run', 'tmp', long].map((file) => lstatSync(join(folder, file)).mode & 0o7777);
    expect(modes).toEqual([0o755, 0o755, 0o1777, 0o600]);
    expect(lstatSync(join(folder, 'bin/run')).mtimeMs).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('an archive that is cut off is an error', async () => {
  const archive = await writeTar([{ path: 'file', mode: 0o644, content: Buffer.alloc(5000) }]);
  await expect(readTar(archive.subarray(0, 2000))).rejects.toThrow('Unexpected end of data');
});
