import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { Consumer, ROOT } from './consumer';
import { OUTPUT, outputOfSources } from './program';
import { checkPython } from './python';

// One installation from the Python package index.
jest.setTimeout(300_000);

describe('the generated Python package', () => {
  const consumer = new Consumer();
  afterAll(() => consumer.remove());

  test('synthesizes the same YAML as the sources', async () => {
    checkPython();
    const expected = await outputOfSources();
    await consumer.run('python3', '-m', 'venv', 'venv');
    await consumer.run('venv/bin/pip', 'install', '--quiet', join(ROOT, 'package', 'python'));
    consumer.copy(join(__dirname, 'fixtures', 'agents.py'));
    await consumer.run('venv/bin/python', 'agents.py');
    expect(consumer.read(OUTPUT)).toBe(expected);
  });
});

describe('a machine', () => {
  const machine = new Consumer();
  afterAll(() => machine.remove());

  test.each([
    ['without Python', undefined, 'no `python3` on the PATH'],
    ['with an old Python', 'echo 3 9', 'found Python 3.9'],
    ['whose Python cannot install packages', 'echo "No module named \'ensurepip\'" >&2; exit 1', "No module named 'ensurepip'"],
  ])('%s is told what to install', (_machine, script, problem) => {
    if (script !== undefined) {
      machine.write('python3', `#!/bin/sh\n${script}\n`);
      chmodSync(join(machine.folder, 'python3'), 0o755);
    }
    expect(() => checkPython({ PATH: machine.folder })).toThrow(`${problem}\nInstall Python from`);
  });
});
