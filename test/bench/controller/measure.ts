import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { MALLOC_OPTIONS, NODE_OPTIONS } from '../../../src/constructs/install/controller-deployment';
import { Program } from '../../cluster/program';
import { until } from '../../cluster/until';
import type { ModelServer } from './server';

const ARGS = ['--extensions', '--leader-elect=false', '--zap-log-level=error'];
// Events of what was made are sent for almost a minute (spec 08 §6).
const REST_MS = 60_000;
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

/** As the installation starts it. */
const start = ({ kubeconfig }: ModelServer): Promise<Program> => Program.start({ kubeconfig, args: ARGS, environment: { NODE_OPTIONS, ...MALLOC_OPTIONS } });

export async function measureStart(server: ModelServer): Promise<Start> {
  const beforeMs = performance.now();
  spawnSync(process.execPath, ['--eval', '0']);
  const nodeMs = performance.now() - beforeMs;
  const program = await start(server);
  const cpuMs = cpuMsOf(program.pid);
  await program.stop();
  return { readyMs: program.readyMs, cpuMs, nodeMs };
}

/** Memory of a process at rest. */
export interface Memory {
  readonly rssMb: number;
  /** What belongs to it alone: the rest are files, which all programs of one binary share. */
  readonly privateMb: number;
}

/** What one life of the program came to. */
export interface Life {
  readonly memory: Memory;
  readonly loopDelayMs: number;
  /** Passes a second while events came, which says that they did. */
  readonly passesPerSecond: number;
}

/** Starts the program on what the server holds, lets it rest, and then has it hear of changes. */
export async function measureLife(server: ModelServer, { perSecond, seconds }: { readonly perSecond: number; readonly seconds: number }): Promise<Life> {
  const program = await start(server);
  try {
    const memory = await memoryAtRest(program);
    const before = await scrape(program);
    await server.order({ do: 'change', perSecond, seconds });
    const after = await scrape(program);
    return {
      memory,
      loopDelayMs: valueOf(after, 'agent_sandbox_ext_event_loop_delay_seconds') * 1000,
      passesPerSecond: (passesIn(after) - passesIn(before)) / seconds,
    };
  } finally {
    await program.stop();
  }
}

/** Starts the program on what the server holds, and answers its memory at rest. */
export async function measureRest(server: ModelServer): Promise<Memory> {
  const program = await start(server);
  try {
    return await memoryAtRest(program);
  } finally {
    await program.stop();
  }
}

/** Has the program make everything of the Sandboxes that are there, and answers its memory at rest after that. */
export async function measureWork(server: ModelServer, count: number): Promise<Memory> {
  const program = await start(server);
  try {
    await server.order({ do: 'populate', count });
    await until(`${count} Sandboxes to be Ready`, async () => (readyIn(await scrape(program)) === count ? true : undefined), 600_000);
    return await memoryAtRest(program);
  } finally {
    await program.stop();
  }
}

/** Memory of a program of Node.js that does nothing. */
export async function measureEmpty(): Promise<Memory> {
  const child = spawn(process.execPath, ['--eval', 'setInterval(() => undefined, 1000); console.log("up")'], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await once(child.stdout, 'data');
    return memoryOf(child.pid ?? 0);
  } finally {
    child.kill();
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

/** The greatest of what it takes. */
async function memoryAtRest(program: Program): Promise<Memory> {
  await untilAtRest(program);
  await delay(REST_MS);
  let most = memoryOf(program.pid);
  for (let sample = 1; sample < SAMPLES; sample++) {
    await delay(1000);
    const memory = memoryOf(program.pid);
    if (memory.rssMb > most.rssMb) most = memory;
  }
  return most;
}

function memoryOf(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mbOf = (name: string): number => (Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024) / 1e6;
  return { rssMb: mbOf('VmRSS'), privateMb: mbOf('RssAnon') };
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
