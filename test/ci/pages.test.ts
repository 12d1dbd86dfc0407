import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PAGES } from '../../.ci/pages';

/** Without what prettier changes: the width of columns. */
const bare = (text: string): readonly string[] => text.split('\n').map((line) => line.replaceAll(/ +/g, ' ').replaceAll(/-{3,}/g, '---'));

test.each(Object.entries(PAGES))('%s is what `npm run docs` writes for the tables of today', (file, page) => {
  expect(bare(readFileSync(join(__dirname, '..', '..', file), 'utf8'))).toEqual(bare(page()));
});
