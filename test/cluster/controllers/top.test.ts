import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { View } from '../../../src/cli/tool/top/table';
import { SANDBOXES } from '../../../src/controllers/shared/objects';
import { cluster } from '../connection';
import { bundle } from '../program';
import { runTool, TOOL } from '../tool';
import { until } from '../until';
import { Fleet } from './fleet';
import { Scene } from './scene';

jest.setTimeout(60_000);

let scene: Scene;
let fleet: Fleet;
beforeAll(async () => {
  bundle();
  scene = await Scene.open(cluster(), 'top');
  await scene.start();
  fleet = new Fleet(scene);
  await fleet.template('python');
  await fleet.pool('warm', 2);
  await fleet.pool('cold', 0);
  await fleet.full('warm', 2);
});
afterAll(() => scene.close());

/** `top` of the scene's namespace as a process that goes on. */
class Top {
  /** Each line that it has written. */
  public readonly lines: string[] = [];
  public readonly child: ChildProcess;

  constructor(...args: readonly string[]) {
    this.child = spawn(process.execPath, [TOOL, 'top', '--kubeconfig', cluster().connection.kubeconfig, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    if (this.child.stdout) createInterface({ input: this.child.stdout }).on('line', (line) => this.lines.push(line));
  }

  /** Waits until the newest state fits. */
  public shows(what: string, fits: (view: View) => boolean): Promise<View> {
    return until(`top to show ${what}`, () => {
      const last = this.lines.at(-1);
      // What `--json` promises.
      const view = last === undefined ? undefined : (JSON.parse(last) as View);
      return view && fits(view) ? view : undefined;
    });
  }

  /** Ctrl-C; resolves to the exit code. */
  public async interrupt(): Promise<unknown> {
    this.child.kill('SIGINT');
    const [code] = (await once(this.child, 'exit')) as unknown[];
    return code;
  }
}

const poolIn = ({ pools }: View, name: string) => pools.find((pool) => pool.name === name);
const sandboxIn = ({ sandboxes }: View, name: string) => sandboxes.find((sandbox) => sandbox.name === name);

it('counts members, hits and misses as claims come, and follows a Sandbox through suspension to its end', async () => {
  const top = new Top('-n', scene.namespace, '--json');
  try {
    const first = await top.shows('a full pool', (view) => poolIn(view, 'warm')?.ready === 2);
    expect(poolIn(first, 'warm')).toEqual({ namespace: scene.namespace, name: 'warm', desired: 2, free: 2, ready: 2, warm: 0, cold: 0 });

    await fleet.claim('alice', 'warm');
    const taken = (await fleet.ready('alice')).status?.sandbox?.name ?? '';
    await fleet.claim('bob', 'cold');
    await fleet.ready('bob');
    const claimed = await top.shows(
      'both claims with their rate, and the pool full again',
      (view) => poolIn(view, 'warm')?.ready === 2 && poolIn(view, 'cold')?.cold === 1 && (poolIn(view, 'warm')?.claimsPerSecond ?? 0) > 0,
    );
    expect(poolIn(claimed, 'warm')).toMatchObject({ desired: 2, free: 2, warm: 1, cold: 0, hitRate: 1 });
    expect(poolIn(claimed, 'cold')).toMatchObject({ desired: 0, free: 0, warm: 0, cold: 1, hitRate: 0 });
    expect(sandboxIn(claimed, taken)).toMatchObject({ state: 'Ready', node: expect.any(String) as string, owner: 'SandboxClaim/alice' });
    expect(claimed.sandboxes.filter(({ owner }) => owner === 'SandboxWarmPool/warm')).toHaveLength(2);

    await scene.patch(SANDBOXES, taken, { spec: { operatingMode: 'Suspended' } });
    const suspended = await top.shows('the Sandbox suspended', (view) => sandboxIn(view, taken)?.state === 'Suspended');
    expect(sandboxIn(suspended, taken)?.node).toBeUndefined();
    await fleet.delete('alice');
    await top.shows('the Sandbox gone', (view) => sandboxIn(view, taken) === undefined);
  } finally {
    expect(await top.interrupt()).toBe(0);
  }
});

it('writes plain lines once where that is wanted and there is no terminal', async () => {
  await fleet.full('warm', 2);
  const { code, out, err } = await runTool('top', '--once', '--namespace', scene.namespace, '--kubeconfig', cluster().connection.kubeconfig);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(
    /^pools 2, sandboxes \d+: .*\n\nPOOL +DESIRED +FREE +READY +CLAIMS\/S +HIT RATE\ncold +0 +0 +0 +- +-\nwarm +2 +2 +2 +- +-\n\nSANDBOX +STATE +AGE +NODE +OWNER\n/,
  );
  expect(out).not.toContain('\u001b');
});

it.each<[string, readonly string[], RegExp]>([
  [
    'all namespaces and one',
    ['-A', '-n', 'x'],
    /^cdk8s-agent-sandbox: found --namespace and --all-namespaces, expected one of them; options: cdk8s-agent-sandbox top --help\n$/,
  ],
  ['a context that there is not', ['--context', 'x'], /the context "x" is not among the contexts: test\n$/],
])('%s get a sentence', async (_, args, sentence) => {
  const { code, out, err } = await runTool('top', '--once', '--kubeconfig', cluster().connection.kubeconfig, ...args);
  expect({ code, out }).toEqual({ code: _.startsWith('all') ? 2 : 1, out: '' });
  expect(err).toMatch(sentence);
});
