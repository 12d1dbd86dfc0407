import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { Consumer, ROOT } from './consumer';
import { markdownFiles, samplesOf } from './samples';

// An installation from the registry.
jest.setTimeout(300_000);

const readme = markdownFiles().find(({ file }) => file === 'README.md');
const [block] = readme?.blocks.filter(({ language }) => language === 'ts') ?? [];
const [sample] = readme ? samplesOf(readme, []) : [];

/** A file of the project that `cdk8s init typescript-app` makes. */
const fileOfInit = (file: string): string => readFileSync(join(ROOT, 'node_modules', 'cdk8s-cli', 'templates', 'typescript-app', file), 'utf8');

describe('the first sample of the README', () => {
  const consumer = new Consumer();
  beforeAll(() => consumer.install());
  afterAll(() => consumer.remove());

  test('pasted into an empty cdk8s project, compiles and is synthesized to the YAML below it', async () => {
    consumer.write('main.ts', sample?.program ?? '');
    // What the CLI brings along is JSON and YAML of this shape.
    const { compilerOptions } = JSON.parse(fileOfInit('tsconfig.json')) as { readonly compilerOptions: object };
    expect(await consumer.compile(['main.ts'], compilerOptions)).toBe('');
    const config = parse(fileOfInit('cdk8s.yaml')) as object;
    // Not ts-node, which would check all types once more.
    expect(await consumer.synth(stringify({ ...config, app: 'node main.js' }))).toMatch(/dist\/agents\.k8s\.yaml.*exit code 0$/s);
    expect(consumer.read('dist/agents.k8s.yaml')).toBe(sample?.yaml?.text);
  });

  test('has fifteen lines, and the whole README fits two screens', () => {
    const lines = (text = ''): readonly string[] => text.split('\n').filter((line) => line !== '');
    expect(lines(block?.text).length).toBeLessThanOrEqual(15);
    expect(readme?.text.split('\n').length).toBeLessThanOrEqual(130);
  });
});
