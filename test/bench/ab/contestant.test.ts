import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contestantOf, readContestant } from './contestant';

const read = (value: unknown) => contestantOf(value, { where: 'b.json', folder: '/pairs' });

describe('a contestant', () => {
  test('is as the installation has it but for what its file says', () => {
    expect(read({ name: 'b' })).toEqual({
      ...{ name: 'b', flags: [], nodeOptions: '--max-semi-space-size=2', environment: { MALLOC_MMAP_THRESHOLD_: '32768' }, edits: [] },
      ...{ node: undefined, bundle: undefined, checkout: undefined },
    });
  });

  test('has every key as it was given, and paths relative to its file', () => {
    const edit = { file: 'src/runtime/sockets.ts', find: 'claim: 32', replace: 'claim: 1' };
    const given = { name: 'b', flags: ['--zap-log-level=error'], nodeOptions: '', node: '22', environment: { A: '1' }, checkout: 'HEAD~1', edits: [edit] };
    expect(read(given)).toEqual({ ...given, bundle: undefined });
    expect(read({ name: 'b', bundle: 'old.cjs' }).bundle).toBe('/pairs/old.cjs');
  });

  test.each([
    ['no object', [], 'b.json: found [], expected an object'],
    ['a misspelt key', { name: 'b', nodeOption: '' }, 'b.json: nodeOption: unknown key, did you mean nodeOptions?; known are name, flags,'],
    ['no name', {}, 'b.json: name: found nothing, expected what the tables are to call it'],
    ['flags in one string', { name: 'b', flags: '--x --y' }, 'b.json: flags: found "--x --y", expected a list'],
    ['a flag and its value apart', { name: 'b', flags: ['--a', '1'] }, 'b.json: flags[1]: found "1", expected --name or --name=value in one string'],
    ['a flag of the bench', { name: 'b', flags: ['--watch-namespaces=x'] }, 'b.json: flags[0]: --watch-namespaces is set by the bench'],
    ['a version of Node.js', { name: 'b', node: 24 }, 'b.json: node: found 24, expected "22" or "24" or "26"'],
    ['NODE_OPTIONS among the variables', { name: 'b', environment: { NODE_OPTIONS: '' } }, 'b.json: environment.NODE_OPTIONS: expected in the key nodeOptions'],
    ['a variable that is no text', { name: 'b', environment: { A: 1 } }, 'b.json: environment.A: found 1, expected a string'],
    ['bundle and checkout', { name: 'b', bundle: 'x', checkout: 'y' }, 'b.json: bundle and checkout: found both'],
    ['edits of a bundle', { name: 'b', bundle: 'x', edits: [{ file: 'a', find: 'b', replace: 'c' }] }, 'b.json: bundle and edits: found both'],
    ['an edit without its text', { name: 'b', edits: [{ file: 'a', find: 'b' }] }, 'b.json: edits[0].replace: found nothing, expected a string'],
    ['an edit with more', { name: 'b', edits: [{ file: 'a', find: 'b', replace: 'c', line: 1 }] }, 'b.json: edits[0].line: unknown key'],
  ])('%s is refused', (_, value, message) => {
    expect(() => read(value)).toThrow(message);
  });

  test('all problems are told at once', () => {
    expect(() => read({ flags: [1], node: '23' })).toThrow(/name: .*\n.*flags\[0\]: .*\n.*node: /);
  });

  test('a file that is not there or is no JSON is named', () => {
    const folder = mkdtempSync(join(tmpdir(), 'contestant-'));
    try {
      const file = join(folder, 'a.json');
      expect(() => readContestant(file)).toThrow(`${file}: cannot be read: `);
      writeFileSync(file, '{"name":');
      expect(() => readContestant(file)).toThrow(`${file}: no JSON: `);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
