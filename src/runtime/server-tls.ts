import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_CIPHERS, getCiphers, type SecureContextOptions, type SecureVersion } from 'node:tls';

import type { Clock } from './clock';
import { selfSigned } from './self-signed';

export interface ServerTlsOptions {
  readonly clock: Clock;
  /** Folder with `tls.crt` and `tls.key`; empty: a certificate that the process makes itself. */
  readonly folder: string;
  /** `VersionTLS10` … `VersionTLS13`; empty: that of the runtime, TLS 1.2. */
  readonly minVersion: string;
  /** Cipher suites by IANA name; none: those of the runtime. Those of TLS 1.3 cannot be chosen. */
  readonly cipherSuites: readonly string[];
}

const VERSIONS: Readonly<Record<string, SecureVersion>> = { VersionTLS10: 'TLSv1', VersionTLS11: 'TLSv1.1', VersionTLS12: 'TLSv1.2', VersionTLS13: 'TLSv1.3' };
// A certificate is renewed days before its end, and a mounted Secret changes within about a minute.
const RE_READ_MS = 60_000;

/** Certificate and settings of an HTTPS server; a certificate that is renewed on disk is taken over without a restart. */
export class ServerTls {
  private readonly fixed: SecureContextOptions;
  private known = '';
  private stopTimer: () => void = () => undefined;

  /** Throws when this runtime has not got a cipher suite. */
  constructor(private readonly options: ServerTlsOptions) {
    const { minVersion, cipherSuites } = options;
    const version = VERSIONS[minVersion];
    const ciphers = ciphersOf(cipherSuites, version);
    this.fixed = { ...(version && { minVersion: version }), ...(ciphers && { ciphers }) };
  }

  /** What the server begins with. Rejects when a file cannot be read or used. */
  public async settings(): Promise<SecureContextOptions> {
    const { folder, clock } = this.options;
    if (folder === '') return { ...selfSigned(clock.nowMs()), ...this.fixed };
    const pair = await readPair(folder);
    this.known = pair.cert + pair.key;
    return { ...pair, ...this.fixed };
  }

  /** Calls back with new settings whenever the files have changed, until `stop`. What cannot be used is ignored: it may be half written. */
  public onRenewal(renew: (settings: SecureContextOptions) => void): void {
    const { folder, clock } = this.options;
    if (folder === '') return;
    const look = async (): Promise<void> => {
      try {
        const pair = await readPair(folder);
        if (pair.cert + pair.key !== this.known) {
          renew({ ...pair, ...this.fixed });
          this.known = pair.cert + pair.key;
        }
      } catch {
        // The next look may find more.
      }
      wait();
    };
    const wait = (): void => {
      this.stopTimer = clock.after(RE_READ_MS, () => void look());
    };
    wait();
  }

  public stop(): void {
    this.stopTimer();
  }
}

async function readPair(folder: string): Promise<{ readonly cert: string; readonly key: string }> {
  const [cert, key] = await Promise.all(['tls.crt', 'tls.key'].map((name) => readFile(join(folder, name), 'utf8')));
  return { cert: cert ?? '', key: key ?? '' };
}

/** The suites in the names of OpenSSL, and what the old versions need; undefined for what the runtime has by itself. */
function ciphersOf(suites: readonly string[], version: SecureVersion | undefined): string | undefined {
  // OpenSSL's own level of security forbids TLS 1.0 and 1.1 whatever is asked for.
  const isOld = version === 'TLSv1' || version === 'TLSv1.1';
  // Those of TLS 1.3 have no key exchange in their names.
  const older = suites.filter((suite) => suite.includes('_WITH_'));
  const available = getCiphers();
  const missing = older.filter((suite) => !available.includes(openSslName(suite).toLowerCase()));
  if (missing.length > 0) throw new Error(`--tls-cipher-suites: this runtime has not got ${missing.join(', ')}`);
  const chosen = older.map(openSslName);
  if (chosen.length === 0 && !isOld) return undefined;
  // A list without suites of TLS 1.3 would switch TLS 1.3 off.
  const ofTls13 = DEFAULT_CIPHERS.split(':').filter((name) => name.startsWith('TLS_'));
  const rest = chosen.length > 0 ? chosen : DEFAULT_CIPHERS.split(':').filter((name) => !name.startsWith('TLS_'));
  return [...ofTls13, ...rest, ...(isOld ? ['@SECLEVEL=0'] : [])].join(':');
}

/** `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256` is `ECDHE-RSA-AES128-GCM-SHA256`. */
const openSslName = (suite: string): string =>
  suite
    .replace(/^TLS_(RSA_WITH_)?/, '')
    .replace('_WITH_', '_')
    .replace(/AES_(\d+)/, 'AES$1')
    .replace('_CBC_SHA', '_SHA')
    .replace('POLY1305_SHA256', 'POLY1305')
    .replaceAll('_', '-');
