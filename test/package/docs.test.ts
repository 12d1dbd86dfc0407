import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { Consumer, manifestOf, ROOT } from './consumer';

// An installation from the registry.
jest.setTimeout(300_000);

/** The code blocks of a page in one language. */
function samplesOf(page: string, language: string): string[] {
  const text = readFileSync(join(ROOT, 'docs', page), 'utf8');
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, sample = '']) => sample);
}
/** Lines without their depth and quotes, which differ between a page and what was synthesized. */
const flat = (yaml: string): string => yaml.replace(/^[ -]+/gm, '').replaceAll('"', "'");

const consumer = new Consumer();
beforeAll(() => consumer.install());
afterAll(() => consumer.remove());

/** Compiles a sample and gives it a name. */
async function compile(name: string, sample: string): Promise<void> {
  consumer.write(`${name}.ts`, sample);
  expect(await consumer.compile([`${name}.ts`], { module: 'commonjs', moduleResolution: 'node10' })).toBe('');
}

describe('docs/gitops.md', () => {
  const programs = samplesOf('gitops.md', 'ts');
  const excerpts = samplesOf('gitops.md', 'yaml');

  test.each([
    ['Argo CD', 0, ['dist/agents.k8s.yaml', 'dist/argo-cd.k8s.yaml']],
    ['Flux', 1, ['dist/agents/agents.k8s.yaml', 'dist/cluster/flux.k8s.yaml']],
  ])('the sample for %s renders what the page shows', async (_tool, index, files) => {
    consumer.clear('dist');
    await compile('gitops', programs[index] ?? '');
    await consumer.run(process.execPath, 'gitops.js');
    expect(flat(files.map((file) => consumer.read(file)).join(''))).toContain(flat(excerpts[index] ?? 'no excerpt'));
  });
});

describe('docs/policies.md', () => {
  const [config = ''] = samplesOf('policies.md', 'yaml');
  const [program = '', enforce = ''] = samplesOf('policies.md', 'ts');
  const [report = ''] = samplesOf('policies.md', 'text');

  /** What cdk8s.yaml says, as far as it is changed here. */
  interface Config {
    readonly validations: ReadonlyArray<{ readonly version: string; readonly properties: object }>;
  }
  // The page is in this repository, and the first test looks into it.
  const parsed = parse(config) as Config;
  const withProperties = (properties: object): string => stringify({ ...parsed, validations: parsed.validations.map((one) => ({ ...one, properties })) });

  beforeAll(() => compile('main', program));

  /** Runs the real `cdk8s synth` with a cdk8s.yaml. Resolves to all that it printed, without colours, and its exit code at the end. */
  async function synth(cdk8sYaml: string): Promise<string> {
    consumer.clear('dist');
    consumer.write('cdk8s.yaml', cdk8sYaml);
    const command = `"${join(ROOT, 'node_modules', '.bin', 'cdk8s')}" synth --check-upgrade=false 2>&1; echo "exit code $?"`;
    const output = await consumer.run('sh', '-c', command);
    return output.replaceAll(/\u001b\[\d+m/g, '').trim();
  }

  test('the sample of cdk8s.yaml names the version of the package', () => {
    expect(parsed.validations.map(({ version }) => version)).toEqual([manifestOf().version]);
  });

  test('cdk8s synth writes the manifests, prints the report that the page shows and exits with 2', async () => {
    const output = await synth(config);
    expect(output).toContain(report.trim());
    expect(output).toMatch(/exit code 2$/);
    expect(consumer.read('dist/agents.k8s.yaml')).toContain('name: alice');
  });

  test('an app that keeps its policies exits with 0', async () => {
    const output = await synth(withProperties({ allowedHostAccess: ['hostNetwork'], allowedRegistries: ['quay.io'] }));
    expect(output).toMatch(/Validations ended.*exit code 0$/s);
  });

  test('a property that is misspelt exits with 1 and the name that was meant', async () => {
    const output = await synth(withProperties({ allowedRegistry: ['quay.io'] }));
    expect(output).toContain('properties.allowedRegistry: unknown policy; did you mean allowedRegistries?');
    expect(output).toMatch(/exit code 1$/);
  });

  test('a Sandbox with volumes that only the baseline has exits with 2', async () => {
    const bob = { apiVersion: 'agents.x-k8s.io/v1beta1', kind: 'Sandbox', metadata: { name: 'bob' }, spec: { volumeClaimTemplates: [{ spec: {} }] } };
    mkdirSync(join(consumer.folder, '.baseline', 'dist'), { recursive: true });
    consumer.write('.baseline/dist/agents.k8s.yaml', stringify(bob));
    const output = await synth(withProperties({ allowedHostAccess: ['hostNetwork'], baseline: '.baseline/dist' }));
    expect(output).toContain('Sandbox bob metadata.name: found nothing, expected "bob" as in .baseline/dist/agents.k8s.yaml');
    expect(output).toMatch(/exit code 2$/);
  });

  test('the sample in code runs', async () => {
    await compile('enforce', enforce);
    await expect(consumer.run(process.execPath, 'enforce.js')).resolves.toBe('');
  });
});
