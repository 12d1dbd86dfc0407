import { readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { Consumer, machineNode, manifestOf, ROOT } from './consumer';
import { OUTPUT, outputOfSources, PROGRAM } from './program';

// Two installations from the registry.
jest.setTimeout(300_000);

const NODES = [
  ['Node.js of this machine', machineNode()],
  ['Node.js of this checkout', join(ROOT, 'node_modules', '.bin', 'node')],
] as const;
const LOWEST = Object.entries(manifestOf(ROOT).peerDependencies).map(([name, range]) => ({ name, version: range.replace('^', '') }));
/** What `cdk8s init` writes into a new TypeScript project. */
const COMMON_JS = { module: 'commonjs', moduleResolution: 'node10' };
const OURS = 'cdk8s-agent-sandbox';
const LOADED = new RegExp(`^node_modules/(${OURS}/(lib/(index.js$|api/|constructs/)|imports/crds.json$)|cdk8s/|cdk8s-plus-28/|constructs/)`);

let expected: string;
beforeAll(async () => {
  expected = await outputOfSources();
});

describe.each([
  ['newest', []],
  ['lowest', LOWEST],
])('beside the %s cdk8s, cdk8s-plus-28 and constructs that it allows', (_set, peers) => {
  const consumer = new Consumer();
  beforeAll(() => consumer.install(...peers.map(({ name, version }) => `${name}@${version}`)));
  beforeEach(() => consumer.clear('dist'));
  afterAll(() => consumer.remove());

  test('npm installs those versions', () => {
    const installed = LOWEST.map(({ name }) => ({ name, version: manifestOf(join(consumer.folder, 'node_modules', name)).version }));
    expect(installed).toEqual(expect.arrayContaining([...peers]));
  });

  test.each(NODES)('a plain JavaScript module synthesizes with the %s', async (_name, node) => {
    consumer.copy(PROGRAM, 'agents.mjs');
    await consumer.run(node, 'agents.mjs');
    expect(consumer.read(OUTPUT)).toBe(expected);
  });

  test('strict TypeScript compiles and synthesizes', async () => {
    consumer.copy(PROGRAM, 'agents.ts');
    expect(await consumer.compile(['agents.ts'], COMMON_JS)).toBe('');
    await consumer.run(process.execPath, 'agents.js');
    expect(consumer.read(OUTPUT)).toBe(expected);
  });

  test('strict TypeScript finds our types by the rules of Node.js for modules', async () => {
    consumer.copy(PROGRAM, 'agents.ts');
    expect(await consumer.compile(['agents.ts'], { module: 'nodenext', noEmit: true })).toBe('');
  });

  test('TypeScript refuses a field that the API does not know', async () => {
    consumer.write('typo.ts', readFileSync(PROGRAM, 'utf8').replace('replicas: 0', 'replica: 0'));
    await expect(consumer.compile(['typo.ts'], { ...COMMON_JS, noEmit: true })).rejects.toThrow("'replica' does not exist in type 'SandboxWarmPoolSpec'");
  });

  test('importing the package loads its constructs and these three packages, and nothing else', async () => {
    const loaded = await loadedFiles(consumer);
    expect(loaded).toContain(`node_modules/${OURS}/lib/index.js`);
    expect(loaded.filter((file) => !LOADED.test(file))).toEqual([]);
  });
});

/** The files that a program has loaded once it has imported the package, relative to its folder. */
async function loadedFiles(consumer: Consumer): Promise<readonly string[]> {
  const output = await consumer.run(process.execPath, '--eval', `require('${OURS}'); console.log(Object.keys(require.cache).join('\\n'))`);
  return output
    .trim()
    .split('\n')
    .map((file) => relative(consumer.folder, file).split(sep).join('/'));
}
