import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { App, YamlOutputType } from 'cdk8s';
import fc from 'fast-check';
import { FastApp } from '../../src';
import { addEveryConstruct, IN_ORDER } from './every-construct';
import { writtenFiles } from './written-files';

// Each process loads the package and the compiler.
jest.setTimeout(60_000);

const ROOT = join(__dirname, '..', '..');
const outputs = mkdtempSync(join(tmpdir(), 'agent-sandbox-determinism-'));
afterAll(() => rmSync(outputs, { recursive: true }));

type Files = Readonly<Record<string, string>>;

/** What a process of its own writes. */
function inProcess(node = process.execPath, env: NodeJS.ProcessEnv = {}): Files {
  const folder = mkdtempSync(join(outputs, 'process-'));
  execFileSync(node, ['--import', 'tsx', join(__dirname, 'synthesize-every-construct.ts'), folder], { cwd: ROOT, env: { ...process.env, ...env } });
  return writtenFiles(folder);
}

/** What this process writes, with FastApp unless told, because it takes less time. */
function inOrder(order: readonly number[], yamlOutputType: YamlOutputType, kind: typeof App = FastApp): Files {
  const outdir = mkdtempSync(join(outputs, 'order-'));
  const app = new kind({ outdir, yamlOutputType });
  addEveryConstruct(app, order);
  app.synth();
  return writtenFiles(outdir);
}

/** Another Node.js that users may have: the one that started npm, or one on the PATH. Not the one that npm installs here, which runs this test. */
function findOtherNode(): { readonly path: string; readonly version: string } | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  const paths = [process.env.npm_node_execpath ?? '', ...folders.map((folder) => join(folder, 'node'))];
  return paths
    .filter((path) => existsSync(path))
    .map((path) => ({ path, version: String(spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout).trim() }))
    .filter(({ version }) => /^v(\d+)\./.test(version) && Number.parseInt(version.slice(1)) >= 20 && version !== process.version)
    .sort((a, b) => a.version.localeCompare(b.version, 'en', { numeric: true }))[0];
}

const known = inProcess();

test('every construct is in it', () => {
  const kinds = new Set(Object.values(known).flatMap((text) => [...text.matchAll(/^kind: (.*)$/gm)].map(([, kind]) => kind)));
  expect([...kinds]).toEqual(
    expect.arrayContaining(['Sandbox', 'SandboxTemplate', 'SandboxWarmPool', 'SandboxClaim', 'Deployment', 'ResourceQuota', 'ConfigMap', 'NetworkPolicy']),
  );
});

test('a second process in another time zone and language writes the same bytes', () => {
  expect(inProcess(process.execPath, { TZ: 'Pacific/Chatham', LC_ALL: 'de_DE.UTF-8' })).toEqual(known);
});

const otherNode = findOtherNode();
if (otherNode) {
  test(`Node.js ${otherNode.version} writes the same bytes as ${process.version}`, () => {
    expect(inProcess(otherNode.path)).toEqual(known);
  });
} else {
  test.todo(`NOT COMPARED with Node.js 20: on the PATH there is no Node.js >= 20 other than ${process.version}, which runs this test`);
}

describe('the order in which independent constructs are made', () => {
  const orders = fc.shuffledSubarray([...IN_ORDER], { minLength: IN_ORDER.length });
  const inAnyOrder = (check: (order: number[]) => void): void => fc.assert(fc.property(orders, check), { numRuns: 5 });

  test.each(['FILE_PER_RESOURCE', 'FOLDER_PER_CHART_FILE_PER_RESOURCE'] as const)('changes no file of output type %s', (type) => {
    const expected = inOrder(IN_ORDER, YamlOutputType[type]);
    inAnyOrder((order) => expect(inOrder(order, YamlOutputType[type])).toEqual(expected));
  });

  test.each(['FILE_PER_CHART', 'FILE_PER_APP'] as const)('is the order of the documents in a file of output type %s, and changes no document', (type) => {
    const sorted = (files: Files): unknown => Object.entries(files).map(([path, text]) => [path, text.split(/^---\n/m).sort()]);
    const expected = sorted(inOrder(IN_ORDER, YamlOutputType[type]));
    inAnyOrder((order) => expect(sorted(inOrder(order, YamlOutputType[type]))).toEqual(expected));
  });

  test('is kept by FastApp as by App', () => {
    const backwards = [...IN_ORDER].reverse();
    expect(inOrder(backwards, YamlOutputType.FILE_PER_APP)).toEqual(inOrder(backwards, YamlOutputType.FILE_PER_APP, App));
  });
});
