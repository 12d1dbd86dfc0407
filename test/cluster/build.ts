import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

import { BUILD_ENVIRONMENT, cacheNameOf, recipeOf, type Component, type Patch } from './components';
import { withLock } from './lock';

/** What the tests cannot do without. */
const REQUIRED: readonly Component[] = ['etcd', 'kube-apiserver', 'kubectl'];
const PROGRESS_MS = 3000;

type Environment = Readonly<Record<string, string | undefined>>;

/** Something that the user has to install; its message is the whole explanation. */
export class MissingPrerequisiteError extends Error {}

/** Throws a MissingPrerequisiteError unless every program that the tests need is there or can be built. */
export function checkPrerequisites(environment: Environment = process.env): void {
  const missing = REQUIRED.filter((component) => findBinary(component, environment) === undefined);
  if (missing.length > 0) requireGo(missing, environment);
}

/** True when the component is there or can be built. */
export function canProvide(component: Component, environment: Environment = process.env): boolean {
  return findBinary(component, environment) !== undefined || goProblem(environment) === undefined;
}

/** Path of the component's program: from KUBEBUILDER_ASSETS, from the cache, or built into the cache first, which takes minutes once. */
export async function provide(component: Component, environment: Environment = process.env): Promise<string> {
  const found = findBinary(component, environment);
  if (found !== undefined) return found;
  requireGo([component], environment);
  let told = 0;
  const waiting = (pid: number) => {
    if (Date.now() - told < PROGRESS_MS) return;
    told = Date.now();
    say(`${component}: waiting for the build in process ${pid}`);
  };
  return withLock(join(cacheFolder(environment), 'build.lock'), waiting, async () => findBinary(component, environment) ?? build(component, environment));
}

function findBinary(component: Component, environment: Environment): string | undefined {
  const assets = environment.KUBEBUILDER_ASSETS;
  const places = [...(assets ? [join(assets, component)] : []), cachedBinary(component, environment)];
  return places.find(isProgram);
}

function cachedBinary(component: Component, environment: Environment): string {
  return join(cacheFolder(environment), cacheNameOf(component), component);
}

/** Where programs are kept that were built or fetched. */
export function cacheFolder(environment: Environment): string {
  return join(environment.XDG_CACHE_HOME || join(environment.HOME || homedir(), '.cache'), 'cdk8s-agent-sandbox');
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

async function build(component: Component, environment: Environment): Promise<string> {
  const recipe = recipeOf(component);
  const target = cachedBinary(component, environment);
  const folder = dirname(target);
  mkdirSync(folder, { recursive: true });
  // What a killed build left behind. The pid keeps its compiler, which may still run, from writing into this build's file.
  for (const leftover of readdirSync(folder)) rmSync(join(folder, leftover), { force: true, recursive: true });
  const draft = join(folder, `.${component}.${process.pid}`);
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  const log: string[] = [];
  const title = `building ${component} ${recipe.version}`;
  const progress = setInterval(() => {
    say(`${title}: ${seconds()} s, ${log.length} packages done (a first build takes about ${recipe.minutes} min on two cores)`);
  }, PROGRESS_MS);
  const go = async (args: readonly string[], cwd: string) => {
    const code = await runGo(args, cwd, environment, log);
    if (code !== 0) throw new Error(`${title}: go ${args[0]} failed with exit code ${code}; its last lines:\n${log.slice(-20).join('\n')}`);
  };
  const copy = `${draft}.source`;
  try {
    if (recipe.patch) {
      // Go builds no changed file out of its module cache, so the sources are copied beside the program.
      cpSync(recipe.folder, copy, { recursive: true });
      await go(['mod', 'vendor'], copy);
      applyPatch(join(copy, 'vendor'), recipe.patch);
    }
    const vendored = recipe.patch ? ['-mod=vendor'] : [];
    await go(['build', '-v', ...vendored, ...recipe.flags, '-o', draft, recipe.package], recipe.patch ? copy : recipe.folder);
    renameSync(draft, target);
  } finally {
    clearInterval(progress);
    rmSync(draft, { force: true });
    rmSync(copy, { force: true, recursive: true });
  }
  say(`${title}: done after ${seconds()} s`);
  return target;
}

/** Replaces a text of a file. Another version of the source must not lose the patch without a word: throws unless the text is there exactly once. */
export function applyPatch(folder: string, { file, find, replace }: Patch): void {
  const path = join(folder, file);
  const text = readFileSync(path, 'utf8');
  const times = text.split(find).length - 1;
  if (times !== 1) throw new Error(`${file}: found ${JSON.stringify(find)} ${times} times, expected it once; mend what is to be found`);
  writeFileSync(
    path,
    text.replace(find, () => replace),
  );
}

function runGo(args: readonly string[], cwd: string, environment: Environment, log: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const go = spawn('go', args, { cwd, env: { ...environment, ...BUILD_ENVIRONMENT }, stdio: ['ignore', 'ignore', 'pipe'] });
    go.stderr.setEncoding('utf8').on('data', (text: string) => log.push(...text.split('\n').filter((line) => line !== '')));
    go.on('error', reject);
    go.on('close', (code) => resolve(code ?? 1));
  });
}

function requireGo(missing: readonly Component[], environment: Environment): void {
  const problem = goProblem(environment);
  if (problem === undefined) return;
  const assets = environment.KUBEBUILDER_ASSETS;
  throw new MissingPrerequisiteError(
    [
      `The tests run on a real Kubernetes API server and need ${missing.join(', ')}. Missing:`,
      `  - Go >= 1.26, to build them once from Go modules: ${problem}`,
      `  - or ready-made programs: ${assets ? `KUBEBUILDER_ASSETS=${assets} does not contain ${missing.join(', ')}` : 'KUBEBUILDER_ASSETS is not set'}`,
      'Install Go 1.26 or newer (https://go.dev/dl) and have `go` on the PATH,',
      'or set KUBEBUILDER_ASSETS to a folder with kube-apiserver, etcd and kubectl (setup-envtest makes one).',
    ].join('\n'),
  );
}

/** Why Go cannot build the components; undefined when it can. Asked in the module's folder, where Go also judges the version that go.mod wants. */
function goProblem(environment: Environment): string | undefined {
  const go = spawnSync('go', ['env', 'GOVERSION'], { cwd: recipeOf('kube-apiserver').folder, env: { ...environment }, encoding: 'utf8' });
  if (go.error) return 'no `go` on the PATH';
  if (go.status !== 0) return go.stderr.trim() || `go env GOVERSION failed with exit code ${go.status}`;
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(go.stdout) ?? [];
  // A development build of Go ("devel go1.27-…") has no such number and is taken for new enough.
  if (major === undefined || minor === undefined) return undefined;
  return Number(major) > 1 || Number(minor) >= 26 ? undefined : `found ${go.stdout.trim()}`;
}

function say(message: string): void {
  process.stderr.write(`[cluster] ${message}\n`);
}
