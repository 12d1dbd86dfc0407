import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { provide } from './build';
import { recipeOf } from './components';
import { startControlPlane } from './control-plane';
import { startEtcd } from './control-plane-processes';
import { LOOPBACK, withFreePorts } from './free-ports';
import { commandsOf, descendantsOf, running } from './process-tree';
import { ProcessEndedError, Supervised } from './supervised';
import { until } from './until';

jest.setTimeout(180_000);

const MAIN = join(__dirname, 'main.ts');

describe('a control plane', () => {
  it('starts beside another one without a clash, keeps its data to itself, and leaves nothing behind when stopped', async () => {
    const [one, two] = await Promise.all([startControlPlane(), startControlPlane()]);
    const pids = [...one.pids.values(), ...two.pids.values()];
    try {
      await one.kubectl(['create', 'namespace', 'only-in-one']);
      expect(await one.kubectl(['get', 'namespaces', '--output', 'name'])).toContain('namespace/only-in-one');
      expect(await two.kubectl(['get', 'namespaces', '--output', 'name'])).not.toContain('only-in-one');
      expect([...one.pids.keys()]).toEqual(['etcd', 'kube-apiserver']);
      expect(running(pids)).toEqual(pids);
    } finally {
      await Promise.all([one.stop(), two.stop()]);
    }
    expect(running(pids)).toEqual([]);
    expect([existsSync(one.kubeconfig), existsSync(two.kubeconfig)]).toEqual([false, false]);
  });

  it('schedules Pods when the scheduler was asked for', async () => {
    const plane = await startControlPlane({ scheduler: true });
    try {
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec: { containers: [{ name: 'a', image: 'a' }] } };
      await plane.kubectl(['apply', '--filename', '-'], JSON.stringify(pod));
      const message = () => plane.kubectl(['get', 'pod', 'a', '--output', 'jsonpath={.status.conditions[?(@.type=="PodScheduled")].message}']);
      const seen = await until('the scheduler to look at the Pod', async () => (await message()) || undefined);
      expect(seen).toContain('no nodes available');
    } finally {
      await plane.stop();
    }
  });

  it('reports the last words of kube-apiserver when that does not start, and stops etcd', async () => {
    const etcds = () => descendantsOf(process.pid).filter((pid) => commandsOf([pid]).includes('/etcd '));
    const before = etcds();
    await expect(startControlPlane({ apiServerFlags: ['--no-such-flag'] })).rejects.toThrow(/kube-apiserver has ended[^]*unknown flag: --no-such-flag/);
    expect(etcds()).toEqual(before);
  });

  it.each([
    ['its parent', (pid: number) => process.kill(pid, 'SIGKILL')],
    ["its parent's whole process group", (pid: number) => process.kill(-pid, 'SIGKILL')],
  ])('leaves no process and no data when %s is killed with SIGKILL', async (_who, kill) => {
    const parent = spawn(process.execPath, ['--import', 'tsx', MAIN, '--bare'], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
    const output: string[] = [];
    parent.stdout.setEncoding('utf8').on('data', (text: string) => output.push(text));
    const parentPid = parent.pid ?? 0;
    const kubeconfig = await until('the parent to say how to use the control plane', () => /KUBECONFIG=(\S+)/.exec(output.join(''))?.[1], 120_000);
    const pids = descendantsOf(parentPid);
    expect(commandsOf(pids)).toContain('/etcd ');
    expect(commandsOf(pids)).toContain('/kube-apiserver ');
    kill(parentPid);
    await until('its processes to end', () => (running([parentPid, ...pids]).length === 0 ? true : undefined));
    expect(existsSync(kubeconfig)).toBe(false);
  });
});

