import { spawn, spawnSync } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { FLAGS } from '../../src/api/flags';
import { SUBCOMMANDS } from '../../src/cli/tool/subcommands';
import { Consumer, machineNode, manifestOf, ROOT } from './consumer';

// An installation from the registry.
jest.setTimeout(300_000);

/** How a run of the program ended. */
interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const consumer = new Consumer();
beforeAll(() => consumer.install());
afterAll(() => consumer.remove());

const CONTROLLER = 'agent-sandbox-controller';
const TOOL = 'cdk8s-agent-sandbox';

/** Runs a command that npm has installed, as a shell would, with the node of a folder and without any cluster to find. */
function run(command: string, args: readonly string[], nodeFolder = dirname(process.execPath)): Promise<Ended> {
  const env = { PATH: [nodeFolder, process.env.PATH].join(delimiter), HOME: consumer.folder };
  return new Promise((resolve, reject) => {
    const child = spawn(join(consumer.folder, 'node_modules', '.bin', command), args, { cwd: consumer.folder, env });
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, err }));
  });
}

test('--help of the controller names every flag', async () => {
  const { code, out, err } = await run(CONTROLLER, ['--help']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(FLAGS.filter(({ name }) => !new RegExp(`^ {2}--${name}\\b`, 'm').test(out))).toEqual([]);
});

test('--version of the controller names the release, and the commit of its sources with its date', async () => {
  const { status } = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: ROOT });
  const commit = status === 0 ? '[0-9a-f]{40}(-dirty)? of \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ' : 'unknown of unknown';
  const { code, out } = await run(CONTROLLER, ['--version']);
  expect(out).toMatch(new RegExp(`^agent-sandbox-controller ${manifestOf().version} \\(commit ${commit}, node v\\d`));
  expect(code).toBe(0);
});

test.each<[string, readonly string[], number, RegExp]>([
  ['an unknown flag', ['--extension'], 2, /^agent-sandbox-controller: unknown flag --extension; did you mean --extensions\?$/],
  ['a wrong value', ['--leader-elect=yes'], 2, /^agent-sandbox-controller: --leader-elect: found "yes", expected true or false/],
  ['a kubeconfig that is not there', ['--kubeconfig', 'nowhere'], 1, /^agent-sandbox-controller: --kubeconfig: cannot use nowhere: ENOENT/],
  ['no cluster at all', [], 1, /^agent-sandbox-controller: no cluster: give --kubeconfig or set KUBECONFIG;/],
])('%s ends the controller with a sentence in the last line and without a stack', async (_what, args, expected, sentence) => {
  const { code, out, err } = await run(CONTROLLER, args);
  expect({ code, out }).toEqual({ code: expected, out: '' });
  expect(err.trimEnd().split('\n').at(-1)).toMatch(sentence);
  expect(err).not.toMatch(/^ +at /m);
});

test('--help of the tool names every command, and that of a command its options', async () => {
  const { code, out, err } = await run(TOOL, ['--help']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(SUBCOMMANDS.filter(({ name, summary }) => !new RegExp(`^ {2}${name} +${summary}$`, 'm').test(out))).toEqual([]);
  for (const { name, options } of SUBCOMMANDS) {
    const help = (await run(TOOL, [name, '--help'])).out;
    expect(options.filter((option) => !new RegExp(`^ {2}(-., |    )--${option.name}\\b.* ${option.doc}$`, 'm').test(help))).toEqual([]);
  }
});

test('--version of the tool names the release', async () => {
  expect(await run(TOOL, ['--version'])).toEqual({ code: 0, out: `cdk8s-agent-sandbox ${manifestOf().version}\n`, err: '' });
});

test.each<[string, readonly string[], number, string]>([
  ['no command', [], 2, 'no command; commands and options: cdk8s-agent-sandbox --help'],
  ['an unknown command', ['prefligt'], 2, 'unknown command prefligt; did you mean preflight?; commands and options: cdk8s-agent-sandbox --help'],
  ['an unknown option', ['preflight', '--jsn'], 2, "Unknown option '--jsn'; did you mean --json?; options: cdk8s-agent-sandbox preflight --help"],
  ['a missing value', ['preflight', '--context'], 2, "Option '--context <value>' argument missing; options: cdk8s-agent-sandbox preflight --help"],
  ['a value too much', ['preflight', 'now'], 2, "Unexpected argument 'now'; options: cdk8s-agent-sandbox preflight --help"],
  [
    ...(['no cluster at all', ['preflight'], 1] as const),
    'no cluster: give --kubeconfig or set KUBECONFIG; outside of a Pod there is no service account to use',
  ],
])('%s ends the tool with one sentence', async (_what, args, code, sentence) => {
  expect(await run(TOOL, args)).toEqual({ code, out: '', err: `cdk8s-agent-sandbox: ${sentence}\n` });
});

test('a Node.js that is too old for the programs gets a sentence', async () => {
  const node = machineNode();
  const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim().slice(1);
  const isTooOld = parseInt(version) < 22;
  for (const command of [CONTROLLER, TOOL]) {
    const { code, out, err } = await run(command, ['--version'], dirname(node));
    expect(code).toBe(isTooOld ? 1 : 0);
    expect(err).toBe(isTooOld ? `${command}: found Node.js ${version}, needs 22 or newer\n` : '');
    expect(out === '').toBe(isTooOld);
  }
});

const INLINE_PROGRAM = `
import { App, Chart } from 'cdk8s';
import { AgentSandboxSystem, ControllerImage } from 'cdk8s-agent-sandbox';
const app = new App();
new AgentSandboxSystem(new Chart(app, 'inline'), 'system', { image: ControllerImage.inline() });
app.synth();
`;

interface ConfigMap {
  readonly kind: string;
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
}

test('the program that the constructs put into the manifests is the one that was packed', async () => {
  consumer.write('inline.mjs', INLINE_PROGRAM);
  await consumer.run(process.execPath, 'inline.mjs');
  // What cdk8s renders.
  const objects = parseAllDocuments(consumer.read(join('dist', 'inline.k8s.yaml'))).map((document) => document.toJS() as ConfigMap);
  for (const { data = {}, binaryData = {} } of objects.filter(({ kind }) => kind === 'ConfigMap')) {
    for (const [file, text] of Object.entries(data)) consumer.write(file, text);
    for (const [file, base64] of Object.entries(binaryData)) consumer.write(file, Buffer.from(base64, 'base64'));
  }
  const inline = await consumer.run(process.execPath, 'controller.cjs', '--version');
  expect(inline).toBe((await run(CONTROLLER, ['--version'])).out);
  expect(inline).toMatch(/^agent-sandbox-controller \d/);
});

test('the tool makes the image that the checkout makes, with its bill of materials', async () => {
  const args = ['image', '--platform', 'linux/amd64', '--output'];
  const digests = (output: string): readonly string[] => output.match(/sha256:\w+/g) ?? [];
  const ofTarball = digests(await consumer.run(process.execPath, join('node_modules', '.bin', TOOL), ...args, 'image'));
  expect(ofTarball).toHaveLength(2);
  expect(JSON.parse(consumer.read(join('image', 'sbom-linux-amd64.spdx.json')))).toMatchObject({ spdxVersion: 'SPDX-2.3' });
  const tsx = join(ROOT, 'node_modules', '.bin', 'tsx');
  expect(digests(await consumer.run(tsx, join(ROOT, 'src', 'cli', 'tool.ts'), ...args, 'other'))).toEqual(ofTarball);
});
