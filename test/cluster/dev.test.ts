import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { descendantsOf, running } from './process-tree';
import { until } from './until';

jest.setTimeout(180_000);

const MAIN = join(__dirname, '..', 'dev', 'main.ts');

/** `npm run dev` without npm, and what it has printed. */
class Dev {
  public text = '';
  public readonly child: ChildProcess;

  constructor(...args: readonly string[]) {
    const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (this.text += text));
    this.child = child;
  }

  public says(text: string): Promise<true> {
    const hasSaid = () => {
      if (this.child.exitCode !== null) throw new Error(`it has ended without "${text}":\n${this.text}`);
      return this.text.includes(text) ? true : undefined;
    };
    return until(`it to say "${text}"`, hasSaid, 120_000);
  }

  /** Interrupts it as Ctrl-C does, and resolves to its exit code and to those of its processes that still run. */
  public async interrupt() {
    const pids = descendantsOf(this.child.pid ?? 0);
    this.child.kill('SIGINT');
    const [code] = (await once(this.child, 'exit')) as [number | null];
    return { code, started: pids.length, left: running(pids) };
  }
}

test('it brings the example to Ready, shows its conditions, and Ctrl-C stops all that it started and removes its data', async () => {
  const dev = new Dev();
  await dev.says('everything is Ready');
  expect(dev.text).toMatch(/^Sandbox team-a\/alice\n( {2}.*\n)* {2}Ready +True +DependenciesReady +Pod is Ready; Service Exists$/m);
  const [, kubeconfig = ''] = /KUBECONFIG=(\S+)/.exec(dev.text) ?? (await until('the kubeconfig', () => /KUBECONFIG=(\S+)/.exec(dev.text) ?? undefined));
  expect(existsSync(kubeconfig)).toBe(true);
  const { code, started, left } = await dev.interrupt();
  expect({ code, left }).toEqual({ code: 0, left: [] });
  // The supervisor, etcd, kube-apiserver, kube-controller-manager and the controller.
  expect(started).toBeGreaterThanOrEqual(5);
  expect(existsSync(kubeconfig)).toBe(false);
});

test('Ctrl-C during the start stops what is being started', async () => {
  const dev = new Dev();
  await dev.says('starting etcd');
  await until('etcd to run', () => (descendantsOf(dev.child.pid ?? 0).length > 1 ? true : undefined));
  expect(await dev.interrupt()).toMatchObject({ code: 130, left: [] });
});

test('an example that there is not ends it with a sentence and the names of those that there are', async () => {
  const dev = new Dev('agnet');
  const [code] = (await once(dev.child, 'close')) as [number | null];
  expect(code).toBe(2);
  expect(dev.text).toMatch(/^found agnet, expected the name of one example\n[^]*: .*agent, /);
});
