import { isDeepStrictEqual } from 'node:util';

import { Pool, type Dispatcher } from 'undici';

import type { TlsMaterial } from './connection';
import type { TrafficClass } from './transport';

/** Traffic that has sockets of its own. */
export type SocketClass = TrafficClass | 'watch';

/** How many connections each class may have open; null is as many as it asks for. A request that finds all busy waits. */
export type SocketCounts = Readonly<Record<SocketClass, number | null>>;

/** More than the gate lets writes through at one time: reads do not pass it. Events and leases need few. */
export const SOCKET_COUNTS: SocketCounts = { claim: 32, bulk: 16, event: 4, background: 4, watch: null };

// The API server drops a connection that has been idle for 90 s, some load balancers after 60 s.
const IDLE_SOCKET_MS = 50_000;
const CONNECT_TIMEOUT_MS = 10_000;
// As client-go: below the idle limit of the usual load balancers.
const KEEP_ALIVE_PROBE_MS = 30_000;

/** The sockets to the API server. Each class has its own, so that none can starve another. */
export class Sockets {
  private readonly pools = new Map<SocketClass, Pool>();
  private readonly retired = new Set<Pool>();
  private tls?: TlsMaterial;

  constructor(
    private readonly origin: string,
    private readonly counts: SocketCounts,
  ) {}

  /** The pool of a class. New TLS material means new sockets; what is on its way on the old ones may finish. */
  public of(socketClass: SocketClass, tls: TlsMaterial): Dispatcher {
    if (!isDeepStrictEqual(tls, this.tls)) {
      this.tls = tls;
      for (const known of this.pools.keys()) this.retire(known);
    }
    const pool = this.pools.get(socketClass) ?? this.open(socketClass, tls);
    this.pools.set(socketClass, pool);
    return pool;
  }

  /** Uses these sockets for nothing new: after a time-out all of them may be dead without having said so. */
  public retire(socketClass: SocketClass): void {
    const pool = this.pools.get(socketClass);
    if (!pool) return;
    this.pools.delete(socketClass);
    this.retired.add(pool);
    void pool.close().then(() => this.retired.delete(pool));
  }

  /** Breaks off everything. */
  public async destroy(): Promise<void> {
    await Promise.all([...this.pools.values(), ...this.retired].map((pool) => pool.destroy()));
  }

  private open(socketClass: SocketClass, tls: TlsMaterial): Pool {
    return new Pool(this.origin, {
      connections: this.counts[socketClass],
      allowH2: false,
      connect: { ...tls, timeout: CONNECT_TIMEOUT_MS, keepAliveInitialDelay: KEEP_ALIVE_PROBE_MS },
      keepAliveTimeout: IDLE_SOCKET_MS,
      // Requests have deadlines of their own, watches a watchdog.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }
}
