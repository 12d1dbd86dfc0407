import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { Consumer, manifestOf, ROOT } from './consumer';

// An installation from the registry.
jest.setTimeout(300_000);

const PAGE = readFileSync(join(ROOT, 'docs', 'policies.md'), 'utf8');
const [CONFIG = ''] = samples('yaml');
const [PROGRAM = '', ENFORCE = ''] = samples('ts');
const [REPORT = ''] = samples('text');

/** The code blocks of the page in one language. */
function samples(language: string): string[] {
  return [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, text = '']) => text);
}

/** What cdk8s.yaml says, as far as it is changed here. */
interface Config {
  readonly validations: ReadonlyArray<{ readonly version: string; readonly properties: object }>;
}
// The page is in this repository, and the first test reads it strictly.
const config = parse(CONFIG) as Config;
const withProperties = (properties: object): string => stringify({ ...config, validations: config.validations.map((of) => ({ ...of, properties })) });

const consumer = new Consumer();
beforeAll(async () => {
  await consumer.install();
  consumer.write('main.ts', PROGRAM);
  consumer.write('enforce.ts', ENFORCE);
  await consumer.compile(['main.ts', 'enforce.ts'], { module: 'commonjs', moduleResolution: 'node10' });
});
afterAll(() => consumer.remove());

/** Runs the real `cdk8s synth` with a cdk8s.yaml. Resolves to its exit code and all that it printed, without colours. */
async function synth(text: string): Promise<{ readonly code: number; readonly output: string }> {
  consumer.write('cdk8s.yaml', text);
  // The status is printed because run() takes a status other than 0 for a failure of the test.
  const script = `"${join(ROOT, 'node_modules', '.bin', 'cdk8s')}" synth --check-upgrade=false 2>&1; echo "exit $?"`;
  const output = await consumer.run('sh', '-c', script);
  // eslint-disable-next-line no-control-regex
  return { code: Number(/exit (\d+)\s*$/.exec(output)?.[1]), output: output.replace(/\x1b\[\d+m/g, '') };
}

test('the sample of cdk8s.yaml names the version of the package', () => {
  expect(config.validations.map(({ version }) => version)).toEqual([manifestOf().version]);
});

test('cdk8s synth writes the manifests, prints the report that the page shows and exits with 2', async () => {
  consumer.clear('dist');
  const { code, output } = await synth(CONFIG);
  expect(output).toContain(REPORT.trim());
  expect(code).toBe(2);
  expect(consumer.read('dist/agents.k8s.yaml')).toContain('name: alice');
});

test('an app that keeps its policies exits with 0', async () => {
  const { code, output } = await synth(withProperties({ allowedHostAccess: ['hostNetwork'], allowedRegistries: ['quay.io'] }));
  expect(output).toContain('Validations ended');
  expect(code).toBe(0);
});

test('a property that is misspelt exits with 1 and the name that was meant', async () => {
  const { code, output } = await synth(withProperties({ allowedRegistry: ['quay.io'] }));
  expect(output).toContain('properties.allowedRegistry: unknown policy; did you mean allowedRegistries?');
  expect(code).toBe(1);
});

test('a Sandbox with volumes that the baseline has and the app no longer renders exits with 2', async () => {
  const bob = { apiVersion: 'agents.x-k8s.io/v1beta1', kind: 'Sandbox', metadata: { name: 'bob' }, spec: { volumeClaimTemplates: [{ spec: {} }] } };
  mkdirSync(join(consumer.folder, '.baseline', 'dist'), { recursive: true });
  consumer.write('.baseline/dist/agents.k8s.yaml', stringify(bob));
  const { code, output } = await synth(withProperties({ allowedHostAccess: ['hostNetwork'], baseline: '.baseline/dist' }));
  expect(output).toContain('Sandbox bob metadata.name: found nothing, expected "bob" as in .baseline/dist/agents.k8s.yaml');
  expect(code).toBe(2);
});

test('the sample in code runs', async () => {
  await expect(consumer.run(process.execPath, 'enforce.js')).resolves.toBe('');
});
