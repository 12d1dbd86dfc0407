import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { AuditLog } from '../../cluster/controllers/audit-log';
import { ACTORS, type Actor, type Stage, type Watched } from './stage';
import { cpuMsOf, memoryMbOf, sampleIn } from './usage';

const QUIET_MS = 2000;
const LOOPS = ['sandboxclaim', 'sandbox', 'sandboxwarmpool'] as const;

/** What something cost, until the controller had nothing more to write. */
export interface Cost {
  /** Numbers of writes by actor, then by `patch sandboxes/status`; Leases are left out. Refused ones count. */
  readonly writes: Readonly<Record<Actor, Readonly<Record<string, number>>>>;
  /** How many of them were refused. */
  readonly refused: number;
  /** Reads of the controller that no watch begins with. */
  readonly reads: number;
  readonly passes: Readonly<Record<(typeof LOOPS)[number], number>>;
  readonly cpuMs: Readonly<Record<Watched, number>>;
  readonly rssMb: number;
  readonly peakMb: number;
  /** Load average of the last minute, at its end. */
  readonly load: number;
}

/** Does some work and measures what it costs. */
export async function measured<T>(stage: Stage, work: () => Promise<T>): Promise<{ readonly result: T; readonly cost: Cost }> {
  const audit = new AuditLog(stage.plane.auditLog);
  const [passesBefore, cpuBefore] = [await passesOf(stage), cpuOf(stage)];
  const result = await work();
  await quiet(audit, 'controller');
  const cpuAfter = cpuOf(stage);
  const passesAfter = await passesOf(stage);
  const requests = ACTORS.map((actor) => [actor, audit.requestsOf(actor).filter(({ resource }) => resource !== 'leases')] as const);
  const own = new Map(requests).get('controller') ?? [];
  const writes = ACTORS.map((actor) => [actor, tallied(audit.writesOf(actor))] as const);
  const { rss, peak } = memoryMbOf(stage.pids.controller);
  const cost: Cost = {
    // Both have an entry for each actor.
    writes: Object.fromEntries(writes) as Cost['writes'],
    refused: requests.flatMap(([, all]) => all).filter(({ status, verb }) => status > 299 && verb !== 'get').length,
    reads: own.filter(({ verb }) => verb === 'get' || verb === 'list').length,
    passes: differences(passesAfter, passesBefore),
    cpuMs: differences(cpuAfter, cpuBefore),
    ...{ rssMb: rss, peakMb: peak, load: loadavg()[0] ?? 0 },
  };
  return { result, cost };
}

/** Waits until this user has written nothing for a while. */
export async function quiet(audit: AuditLog, user: string): Promise<void> {
  for (let before = -1, now = 0; before !== now;) {
    await delay(QUIET_MS);
    [before, now] = [now, audit.writesOf(user).filter(({ resource }) => resource !== 'leases').length];
  }
}

function tallied(writes: ReturnType<AuditLog['writesOf']>): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { verb, resource } of writes) {
    if (resource === 'leases') continue;
    counts[`${verb} ${resource}`] = (counts[`${verb} ${resource}`] ?? 0) + 1;
  }
  return counts;
}

const cpuOf = ({ pids }: Stage): Cost['cpuMs'] =>
  // The same keys.
  Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, cpuMsOf(pid)])) as Cost['cpuMs'];

async function passesOf({ metricsUrl }: Stage): Promise<Cost['passes']> {
  const text = await (await fetch(metricsUrl)).text();
  const passes = LOOPS.map((loop) => [loop, sampleIn(text, 'controller_runtime_reconcile_total', `controller="${loop}"`)]);
  // An entry for each loop.
  return Object.fromEntries(passes) as Cost['passes'];
}

const differences = <K extends string>(after: Readonly<Record<K, number>>, before: Readonly<Record<K, number>>): Readonly<Record<K, number>> =>
  // The same keys.
  Object.fromEntries(Object.keys(after).map((key) => [key, after[key as K] - before[key as K]])) as Record<K, number>;
