import { readFileSync } from 'node:fs';

import { CONTROLLER_NAME, SYSTEM_NAMESPACE } from '../../../src/api/installation';
import { cluster, type KubeObject } from '../../cluster/connection';
import { until } from '../../cluster/until';
import { say } from '../command';
import { processesOfPod } from '../host';
import { controllerPods, install, INSTALLATIONS } from '../install';

/** A probe takes about a millisecond, and the start some hundred. */
const POLL_MS = 5;
const REST_MS = 10_000;
/** Of /proc: hundredths of a second. */
const TICKS_PER_SECOND = 100;

/** What a form of the installation takes, one figure for each round. */
export interface InstallationFigures {
  readonly form: string;
  /** From the start of the process to the first 200 of /readyz. */
  readonly readyMs: number[];
  /** From the creation of the Pod to its condition Ready, in whole seconds. */
  readonly podSeconds: number[];
  /** Memory at rest. */
  readonly rssMb: number[];
}

/** Installs each form in turn, in each round with a new Pod. */
export async function measureInstallations(rounds: number): Promise<readonly InstallationFigures[]> {
  const all: readonly InstallationFigures[] = Object.keys(INSTALLATIONS).map((form) => ({ form, readyMs: [], podSeconds: [], rssMb: [] }));
  for (let round = 1; round <= rounds; round++) {
    for (const [index, program] of Object.values(INSTALLATIONS).entries()) {
      const figures = all[index];
      say(`installations: round ${round} of ${rounds}, ${figures?.form}`);
      await cluster().kubectl(['delete', 'deployment', '--namespace', SYSTEM_NAMESPACE, '--ignore-not-found', CONTROLLER_NAME]);
      await until('no Pod of the controller to be left', async () => ((await controllerPods()).length === 0 ? true : undefined));
      const measured = await Promise.all([start(), install(program)]);
      await new Promise((resolve) => setTimeout(resolve, REST_MS));
      figures?.readyMs.push(measured[0].readyMs);
      figures?.podSeconds.push(secondsToReady(measured[1]));
      figures?.rssMb.push(rssMb(measured[0].pid));
    }
  }
  return all;
}

/** Waits for the next process of a controller, and until it is ready. */
async function start(): Promise<{ readonly pid: number; readonly readyMs: number }> {
  const { address, pid } = await until('a process of the controller', findProcess, 120_000);
  for (;;) {
    const isReady = await fetch(`http://${address}:8081/readyz`).then(
      async (answer) => (await answer.text(), answer.ok),
      () => false,
    );
    if (isReady) return { pid, readyMs: ageMs(pid) };
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function findProcess(): Promise<{ readonly address: string; readonly pid: number } | undefined> {
  const [pod] = await controllerPods();
  // It has a status as soon as it is there.
  const address = (pod?.status as { readonly podIP?: string } | undefined)?.podIP;
  const pid = pod && processesOfPod(pod.metadata.uid).find((candidate) => readFileSync(`/proc/${candidate}/cmdline`, 'utf8').includes('controller.cjs'));
  return address !== undefined && pid !== undefined ? { address, pid } : undefined;
}

function ageMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in parentheses may hold anything; the start is the twentieth field behind it.
  const startTicks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  const uptimeSeconds = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
  return uptimeSeconds * 1000 - (startTicks / TICKS_PER_SECOND) * 1000;
}

const rssMb = (pid: number): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1000;

function secondsToReady(pod: KubeObject): number {
  // A Pod that is Ready has both times.
  const { conditions } = pod.status as { readonly conditions: ReadonlyArray<{ readonly type: string; readonly lastTransitionTime: string }> };
  const ready = conditions.find(({ type }) => type === 'Ready');
  return (Date.parse(ready?.lastTransitionTime ?? '') - Date.parse(String(pod.metadata.creationTimestamp))) / 1000;
}
