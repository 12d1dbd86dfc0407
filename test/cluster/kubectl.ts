import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';

import { provide } from './build';

/** kubectl has ended with an exit code other than 0. */
export class KubectlError extends Error {
  constructor(
    args: readonly string[],
    public readonly code: number,
    public readonly stdout: string,
    public readonly stderr: string,
  ) {
    super(`kubectl ${args.join(' ')}: exit code ${code}\n${stderr || stdout}`);
  }
}

/** Runs kubectl with this kubeconfig and resolves to its output; rejects with a KubectlError when the exit code is not 0. */
export async function runKubectl(kubeconfig: string, args: readonly string[], stdin = ''): Promise<string> {
  const kubectl = await provide('kubectl');
  return new Promise((resolve, reject) => {
    const child = spawn(kubectl, args, { env: kubectlEnvironment(kubeconfig), stdio: 'pipe' });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(stdout) : reject(new KubectlError(args, code ?? 1, stdout, stderr))));
    // kubectl may refuse its arguments and be gone before it has read anything.
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin);
  });
}

/**
 * Environment for programs that talk to this control plane. kubectl keeps what it learns of a server's kinds under host and port, and a later control plane
 * may get the same port: so that cache lives and dies with the control plane. The user's own kubectl preferences do not apply.
 */
export function kubectlEnvironment(kubeconfig: string): NodeJS.ProcessEnv {
  return { ...process.env, KUBECONFIG: kubeconfig, KUBECACHEDIR: join(dirname(kubeconfig), 'kubectl-cache'), KUBERC: 'off' };
}
