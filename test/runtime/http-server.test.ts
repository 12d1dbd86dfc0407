import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { get as getSecurely } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';

import { systemClock } from '../../src/runtime/clock';
import { EventLoopWatch, healthRoutes } from '../../src/runtime/health';
import { HttpServer, type HttpServerOptions } from '../../src/runtime/http-server';
import { profileRoutes } from '../../src/runtime/profiles';
import { selfSigned } from '../../src/runtime/self-signed';
import { ServerTls, type ServerTlsOptions } from '../../src/runtime/server-tls';
import { VirtualClock } from '../support/virtual-clock';

const servers: HttpServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));

async function serve(options: Partial<HttpServerOptions>): Promise<HttpServer> {
  const server = new HttpServer({ name: 'metrics', address: '127.0.0.1:0', routes: { '/metrics': () => ({ status: 200, body: 'a 1\n' }) }, ...options });
  servers.push(server);
  await server.start();
  return server;
}

interface Got {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

function fetchFrom(server: HttpServer, path: string, { method = 'GET', isSecure = false } = {}): Promise<Got> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: server.port, path, method, agent: false, rejectUnauthorized: false } as const;
    const request = (isSecure ? getSecurely : get)(options, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', body }));
    });
    request.on('error', reject);
  });
}

describe('a server', () => {
  test.each<[string, string, number, RegExp]>([
    ['GET', '/metrics', 200, /^a 1\n$/],
    ['GET', '/metrics?a=b', 200, /^a 1\n$/],
    ['HEAD', '/metrics', 200, /^$/],
    ['POST', '/metrics', 405, /only GET/],
    ['GET', '/', 404, /nothing at \/; there are \/metrics/],
    ['GET', '/constructor', 404, /nothing at/],
  ])('answers %s %s with %s', async (method, path, status, body) => {
    const got = await fetchFrom(await serve({}), path, { method });
    expect([got.status, got.type, got.body]).toEqual([status, 'text/plain; charset=utf-8', expect.stringMatching(body)]);
  });

  test('answers 500 with the message when a route throws, and goes on', async () => {
    const server = await serve({ routes: { '/bad': () => Promise.reject(new Error('out of order')), '/good': () => ({ status: 200, body: 'ok' }) } });
    expect(await fetchFrom(server, '/bad')).toMatchObject({ status: 500, body: 'out of order\n' });
    expect(await fetchFrom(server, '/good')).toMatchObject({ status: 200 });
  });

  test('says what it cannot serve where, when the address is taken', async () => {
    const { port } = await serve({});
    await expect(serve({ address: `127.0.0.1:${port}` })).rejects.toThrow(new RegExp(`^cannot serve metrics on 127.0.0.1:${port}: .*EADDRINUSE`));
  });

  test.each([':0', '[::1]:0', 'localhost:0'])('listens on %s', async (address) => {
    expect((await serve({ address })).port).toBeGreaterThan(0);
  });

  test('breaks connections off when it stops, and tells what is being answered', async () => {
    let entered: () => void = () => undefined;
    const isEntered = new Promise<void>((resolve) => (entered = resolve));
    let isGone = false;
    const slow = (_: URLSearchParams, gone: AbortSignal) => {
      gone.addEventListener('abort', () => (isGone = true));
      entered();
      return new Promise<never>(() => undefined);
    };
    const server = await serve({ routes: { '/slow': slow } });
    const stopped = isEntered.then(() => server.stop());
    await expect(fetchFrom(server, '/slow')).rejects.toThrow(/socket hang up|ECONNRESET/);
    await stopped;
    expect(isGone).toBe(true);
  });
});

describe('a certificate that the process makes itself', () => {
  test('is a valid one for this machine, now and for years', () => {
    const nowMs = Date.UTC(2030, 0, 1);
    const certificate = new X509Certificate(selfSigned(nowMs).cert);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkHost('localhost')).toBe('localhost');
    expect([certificate.validFromDate.getTime(), certificate.validToDate.getTime()]).toEqual([nowMs - 3600_000, nowMs + 3650 * 86_400_000]);
  });

  test('may end after 2049, when years have four digits', () => {
    expect(new X509Certificate(selfSigned(Date.UTC(2045, 0, 1)).cert).validToDate.getUTCFullYear()).toBe(2054);
  });

  test('can be made many times: no serial number, key or signature breaks it', () => {
    for (let count = 0; count < 200; count++) {
      const { cert, key } = selfSigned(Date.UTC(2030, 0, 1));
      const certificate = new X509Certificate(cert);
      expect([certificate.verify(certificate.publicKey), key.startsWith('-----BEGIN PRIVATE KEY-----')]).toEqual([true, true]);
    }
  });
});

