import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** A process to start. */
export interface Command {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** File that receives the output. */
  readonly log: string;
  /** Whether it is started again whenever it ends, as an init system does. */
  readonly restarts: boolean;
}

/** How a process is looked after. */
export interface StartOptions {
  /**
   * Start it again whenever it ends.
   *
   * @default false - an end that nobody asked for is an error
   */
  readonly restarts?: boolean;
}

/** What the supervisor says about a process: that it runs, or that it has ended. */
export interface Report {
  readonly name: string;
  readonly pid?: number;
  readonly exit?: string;
}

const LOG_TAIL_LINES = 15;

/** A process has ended although nobody asked it to. */
export class ProcessEndedError extends Error {
  /** The last lines of its output. */
  public readonly output: string;

  constructor(name: string, exit: string, output: string) {
    super(`${name} has ended (${exit}); its last lines:\n${output}`);
    this.output = output;
  }
}

/** The parent's side of one supervisor: starts processes that cannot outlive this one. */
export class Supervised {
  /** Pids by name of the processes that run. */
  public readonly pids = new Map<string, number>();
  private readonly exits = new Map<string, string>();
  private readonly supervisor: ChildProcessByStdio<Writable, Readable, null>;
  private readonly supervisorEnd: Promise<void>;
  private stopping = false;

  /** The folder holds the logs and is removed, with everything in it, after the last process has ended. */
  constructor(private readonly folder: string) {
    // Detached: a Ctrl-C in the terminal, or a kill of the whole process group, must reach the processes through the supervisor only.
    this.supervisor = spawn(process.execPath, ['--import', 'tsx', join(__dirname, 'supervisor.ts'), folder], {
      cwd: __dirname,
      detached: true,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.supervisorEnd = new Promise((resolve, reject) => {
      this.supervisor.on('error', reject);
      this.supervisor.on('close', () => resolve());
    });
    this.supervisor.stdin.on('error', () => undefined);
    // The supervisor writes nothing but reports.
    createInterface({ input: this.supervisor.stdout }).on('line', (line) => this.take(JSON.parse(line) as Report));
  }

  /** Pid of the supervisor itself. */
  public get supervisorPid(): number | undefined {
    return this.supervisor.pid;
  }

  /** Starts a process; its output goes to `<name>.log` in the folder. */
  public start(name: string, command: string, args: readonly string[], { restarts = false }: StartOptions = {}): void {
    this.exits.delete(name);
    this.pids.delete(name);
    const line: Command = { name, command, args, log: this.logOf(name), restarts };
    this.supervisor.stdin.write(`${JSON.stringify(line)}\n`);
  }

  /** Throws a ProcessEndedError if the named process has ended. */
  public assertRunning(name: string): void {
    const exit = this.exits.get(name);
    if (exit !== undefined) throw new ProcessEndedError(name, exit, this.logTail(name));
  }

  /** Ends every process, newest first, waits for that, and removes the folder. */
  public async stop(): Promise<void> {
    this.stopping = true;
    this.supervisor.stdin.end();
    await this.supervisorEnd;
  }

  private take(report: Report): void {
    if (report.pid !== undefined) {
      this.pids.set(report.name, report.pid);
      this.exits.delete(report.name);
    }
    if (report.exit === undefined || this.stopping) return;
    this.pids.delete(report.name);
    this.exits.set(report.name, report.exit);
    process.stderr.write(`[cluster] ${report.name} has ended (${report.exit})\n`);
  }

  private logOf(name: string): string {
    return join(this.folder, `${name}.log`);
  }

  private logTail(name: string): string {
    try {
      return readFileSync(this.logOf(name), 'utf8').trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n');
    } catch {
      return '(no output)';
    }
  }
}
