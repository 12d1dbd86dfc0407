import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

import { Options, OptionsError } from '../../src/cli/options';
import { serversOf } from '../../src/cli/servers';
import { systemClock } from '../../src/runtime/clock';
import type { Serving } from '../../src/runtime/manager';
import { Metrics } from '../../src/runtime/metrics';

let running: readonly Serving[] = [];
afterEach(async () => {
  await Promise.all(running.map((server) => server.stop()));
  running = [];
});

/** A port that nobody listens on. */
const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo; // Of a server that listens on TCP.
      server.close(() => resolve(port));
    });
  });

/** Starts what the flags ask for; answers how to ask the metrics and the health server. */
async function start(flags: Readonly<Record<string, string>> = {}, reasons: readonly string[] = []) {
  const [metricsPort, healthPort] = [await freePort(), await freePort()];
  const addresses = { 'metrics-bind-address': `127.0.0.1:${metricsPort}`, 'health-probe-bind-address': `127.0.0.1:${healthPort}` };
  const options = new Options(new Map(Object.entries({ ...addresses, ...flags })));
  running = serversOf(options, { clock: systemClock, metrics: new Metrics(systemClock), findReasons: () => reasons });
  for (const server of running) await server.start();
  const status = (port: number) => (path: string) =>
    fetch(`http://127.0.0.1:${port}${path}`).then(
      (response) => response.status,
      () => 'refused',
    );
  return { metrics: status(metricsPort), health: status(healthPort), metricsUrl: `127.0.0.1:${metricsPort}/metrics` };
}

test('metrics and probes have a server each, and neither serves what is the other one’s', async () => {
  const { metrics, health, metricsUrl } = await start();
  expect([await metrics('/metrics'), await metrics('/healthz'), await health('/healthz'), await health('/readyz'), await health('/metrics')]).toEqual([
    200, 404, 200, 200, 404,
  ]);
  const response = await fetch(`http://${metricsUrl}`);
  expect([response.headers.get('content-type'), (await response.text()).includes('process_cpu_seconds_total')]).toEqual([
    'text/plain; version=0.0.4; charset=utf-8',
    true,
  ]);
});

test('a process that waits for something is alive but not ready', async () => {
  const { health } = await start({}, ['pods: no answer yet']);
  expect([await health('/healthz'), await health('/readyz')]).toEqual([200, 503]);
});

test('the address 0 switches a server off', async () => {
  const { metrics, health } = await start({ 'metrics-bind-address': '0', 'health-probe-bind-address': '0' });
  expect([await metrics('/metrics'), await health('/healthz')]).toEqual(['refused', 'refused']);
});

test.each([
  [{}, [404, 404]],
  [{ 'enable-pprof': 'true' }, [200, 404]],
  [{ 'enable-pprof-debug': 'true' }, [200, 200]],
])('the profiles of %j are served, and no others', async (flags, statuses) => {
  const { metrics } = await start(flags);
  expect([await metrics('/debug/pprof/profile?seconds=0.05'), await metrics('/debug/pprof/')]).toEqual(statuses);
});

test('secure serving answers by HTTPS only', async () => {
  const { metrics, metricsUrl } = await start({ 'metrics-secure-serving': 'true' });
  expect(await metrics('/metrics')).toBe('refused');
  await expect(fetch(`https://${metricsUrl}`)).rejects.toMatchObject({ cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' } });
});

test('suites that the runtime has not got are a mistake of the one who starts it', () => {
  const options = new Options(
    new Map([
      ['metrics-secure-serving', 'true'],
      ['tls-cipher-suites', 'TLS_RSA_WITH_RC4_128_SHA'],
    ]),
  );
  const shown = { clock: systemClock, metrics: new Metrics(systemClock), findReasons: () => [] };
  expect(() => serversOf(options, shown)).toThrow(OptionsError);
  expect(() => serversOf(options, shown)).toThrow('--tls-cipher-suites: this runtime has not got TLS_RSA_WITH_RC4_128_SHA');
});