describe('HTTPS', () => {
  const withTls = (options: Partial<ServerTlsOptions> = {}) => new ServerTls({ clock: systemClock, folder: '', minVersion: '', cipherSuites: [], ...options });

  /** Shakes hands with a server; rejects when they do not agree. */
  const shake = (server: HttpServer, options: ConnectionOptions): Promise<readonly [string | null, string, string]> =>
    new Promise((resolve, reject) => {
      const socket: TLSSocket = connect({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false, ...options }, () => {
        resolve([socket.getProtocol(), socket.getCipher().name, socket.getPeerX509Certificate()?.fingerprint ?? '']);
        socket.destroy();
      });
      socket.on('error', reject);
    });

  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'server-tls-'))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const write = ({ cert, key } = selfSigned(Date.now())): string => {
    writeFileSync(join(folder, 'tls.crt'), cert);
    writeFileSync(join(folder, 'tls.key'), key);
    return new X509Certificate(cert).fingerprint;
  };

  test('serves the same with a certificate of its own making', async () => {
    expect(await fetchFrom(await serve({ tls: withTls() }), '/metrics', { isSecure: true })).toMatchObject({ status: 200, body: 'a 1\n' });
  });

  test.each<[string, ConnectionOptions['maxVersion'], string | undefined]>([
    ['', 'TLSv1.2', 'TLSv1.2'],
    ['', 'TLSv1.3', 'TLSv1.3'],
    ['', 'TLSv1.1', undefined],
    ['VersionTLS13', 'TLSv1.2', undefined],
    ['VersionTLS13', 'TLSv1.3', 'TLSv1.3'],
    ['VersionTLS11', 'TLSv1.1', 'TLSv1.1'],
    ['VersionTLS11', 'TLSv1', undefined],
    ['VersionTLS10', 'TLSv1', 'TLSv1'],
    ['VersionTLS10', 'TLSv1.3', 'TLSv1.3'],
  ])('with the least version %j and a client of %s agrees on %s', async (minVersion, maxVersion, agreed) => {
    const server = await serve({ tls: withTls({ minVersion }) });
    const shaken = shake(server, { minVersion: 'TLSv1', maxVersion, ciphers: 'DEFAULT:@SECLEVEL=0' });
    const protocol = await shaken.then(
      ([version]) => version,
      () => undefined,
    );
    expect(protocol).toBe(agreed);
  });

  test.each<[readonly string[], ConnectionOptions['maxVersion'], string | undefined]>([
    [['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'], 'TLSv1.2', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
    [['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256'], 'TLSv1.2', 'ECDHE-ECDSA-CHACHA20-POLY1305'],
    [['TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA'], 'TLSv1.2', 'ECDHE-ECDSA-AES128-SHA'],
    [['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'], 'TLSv1.2', undefined],
    [['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'], 'TLSv1.3', 'TLS_AES_256_GCM_SHA384'],
    [['TLS_AES_128_GCM_SHA256'], 'TLSv1.3', 'TLS_AES_256_GCM_SHA384'],
  ])('with the suites %j and a client of %s agrees on %s', async (cipherSuites, maxVersion, agreed) => {
    const server = await serve({ tls: withTls({ cipherSuites }) });
    const cipher = await shake(server, { maxVersion }).then(
      ([, name]) => name,
      () => undefined,
    );
    expect(cipher).toBe(agreed);
  });

  test.each(['TLS_RSA_WITH_AES_128_CBC_SHA', 'TLS_RSA_WITH_AES_256_GCM_SHA384', 'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256', 'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA'])(
    'knows %s under the name of OpenSSL',
    (suite) => expect(() => withTls({ cipherSuites: [suite] })).not.toThrow(),
  );

  test('names the suites that the runtime has not got', () => {
    expect(() => withTls({ cipherSuites: ['TLS_ECDHE_RSA_WITH_RC4_128_SHA', 'TLS_AES_128_GCM_SHA256'] })).toThrow(
      '--tls-cipher-suites: this runtime has not got TLS_ECDHE_RSA_WITH_RC4_128_SHA',
    );
  });

  test('serves the certificate of the folder, and takes over a new one within a minute', async () => {
    const clock = new VirtualClock();
    const first = write();
    const server = await serve({ tls: withTls({ folder, clock }) });
    expect((await shake(server, {}))[2]).toBe(first);
    writeFileSync(join(folder, 'tls.crt'), 'half a certif');
    await clock.advance(60_000);
    expect((await shake(server, {}))[2]).toBe(first);
    const second = write();
    const isRenewed = async () => (await shake(server, {}))[2] === second;
    // Reading the files takes real time, which the virtual clock does not wait for.
    for (let turn = 0; turn < 50 && !(await isRenewed()); turn++) await clock.advance(60_000);
    expect(await isRenewed()).toBe(true);
  });

  test.each<[string, () => void, RegExp]>([
    ['is empty', () => undefined, /^cannot serve metrics on 127\.0\.0\.1:0: (Error: )?ENOENT.*tls\.(crt|key)/],
    ['has no key', () => (write(), rmSync(join(folder, 'tls.key'))), /ENOENT.*tls\.key/],
    ['has a certificate that is none', () => (write(), writeFileSync(join(folder, 'tls.crt'), 'no')), /^cannot serve metrics on 127\.0\.0\.1:0: /],
  ])('does not start when the folder %s', async (_, prepare, message) => {
    prepare();
    await expect(serve({ tls: withTls({ folder }) })).rejects.toThrow(message);
  });
});

