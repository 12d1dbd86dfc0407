import { markdownFiles, samplesOf } from '../package/samples';
import { manifestsIn } from '../support/example-output';
import { cluster } from './connection';
import { driftOf } from './drift';

jest.setTimeout(180_000);

// That a program synthesizes the YAML below it is proved in test/package.
const blocks = markdownFiles()
  .filter(({ file }) => file === 'README.md')
  .flatMap((document) => samplesOf(document, []))
  .flatMap(({ name, yaml }) => (yaml?.isWhole ? [{ name, yaml: yaml.text }] : []));

it('the README shows YAML below a sample', () => {
  expect(blocks).not.toEqual([]);
});

it.each(blocks)('the YAML below $name is accepted by the API server, and does not change when it is applied again', async ({ yaml }) => {
  expect(await driftOf(cluster(), manifestsIn(yaml))).toEqual([]);
});
