import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_VERSION } from '../../src/api/version';

test('the version in the source is that of the package', () => {
  // package.json of this repository.
  const { version } = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')) as { version: string };
  expect(PACKAGE_VERSION).toBe(version);
});