describe('health', () => {
  function probes(reasons: readonly string[] = []) {
    const world = { clock: new VirtualClock(), nowMs: 0 };
    // A clock whose timers come late, as those of a blocked process do.
    const clock = { nowMs: () => 0, monotonicMs: () => world.clock.monotonicMs() + world.nowMs, after: world.clock.after.bind(world.clock) };
    const loop = new EventLoopWatch(clock);
    const routes = healthRoutes(loop, () => reasons);
    const ask = (path: string) => routes[path]?.(new URLSearchParams(), new AbortController().signal);
    return { ask, loop, advance: (ms: number) => world.clock.advance(ms), block: (ms: number) => (world.nowMs += ms) };
  }

  test('is good while the event loop turns', async () => {
    const { ask, loop, advance, block } = probes();
    await loop.start();
    await advance(60_000);
    expect(ask('/healthz')).toEqual({ status: 200, body: 'ok\n' });
    block(9000);
    expect(ask('/healthz')).toMatchObject({ status: 200 });
  });

  test('is bad after a block of more than ten seconds, whether the probe or the beat comes first, and good again after half a minute', async () => {
    for (const beatFirst of [true, false]) {
      const { ask, loop, advance, block } = probes();
      await loop.start();
      await advance(5000);
      block(12_500);
      if (beatFirst) await advance(1000);
      expect(ask('/healthz')).toEqual({ status: 500, body: expect.stringMatching(/^the event loop was blocked for 1[12]\.5 s\n$/) as string });
      await advance(29_000);
      expect(ask('/healthz')).toMatchObject({ status: 500 });
      await advance(2000);
      expect(ask('/healthz')).toMatchObject({ status: 200 });
    }
  });

  test('is ready when nothing is waited for, and else says for what', () => {
    expect(probes().ask('/readyz')).toEqual({ status: 200, body: 'ok\n' });
    expect(probes(['pods: no answer yet', 'services: 403']).ask('/readyz')).toEqual({ status: 503, body: 'pods: no answer yet\nservices: 403\n' });
  });
});

describe('profiles', () => {
  test('are served only as far as they are asked for', () => {
    const paths = (choice: 'none' | 'cpu' | 'all') => Object.keys(profileRoutes(systemClock, choice));
    expect([paths('none'), paths('cpu')]).toEqual([[], ['/debug/pprof/profile']]);
    expect(paths('all').sort()).toEqual(['/debug/pprof/', '/debug/pprof/allocs', '/debug/pprof/heap', '/debug/pprof/profile']);
  });

  test('a CPU profile is one, and a second at the same time is refused', async () => {
    const server = await serve({ routes: profileRoutes(systemClock, 'all') });
    const first = fetchFrom(server, '/debug/pprof/profile?seconds=0.3');
    const others = await Promise.all(['profile', 'allocs', 'heap'].map((name) => fetchFrom(server, `/debug/pprof/${name}?seconds=1`)));
    expect(others.map(({ status }) => status)).toEqual([409, 409, 409]);
    const { nodes, samples } = JSON.parse((await first).body) as { nodes: unknown[]; samples: unknown[] };
    expect([nodes.length > 0, samples.length > 0]).toEqual([true, true]);
    expect((await fetchFrom(server, '/debug/pprof/allocs?seconds=0.1')).body).toMatch(/^\{"head":/);
  });

  test('a heap snapshot is streamed', async () => {
    const server = await serve({ routes: profileRoutes(systemClock, 'all') });
    expect((await fetchFrom(server, '/debug/pprof/heap')).body.slice(0, 12)).toBe('{"snapshot":');
    // All that this file has loaded is in it, and the machine may be busy.
  }, 60_000);

  test.each(['0', '-1', 'x', '301', ''])('seconds=%s is refused', async (seconds) => {
    const server = await serve({ routes: profileRoutes(systemClock, 'cpu') });
    expect(await fetchFrom(server, `/debug/pprof/profile?seconds=${seconds}`)).toMatchObject({ status: 400 });
  });
});
