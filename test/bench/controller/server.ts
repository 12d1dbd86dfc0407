import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Order } from './model-server';

/** A model of an API server in a process of its own, and a kubeconfig for it. */
export class ModelServer {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
  ) {}

  public static async start(): Promise<ModelServer> {
    const child = fork(join(__dirname, 'model-server.ts'), { execArgv: ['--import', 'tsx'] });
    const [url] = (await once(child, 'message')) as [string];
    const folder = mkdtempSync(join(tmpdir(), 'agent-sandbox-bench-'));
    const config = {
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'bench' },
      clusters: [{ name: 'bench', cluster: { server: url, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'bench', user: {} }],
      contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'bench', namespace: 'team-a' } }],
    };
    writeFileSync(join(folder, 'kubeconfig'), JSON.stringify(config));
    return new ModelServer(child, folder);
  }

  public get kubeconfig(): string {
    return join(this.folder, 'kubeconfig');
  }

  /** Resolves when the order is carried out. */
  public async order(order: Order): Promise<void> {
    this.child.send(order);
    const ended = once(this.child, 'exit').then(() => Promise.reject(new Error('the model of the API server has ended; what it said stands above')));
    await Promise.race([once(this.child, 'message'), ended]);
  }

  public async stop(): Promise<void> {
    if (this.child.connected) {
      const ended = once(this.child, 'exit');
      this.child.disconnect();
      await ended;
    }
    rmSync(this.folder, { recursive: true });
  }
}
