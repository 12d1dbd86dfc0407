import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { LOOPBACK, withFreePorts } from './free-ports';
import { ProcessEndedError } from './supervised';

const ROOT = join(__dirname, '..', '..');
export const BUNDLE = join(ROOT, 'lib', 'controller.cjs');
export const SOURCE_MAP = `${BUNDLE}.map`;
const START_TIMEOUT_MS = 120_000;
// The start takes a few hundred milliseconds, and somebody measures it.
const POLL_MS = 5;
const GRACE_MS = 15_000;

/** How the controller is started. */
export interface ProgramOptions {
  readonly kubeconfig: string;
  /**
   * The program.
   *
   * @default - the bundle
   */
  readonly bundle?: string;
  /** Its own arguments, beside those for kubeconfig and addresses. */
  readonly args: readonly string[];
  /**
   * The Node.js that runs it.
   *
   * @default - that of this process
   */
  readonly node?: string;
  /**
   * Arguments of Node.js.
   *
   * @default - none
   */
  readonly nodeArgs?: readonly string[];
  /**
   * Variables of the environment beside those of this process.
   *
   * @default - none
   */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * Told each line of the log.
   *
   * @default - nobody is
   */
  readonly said?: (line: string) => void;
}

/** Writes the bundles anew, in half a second: they are always those of the sources. */
export const bundle = (): void => runBundle();

/** The same with `SOURCE_MAP` beside the controller. */
export const bundleWithSourceMap = (): void => runBundle('--source-map');

function runBundle(...args: readonly string[]): void {
  execFileSync(process.execPath, ['--import', 'tsx', '.ci/bundle.ts', ...args], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** The bundle of the controller as a process of its own. Whoever starts it has to stop it. */
export class Program {
  private constructor(
    private readonly child: ChildProcess,
    /** Where it serves metrics. */
    public readonly metricsUrl: string,
    /** From the start of the process to the first 200 of /readyz. */
    public readonly readyMs: number,
  ) {}

  /** Resolves when /readyz answers 200. Rejects with what it said when it ends before. */
  public static start(options: ProgramOptions): Promise<Program> {
    return withFreePorts(2, async ([metrics, health]) => {
      const startMs = performance.now();
      const addresses = [`--metrics-bind-address=${LOOPBACK}:${metrics}`, `--health-probe-bind-address=${LOOPBACK}:${health}`];
      const args = [...(options.nodeArgs ?? []), options.bundle ?? BUNDLE, '--kubeconfig', options.kubeconfig, ...addresses, ...options.args];
      const child = spawn(options.node ?? process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...options.environment } });
      const lines: string[] = [];
      createInterface({ input: child.stderr }).on('line', (line) => {
        lines.push(line);
        options.said?.(line);
      });
      try {
        await untilReady(child, `http://${LOOPBACK}:${health}/readyz`, lines);
      } catch (error) {
        child.kill('SIGKILL');
        throw error;
      }
      return new Program(child, `http://${LOOPBACK}:${metrics}/metrics`, performance.now() - startMs);
    });
  }

  public get pid(): number {
    // It has been spawned: it was ready.
    return this.child.pid ?? 0;
  }

  /** Resolves to its exit code when it has ended. */
  public get ended(): Promise<number | null> {
    const { child } = this;
    return new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
      else child.once('exit', resolve);
    });
  }

  /** Ends it politely, and by force when that takes too long. Resolves to its exit code. */
  public async stop(): Promise<number | null> {
    const { child } = this;
    const force = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    child.kill('SIGTERM');
    const code = await this.ended;
    clearTimeout(force);
    return code;
  }
}

async function untilReady(child: ChildProcess, url: string, lines: readonly string[]): Promise<void> {
  const deadlineMs = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new ProcessEndedError('controller', child.signalCode ?? `exit code ${child.exitCode}`, lines.slice(-15).join('\n'));
    }
    const isReady = await fetch(url).then(
      async (answer) => (await answer.text(), answer.status === 200),
      () => false,
    );
    if (isReady) return;
    if (performance.now() > deadlineMs) throw new Error(`the controller is not ready after ${START_TIMEOUT_MS} ms:\n${lines.slice(-15).join('\n')}`);
    await delay(POLL_MS);
  }
}
