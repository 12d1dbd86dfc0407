import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { transformFileSync } from '@swc/core';

const ROOT = join(__dirname, '..', '..', '..');

/** A command that was run to its end, and what it printed. */
export interface Run {
  readonly wallMs: number;
  /** Processor time, of all its threads. Steadier than the wall clock where others use the machine too; NaN where there is no /proc. */
  readonly cpuMs: number;
  readonly output: string;
}

/** A run that took longer than it may. */
export class TooLongError extends Error {}

/** The folder with everything that is measured: compiled programs, the built package, charts for Helm and kustomize. */
export class Workbench {
  private readonly folder = mkdtempSync(join(tmpdir(), 'agent-sandbox-bench-'));
  private running?: ChildProcess;

  public constructor(private readonly boundSeconds: number) {}

  /** Compiles what is measured, so that no compiler is measured with it. */
  public prepare(): void {
    const build = spawnSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, encoding: 'utf8' });
    if (build.status !== 0) throw new Error(`npm run build failed:\n${build.stdout}${build.stderr}`);
    for (const name of ['test/bench/synth/program', 'test/bench/synth/load', 'test/bench/synth/sandbox-spec', 'imports/agents.x-k8s.io']) {
      const options = { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' }, swcrc: false } as const;
      this.write(`${name}.js`, transformFileSync(join(ROOT, `${name}.ts`), options).code);
    }
    mkdirSync(this.path('node_modules'));
    for (const name of ['cdk8s', 'cdk8s-plus-28', 'constructs']) symlinkSync(join(ROOT, 'node_modules', name), this.path('node_modules', name));
    symlinkSync(ROOT, this.path('node_modules/cdk8s-agent-sandbox'));
  }

  public path(...parts: readonly string[]): string {
    return join(this.folder, ...parts);
  }

  public write(name: string, content: string): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), content);
  }

  public read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  /** Runs a command and, if asked, writes what it prints into a file. Rejects with a TooLongError, or an error with what it said. */
  public async run(command: string, args: readonly string[], outputFile?: string): Promise<Run> {
    const file = outputFile === undefined ? undefined : openSync(this.path(outputFile), 'w');
    const [started, used] = [performance.now(), childrenCpuMs()];
    const child = spawn(command, args, {
      cwd: this.folder,
      timeout: this.boundSeconds * 1000,
      killSignal: 'SIGKILL',
      stdio: ['ignore', file ?? 'pipe', 'pipe'],
    });
    this.running = child;
    const read = (stream: Readable | null) => (stream ? text(stream) : Promise.resolve(''));
    const [output, errors] = await Promise.all([read(child.stdout), read(child.stderr), once(child, 'close')]);
    const [wallMs, cpuMs] = [performance.now() - started, childrenCpuMs() - used];
    if (file !== undefined) closeSync(file);
    if (wallMs > this.boundSeconds * 1000) throw new TooLongError(`stopped after ${this.boundSeconds} s`);
    if (child.exitCode !== 0) throw new Error(`${[command, ...args].join(' ')}: exit code ${child.exitCode}\n${errors}`);
    return { wallMs, cpuMs, output };
  }

  /** Ends what is running and removes the folder. */
  public remove(): void {
    this.running?.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Processor time of all processes that this one has started and that have ended. Linux counts it in hundredths of a second. */
function childrenCpuMs(): number {
  if (!existsSync('/proc/self/stat')) return Number.NaN;
  const stat = readFileSync('/proc/self/stat', 'utf8');
  // The second field is a name in parentheses and may contain anything. Behind it come the state and, 13 and 14 fields on, cutime and cstime.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) * 10;
}
