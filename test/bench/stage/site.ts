import type { User } from './user';

/** Where workloads run: a control plane of the bench's own (stage.ts), or a cluster that was given (given.ts). */
export interface Site {
  /** What stands beside the figures. */
  readonly about: { readonly controller: string; readonly nodes: string; readonly versions: Readonly<Record<string, string>> };
  /** Makes claims, and hears of them. */
  readonly user: User;
  /** Sends what is compared, into a namespace that no controller watches; absent where the controller may watch all of them. */
  readonly raw?: User;
  readonly gauges: Gauges;
  /** The controller, if it is the bench that starts it. */
  readonly own?: OwnController;
  close(): Promise<void>;
}

/** A controller that can be started and stopped. */
export interface OwnController {
  /** Starts it with flags beside those that it needs; one that ran before is stopped. */
  start(flags: readonly string[]): Promise<{ readonly readyMs: number }>;
  stop(): Promise<void>;
}

/** What can be read at a site; what is absent cannot be had there. */
export interface Gauges {
  readonly audit?: AuditSource;
  /** Each answers metrics as text, or undefined where there are none. */
  readonly metrics: Readonly<Record<'controller' | 'kube-apiserver' | 'etcd', () => Promise<string | undefined>>>;
  /** Of the programs that run on this machine: `controller`, `kube-apiserver`, `etcd`, `kube-scheduler`, `nodes`. */
  readonly pids: () => Readonly<Record<string, number>>;
}

/** An audit log of the API server. */
export interface AuditSource {
  readonly file: string;
  /** Name of an actor by that of its user; of a user that is none of them only what it does in the namespaces counts, under its own name. */
  readonly actors: Readonly<Record<string, string>>;
  readonly namespaces: readonly string[];
}
