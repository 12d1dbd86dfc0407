import { randomUUID } from 'node:crypto';
import { CONTROLLER_NAME, LEASE_NAME } from '../api/installation';
import { PACKAGE_VERSION } from '../api/version';
import { claimMetrics } from '../controllers/claim/metrics';
import { controllersOf, type ControllerName, type ControllersContext } from '../controllers/index';
import { Allocator } from '../controllers/members/allocator';
import { countMembers } from '../controllers/members/gauge';
import { countSandboxes } from '../controllers/sandbox/gauge';
import { creationLatency } from '../controllers/shared/creation-latency';
import { allOf, informersOf } from '../controllers/shared/informers';
import { addBuildInfo, countUnprotected } from '../controllers/shared/metrics';
import { findExtensionOwnerKind } from '../controllers/shared/ownership';
import { heldIn } from '../controllers/warm-pool/held';
import { Client, type ClientOptions } from '../runtime/client';
import { systemClock } from '../runtime/clock';
import { EventRecorder } from '../runtime/event-recorder';
import { HttpTransport } from '../runtime/http-transport';
import { findConnection } from '../runtime/kube-config';
import { LeaderElection } from '../runtime/leader-election';
import { LineBuffer } from '../runtime/line-buffer';
import { Log } from '../runtime/log';
import { Manager, type Leading, type Serving, type Working } from '../runtime/manager';
import { Metrics } from '../runtime/metrics';
import type { PassSeen } from '../runtime/reconcile';
import { resync } from '../runtime/resync';
import type { Tracing } from '../runtime/tracing';
import { TrafficGate } from '../runtime/traffic-gate';
import { BUILD_INFO } from './build-info';
import { readLabelDomains, readTuning } from './configuration';
import { Options, OptionsError, warningsOf } from './options';
import { serversOf } from './servers';
import { settingsOf } from './settings';
import { loadTracing } from './tracing';

/** What the program was started with. */
export interface ProcessInput {
  readonly given: ReadonlyMap<string, string>;
  readonly warnings: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Name of the machine, which is that of the Pod. */
  readonly host: string;
}

// Spec 02 §3.
const FIELD_MANAGER = 'agent-sandbox-controller';
const FLUSH_MS = 2000;

/** Builds the parts of the controller and runs them. Throws an OptionsError or a ConnectionError for what a person has to mend. */
export async function buildProcess(input: ProcessInput): Promise<Manager> {
  const early = new Options(input.given);
  const log = logOf(early);
  const connection = await findConnection({ kubeconfig: early.text('kubeconfig'), environment: input.environment });
  const metrics = new Metrics(systemClock);
  addBuildInfo(metrics, BUILD_INFO);
  const seen = early.isSet('enable-rest-client-metrics') ? { seen: metrics.httpSeen.bind(metrics) } : {};
  const transport = new HttpTransport(connection, { version: PACKAGE_VERSION, ...seen });
  const base: ClientOptions = {
    transport,
    clock: systemClock,
    random: Math.random,
    fieldManager: FIELD_MANAGER,
    gate: new TrafficGate(systemClock),
    seen: (request) => metrics.requestSeen(request),
  };
  const namespace = early.text('leader-election-namespace') || connection.namespace;
  const given = await readTuning(input.given, { client: new Client(base), namespace, warn: (message) => log.error(message) });
  const options = new Options(given);
  for (const warning of [...input.warnings, ...warningsOf(options)]) log.error(warning);
  const tracing = options.isSet('enable-tracing') ? await loadTracing(log) : undefined;
  const domains = await readLabelDomains();
  log.info('starting', { version: PACKAGE_VERSION, server: connection.server.href, namespace, extensions: options.isSet('extensions'), labelDomains: domains });
  return assemble({ ...input, options, domains, log, metrics, transport, base, namespace, ...(tracing && { tracing }) });
}

interface Parts extends ProcessInput {
  readonly options: Options;
  /** Domains of the labels that claims may use. */
  readonly domains: readonly string[];
  readonly log: Log;
  readonly metrics: Metrics;
  readonly transport: HttpTransport;
  readonly base: ClientOptions;
  /** Namespace of the controller. */
  readonly namespace: string | undefined;
  readonly tracing?: Tracing & Serving;
}

