import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { flagsPage } from '../../.ci/flags-page';
import { FLAGS, REMOVED_FLAGS } from '../../src/api/flags';

/** Without what prettier changes: the width of columns. */
const bare = (text: string): readonly string[] => text.split('\n').map((line) => line.replaceAll(/ +/g, ' ').replaceAll(/-{3,}/g, '---'));

const page = flagsPage();

test('docs/flags.md is what `npm run docs` writes for this table of flags', () => {
  expect(bare(readFileSync(join(__dirname, '..', '..', 'docs', 'flags.md'), 'utf8'))).toEqual(bare(page));
});

test('the page has one row for each flag, with its default, and those that the ConfigMap may set apart', () => {
  const [, ofArguments = '', ofConfigMap = ''] = page.split(/^## Flags that .*$/m);
  for (const { name, default: preset, tunable, doc } of FLAGS) {
    const rows = (tunable ? ofConfigMap : ofArguments).split('\n').filter((line) => line.startsWith(`| \`--${name}\` |`));
    expect(rows).toEqual([expect.stringContaining(preset === '' ? `|  | ${doc} |` : `| \`${preset}\` | ${doc} |`)]);
  }
  expect(page.match(/^\| `--/gm)).toHaveLength(FLAGS.length);
});

test('the page names the flags that are no more', () => {
  expect(REMOVED_FLAGS.filter((name) => !page.includes(`\`--${name}\``))).toEqual([]);
});
