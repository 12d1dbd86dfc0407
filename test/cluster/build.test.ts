import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { checkPrerequisites, MissingPrerequisiteError, provide } from './build';
import { cacheNameOf, COMPONENTS } from './components';
import { withLock } from './lock';
import { until } from './until';

jest.setTimeout(60_000);

const MAIN = join(__dirname, 'main.ts');

const folders: string[] = [];

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'agent-sandbox-build-'));
  folders.push(folder);
  return folder;
}

afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

/** Stands in for Go: notes what it was asked, waits while there is a file `gate`, and makes a program, or fails when there is a file `broken`. */
const FAKE_GO = `#!/bin/sh
here=$(dirname "$0")
if [ "$1" = env ]; then cat "$here/version"; exit 0; fi
echo "$CGO_ENABLED $*" >> "$here/builds"
while [ -e "$here/gate" ]; do sleep 0.05; done
if [ -e "$here/broken" ]; then echo "undefined: everything" >&2; exit 2; fi
while [ "$1" != -o ]; do shift; done
printf '#!/bin/sh\\necho built' > "$2"
chmod +x "$2"
`;

/** A machine of its own: an empty cache, and a folder for programs that is all of the PATH but the system's own. */
class Machine {
  public readonly home = temporaryFolder();
  public readonly bin = join(this.home, 'bin');
  public readonly assets = join(this.home, 'assets');

  constructor() {
    mkdirSync(this.bin);
    mkdirSync(this.assets);
  }

  public get environment(): NodeJS.ProcessEnv {
    return { HOME: this.home, PATH: existsSync(join(this.bin, 'go')) ? `${this.bin}:/usr/bin:/bin` : this.bin };
  }

  public withGo(version = 'go1.26.8'): this {
    this.program(join(this.bin, 'go'), FAKE_GO);
    this.put('version', version);
    return this;
  }

  public withAssets(...names: readonly string[]): this {
    for (const name of names) this.program(join(this.assets, name), '#!/bin/sh\n');
    return this;
  }

  public put(name: string, content = ''): void {
    writeFileSync(join(this.bin, name), content);
  }

  public take(name: string): void {
    rmSync(join(this.bin, name));
  }

  public get builds(): readonly string[] {
    const file = join(this.bin, 'builds');
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  }

  public get cache(): string {
    return join(this.home, '.cache', 'cdk8s-agent-sandbox');
  }

  private program(file: string, content: string): void {
    writeFileSync(file, content);
    chmodSync(file, 0o755);
  }
}

/** `main.ts build etcd` in a process of its own. */
function buildInProcess(machine: Machine) {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, 'build', 'etcd'], { env: machine.environment, stdio: ['ignore', 'pipe', 'pipe'] });
  const seen = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (seen.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (seen.stderr += text));
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  return { child, seen, ended };
}

describe('a build', () => {
  const etcd = (machine: Machine) => join(machine.cache, cacheNameOf('etcd'), 'etcd');

  it('is static, without paths, with its version, into a folder named by version and content', async () => {
    const machine = new Machine().withGo();
    const path = await provide('kube-apiserver', machine.environment);
    expect(path.slice(machine.cache.length)).toMatch(/^\/kube-apiserver-v1\.37\.2-[0-9a-f]{12}\/kube-apiserver$/);
    expect(spawnSync(path, { encoding: 'utf8' }).stdout).toBe('built\n');
    expect(machine.builds).toHaveLength(1);
    expect(machine.builds[0]).toMatch(/^0 build .*-trimpath .* k8s\.io\/kubernetes\/cmd\/kube-apiserver$/);
    for (const [variable, value] of [
      ['gitVersion', 'v1.37.2'],
      ['gitMajor', '1'],
      ['gitMinor', '37'],
    ])
      expect(machine.builds[0]).toContain(`-X k8s.io/component-base/version.${variable}=${value}`);
  });

  it('happens once: what is in the cache is used, without Go', async () => {
    const machine = new Machine().withGo();
    await provide('etcd', machine.environment);
    machine.take('go');
    expect(await provide('etcd', machine.environment)).toBe(etcd(machine));
    expect(machine.builds).toHaveLength(1);
  });

  it('goes to XDG_CACHE_HOME where that is set', async () => {
    const machine = new Machine().withGo();
    const path = await provide('etcd', { ...machine.environment, XDG_CACHE_HOME: join(machine.home, 'elsewhere') });
    expect(path).toBe(join(machine.home, 'elsewhere', 'cdk8s-agent-sandbox', cacheNameOf('etcd'), 'etcd'));
    expect(existsSync(path)).toBe(true);
  });

  it('that fails shows what Go said, leaves no program, and does not stand in the way of the next', async () => {
    const machine = new Machine().withGo();
    machine.put('broken');
    await expect(provide('etcd', machine.environment)).rejects.toThrow(/building etcd .* failed with exit code 2[^]*undefined: everything/);
    expect(readdirSync(join(machine.cache, cacheNameOf('etcd')))).toEqual([]);
    machine.take('broken');
    expect(await provide('etcd', machine.environment)).toBe(etcd(machine));
  });

  it('is made by one of two processes that want it at the same time, which both tell how it goes', async () => {
    const machine = new Machine().withGo();
    machine.put('gate');
    const processes = [buildInProcess(machine), buildInProcess(machine)];
    const all = () => processes.map(({ seen }) => seen.stderr).join('');
    await until('progress', () =>
      /building etcd v3\S+: \d+ s, .*about 1 min/.test(all()) && /waiting for the build in process \d+/.test(all()) ? true : undefined,
    );
    machine.take('gate');
    expect(await Promise.all(processes.map(({ ended }) => ended))).toEqual([0, 0]);
    expect(processes.map(({ seen }) => seen.stdout)).toEqual([`${etcd(machine)}\n`, `${etcd(machine)}\n`]);
    expect(machine.builds).toHaveLength(1);
  });

  it('is started anew when the process that made it was killed', async () => {
    const machine = new Machine().withGo();
    machine.put('gate');
    const { child, ended } = buildInProcess(machine);
    await until('the build to start', () => machine.builds[0]);
    child.kill('SIGKILL');
    await ended;
    expect(existsSync(join(machine.cache, 'build.lock'))).toBe(true);
    machine.take('gate');
    expect(await provide('etcd', machine.environment)).toBe(etcd(machine));
    expect(machine.builds).toHaveLength(2);
    expect(existsSync(join(machine.cache, 'build.lock'))).toBe(false);
  });
});