function assemble(parts: Parts): Manager {
  const { options, domains, log, metrics, transport, base, host, tracing } = parts;
  const workersEnd = new AbortController();
  const limits = { requestTimeoutMs: options.durationMs('api-request-timeout'), qps: options.number('kube-api-qps'), burst: options.number('kube-api-burst') };
  // Events and the Lease go on when the workers are broken off.
  const background = new Client(base);
  const leader = options.isSet('leader-elect') ? leaderOf(parts, background) : undefined;
  const client = new Client({ ...base, ...limits, signal: workersEnd.signal, ...(leader && { mayWrite: leader.mayWrite }) });
  const events = new EventRecorder({
    ...{
      client: background,
      clock: systemClock,
      random: Math.random,
      instance: host,
      isMinor: ({ regarding }) => findExtensionOwnerKind(regarding) === 'SandboxWarmPool',
    },
    ...{ qps: options.number('event-qps'), burst: options.number('event-burst'), dropped: (reason) => metrics.eventDropped(reason) },
  });
  const report = (error: unknown, key?: string): void => log.error('a fault of this program', { error, ...(key !== undefined && { key }) });
  const informers = informersOf(
    {
      ...{ client, transport, clock: systemClock, random: Math.random, report, namespaces: options.list('watch-namespaces') },
      // The first failure of a series may be a passing one: it is not worth a line.
      trouble: (problem, failures) => (failures > 1 ? log.error('the API server gives trouble', { problem, failures }) : undefined),
    },
    { hasExtensions: options.isSet('extensions'), areLabelsRequired: options.isSet('cache-label-selectors') },
  );
  const measureCreation = creationLatency(metrics);
  const isOfClaims = options.text('creation-latency-point') === 'claim';
  const unprotected = countUnprotected(metrics);
  const context: Context = {
    ...{ client, clock: systemClock, random: Math.random, informers, report, ...(tracing && { tracing }) },
    allocator: new Allocator(),
    claimObserver: claimMetrics(metrics, { createdByValues: options.list('created-by-values'), ...(isOfClaims && { measureCreation }) }),
    ...(!isOfClaims && { sandboxBecameReady: measureCreation }),
    emit: (event, reporter) => events.record(event, reporter),
    passed: (pass) => {
      metrics.passed(pass);
      logPass(log, pass);
      const count = unprotected(pass);
      if (count > 0) log.error('Sandboxes were made before the NetworkPolicy of their template', { controller: pass.controller, key: pass.key, count });
    },
  };
  const watches = allOf(informers);
  metrics.measureWatches(watches);
  countSandboxes(metrics, informers.sandboxes.cache, options.list('created-by-values'));
  countMembers(metrics, context.allocator, {
    isInDoubt: (key) => informers.sandboxes.cache.findSettling(key) !== undefined,
    heldIn: (pool) => heldIn(pool, context, settingsOf(options, domains).warmPool),
  });
  const workers = controllersOfProcess(context, parts);
  const recorder: Serving = { start: () => Promise.resolve(), stop: () => events.flush(FLUSH_MS) };
  const findReasons = (): readonly string[] => (manager.isReady ? [] : ['not every watch has its first state yet']);
  const manager: Manager = new Manager({
    clock: systemClock,
    servers: [...(tracing ? [tracing] : []), recorder, ...serversOf(options, { clock: systemClock, metrics, findReasons })],
    watches,
    rereads: [informers.sandboxes, ...(informers.extensions ? [informers.extensions.claims] : [])],
    workers,
    ...(leader && { leader }),
    breakOff: () => workersEnd.abort(),
    say: (message) => log.info(message),
    complain: (message) => log.error(message),
  });
  return manager;
}

type Context = Omit<ControllersContext, 'workersOf'>;

function controllersOfProcess(context: Context, { options, domains, metrics }: Parts): readonly Working[] {
  const workersOf = (name: ControllerName) => ({ concurrency: options.number(WORKERS[name]), queueObserver: metrics.queueObserver(name) });
  const controllers = controllersOf({ ...context, workersOf }, settingsOf(options, domains));
  for (const controller of controllers) {
    metrics.measureLoop(controller, options.number(WORKERS[controller.name]));
    resync(controller.objects, (key) => controller.wake(key, 'backlog'), systemClock);
  }
  return controllers;
}

const WORKERS: Readonly<Record<ControllerName, string>> = {
  sandbox: 'sandbox-concurrent-workers',
  sandboxtemplate: 'sandbox-template-concurrent-workers',
  sandboxclaim: 'sandbox-claim-concurrent-workers',
  sandboxwarmpool: 'sandbox-warm-pool-concurrent-workers',
};

function leaderOf({ namespace, host, log, metrics, base }: Parts, client: Client): Leading & Required<Pick<ClientOptions, 'mayWrite'>> {
  if (namespace === undefined)
    throw new OptionsError(
      'no namespace for the Lease: outside of a cluster give --leader-election-namespace, or switch the election off by --leader-elect=false',
    );
  let election: LeaderElection | undefined;
  metrics.leads(LEASE_NAME, false);
  return {
    start(acquired, lost) {
      const observer = {
        acquired: () => {
          metrics.leads(LEASE_NAME, true);
          acquired();
        },
        lost: (reason: string) => {
          metrics.leads(LEASE_NAME, false);
          lost(reason);
        },
        following: (holder: string) => log.info('another process leads', { holder }),
        failed: (problem: string) => log.error('the Lease gives trouble', { problem }),
      };
      const identity = `${host}_${randomUUID()}`;
      election = new LeaderElection({ ...base, client, key: { namespace, name: LEASE_NAME }, identity, component: CONTROLLER_NAME, observer });
      election.start();
    },
    release: () => election?.release() ?? Promise.resolve(),
    mayWrite: () => election?.isHeldAt(systemClock.monotonicMs()) === true,
  };
}

/** One line per pass that wrote or failed, naming the rules that decided. */
function logPass(log: Log, { controller, key, result, tookMs, rules, writes, failures }: PassSeen): void {
  if (writes.length === 0 && result !== 'error') return;
  const fields = { controller, key, rules, writes, tookMs: Math.round(tookMs) };
  if (result === 'error' || failures.length > 0) log.error('pass failed', { ...fields, failures: failures.map(({ step, message }) => `${step}: ${message}`) });
  else log.info('pass', fields);
}

function logOf(options: Options): Log {
  const isDevelopment = options.isSet('zap-devel');
  const lines = new LineBuffer((text) => process.stderr.write(text));
  process.on('exit', () => lines.flush());
  return new Log({
    level: isDevelopment ? 'debug' : options.text('zap-log-level'),
    stackLevel: options.text('zap-stacktrace-level'),
    encoder: isDevelopment ? 'console' : options.text('zap-encoder'),
    timeEncoding: options.text('zap-time-encoding'),
    nowMs: () => systemClock.nowMs(),
    write: (line) => lines.add(line),
  });
}
