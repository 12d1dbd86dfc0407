import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { Consumer, ROOT } from './consumer';
import { docstringSamples, markdownFiles, samplesOf } from './samples';

// One installation from the registry.
jest.setTimeout(300_000);

/** `sh` names scripts, `ts` is compiled and run, `yaml` is parsed, `mermaid` is a picture; `text` is the rest. */
const LANGUAGES = ['mermaid', 'sh', 'text', 'ts', 'yaml'];
/** What npm can do without a script in package.json. */
const OF_NPM = ['ci', 'install'];

const documents = markdownFiles();
const { exported, samples: docstrings } = docstringSamples();
const samples = [...documents.flatMap((document) => samplesOf(document, exported)), ...docstrings];

describe('each sample', () => {
  const consumer = new Consumer();
  let mistakes: string;
  beforeAll(async () => {
    await consumer.install();
    for (const { name, program } of samples) consumer.write(`${name}.ts`, program);
    const compiled = consumer.compile(
      samples.map(({ name }) => `${name}.ts`),
      { module: 'commonjs', moduleResolution: 'node10' },
    );
    mistakes = await compiled.catch((error: unknown) => String(error));
  });
  beforeEach(() => consumer.clear('dist'));
  afterAll(() => consumer.remove());

  test('compiles', () => {
    expect(mistakes).toBe('');
  });

  /** Runs a sample and resolves to the files that it writes. */
  const outputOf = async (name: string): Promise<readonly string[]> => {
    await consumer.run(process.execPath, `${name}.js`);
    const files = readdirSync(join(consumer.folder, 'dist'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yaml'));
    return files.sort().map((file) => consumer.read(join('dist', file)));
  };

  test.each(samples)('of $name runs and writes a file', async ({ name }) => {
    expect(await outputOf(name)).not.toEqual([]);
  });

  test.each(samples.filter(({ yaml }) => yaml?.isWhole === true))('of $name synthesizes exactly the YAML that stands below it', async ({ name, yaml }) => {
    expect(documentsOf(await outputOf(name))).toEqual(documentsOf([yaml?.text ?? '']));
  });

  test.each(samples.filter(({ yaml }) => yaml?.isWhole === false))(
    'of $name synthesizes the YAML that stands below it, among others',
    async ({ name, yaml }) => {
      const output = documentsOf(await outputOf(name));
      expect(documentsOf([yaml?.text ?? '']).filter((part) => !occursIn(output, part))).toEqual([]);
    },
  );
});

/** The documents of some YAML files. Their shape is unknown, which the parser calls `any`. */
function documentsOf(files: readonly string[]): readonly unknown[] {
  return files.flatMap((text) => parseAllDocuments(text).map((document) => document.toJS() as unknown));
}

/** Whether `part` is somewhere in `whole`, at any depth. */
function occursIn(whole: unknown, part: unknown): boolean {
  if (isPartOf(whole, part)) return true;
  return typeof whole === 'object' && whole !== null && Object.values(whole).some((member) => occursIn(member, part));
}

/** Whether `whole` has all members and items of `part`, and maybe more. */
function isPartOf(whole: unknown, part: unknown): boolean {
  if (typeof part !== 'object' || part === null) return whole === part;
  if (Array.isArray(part)) return Array.isArray(whole) && part.every((item) => whole.some((candidate) => isPartOf(candidate, item)));
  return Object.entries(part).every(
    ([key, member]) => typeof whole === 'object' && whole !== null && isPartOf(new Map(Object.entries(whole)).get(key), member),
  );
}

describe.each(documents)('$file', ({ file, text, blocks }) => {
  test('has blocks of known languages only, so that none escapes its check', () => {
    expect(blocks.filter(({ language }) => !LANGUAGES.includes(language))).toEqual([]);
  });

  test('has YAML that can be read', () => {
    const yaml = blocks.filter(({ language }) => language === 'yaml');
    expect(yaml.filter((block) => parseAllDocuments(block.text).some((document) => document.errors.length > 0))).toEqual([]);
  });

  test('names npm scripts that exist', () => {
    // npm has run one of them to get here.
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly scripts: Readonly<Record<string, string>> };
    const code = [...blocks.map((block) => block.text), ...(text.match(/`[^`\n]+`/g) ?? [])].join('\n');
    const named = [...code.matchAll(/\bnpm (?:run (?:--?[\w-]+ )*)?([a-z][\w:-]*)/g)].map((match) => match[1] ?? '');
    expect(named.filter((name) => !(name in scripts) && !OF_NPM.includes(name))).toEqual([]);
  });

  test('has links to files that exist', () => {
    const targets = [...text.matchAll(/\]\((?!\w+:|#)([^)#]+)/g)].map((match) => match[1] ?? '');
    expect(targets.filter((target) => !existsSync(join(ROOT, dirname(file), target)))).toEqual([]);
  });
});

test('there are samples in the README and in the docstrings', () => {
  expect(samples.map(({ name }) => name)).toEqual(expect.arrayContaining([expect.stringMatching(/^README/), expect.stringMatching(/^docstring/)]));
});
