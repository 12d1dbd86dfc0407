import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Program } from '../../cluster/program';
import { until } from '../../cluster/until';
import type { ModelServer } from './server';

const ARGS = ['--extensions', '--leader-elect=false', '--zap-log-level=error'];
const REST_MS = 30_000;
const SAMPLES = 10;
// Of Linux, on every architecture that Node.js runs on.
const TICKS_PER_SECOND = 100;

/** One start of the program. */
export interface Start {
  readonly readyMs: number;
  /** Processor time of all threads until then. */
  readonly cpuMs: number;
  /** Node.js alone, at the same time: start and end of an empty program. */
  readonly nodeMs: number;
}

export async function measureStart(server: ModelServer): Promise<Start> {
  const beforeMs = performance.now();
  spawnSync(process.execPath, ['--eval', '0']);
  const nodeMs = performance.now() - beforeMs;
  const program = await Program.start({ kubeconfig: server.kubeconfig, args: ARGS });
  const cpuMs = cpuMsOf(program.pid);
  await program.stop();
  return { readyMs: program.readyMs, cpuMs, nodeMs };
}

/** What one life of the program came to. */
export interface Life {
  readonly rssMb: number;
  readonly loopDelayMs: number;
  /** Passes a second while events came, which says that they did. */
  readonly passesPerSecond: number;
}

/** Starts the program on what the server holds, lets it rest, and then has it hear of changes. */
export async function measureLife(
  server: ModelServer,
  options: { readonly nodeArgs: readonly string[]; readonly perSecond: number; readonly seconds: number },
): Promise<Life> {
  const { nodeArgs, perSecond, seconds } = options;
  const program = await Program.start({ kubeconfig: server.kubeconfig, args: ARGS, nodeArgs });
  try {
    await untilAtRest(program);
    const rssMb = await restingRssMb(program);
    const before = await scrape(program);
    await server.order({ do: 'change', perSecond, seconds });
    const after = await scrape(program);
    return {
      rssMb,
      loopDelayMs: valueOf(after, 'agent_sandbox_ext_event_loop_delay_seconds') * 1000,
      passesPerSecond: (passesIn(after) - passesIn(before)) / seconds,
    };
  } finally {
    await program.stop();
  }
}

/** Has the program make everything of the Sandboxes that are there, and answers its memory at rest after that. */
export async function measureWork(server: ModelServer, count: number): Promise<number> {
  const program = await Program.start({ kubeconfig: server.kubeconfig, args: ARGS });
  try {
    await server.order({ do: 'populate', count });
    await until(`${count} Sandboxes to be Ready`, async () => (readyIn(await scrape(program)) === count ? true : undefined), 300_000);
    await untilAtRest(program);
    return await restingRssMb(program);
  } finally {
    await program.stop();
  }
}

/** Waits until a second passes without a pass. */
async function untilAtRest(program: Program): Promise<void> {
  let passes = -1;
  const isAtRest = async () => {
    const before = passes;
    await delay(1000);
    passes = passesIn(await scrape(program));
    return passes === before ? true : undefined;
  };
  await until('the controller to be at rest', isAtRest, 120_000);
}

async function restingRssMb({ pid }: Program): Promise<number> {
  await delay(REST_MS);
  const samples: number[] = [];
  for (let sample = 0; sample < SAMPLES; sample++) {
    samples.push(Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024);
    await delay(1000);
  }
  return Math.max(...samples) / 1e6;
}

/** User and system time of a process (proc(5): fields 14 and 15). */
function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
}

const scrape = async ({ metricsUrl }: Program): Promise<string> => (await fetch(metricsUrl)).text();

const samplesOf = (text: string, name: string): readonly string[] =>
  text.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
const sum = (lines: readonly string[]): number => lines.reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' '))), 0);
const valueOf = (text: string, name: string): number => sum(samplesOf(text, name));
const passesIn = (text: string): number => valueOf(text, 'controller_runtime_reconcile_total');
const readyIn = (text: string): number => sum(samplesOf(text, 'agent_sandboxes').filter((line) => line.includes('ready_condition="true"')));
