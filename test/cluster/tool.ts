import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** The bundle of the tool. */
export const TOOL = join(__dirname, '..', '..', 'lib', 'tool.cjs');

/** How a run of the tool ended. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the bundle of `cdk8s-agent-sandbox` to its end; its output is no terminal. */
export function runTool(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [TOOL, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, err }));
  });
}
