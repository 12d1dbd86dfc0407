import type { Clock } from '../runtime/clock';
import { MemorySaver } from '../runtime/engine';
import { EventLoopWatch, healthRoutes } from '../runtime/health';
import { HttpServer } from '../runtime/http-server';
import type { Serving } from '../runtime/manager';
import type { Metrics } from '../runtime/metrics';
import { profileRoutes, type ProfileChoice } from '../runtime/profiles';
import { ServerTls } from '../runtime/server-tls';
import { OptionsError, type Options } from './options';

/** What the servers of the process show. */
export interface Shown {
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** What the process still waits for before it can do its job. */
  readonly findReasons: () => readonly string[];
}

/** The servers that the flags ask for (spec 07 §5). Throws an OptionsError for settings that this runtime cannot have. */
export function serversOf(options: Options, { clock, metrics, findReasons }: Shown): readonly Serving[] {
  const loop = new EventLoopWatch(clock);
  const metricsAddress = options.text('metrics-bind-address');
  const healthAddress = options.text('health-probe-bind-address');
  const tls = tlsOf(options, clock);
  const metricsRoutes = {
    '/metrics': async () => ({ status: 200, contentType: metrics.contentType, body: await metrics.text() }),
    ...profileRoutes(clock, profilesOf(options)),
  };
  return [
    ...[loop, new MemorySaver(clock)],
    ...(metricsAddress === OFF ? [] : [new HttpServer({ name: 'metrics', address: metricsAddress, routes: metricsRoutes, ...(tls && { tls }) })]),
    ...(healthAddress === OFF ? [] : [new HttpServer({ name: 'health', address: healthAddress, routes: healthRoutes(loop, findReasons) })]),
  ];
}

const OFF = '0';

function profilesOf(options: Options): ProfileChoice {
  if (options.isSet('enable-pprof-debug')) return 'all';
  return options.isSet('enable-pprof') ? 'cpu' : 'none';
}

function tlsOf(options: Options, clock: Clock): ServerTls | undefined {
  if (!options.isSet('metrics-secure-serving')) return undefined;
  const [folder, minVersion] = [options.text('metrics-cert-dir'), options.text('tls-min-version')];
  try {
    return new ServerTls({ clock, folder, minVersion, cipherSuites: options.list('tls-cipher-suites') });
  } catch (error) {
    throw new OptionsError(error instanceof Error ? error.message : String(error));
  }
}
