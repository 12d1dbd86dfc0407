import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { Consumer, manifestOf } from './consumer';
import { markdownFiles } from './samples';

// An installation from the registry.
jest.setTimeout(300_000);

const blocks = markdownFiles().flatMap((document) => (document.file === 'docs/policies.md' ? document.blocks : []));
const firstOf = (language: string): string => blocks.find((block) => block.language === language)?.text ?? '';

const consumer = new Consumer();
beforeAll(() => consumer.install());
afterAll(() => consumer.remove());

describe('docs/policies.md', () => {
  const config = firstOf('yaml');
  const program = firstOf('ts');
  const report = firstOf('text');

  /** What cdk8s.yaml says, as far as it is changed here. */
  interface Config {
    readonly validations: ReadonlyArray<{ readonly version: string; readonly properties: object }>;
  }
  // The page is in this repository, and the first test looks into it.
  const parsed = parse(config) as Config;
  const withProperties = (properties: object): string => stringify({ ...parsed, validations: parsed.validations.map((one) => ({ ...one, properties })) });

  beforeAll(async () => {
    consumer.write('main.ts', program);
    await consumer.compile(['main.ts'], { module: 'commonjs', moduleResolution: 'node10' });
  });

  test('the sample of cdk8s.yaml names the version of the package', () => {
    expect(parsed.validations.map(({ version }) => version)).toEqual([manifestOf().version]);
  });

  test('cdk8s synth writes the manifests, prints the report that the page shows and exits with 2', async () => {
    const output = await consumer.synth(config);
    expect(output).toContain(report.trim());
    expect(output).toMatch(/exit code 2$/);
    expect(consumer.read('dist/agents.k8s.yaml')).toContain('name: alice');
  });

  test('an app that keeps its policies exits with 0', async () => {
    const output = await consumer.synth(withProperties({ allowedHostAccess: ['hostNetwork'], allowedRegistries: ['quay.io'] }));
    expect(output).toMatch(/Validations ended.*exit code 0$/s);
  });

  test('a property that is misspelt exits with 1 and the name that was meant', async () => {
    const output = await consumer.synth(withProperties({ allowedRegistry: ['quay.io'] }));
    expect(output).toContain('properties.allowedRegistry: unknown policy; did you mean allowedRegistries?');
    expect(output).toMatch(/exit code 1$/);
  });

  test('a Sandbox with volumes that only the baseline has exits with 2', async () => {
    const bob = { apiVersion: 'agents.x-k8s.io/v1beta1', kind: 'Sandbox', metadata: { name: 'bob' }, spec: { volumeClaimTemplates: [{ spec: {} }] } };
    mkdirSync(join(consumer.folder, '.baseline', 'dist'), { recursive: true });
    consumer.write('.baseline/dist/agents.k8s.yaml', stringify(bob));
    const output = await consumer.synth(withProperties({ allowedHostAccess: ['hostNetwork'], baseline: '.baseline/dist' }));
    expect(output).toContain('Sandbox bob metadata.name: found nothing, expected "bob" as in .baseline/dist/agents.k8s.yaml');
    expect(output).toMatch(/exit code 2$/);
  });
});
