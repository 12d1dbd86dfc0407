import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getField, readDebianPackage } from '../../src/image/debian-package';

const folder = mkdtempSync(join(tmpdir(), 'debian-package-'));
afterAll(() => rmSync(folder, { recursive: true }));

function debOf(compression: string): Buffer {
  const content = mkdtempSync(join(folder, 'content-'));
  mkdirSync(join(content, 'DEBIAN'), { recursive: true });
  mkdirSync(join(content, 'usr/lib'), { recursive: true });
  writeFileSync(join(content, 'DEBIAN/control'), 'Package: toy\nVersion: 1:2.0-3\nArchitecture: all\nMaintainer: a <a@b>\nDescription: a toy\n');
  writeFileSync(join(content, 'usr/lib/toy.so.1'), 'odd');
  symlinkSync('toy.so.1', join(content, 'usr/lib/toy.so'));
  const file = join(folder, 'toy.deb');
  execFileSync('dpkg-deb', ['--build', '--root-owner-group', `-Z${compression}`, content, file]);
  return readFileSync(file);
}

test('a package that dpkg made is read: its control file, its files and its links', async () => {
  const { control, entries } = await readDebianPackage(debOf('xz'));
  expect([getField(control, 'Package'), getField(control, 'Version')]).toEqual(['toy', '1:2.0-3']);
  expect(entries.map(({ path, content, target }) => [path, content?.toString() ?? target])).toEqual([
    ['usr', undefined],
    ['usr/lib', undefined],
    ['usr/lib/toy.so.1', 'odd'],
    ['usr/lib/toy.so', 'toy.so.1'],
  ]);
  expect(() => getField(control, 'Source')).toThrow('found no field Source in a control file');
});

test.each<[string, () => Buffer, string]>([
  ['something else', () => Buffer.from('<html>'), 'found no ar archive, expected a Debian package'],
  ['nothing', () => Buffer.alloc(0), 'found no ar archive, expected a Debian package'],
  ['half a package', () => debOf('xz').subarray(0, 300), 'the ar archive ends within its member control.tar.xz'],
  ['another compression', () => debOf('gzip'), 'found debian-binary, control.tar.gz, data.tar.gz in a Debian package, expected control.tar.xz'],
])('%s is an error that says what was found', async (_, file, message) => {
  await expect(readDebianPackage(file())).rejects.toThrow(message);
});