describe('ports', () => {
  it('are looked for again when another process has taken one before etcd listens', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'agent-sandbox-ports-'));
    const supervised = new Supervised(folder);
    const squatter = createServer();
    const tried: (readonly number[])[] = [];
    const attempt = async (ports: readonly number[]) => {
      tried.push(ports);
      if (tried.length === 1) await new Promise<void>((resolve) => squatter.listen(ports[0], LOOPBACK, resolve));
      return startEtcd(folder, supervised, ports);
    };
    try {
      const url = await withFreePorts(2, attempt);
      expect(tried).toHaveLength(2);
      expect(url).toBe(`http://${LOOPBACK}:${tried[1]?.[0]}`);
    } finally {
      await supervised.stop();
      squatter.close();
    }
  });

  it('are not looked for again when a process ends for another reason', async () => {
    let attempts = 0;
    const attempt = () => {
      attempts++;
      return Promise.reject(new ProcessEndedError('etcd', 'exit code 1', 'no space left on device'));
    };
    await expect(withFreePorts(1, attempt)).rejects.toThrow('no space left on device');
    expect(attempts).toBe(1);
  });
});

describe('npm run cluster', () => {
  const main = (args: readonly string[]) => spawnSync(process.execPath, ['--import', 'tsx', MAIN, ...args], { encoding: 'utf8' });

  it('runs a command against a control plane of its own and ends with the exit code of the command', () => {
    const script = 'kubectl version --output json && printf "%s\\n" "$CLUSTER_URL" "$CLUSTER_TOKEN" "$CLUSTER_CA" "$KUBECONFIG" && exit 7';
    const { status, stdout, stderr } = main(['exec', '--bare', '--', 'sh', '-c', script]);
    expect(stderr).toBe('');
    expect(status).toBe(7);
    const versions = JSON.parse(stdout.slice(0, stdout.lastIndexOf('}') + 1)) as Record<string, { gitVersion: string }>;
    expect(versions.clientVersion?.gitVersion).toBe(versions.serverVersion?.gitVersion);
    const [url, token, ca, kubeconfig] = stdout.trim().split('\n').slice(-4);
    expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    expect(token).toMatch(/^[0-9a-f-]{36}$/);
    expect([ca, kubeconfig].map((file) => existsSync(file ?? ''))).toEqual([false, false]);
  });

  it('stops on a polite kill with exit code 0', async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', MAIN, '--bare'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const output: string[] = [];
    child.stdout.setEncoding('utf8').on('data', (text: string) => output.push(text));
    await until('the control plane to run', () => (output.join('').includes('Ctrl-C') ? true : undefined), 120_000);
    const pids = descendantsOf(child.pid ?? 0);
    const ended = new Promise((resolve) => child.on('exit', resolve));
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(pids.length).toBeGreaterThanOrEqual(3);
    expect(running(pids)).toEqual([]);
  });

  it.each([
    ['an unknown option', ['--no-such'], 'unknown option --no-such'],
    ['an unknown subcommand', ['restart'], 'unknown command restart'],
    ['exec without a command', ['exec'], 'exec needs a command behind --'],
    ['an unknown component', ['build', 'kube-proxy'], 'unknown component kube-proxy'],
  ])('answers %s with what is wrong and how it is used', (_what, args, problem) => {
    const { status, stderr } = main(args);
    expect(stderr).toContain(problem);
    expect(stderr).toContain('npm run cluster -- exec -- <command...>');
    expect(status).toBe(2);
  });

  it('explains itself', () => {
    const { status, stdout } = main(['--help']);
    expect(status).toBe(0);
    expect(stdout).toContain('KUBEBUILDER_ASSETS');
  });
});

it('builds kube-apiserver and etcd that call themselves by the pinned versions', async () => {
  const versionOf = async (component: 'etcd' | 'kube-apiserver') => spawnSync(await provide(component), ['--version'], { encoding: 'utf8' }).stdout;
  // With KUBEBUILDER_ASSETS the versions are the user's choice.
  const pinned = process.env.KUBEBUILDER_ASSETS === undefined;
  expect(await versionOf('kube-apiserver')).toContain(pinned ? `Kubernetes ${recipeOf('kube-apiserver').version}` : 'Kubernetes v');
  expect(await versionOf('etcd')).toContain(pinned ? `etcd Version: ${recipeOf('etcd').version.slice(1)}` : 'etcd Version');
});
