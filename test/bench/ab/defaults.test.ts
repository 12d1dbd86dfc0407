import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCommandLine } from '../../../src/cli/command-line';
import { INSTALLED, readDefaults } from './defaults';

const ROOT = join(__dirname, '..', '..', '..');
const all = readDefaults().flatMap(({ alternatives }) => alternatives);

test('every alternative but the one that shows chance differs from the installation', () => {
  const same = all.filter(({ contestant }) => JSON.stringify({ ...contestant, name: '' }) === JSON.stringify({ ...INSTALLED, name: '' }));
  expect(same.map(({ contestant }) => contestant.name)).toEqual(['the same again']);
});

test.each(all.flatMap(({ contestant: { edits } }) => edits))('$file still has the text that is edited, once', ({ file, find }) => {
  expect(readFileSync(join(ROOT, file), 'utf8').split(find)).toHaveLength(2);
});

test.each(all.filter(({ contestant: { flags } }) => flags.length > 0).map(({ contestant }) => contestant))('the controller takes $flags', ({ flags }) => {
  expect(parseCommandLine(flags)).toMatchObject({ says: 'run', warnings: [] });
});

test('in a group no two contestants have the same name and default', () => {
  for (const { about, alternatives } of readDefaults()) {
    const names = alternatives.map(({ standing, contestant }) => `${about}: ${standing}: ${contestant.name}`);
    expect(new Set(names).size).toBe(names.length);
  }
});