describe('the lock', () => {
  const lockFile = () => join(temporaryFolder(), 'lock');

  it('lets one in at a time, tells the others who is inside, and is gone at the end', async () => {
    const file = lockFile();
    let inside = 0;
    let most = 0;
    const holders = new Set<number>();
    const enter = () =>
      withLock(
        file,
        (pid) => holders.add(pid),
        async () => {
          most = Math.max(most, ++inside);
          await new Promise(setImmediate);
          inside--;
        },
      );
    await Promise.all(Array.from({ length: 5 }, enter));
    expect(most).toBe(1);
    expect([...holders]).toEqual([process.pid]);
    expect(readdirSync(join(file, '..'))).toEqual([]);
  });

  it('is given back when the work fails', async () => {
    const file = lockFile();
    await expect(withLock(file, jest.fn(), () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(existsSync(file)).toBe(false);
  });

  it.each([
    ['a process that has ended', JSON.stringify({ pid: spawnSync('true').pid, started: '1' })],
    ['a process whose pid another one has now', JSON.stringify({ pid: process.pid, started: '1' })],
    ['nobody that can be read', '{'],
  ])('is taken over from %s', async (_whose, content) => {
    const file = lockFile();
    writeFileSync(file, content);
    const waited = jest.fn();
    expect(await withLock(file, waited, () => Promise.resolve('done'))).toBe('done');
    expect(waited).not.toHaveBeenCalled();
    expect(existsSync(file)).toBe(false);
  });
});

describe('prerequisites', () => {
  const NEEDED = ['etcd', 'kube-apiserver', 'kubectl'];

  it.each([
    ['Go 1.26', new Machine().withGo('go1.26.0')],
    ['a later Go', new Machine().withGo('go1.31.2')],
    ['a development build of Go', new Machine().withGo('devel go1.28-abcdef')],
  ])('are there with %s', (_what, machine) => {
    expect(() => checkPrerequisites(machine.environment)).not.toThrow();
  });

  it('are there with the programs in KUBEBUILDER_ASSETS, which are then used as they are', async () => {
    const machine = new Machine().withAssets(...NEEDED);
    const environment = { ...machine.environment, KUBEBUILDER_ASSETS: machine.assets };
    expect(() => checkPrerequisites(environment)).not.toThrow();
    expect(await provide('kubectl', environment)).toBe(join(machine.assets, 'kubectl'));
  });

  it('include Go for what KUBEBUILDER_ASSETS does not contain', async () => {
    const machine = new Machine().withAssets(...NEEDED);
    const environment = { ...machine.environment, KUBEBUILDER_ASSETS: machine.assets };
    await expect(provide('kube-scheduler', environment)).rejects.toThrow(MissingPrerequisiteError);
    await expect(provide('kube-scheduler', environment)).rejects.toThrow(
      /need kube-scheduler\. Missing:[^]*KUBEBUILDER_ASSETS=\S+ does not contain kube-scheduler/,
    );
  });

  it.each([
    [
      'there is neither Go nor KUBEBUILDER_ASSETS',
      new Machine(),
      false,
      ['etcd, kube-apiserver, kubectl', 'no `go` on the PATH', 'KUBEBUILDER_ASSETS is not set'],
    ],
    ['Go is too old', new Machine().withGo('go1.25.3'), false, ['found go1.25.3', 'Go >= 1.26']],
    ['KUBEBUILDER_ASSETS lacks a program', new Machine().withAssets('etcd', 'kube-apiserver'), true, ['does not contain kubectl']],
  ])('are explained without a stack trace, with exit code 1, when %s', (_when, machine, assets, parts) => {
    const env = { ...machine.environment, ...(assets ? { KUBEBUILDER_ASSETS: machine.assets } : {}) };
    const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', MAIN, 'check'], { env, encoding: 'utf8' });
    for (const part of [...parts, 'Install Go 1.26 or newer']) expect(stderr).toContain(part);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(status).toBe(1);
  });
});

it('gives every component a cache folder of its own', () => {
  expect(new Set(COMPONENTS.map(cacheNameOf)).size).toBe(COMPONENTS.length);
});
