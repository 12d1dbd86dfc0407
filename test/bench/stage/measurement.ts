import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { AuditLog, isWrite, type Audited } from '../../cluster/controllers/audit-log';
import type { Cost } from '../results';
import { totalIn, totalsIn } from './metrics';
import type { AuditSource, Gauges, Site } from './site';
import { cpuMsOf, forgetPeak, memoryMbOf } from './usage';

const QUIET_MS = 2000;

type Numbers = Readonly<Record<string, number>>;

/** What came of some work, and what it cost. */
export interface Measured<T> {
  readonly result: T;
  readonly cost: Cost;
  /** One-minute load average before and after. */
  readonly load: readonly [number, number];
}

/** Does some work, waits until the controller has nothing more to write, and tells what both have cost. */
export async function measured<T>(site: Pick<Site, 'gauges' | 'user'>, work: () => Promise<T>): Promise<Measured<T>> {
  const { gauges } = site;
  const audit = gauges.audit && new AuditLog(gauges.audit.file);
  const [loadBefore = 0] = loadavg();
  const before = await readingOf(gauges);
  const { controller } = gauges.pids();
  if (controller !== undefined) forgetPeak(controller);
  const result = await work();
  await atRest(site);
  const after = await readingOf(gauges);
  const cost: Cost = { ...(audit && gauges.audit && requestsCost(audit.requests(), gauges.audit)), ...differences(before, after), ...memoryOf(gauges, after) };
  return { result, cost, load: [loadBefore, loadavg()[0] ?? 0] };
}

/** Waits until this user has written nothing for two seconds. */
export async function quiet(audit: AuditLog, user: string): Promise<void> {
  for (let writes = 1; writes > 0;) {
    const now = audit.fromNow();
    await delay(QUIET_MS);
    writes = now.writesOf(user).filter(isNoLease).length;
  }
}

/** Waits until the controller has written nothing for two seconds; without an audit log, until no object of the user's namespace has changed. */
export async function atRest({ gauges: { audit }, user }: Pick<Site, 'gauges' | 'user'>): Promise<void> {
  const [controller] = Object.entries(audit?.actors ?? {}).find(([, actor]) => actor === 'controller') ?? [];
  if (audit && controller !== undefined) return quiet(new AuditLog(audit.file), controller);
  for (let before = '', now = await user.state(); before !== now;) {
    await delay(QUIET_MS);
    [before, now] = [now, await user.state()];
  }
}

/** What counters say at one moment. */
export interface Reading {
  readonly cpuMs: Numbers;
  readonly controllerCpuMs?: number;
  readonly passes?: Numbers;
  readonly watchEvents?: Numbers;
  readonly watchBytes?: Numbers;
  readonly etcdPuts?: number;
  readonly eventLoopP99Ms?: number;
  readonly rssMb?: number;
}

async function readingOf({ metrics, pids }: Gauges): Promise<Reading> {
  const [own, server, etcd] = await Promise.all([metrics.controller(), metrics['kube-apiserver'](), metrics.etcd()]);
  return readingIn({ controller: own, 'kube-apiserver': server, etcd }, Object.fromEntries(Object.entries(pids()).map(([name, pid]) => [name, cpuMsOf(pid)])));
}

/** What metrics and /proc say. Of a controller that runs elsewhere, processor time and memory are those of its own metrics. */
export function readingIn(metrics: Readonly<Record<'controller' | 'kube-apiserver' | 'etcd', string | undefined>>, processes: Numbers): Reading {
  const { controller, etcd } = metrics;
  const seconds = totalIn(controller, 'process_cpu_seconds_total');
  const rss = totalIn(controller, 'process_resident_memory_bytes');
  const delaySeconds = totalIn(controller, 'agent_sandbox_ext_event_loop_delay_seconds');
  const passes = totalsIn(controller, 'controller_runtime_reconcile_total', 'controller');
  const watchEvents = totalsIn(metrics['kube-apiserver'], 'apiserver_watch_events_total', 'resource');
  const watchBytes = totalsIn(metrics['kube-apiserver'], 'apiserver_watch_events_sizes_sum', 'resource');
  const etcdPuts = totalIn(etcd, 'etcd_mvcc_put_total') ?? totalIn(etcd, 'etcd_debugging_mvcc_put_total');
  return {
    cpuMs: { ...(seconds !== undefined && { controller: seconds * 1000 }), ...processes },
    ...(passes && { passes }),
    ...(watchEvents && { watchEvents }),
    ...(watchBytes && { watchBytes }),
    ...(etcdPuts !== undefined && { etcdPuts }),
    ...(delaySeconds !== undefined && { eventLoopP99Ms: delaySeconds * 1000 }),
    ...(rss !== undefined && { rssMb: rss / 1e6 }),
  };
}

/** What counters have counted between two moments; a controller that was not there before began at 0. */
export function differences(before: Reading, after: Reading): Cost {
  const cpuMs = differenceOf(before.cpuMs, after.cpuMs);
  return {
    ...(Object.keys(cpuMs).length > 0 && { cpuMs }),
    ...(after.passes && { passes: grown(before.passes, after.passes) }),
    ...(after.watchEvents && { watchEvents: grown(before.watchEvents, after.watchEvents) }),
    ...(after.watchBytes && { watchBytes: grown(before.watchBytes, after.watchBytes) }),
    ...(after.etcdPuts !== undefined && { etcdPuts: after.etcdPuts - (before.etcdPuts ?? 0) }),
    ...(after.eventLoopP99Ms !== undefined && { eventLoopP99Ms: after.eventLoopP99Ms }),
  };
}

function memoryOf({ pids }: Gauges, { rssMb }: Reading): Cost {
  const { controller } = pids();
  if (controller === undefined) return rssMb === undefined ? {} : { rssMb };
  const { rss, peak } = memoryMbOf(controller);
  return { rssMb: rss, peakRssMb: peak };
}

/** What was asked of the API server, by actor. */
export function requestsCost(requests: readonly Audited[], { actors, namespaces }: AuditSource): Required<Pick<Cost, 'writes' | 'refused' | 'reads'>> {
  const writes: Record<string, Record<string, number>> = {};
  const refused: Record<string, Record<string, number>> = {};
  const isCounted = ({ user, namespace }: Audited): boolean => actors[user] !== undefined || namespaces.includes(namespace);
  const counted = requests.filter(isNoLease).filter(isCounted);
  for (const request of counted.filter(isWrite)) {
    const actor = actors[request.user] ?? request.user;
    const tally = ((request.status > 299 ? refused : writes)[actor] ??= {});
    const write = `${request.verb} ${request.resource}`;
    tally[write] = (tally[write] ?? 0) + 1;
  }
  const isRead = ({ verb, user }: Audited): boolean => actors[user] === 'controller' && (verb === 'get' || verb === 'list');
  return { writes, refused, reads: counted.filter(isRead).length };
}

const isNoLease = ({ resource }: Audited): boolean => resource !== 'leases';

const differenceOf = (before: Numbers, after: Numbers): Numbers =>
  Object.fromEntries(Object.entries(after).map(([key, value]) => [key, value - (before[key] ?? 0)]));

/** Without what has not grown. */
function grown(before: Numbers = {}, after: Numbers = {}): Numbers {
  return Object.fromEntries(Object.entries(differenceOf(before, after)).filter(([, difference]) => difference > 0));
}
