import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

jest.setTimeout(30_000);

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'controller-'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the program to its end. */
function run(...args: readonly string[]): Promise<{ readonly code: number | null; readonly err: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/controller.ts', ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    let err = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, err }));
  });
}

test('an API server that cannot be reached ends the program with a sentence and an error, and not in silence', async () => {
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'd' },
      // Nobody listens on port 1.
      clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
      users: [{ name: 'u', user: { token: 'x' } }],
      contexts: [{ name: 'd', context: { cluster: 'c', user: 'u', namespace: 'team' } }],
    }),
  );
  const { code, err } = await run('--kubeconfig', kubeconfig, '--metrics-bind-address=0', '--health-probe-bind-address=0');
  expect(err).toMatch(/^agent-sandbox-controller: ConfigMap team\/agent-sandbox-config could not be read: .*ECONNREFUSED/);
  expect(code).toBe(1);
});
