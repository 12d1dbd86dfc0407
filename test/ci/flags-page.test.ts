import { flagsPage } from '../../.ci/flags-page';
import { FLAGS, REMOVED_FLAGS } from '../../src/api/flags';

const page = flagsPage();

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
