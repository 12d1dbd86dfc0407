import { isDeepStrictEqual } from 'node:util';

import type { Clock } from './clock';

/** What a TLS connection to the API server needs, as node:tls takes it. */
export interface TlsMaterial {
  /** Certificates of the authorities that may sign the server's own. */
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

/** What proves to the server who asks, and to us who answers. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsMaterial;
}

/** An API server and who asks it. Credentials change while the process runs: tokens and certificates are rotated. */
export interface Connection {
  /** Address of the API server; it may have a path. */
  readonly server: URL;
  /** Namespace of the context or of the service account, if there is one. */
  readonly namespace?: string;
  /** What to send now. Two calls answer the same object as long as nothing has changed. */
  credentials(): Promise<Credentials>;
  /** What to send after the server has refused these; the same object if there is nothing newer. */
  renew(refused: Credentials): Promise<Credentials>;
}

/** A mistake of the one who runs the program: its message says all, a stack trace would say nothing. */
export class ConnectionError extends Error {}

/** Reads credentials again now and then. `afresh` means that the server has refused what was read last. */
export type ReadCredentials = (afresh: boolean) => Promise<Credentials>;

// A projected token is replaced when 80 % of its time has passed, at least two minutes before its end, and the old certificate of an authority is kept for hours.
const RE_READ_MS = 30_000;

/** Keeps the credentials of a connection fresh: reads them again every 30 s when they are used, and at once when the server refuses them. */
export class CredentialSource {
  private current?: Credentials;
  private readAtMs = 0;
  private reading?: Promise<Credentials>;

  constructor(
    private readonly read: ReadCredentials,
    private readonly clock: Clock,
  ) {}

  public async credentials(): Promise<Credentials> {
    if (this.current && this.clock.monotonicMs() - this.readAtMs < RE_READ_MS) return this.current;
    return this.readOnce(false);
  }

  public async renew(refused: Credentials): Promise<Credentials> {
    if (this.current && this.current !== refused) return this.current;
    return this.readOnce(true);
  }

  /** All who ask at the same time wait for one reading. */
  private readOnce(afresh: boolean): Promise<Credentials> {
    this.reading ??= this.readNow(afresh).finally(() => (this.reading = undefined));
    return this.reading;
  }

  private async readNow(afresh: boolean): Promise<Credentials> {
    try {
      const next = await this.read(afresh);
      if (!isDeepStrictEqual(next, this.current)) this.current = next;
    } catch (error) {
      // A file in the middle of a rotation: what worked until now may still work, and the server says so if not.
      if (!this.current) throw error;
    }
    this.readAtMs = this.clock.monotonicMs();
    return this.current as Credentials; // Set above: the first reading either sets it or throws.
  }
}
