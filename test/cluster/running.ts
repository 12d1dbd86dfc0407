import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { descendantsOf, running } from './process-tree';
import { until } from './until';

const TEST = join(__dirname, '..');

/** A program of this folder as `npm run` starts it, but without npm; what it has printed, and what it has started. */
export class Running {
  public text = '';
  public readonly child: ChildProcess;

  constructor(program: string, ...args: readonly string[]) {
    const child = spawn(process.execPath, ['--import', 'tsx', join(TEST, program), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (this.text += text));
    this.child = child;
  }

  public get started(): readonly number[] {
    return descendantsOf(this.child.pid ?? 0);
  }

  public says(text: string): Promise<true> {
    const hasSaid = () => {
      if (this.child.exitCode !== null) throw new Error(`it has ended without "${text}":\n${this.text}`);
      return this.text.includes(text) ? true : undefined;
    };
    return until(`it to say "${text}"`, hasSaid, 120_000);
  }

  /** Resolves to its exit code when it has ended and all is printed. */
  public async ended(): Promise<number | null> {
    const [code] = (await once(this.child, 'close')) as [number | null];
    return code;
  }

  /** Interrupts it as Ctrl-C does, and resolves to its exit code and to those of its processes that still run. */
  public async interrupt() {
    const pids = this.started;
    const ended = this.ended();
    this.child.kill('SIGINT');
    return { code: await ended, started: pids.length, left: running(pids) };
  }
}
