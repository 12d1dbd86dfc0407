import type { Key, KubeObject, Resource } from './object';
import type { PassTrace } from './pass-span';

/**
 * What one look at the world led to. A pass repeats observe → plan → apply until a plan asks for nothing: what was written is in the
 * cache at once, what failed is in the failures, so each round decides on what is true now.
 */
export interface Plan<Memory = undefined> {
  /**
   * Carried out in order, a group at the same time. After one that failed, or that found something else than the plan knew of, the later ones of the same
   * step are left out. Stopping after any one must be safe.
   */
  readonly actions: ReadonlyArray<Action | readonly Action[]>;
  /** Look again after this many milliseconds, if nothing wakes the key earlier. Holds also when the pass failed. */
  readonly againMs?: number;
  /** The pass has failed for a reason that time may mend: look again after the back-off of the queue. */
  readonly isFailed?: boolean;
  /** Events that belong to no write. */
  readonly events?: readonly EventDraft[];
  /** The rule that decided, for the log line and the metric label. */
  readonly by?: string;
  /** What the next round, or the next pass, is to be told. Absent: what was told stays. */
  readonly memory?: Memory;
}

/** A write as a value, or a read past the cache. */
export type Action = Create | Patch | Delete | Read;

interface Request {
  readonly resource: Resource;
  readonly key: Key;
  /** The part of the pass that fails if this does; later rounds of the pass see the failure under this name. */
  readonly step: string;
  /** Stands before the server's text in the failure's message. */
  readonly failure?: string;
}

/** GET, where a cache that has not heard of something is not enough: when the next round looks, what is stored is in the cache. */
export interface Read extends Request {
  readonly do: 'read';
}

interface Write extends Request {
  /** Sent when the write is stored. */
  readonly events?: readonly EventDraft[];
  /** Sent when the server refuses the write. */
  readonly failureEvent?: (message: string) => EventDraft;
  /** What the write is for; decides its place in the traffic and counts in the metrics (spec 02 §8.4, 08 §9). */
  readonly purpose: Purpose;
  /** A refill that does not give way to claims, because the stock is nearly used up (spec 08 §9). */
  readonly isUrgent?: boolean;
}

export type Purpose = 'claim' | 'sandbox' | 'refill';

/** POST. If an object of that name is there already it is read, and the next round judges it. */
export interface Create extends Write {
  readonly do: 'create';
  readonly object: object;
  readonly fieldManager?: string;
}

/** JSON merge patch of the object with that UID. On a conflict the object is read, and the next round judges it. */
export interface Patch extends Write {
  readonly do: 'patch';
  readonly uid: string;
  readonly subresource?: 'status';
  readonly patch: Readonly<Record<string, unknown>>;
  /** The resourceVersion that the patch relies on; stands in its metadata. */
  readonly ifVersion?: string;
}

/** DELETE with preconditions. An object that is gone already is fine. */
export interface Delete extends Write {
  readonly do: 'delete';
  readonly uid: string;
  readonly ifVersion?: string;
  readonly propagation?: 'Background' | 'Foreground';
}

/** An event about an object; where it happens is the event recorder's business. */
export interface EventDraft {
  readonly regarding: KubeObject;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly action: string;
  readonly note: string;
}

/** What a step of the pass came to. */
export interface Failure {
  readonly step: string;
  readonly message: string;
  /** The server will refuse it again until somebody changes an object (HTTP 422). */
  readonly isPermanent: boolean;
  /** The server could not make sense of it, which is a fault of ours (HTTP 400). */
  readonly isMalformed?: true;
  /** The server has refused it for what people may mend where no watch sees it: rights, a quota, an admission policy. */
  readonly isForbidden?: true;
  /** Somebody was faster, and the read that was to tell what is stored failed: nobody knows. */
  readonly isUnread?: true;
}

/** The failure of a step of this pass, if that has failed. */
export const findFailure = ({ failures }: Pick<Circumstances, 'failures'>, step: string): Failure | undefined =>
  failures.find((failure) => failure.step === step);

/** The end of a pass one of whose steps has failed, where all the rest relies on that step; undefined if it has not. */
export const endIfFailed = (circumstances: Pick<Circumstances, 'failures'>, step: string): Plan<never> | undefined =>
  findFailure(circumstances, step) && { actions: [], isFailed: true };

/** What the kernel tells a controller beside what it reads itself. */
export interface Circumstances<Memory = undefined> {
  /** Wall clock. */
  readonly nowMs: number;
  /** For spans: never goes back. */
  readonly monotonicMs: number;
  /** Failures of this pass so far, in the order in which they happened. */
  readonly failures: readonly Failure[];
  /** Passes of this key that failed in a row before this one, and when the first did, by the monotonic clock. */
  readonly trouble: { readonly passes: number; readonly forMs: number };
  readonly memory: Memory | undefined;
}

/** One kind's reconciler. Everything but `observe` is pure. */
export interface Reconciler<Observed, Memory = undefined> {
  readonly name: string;
  /** Reads caches once; undefined when there is nothing to decide. */
  observe(key: Key, circumstances: Circumstances<Memory>): Observed | undefined;
  plan(observed: Observed): Plan<Memory>;
  /** Absent: its passes show in no trace. */
  readonly trace?: PassTrace<Observed>;
}

/** One rule: the plan it asks for, or undefined when it has nothing to say. Its name is a true sentence. */
export type Rule<Observed, Memory = undefined> = (observed: Observed) => Plan<Memory> | undefined;

/** The first rule that has something to say is the whole decision; the order is the policy. */
export function firstOf<Observed, Memory = undefined>(rules: ReadonlyArray<Rule<Observed, Memory>>): (observed: Observed) => Plan<Memory> {
  return (observed) => {
    for (const rule of rules) {
      const plan = rule(observed);
      if (plan) return { by: rule.name, ...plan };
    }
    return { actions: [] };
  };
}
